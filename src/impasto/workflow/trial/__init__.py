"""In-silico trials: digital patients, surrogate dose, regrowth, looks and analysis. All simulated."""

from impasto.workflow.trial.assumptions import assumption_names, assumptions_text
from impasto.workflow.trial.reporting import write_trial_report
from impasto.workflow.trial.running import TrialRequest, TrialRun, run_trial
from impasto.workflow.trial.summarising import summarise_trial, trial_document

__all__ = [
    "TrialRequest",
    "TrialRun",
    "assumption_names",
    "assumptions_text",
    "run_trial",
    "summarise_trial",
    "trial_document",
    "write_trial_report",
]
