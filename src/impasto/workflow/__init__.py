"""Protocols run on cases: import, steps with provenance, report and export."""

from impasto.workflow.adding import AddedKind, Addition, add_files
from impasto.workflow.curve_view import draw_curve
from impasto.workflow.demo import DemoSummary, run_demo
from impasto.workflow.digital_patient import (
    Cohort,
    DigitalPatient,
    Examination,
    PatientKind,
    write_cohort,
    write_digital_patient,
)
from impasto.workflow.engine import StepOutcome, run_protocol
from impasto.workflow.export import ExportedFile, export_case
from impasto.workflow.importing import Imported, import_folder
from impasto.workflow.map_making import MapsMade, make_maps
from impasto.workflow.map_protocol import map_protocol
from impasto.workflow.protocol import Protocol, load_protocol, protocol_names
from impasto.workflow.reporting import report_content, write_case_report
from impasto.workflow.results import ProtocolResults, open_results
from impasto.workflow.settings import step_settings
from impasto.workflow.spectra_view import draw_spectrum
from impasto.workflow.summary import CaseSummary, summarise_case

__all__ = [
    "AddedKind",
    "Addition",
    "CaseSummary",
    "Cohort",
    "DemoSummary",
    "DigitalPatient",
    "Examination",
    "ExportedFile",
    "Imported",
    "MapsMade",
    "PatientKind",
    "Protocol",
    "ProtocolResults",
    "StepOutcome",
    "add_files",
    "draw_curve",
    "draw_spectrum",
    "export_case",
    "import_folder",
    "load_protocol",
    "make_maps",
    "map_protocol",
    "open_results",
    "protocol_names",
    "report_content",
    "run_demo",
    "run_protocol",
    "step_settings",
    "summarise_case",
    "write_case_report",
    "write_cohort",
    "write_digital_patient",
]
