from .anatomy.finding import anatomy_protocol, find_anatomy
from .curves.view import draw_curve
from .demo import DemoSummary, run_demo
from .digital_patient import (
    Cohort,
    DigitalPatient,
    Examination,
    PatientKind,
    write_cohort,
    write_digital_patient,
)
from .engine import StepOutcome, run_protocol
from .export import ExportedFile, export_case
from .importing.adding import AddedKind, Addition, add_files
from .importing.folder import Imported, import_folder
from .independent_steps import IndependentOutcomes, run_independent_steps
from .lesions.finding import FoundCaseLesions, LesionRequest, find_case_lesions, lesion_protocol
from .maps.protocol import map_protocol
from .outcome.biomarker_change import PatientChanges, change_in_patients, change_in_zones
from .outcome.coherence_table import PrintedTables, paper_names, read_paper, read_printed_tables
from .outcome.curve_reconstruction import reconstruct_arms, write_reconstructed
from .outcome.description.analysis import DescriptionRequest, describe_patients
from .outcome.description.report import write_description
from .outcome.paired.comparison import PlanComparisonRequest, compare_plans, write_plan_comparison
from .outcome.patient_table import PatientTable, read_patient_table
from .outcome.patterns.finding import CaseFailures, PatternRequest, find_failure_patterns
from .outcome.patterns.report import pattern_findings, write_pattern_report
from .outcome.response.analysis import analyse_response, write_response_report
from .outcome.response.table import ResponseTable, read_response_table
from .outcome.survival.analysis import analyse_survival
from .outcome.survival.report import write_survival_report
from .outcome.survival.request import SurvivalRequest
from .outcome.trial_design import draw_boundaries, write_allocations
from .protocol import Protocol, load_protocol, protocol_names
from .registration.acceptance import accept_registration
from .registration.protocol import registration_protocol, with_landmarks
from .registration.registering import register_images
from .reporting import current_report, radiosurgery_comparison, report_content, write_case_report
from .results import ProtocolResults, open_plans, open_results
from .settings import step_settings
from .spectroscopy.view import draw_spectrum
from .summary import CaseSummary, summarise_case
from .trial import (
    TrialRequest,
    TrialRun,
    run_trial,
    summarise_trial,
    trial_document,
    write_trial_report,
)

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
