"""Protocols run on cases: import, steps with provenance, report and export."""

from impasto.workflow.acceptance import accept_registration
from impasto.workflow.adding import AddedKind, Addition, add_files
from impasto.workflow.anatomy_finding import anatomy_protocol, find_anatomy
from impasto.workflow.biomarker_change import PatientChanges, change_in_patients, change_in_zones
from impasto.workflow.coherence_table import PrintedTables, paper_names, read_paper, read_printed_tables
from impasto.workflow.curve_reconstruction import reconstruct_arms, write_reconstructed
from impasto.workflow.curve_view import draw_curve
from impasto.workflow.demo import DemoSummary, run_demo
from impasto.workflow.description_analysis import DescriptionRequest, describe_patients
from impasto.workflow.description_report import write_description
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
from impasto.workflow.failure_patterns import CaseFailures, PatternRequest, find_failure_patterns
from impasto.workflow.importing import Imported, import_folder
from impasto.workflow.independent_steps import IndependentOutcomes, run_independent_steps
from impasto.workflow.lesion_finding import FoundCaseLesions, LesionRequest, find_case_lesions, lesion_protocol
from impasto.workflow.map_protocol import map_protocol
from impasto.workflow.patient_table import PatientTable, read_patient_table
from impasto.workflow.pattern_report import pattern_findings, write_pattern_report
from impasto.workflow.plan_comparison import PlanComparisonRequest, compare_plans, write_plan_comparison
from impasto.workflow.protocol import Protocol, load_protocol, protocol_names
from impasto.workflow.registering import register_images
from impasto.workflow.registration_protocol import registration_protocol, with_landmarks
from impasto.workflow.reporting import current_report, radiosurgery_comparison, report_content, write_case_report
from impasto.workflow.response_analysis import analyse_response, write_response_report
from impasto.workflow.response_table import ResponseTable, read_response_table
from impasto.workflow.results import ProtocolResults, open_plans, open_results
from impasto.workflow.settings import step_settings
from impasto.workflow.spectra_view import draw_spectrum
from impasto.workflow.summary import CaseSummary, summarise_case
from impasto.workflow.survival_analysis import analyse_survival
from impasto.workflow.survival_report import write_survival_report
from impasto.workflow.survival_request import SurvivalRequest
from impasto.workflow.trial import (
    TrialRequest,
    TrialRun,
    run_trial,
    summarise_trial,
    trial_document,
    write_trial_report,
)
from impasto.workflow.trial_design import draw_boundaries, write_allocations

__all__ = [
    "AddedKind",
    "Addition",
    "CaseFailures",
    "CaseSummary",
    "Cohort",
    "DemoSummary",
    "DescriptionRequest",
    "DigitalPatient",
    "Examination",
    "ExportedFile",
    "FoundCaseLesions",
    "Imported",
    "IndependentOutcomes",
    "LesionRequest",
    "PatientChanges",
    "PatientKind",
    "PatientTable",
    "PatternRequest",
    "PlanComparisonRequest",
    "PrintedTables",
    "Protocol",
    "ProtocolResults",
    "ResponseTable",
    "StepOutcome",
    "SurvivalRequest",
    "TrialRequest",
    "TrialRun",
    "accept_registration",
    "add_files",
    "analyse_response",
    "analyse_survival",
    "anatomy_protocol",
    "change_in_patients",
    "change_in_zones",
    "compare_plans",
    "current_report",
    "describe_patients",
    "draw_boundaries",
    "draw_curve",
    "draw_spectrum",
    "export_case",
    "find_anatomy",
    "find_case_lesions",
    "find_failure_patterns",
    "import_folder",
    "lesion_protocol",
    "load_protocol",
    "map_protocol",
    "open_plans",
    "open_results",
    "paper_names",
    "pattern_findings",
    "protocol_names",
    "radiosurgery_comparison",
    "read_paper",
    "read_patient_table",
    "read_printed_tables",
    "read_response_table",
    "reconstruct_arms",
    "register_images",
    "registration_protocol",
    "report_content",
    "run_demo",
    "run_independent_steps",
    "run_protocol",
    "run_trial",
    "step_settings",
    "summarise_case",
    "summarise_trial",
    "trial_document",
    "with_landmarks",
    "write_allocations",
    "write_case_report",
    "write_cohort",
    "write_description",
    "write_digital_patient",
    "write_pattern_report",
    "write_plan_comparison",
    "write_reconstructed",
    "write_response_report",
    "write_survival_report",
    "write_trial_report",
]
