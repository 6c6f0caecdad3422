"""Stages: the dose that a plan gives on a day's anatomy, or in some of its fractions."""

from __future__ import annotations

from pydantic import PositiveInt

from impasto.adapt import dose_on_anatomy, share_of_course
from impasto.core import Progress
from impasto.files import StrictModel
from impasto.plan.photon import generic_6mv
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["DELIVERED_DOSE", "DOSE_ON_ANATOMY"]


class _Share(StrictModel):
    fractions: PositiveInt


class _Whole(StrictModel):
    """Fractions to give; all of the plan's without."""

    fractions: PositiveInt | None = None


def _deliver(inputs: Inputs, settings: _Share, progress: Progress) -> StageResult:
    return StageResult({"dose": share_of_course(inputs.plan("plan").dose, settings.fractions)})


def _recompute(inputs: Inputs, settings: _Whole, progress: Progress) -> StageResult:
    plan = inputs.plan("plan")
    dose = dose_on_anatomy(
        plan, inputs.image("ct"), inputs.structures("structures"), plan.dose.grid, generic_6mv(), progress=progress
    )
    if settings.fractions is not None:
        dose = share_of_course(dose, settings.fractions)
    return StageResult({"dose": dose})


DELIVERED_DOSE = Stage("delivered-dose", _Share, _deliver)
DOSE_ON_ANATOMY = Stage("dose-on-anatomy", _Whole, _recompute)
