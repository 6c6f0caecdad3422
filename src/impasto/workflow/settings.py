"""Every setting of a protocol's steps, defaults included."""

from __future__ import annotations

from typing import Any

from impasto.core import ImpastoError
from impasto.files import validated
from impasto.workflow import stages
from impasto.workflow.protocol import Protocol
from impasto.workflow.stage import Stage

__all__ = ["stage_named", "step_settings"]


def stage_named(name: str, needed_by: str = "protocol") -> Stage:
    """Return the stage of a name.

    Parameters
    ----------
    name : str
        As protocols write it, for example ``"painting-by-numbers"``.
    needed_by : str
        What an error names.

    Raises
    ------
    ImpastoError
        When no stage has this name.
    """
    known = {constant.lower().replace("_", "-"): constant for constant in stages.__all__}
    if name not in known:
        raise ImpastoError(needed_by, f"no stage is called {name!r}", f"choose one of: {', '.join(sorted(known))}")
    stage: Stage = getattr(stages, known[name])
    return stage


def step_settings(protocol: Protocol) -> dict[str, dict[str, Any]]:
    """Return the settings of each step as plain values."""
    found = {}
    for step in protocol.steps:
        settings = validated(step.settings, stage_named(step.stage, step.name).settings, f"settings of {step.name}")
        found[step.name] = settings.model_dump(mode="json")
    return found
