"""Reports: figures, tables, one self-contained HTML page, and PDF."""

from impasto.report.content import Display, Heading, Images, PlanResult, ReportContent, Setting, Step
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
from impasto.report.html import render_html, write_report
from impasto.report.pdf import write_pdf
from impasto.report.spectroscopy_findings import (
    CoverageRow,
    Estimate,
    MetaboliteMaps,
    SpectroscopyFindings,
    Verdict,
    VoxelSpectrum,
)

__all__ = [
    "ArterialCurve",
    "CoverageRow",
    "DecayCurve",
    "Display",
    "Estimate",
    "FittedCurve",
    "Heading",
    "Images",
    "MetaboliteMaps",
    "Parameter",
    "PlanResult",
    "ReportContent",
    "ResidueFunction",
    "Setting",
    "SpectroscopyFindings",
    "Step",
    "TimeCurve",
    "Verdict",
    "VoxelCurve",
    "VoxelFindings",
    "VoxelSpectrum",
    "render_html",
    "write_pdf",
    "write_report",
]
