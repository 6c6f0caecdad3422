"""Registering the images of a case, beside those that were registered before."""

from __future__ import annotations

from impasto.core import Progress, silent
from impasto.files import Case, read_document
from impasto.workflow.independent_steps import IndependentOutcomes, run_independent_steps
from impasto.workflow.protocol import Protocol
from impasto.workflow.registration.protocol import REGISTRATION_PROTOCOL
from impasto.workflow.results import keep_protocol

__all__ = ["register_images"]


def register_images(case: Case, protocol: Protocol, progress: Progress = silent) -> IndependentOutcomes:
    """Run each registration that is not current; earlier ones of other images stay.

    Parameters
    ----------
    case : Case
    protocol : Protocol
        Of :func:`~impasto.workflow.registration.protocol`.
    progress : Progress

    Returns
    -------
    IndependentOutcomes
    """
    kept = case.results_folder(REGISTRATION_PROTOCOL) / "protocol.json"
    earlier = read_document(kept, Protocol) if kept.exists() else None
    try:
        made = run_independent_steps(case, protocol, progress)
    finally:
        if earlier is not None:
            _keep_both(case, earlier)
    return made


def _keep_both(case: Case, earlier: Protocol) -> None:
    """Put earlier steps back into the protocol that was just kept."""
    now = read_document(case.results_folder(REGISTRATION_PROTOCOL) / "protocol.json", Protocol)
    names = {step.name for step in now.steps}
    steps = (*(step for step in earlier.steps if step.name not in names), *now.steps)
    keep_protocol(case, now.model_copy(update={"steps": steps, "inputs": {**earlier.inputs, **now.inputs}}))
