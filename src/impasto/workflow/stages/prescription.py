"""Stages: targets and images become prescriptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat

from impasto.core import Image, Prescription, Progress, Structure, StructureSet
from impasto.files import StrictModel
from impasto.prescribe import (
    Boundaries,
    LinearPainting,
    Painting,
    PrescriptionSettings,
    SigmoidPainting,
    boost,
    by_contours,
    by_numbers,
    by_probability,
    equal_mean_uniform,
    nested_levels,
)
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.grids import grid_around
from impasto.workflow.stages.limits import LimitSetting, limits_for
from impasto.workflow.stages.selection import matching, only_one

__all__ = [
    "EQUAL_MEAN_UNIFORM",
    "PAINTING_BY_CONTOURS",
    "PAINTING_BY_NUMBERS",
    "PAINTING_BY_PROBABILITY",
    "PAINTING_IN_LEVELS",
    "SIMULTANEOUS_BOOST",
]


class _CourseSettings(StrictModel):
    name: str
    fractions: int
    maximum_gy: float
    target_weight: PositiveFloat = 1.0
    limits: tuple[LimitSetting, ...] = ()


def _course(settings: _CourseSettings, structures: StructureSet) -> tuple[PrescriptionSettings, tuple[str, ...]]:
    limits, notes = limits_for(settings.limits, structures)
    return PrescriptionSettings(settings.name, settings.fractions, limits, settings.maximum_gy), notes


def _weighted(prescription: Prescription, settings: _CourseSettings) -> Prescription:
    """Give the goals their importance beside the limits."""
    goals = tuple(replace(goal, weight=goal.weight * settings.target_weight) for goal in prescription.goals)
    return replace(prescription, goals=goals)


class _PaintingSettings(StrictModel):
    """How intensity becomes dose; intensities may be given, or taken from the image inside the painted structure."""

    shape: Literal["linear", "sigmoid"] = "linear"
    dose_low_gy: float
    dose_high_gy: float
    intensity_low: float | None = None
    intensity_high: float | None = None
    intensity_high_percentile: float = 95.0
    intensity_low_share: float = 0.25

    def painting(self, image: Image, painted: Structure) -> Painting:
        doses_gy = (self.dose_low_gy, self.dose_high_gy)
        found = LinearPainting.from_percentile(
            image, painted, doses_gy, self.intensity_high_percentile, self.intensity_low_share
        )
        low = found.intensity_low if self.intensity_low is None else self.intensity_low
        high = found.intensity_high if self.intensity_high is None else self.intensity_high
        linear = LinearPainting(low, high, *doses_gy)
        if self.shape == "linear":
            return linear
        # 90 % of a sigmoid's range lies within three widths of its middle
        return SigmoidPainting(0.5 * (low + high), (high - low) / 6.0, *doses_gy)


class _NumbersSettings(_CourseSettings):
    painted: str = "GTV*"
    target: str = "PTV"
    voxel_mm: float = 2.0
    response: _PaintingSettings


def _paint_by_numbers(inputs: Inputs, settings: _NumbersSettings, progress: Progress) -> StageResult:
    image, structures = inputs.image("image"), inputs.structures("structures")
    painted = only_one(structures, settings.painted, "painted")
    target = only_one(structures, settings.target, "target")
    course, notes = _course(settings, structures)
    painting = settings.response.painting(image, painted)
    grid = grid_around([target], settings.voxel_mm)
    prescription = by_numbers(image, painting, painted, target, grid, course)
    return StageResult({"prescription": _weighted(prescription, settings)}, (prescription.method, *notes))


class _LevelsSettings(_NumbersSettings):
    levels: int = 5
    boundaries: Boundaries = Boundaries.LEAST_SQUARES


def _paint_in_levels(inputs: Inputs, settings: _LevelsSettings, progress: Progress) -> StageResult:
    """Paint by numbers, then put a few nested sub-volumes of uniform dose in place of the map."""
    by_number = _paint_by_numbers(inputs, settings, progress)
    continuous, structures = by_number.outputs["prescription"], inputs.structures("structures")
    assert isinstance(continuous, Prescription)
    grid = grid_around([structures[goal.structure] for goal in continuous.goals], settings.voxel_mm)
    prescription, levels = nested_levels(continuous, structures, grid, settings.levels, settings.boundaries)
    return _with_levels(prescription, levels, structures, by_number.notes[1:])


class _ContoursSettings(_CourseSettings):
    painted: str = "GTV*"
    target: str = "PTV"
    voxel_mm: float = 2.0
    thresholds: tuple[float, ...]
    doses_gy: tuple[float, ...]


def _paint_by_contours(inputs: Inputs, settings: _ContoursSettings, progress: Progress) -> StageResult:
    image, structures = inputs.image("image"), inputs.structures("structures")
    painted = only_one(structures, settings.painted, "painted")
    target = only_one(structures, settings.target, "target")
    course, notes = _course(settings, structures)
    grid = grid_around([target], settings.voxel_mm)
    prescription, levels = by_contours(image, settings.thresholds, settings.doses_gy, painted, target, grid, course)
    return _with_levels(_weighted(prescription, settings), levels, structures, notes)


def _with_levels(
    prescription: Prescription, levels: tuple[Structure, ...], structures: StructureSet, notes: tuple[str, ...]
) -> StageResult:
    for level in levels:
        structures = structures.with_structure(level)
    return StageResult({"prescription": prescription, "structures": structures}, (prescription.method, *notes))


class _BoostSettings(_CourseSettings):
    doses_gy: dict[str, float] = Field(min_length=1)
    upper_percent: float = Field(107.0, ge=100.0)


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
    prescription = _with_upper(_weighted(boost(levels, course), settings), settings.upper_percent)
    return StageResult({"prescription": prescription}, (prescription.method, *notes))


def _with_upper(prescription: Prescription, percent: float) -> Prescription:
    """Allow each target up to a share of its level: 107 % is the upper bound of ICRU 50."""
    goals = tuple(
        goal if isinstance(goal.lower_gy, Image) else replace(goal, upper_gy=goal.lower_gy * percent / 100.0)
        for goal in prescription.goals
    )
    return replace(prescription, goals=goals, method=f"{prescription.method}, each up to {percent:g} %")


class _ProbabilitySettings(_CourseSettings):
    """`doses_gy` by zone: the step's inputs of the same names are the probabilities."""

    painted: str = "GTV*"
    target: str = "GTV*"
    voxel_mm: float = 2.0
    doses_gy: dict[str, float] = Field(min_length=1)
    otherwise_gy: NonNegativeFloat


def _paint_by_probability(inputs: Inputs, settings: _ProbabilitySettings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    painted = only_one(structures, settings.painted, "painted")
    target = only_one(structures, settings.target, "target")
    course, notes = _course(settings, structures)
    probabilities = {zone: inputs.image(zone) for zone in settings.doses_gy}
    prescription = by_probability(
        probabilities,
        settings.doses_gy,
        painted,
        target,
        grid_around([target], settings.voxel_mm),
        course,
        settings.otherwise_gy,
    )
    return StageResult({"prescription": _weighted(prescription, settings)}, (prescription.method, *notes))


class _EqualMeanSettings(StrictModel):
    voxel_mm: float = 2.0


def _equal_mean(inputs: Inputs, settings: _EqualMeanSettings, progress: Progress) -> StageResult:
    structures, painted = inputs.structures("structures"), inputs.prescription("prescription")
    targets = [structures[goal.structure] for goal in painted.goals]
    course = PrescriptionSettings(f"uniform for {painted.name}", painted.fractions, painted.limits, painted.maximum_gy)
    prescription = equal_mean_uniform(painted, structures, grid_around(targets, settings.voxel_mm), course)
    return StageResult({"prescription": prescription}, (prescription.method,))


PAINTING_BY_NUMBERS = Stage("painting-by-numbers", _NumbersSettings, _paint_by_numbers)
PAINTING_BY_CONTOURS = Stage("painting-by-contours", _ContoursSettings, _paint_by_contours)
PAINTING_BY_PROBABILITY = Stage("painting-by-probability", _ProbabilitySettings, _paint_by_probability)
PAINTING_IN_LEVELS = Stage("painting-in-levels", _LevelsSettings, _paint_in_levels)
SIMULTANEOUS_BOOST = Stage("simultaneous-boost", _BoostSettings, _boost)
EQUAL_MEAN_UNIFORM = Stage("equal-mean-uniform", _EqualMeanSettings, _equal_mean)
