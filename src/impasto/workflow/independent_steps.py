"""Running steps that do not need each other: one that cannot run does not keep back the others."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import ImpastoError, Progress, silent
from impasto.files import Case
from impasto.workflow.engine import StepOutcome, run_protocol
from impasto.workflow.protocol import Protocol
from impasto.workflow.results import keep_protocol

__all__ = ["IndependentOutcomes", "run_independent_steps"]


@dataclass(frozen=True)
class IndependentOutcomes:
    """What became of each step.

    Parameters
    ----------
    outcomes : tuple of StepOutcome
    failures : mapping of str to ImpastoError
        By the name of the step.
    """

    outcomes: tuple[StepOutcome, ...]
    failures: dict[str, ImpastoError]


def run_independent_steps(case: Case, protocol: Protocol, progress: Progress = silent) -> IndependentOutcomes:
    """Run each step of a protocol, as a protocol of its own, whose result is not current.

    Parameters
    ----------
    case : Case
    protocol : Protocol
        No step uses another one's output.
    progress : Progress

    Returns
    -------
    IndependentOutcomes
    """
    outcomes: list[StepOutcome] = []
    failures: dict[str, ImpastoError] = {}
    for step in protocol.steps:
        needed = {name: choice for name, choice in protocol.inputs.items() if name in step.inputs.values()}
        alone = protocol.model_copy(update={"steps": (step,), "inputs": needed})
        try:
            outcomes += run_protocol(case, alone, progress=progress)
        except ImpastoError as error:
            failures[step.name] = error
    made = tuple(step for step in protocol.steps if step.name not in failures)
    keep_protocol(case, protocol.model_copy(update={"steps": made}))
    return IndependentOutcomes(tuple(outcomes), failures)
