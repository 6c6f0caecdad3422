"""Every setting of a protocol's steps, defaults included."""

from __future__ import annotations

from typing import Any

from impasto.core import ImpastoError
from impasto.files import validated
from impasto.workflow.protocol import Protocol, Step
from impasto.workflow.stage import Stage
from impasto.workflow.stages import STAGES

__all__ = ["stage_of", "step_settings"]


def stage_of(step: Step) -> Stage:
    """Return the stage that a step runs.

    Raises
    ------
    ImpastoError
        When no stage has the name that the step gives.
    """
    if step.stage not in STAGES:
        known = ", ".join(sorted(STAGES))
        raise ImpastoError(step.name, f"no stage is called {step.stage!r}", f"choose one of: {known}")
    return STAGES[step.stage]


def step_settings(protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Return the settings of each step as plain values."""
    return {
        step.name: validated(step.settings, stage_of(step).settings, f"settings of {step.name}").model_dump(mode="json")
        for step in protocol.steps
    }
