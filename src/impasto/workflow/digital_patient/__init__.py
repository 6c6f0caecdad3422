"""Digital patients as files: scans as a clinic would hand them over, and the truth behind them. All simulated."""

from impasto.workflow.digital_patient.kinds import Examination, PatientKind
from impasto.workflow.digital_patient.patient import Cohort, DigitalPatient, write_cohort, write_digital_patient

__all__ = ["Cohort", "DigitalPatient", "Examination", "PatientKind", "write_cohort", "write_digital_patient"]
