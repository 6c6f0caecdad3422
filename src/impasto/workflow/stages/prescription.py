"""Stages: targets and images become prescriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from impasto.core import DoseGoal, Grid, Image, Prescription, Progress, Structure, StructureSet
from impasto.files import StrictModel
from impasto.prescribe import (
    Course,
    LinearResponse,
    Response,
    SigmoidResponse,
    boost,
    by_contours,
    by_nested_levels,
    by_numbers,
    equal_mean_uniform,
)
from impasto.prescribe.levels import Boundaries
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.limits import LimitSetting, limits_for
from impasto.workflow.stages.selection import matching, only_one

__all__ = ["EQUAL_MEAN_UNIFORM", "PAINTING_BY_CONTOURS", "PAINTING_BY_NUMBERS", "SIMULTANEOUS_BOOST"]


class _CourseSettings(StrictModel):
    name: str
    fractions: int
    maximum_gy: float
    limits: tuple[LimitSetting, ...] = ()


def _course(settings: _CourseSettings, structures: StructureSet) -> tuple[Course, tuple[str, ...]]:
    limits, notes = limits_for(settings.limits, structures)
    return Course(settings.name, settings.fractions, limits, settings.maximum_gy), notes


class _ResponseSettings(StrictModel):
    """How intensity becomes dose; intensities may be given, or taken from the image inside the painted target."""

    shape: Literal["linear", "sigmoid"] = "linear"
    dose_low_gy: float
    dose_high_gy: float
    intensity_low: float | None = None
    intensity_high: float | None = None
    intensity_high_percentile: float = 95.0
    intensity_low_share: float = 0.25

    def response(self, image: Image, target: Structure) -> Response:
        doses_gy = (self.dose_low_gy, self.dose_high_gy)
        found = LinearResponse.from_percentile(
            image, target, doses_gy, self.intensity_high_percentile, self.intensity_low_share
        )
        low = found.intensity_low if self.intensity_low is None else self.intensity_low
        high = found.intensity_high if self.intensity_high is None else self.intensity_high
        linear = LinearResponse(low, high, *doses_gy)
        if self.shape == "linear":
            return linear
        # 90 % of the sigmoid's range lies within three widths of its midpoint
        return SigmoidResponse(0.5 * (low + high), (high - low) / 6.0, *doses_gy)


class _NumbersSettings(_CourseSettings):
    painted: str = "GTV*"
    target: str = "PTV"
    voxel_mm: float = 2.0
    response: _ResponseSettings


def _paint_by_numbers(inputs: Inputs, settings: _NumbersSettings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    painted = only_one(structures, settings.painted, "painted")
    target = only_one(structures, settings.target, "target")
    image = _resampled(inputs.image("image"), target, settings.voxel_mm)
    response = settings.response.response(image, painted)
    course, notes = _course(settings, structures)
    prescription = by_numbers(course, painted, image, response)
    prescription = _with_rest(prescription, target, settings.response.dose_low_gy)
    return StageResult({"prescription": prescription}, (prescription.method, *notes))


class _ContoursSettings(_CourseSettings):
    painted: str = "GTV*"
    target: str = "PTV"
    voxel_mm: float = 2.0
    thresholds: tuple[float, ...] = ()
    doses_gy: tuple[float, ...] = ()
    levels: int = 5
    boundaries: Boundaries = Boundaries.LEAST_SQUARES
    response: _ResponseSettings


def _paint_by_contours(inputs: Inputs, settings: _ContoursSettings, progress: Progress) -> StageResult:
    """Nested sub-volumes: at stated thresholds, or about five levels that stand for a painting by numbers."""
    structures = inputs.structures("structures")
    painted = only_one(structures, settings.painted, "painted")
    target = only_one(structures, settings.target, "target")
    image = _resampled(inputs.image("image"), target, settings.voxel_mm)
    course, notes = _course(settings, structures)
    if settings.thresholds:
        painting = by_contours(course, painted, image, settings.thresholds, settings.doses_gy)
    else:
        response = settings.response.response(image, painted)
        painting = by_nested_levels(course, painted, image, response, settings.levels, settings.boundaries)
    for level in painting.levels:
        structures = structures.with_structure(level)
    prescription = _with_rest(painting.prescription, target, settings.response.dose_low_gy)
    return StageResult({"prescription": prescription, "structures": structures}, (prescription.method, *notes))


class _BoostSettings(_CourseSettings):
    doses_gy: dict[str, float] = Field(min_length=1)


def _boost(inputs: Inputs, settings: _BoostSettings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    course, notes = _course(settings, structures)
    levels = []
    for pattern, dose_gy in settings.doses_gy.items():
        found = matching(structures, [pattern])
        levels += [(target.name, dose_gy) for target in found]
        if not found:
            notes = (*notes, f"no structure fits {pattern!r}: that level is not prescribed")
    if not levels:
        only_one(structures, next(iter(settings.doses_gy)), "doses_gy")
    prescription = boost(course, levels)
    return StageResult({"prescription": prescription}, (prescription.method, *notes))


class _EqualMeanSettings(StrictModel):
    voxel_mm: float = 2.0


def _equal_mean(inputs: Inputs, settings: _EqualMeanSettings, progress: Progress) -> StageResult:
    structures, painted = inputs.structures("structures"), inputs.prescription("prescription")
    targets = [structures[goal.structure] for goal in painted.goals]
    prescription = equal_mean_uniform(painted, structures, _grid_around(targets, settings.voxel_mm))
    return StageResult({"prescription": prescription}, (prescription.method,))


def _with_rest(prescription: Prescription, target: Structure, dose_gy: float) -> Prescription:
    """Prescribe what the painted structure leaves of the target one dose."""
    if any(goal.structure == target.name for goal in prescription.goals):
        return prescription
    rest = DoseGoal(target.name, dose_gy, dose_gy)
    method = f"{prescription.method}; rest of {target.name}: {dose_gy:g} Gy"
    return replace(prescription, goals=(*prescription.goals, rest), method=method)


def _resampled(image: Image, target: Structure, voxel_mm: float) -> Image:
    return image.resampled_linear(_grid_around([target], voxel_mm))


def _grid_around(structures: list[Structure], voxel_mm: float) -> Grid:
    bounds = [structure.bounds_mm() for structure in structures]
    low = [min(float(b[0, axis]) for b in bounds) - 2 * voxel_mm for axis in range(3)]
    high = [max(float(b[1, axis]) for b in bounds) + 2 * voxel_mm for axis in range(3)]
    shape = [int((b - a) / voxel_mm) + 2 for a, b in zip(low, high, strict=True)]
    return Grid.axis_aligned(shape, (voxel_mm,) * 3, low)


PAINTING_BY_NUMBERS = Stage("painting-by-numbers", _NumbersSettings, _paint_by_numbers)
PAINTING_BY_CONTOURS = Stage("painting-by-contours", _ContoursSettings, _paint_by_contours)
SIMULTANEOUS_BOOST = Stage("simultaneous-boost", _BoostSettings, _boost)
EQUAL_MEAN_UNIFORM = Stage("equal-mean-uniform", _EqualMeanSettings, _equal_mean)
