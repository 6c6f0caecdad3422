"""Making every map of a case: one that cannot be made does not keep back the others."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import ImpastoError, Progress, silent
from impasto.files import Case
from impasto.workflow.engine import StepOutcome, run_protocol
from impasto.workflow.map_protocol import map_protocol
from impasto.workflow.protocol import Protocol
from impasto.workflow.results import keep_protocol

__all__ = ["MapsMade", "make_maps"]


@dataclass(frozen=True)
class MapsMade:
    """What became of each step.

    Parameters
    ----------
    outcomes : tuple of StepOutcome
    failures : mapping of str to ImpastoError
        By the name of the step.
    """

    outcomes: tuple[StepOutcome, ...]
    failures: dict[str, ImpastoError]


def make_maps(case: Case, protocol: Protocol | None = None, progress: Progress = silent) -> MapsMade:
    """Run each step of :func:`map_protocol` whose maps are not current.

    Parameters
    ----------
    case : Case
    protocol : Protocol, optional
        Of `map_protocol`, with other settings.
    progress : Progress

    Returns
    -------
    MapsMade

    Raises
    ------
    ImpastoError
        When the case has nothing that maps are made of.
    """
    protocol = protocol or map_protocol(case)
    outcomes: list[StepOutcome] = []
    failures: dict[str, ImpastoError] = {}
    for step in protocol.steps:
        # steps are independent: each runs as a protocol of its own
        needed = {name: choice for name, choice in protocol.inputs.items() if name in step.inputs.values()}
        alone = protocol.model_copy(update={"steps": (step,), "inputs": needed})
        try:
            outcomes += run_protocol(case, alone, progress=progress)
        except ImpastoError as error:
            failures[step.name] = error
    made = tuple(step for step in protocol.steps if step.name not in failures)
    keep_protocol(case, protocol.model_copy(update={"steps": made}))
    return MapsMade(tuple(outcomes), failures)
