"""Reports: figures, tables, one self-contained HTML page, and PDF."""

from impasto.report.adaptation_findings import (
    AdaptationFindings,
    ControlRow,
    CoverageOfPhase,
    DriftRow,
    PhaseFindings,
    RuleReading,
    StructureDoses,
)
from impasto.report.colour_scales import USUAL_SCALES, ColourScale
from impasto.report.content import Display, Heading, Images, NoteGroup, PlanResult, ReportContent, Setting, Step
from impasto.report.curve_findings import (
    ArterialCurve,
    DecayCurve,
    FittedCurve,
    Parameter,
    ResidueFunction,
    TimeCurve,
    VoxelCurve,
    VoxelFindings,
)
from impasto.report.description_findings import AdverseEventFindings, DescriptionFindings, DescriptionRow
from impasto.report.html import (
    render_html,
    write_report,
)
from impasto.report.map_findings import MapFindings, MapReportContent, RegionValues, Spread, StepSettings
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.paired_findings import PairedFindings
from impasto.report.pattern_findings import PatternFindings, PatternVolumes
from impasto.report.pdf import write_pdf
from impasto.report.registration_findings import RegistrationFindings, RegistrationReportContent
from impasto.report.response_findings import ResponseFindings
from impasto.report.spectroscopy_findings import (
    CoverageRow,
    Estimate,
    SpectroscopyFindings,
    Verdict,
    VoxelSpectrum,
)
from impasto.report.survival_findings import IncidenceFindings, LeftOut, SurvivalFindings
from impasto.report.target_content import TargetReportContent
from impasto.report.target_findings import TargetFindings
from impasto.report.theme import DIVERGING, DOSE, structure_colours
from impasto.report.trial_findings import (
    CalibrationRow,
    PublishedResult,
    TrialFindings,
    WorldDesign,
    WorldFindings,
)

__all__ = [
    "DIVERGING",
    "DOSE",
    "USUAL_SCALES",
    "AdaptationFindings",
    "AdverseEventFindings",
    "ArterialCurve",
    "CalibrationRow",
    "ColourScale",
    "ControlRow",
    "CoverageOfPhase",
    "CoverageRow",
    "DecayCurve",
    "DescriptionFindings",
    "DescriptionRow",
    "Display",
    "DriftRow",
    "Estimate",
    "FittedCurve",
    "Heading",
    "Images",
    "IncidenceFindings",
    "LeftOut",
    "MapFindings",
    "MapReportContent",
    "MapsOverAnatomy",
    "NoteGroup",
    "PairedFindings",
    "Parameter",
    "PatternFindings",
    "PatternVolumes",
    "PhaseFindings",
    "PlanResult",
    "PublishedResult",
    "RegionValues",
    "RegistrationFindings",
    "RegistrationReportContent",
    "ReportContent",
    "ResidueFunction",
    "ResponseFindings",
    "RuleReading",
    "Setting",
    "SpectroscopyFindings",
    "Spread",
    "Step",
    "StepSettings",
    "StructureDoses",
    "SurvivalFindings",
    "TargetFindings",
    "TargetReportContent",
    "TimeCurve",
    "TrialFindings",
    "Verdict",
    "VoxelCurve",
    "VoxelFindings",
    "VoxelSpectrum",
    "WorldDesign",
    "WorldFindings",
    "render_html",
    "structure_colours",
    "write_pdf",
    "write_report",
]
