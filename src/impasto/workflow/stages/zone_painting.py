"""Stages: zones become a painted prescription, and one level for all of them the uniform one beside it."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, PositiveFloat

from impasto.core import ImpastoError, Progress, StructureSet
from impasto.files import StrictModel
from impasto.prescribe import PrescriptionSettings, by_zones, uniform
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.grids import grid_around
from impasto.workflow.stages.limits import LimitSetting, limits_for
from impasto.workflow.stages.selection import only_one

__all__ = ["UNIFORM_DOSE", "ZONE_PAINTING"]


class _ZoneSettings(StrictModel):
    """`doses_gy` by zone; zones that are not there are left out."""

    name: str
    doses_gy: dict[str, PositiveFloat] = Field(min_length=1)
    border_mm: NonNegativeFloat = 2.0
    voxel_mm: PositiveFloat = 1.0
    fractions: int = 1
    maximum_gy: float = 30.0
    limits: tuple[LimitSetting, ...] = ()


def _paint_zones(inputs: Inputs, settings: _ZoneSettings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    limits, notes = limits_for(settings.limits, structures)
    zones = [(structures[name], dose_gy) for name, dose_gy in settings.doses_gy.items() if name in structures]
    missing = [name for name in settings.doses_gy if name not in structures]
    if not zones:
        raise ImpastoError(settings.name, f"none of {', '.join(missing)} is there", "find or draw the zones first")
    if missing:
        notes = (*notes, f"There is no zone {', '.join(missing)}: its level is not prescribed.")
    course = PrescriptionSettings(settings.name, settings.fractions, limits, settings.maximum_gy)
    grid = grid_around([zone for zone, _ in zones], settings.voxel_mm)
    prescription = by_zones(zones, grid, course, settings.border_mm)
    return StageResult({"prescription": prescription}, (prescription.method, *notes))


class _UniformSettings(StrictModel):
    name: str
    target: str
    dose_gy: PositiveFloat
    fractions: int = 1
    maximum_gy: float = 30.0
    limits: tuple[LimitSetting, ...] = ()


def _uniform(inputs: Inputs, settings: _UniformSettings, progress: Progress) -> StageResult:
    structures: StructureSet = inputs.structures("structures")
    limits, notes = limits_for(settings.limits, structures)
    target = only_one(structures, settings.target, "target")
    course = PrescriptionSettings(settings.name, settings.fractions, limits, settings.maximum_gy)
    wanted = uniform(target.name, settings.dose_gy, course)
    # hot spots inside the target are the rule in radiosurgery: no upper level
    goals = tuple(type(goal)(goal.structure, goal.lower_gy) for goal in wanted.goals)
    return StageResult({"prescription": course.prescription(goals, wanted.method)}, (wanted.method, *notes))


ZONE_PAINTING = Stage("zone-painting", _ZoneSettings, _paint_zones)
UNIFORM_DOSE = Stage("uniform-dose", _UniformSettings, _uniform)
