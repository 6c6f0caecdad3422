"""Dose painting by contours: nested sub-volumes of a target, each with its own dose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure
from impasto.core.arrays import BoolArray, FloatArray
from impasto.prescribe.by_numbers import prescribed_in
from impasto.prescribe.course import Course
from impasto.prescribe.levels import Boundaries, dose_levels
from impasto.prescribe.responses import Response

__all__ = ["ContourPainting", "by_contours", "by_nested_levels"]


@dataclass(frozen=True, eq=False)
class ContourPainting:
    """A prescription and the structures that it names.

    Parameters
    ----------
    prescription : Prescription
        One goal for each level, the innermost first.
    levels : tuple of Structure
        The target itself, then each sub-volume inside the one before.
    doses_gy : tuple of float
        Dose of each level.
    """

    prescription: Prescription
    levels: tuple[Structure, ...]
    doses_gy: tuple[float, ...]


def by_contours(
    course: Course, target: Structure, image: Image, thresholds: Sequence[float], doses_gy: Sequence[float]
) -> ContourPainting:
    """Prescribe nested sub-volumes in which an image reaches ascending thresholds.

    Parameters
    ----------
    course : Course
    target : Structure
    image : Image
        Three-dimensional; the sub-volumes are made of its voxels, cut by the target's border.
    thresholds : sequence of float
        In the image's unit, ascending.
    doses_gy : sequence of float
        One more than thresholds: that of the target below the first threshold, then of each sub-volume.

    Returns
    -------
    ContourPainting

    Raises
    ------
    ImpastoError
        When numbers do not fit or ascend, or no voxel of the target reaches a threshold.
    """
    if len(doses_gy) != len(thresholds) + 1:
        raise ImpastoError(
            course.name, f"{len(doses_gy)} doses for {len(thresholds)} thresholds", "give one dose more than thresholds"
        )
    if np.any(np.diff(thresholds) <= 0.0):
        raise ImpastoError(course.name, "the thresholds do not ascend", "give them from low to high")
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "it has a time axis", "prescribe on one frame or a parameter map")
    reached = [np.asarray(image.data >= threshold) for threshold in thresholds]
    levels = _nested(target, image.grid, reached, doses_gy[1:])
    for level, threshold in zip(levels[1:], thresholds, strict=True):
        if level.is_empty:
            raise ImpastoError(
                target.name, f"no voxel reaches {threshold:g} {image.unit}", "leave that level out or lower it"
            )
    steps = ", ".join(
        f"{dose:g} Gy from {threshold:g} {image.unit}" for dose, threshold in zip(doses_gy[1:], thresholds, strict=True)
    )
    method = f"painting by contours in {target.name} on {image.quantity}: {doses_gy[0]:g} Gy, {steps}"
    return ContourPainting(_prescription(course, levels, doses_gy, method), levels, tuple(doses_gy))


def by_nested_levels(
    course: Course,
    target: Structure,
    image: Image,
    response: Response,
    level_count: int = 5,
    boundaries: Boundaries = Boundaries.LEAST_SQUARES,
) -> ContourPainting:
    """Prescribe a few nested sub-volumes that stand for a painting by numbers.

    The hybrid that planning systems without voxelwise objectives can deliver: the doses that `response` gives are
    divided into levels, each at the mean of the doses that it replaces, so that the mean dose in the target is kept.

    Parameters
    ----------
    course : Course
    target : Structure
    image : Image
        Three-dimensional, with a value in every voxel of the target.
    response : Response
    level_count : int
        At most so many levels, the target itself included.
    boundaries : Boundaries
        Levels of equal width in dose, or those nearest to the continuous map.

    Returns
    -------
    ContourPainting

    Raises
    ------
    ImpastoError
        As :func:`by_numbers`, and when no level is asked for.
    """
    painted, _ = prescribed_in(target, image, response, None)
    share = target.occupancy(image.grid)
    inside = share > 0.0
    if not inside.any():
        raise ImpastoError(target.name, f"it holds no voxel of the {image.quantity}", "prescribe on a finer image")
    dose_gy = painted.data.astype(np.float64)
    starts_gy, doses_gy = dose_levels(dose_gy[inside], share[inside], level_count, boundaries)
    reached = [np.asarray(dose_gy >= start) for start in starts_gy[1:]]
    levels = _nested(target, image.grid, reached, doses_gy[1:])
    difference_gy = _rms_gy(dose_gy[inside], share[inside], starts_gy, doses_gy)
    steps = ", ".join(f"{dose:.2f} Gy from {start:.2f} Gy" for dose, start in zip(doses_gy, starts_gy, strict=True))
    method = (
        f"nested levels in {target.name} on {image.quantity}: {response.stated(image.unit)}; divided at {boundaries} "
        f"into {len(doses_gy)} levels: {steps}; root mean square difference {difference_gy:.2f} Gy"
    )
    return ContourPainting(_prescription(course, levels, doses_gy, method), levels, tuple(float(d) for d in doses_gy))


def _nested(
    target: Structure, grid: Grid, reached: Sequence[BoolArray], doses_gy: Sequence[float] | FloatArray
) -> tuple[Structure, ...]:
    share = target.occupancy(grid)
    inner = [
        Structure.from_mask(f"{target.name} L{n} {dose:.4g} Gy", target.role, np.where(where, share, 0.0), grid)
        for n, (where, dose) in enumerate(zip(reached, doses_gy, strict=True), start=2)
    ]
    return (target, *inner)


def _prescription(
    course: Course, levels: Sequence[Structure], doses_gy: Sequence[float] | FloatArray, method: str
) -> Prescription:
    goals = [DoseGoal(level.name, float(dose), float(dose)) for level, dose in zip(levels, doses_gy, strict=True)]
    return course.prescription(tuple(reversed(goals)), method)


def _rms_gy(dose_gy: FloatArray, volume: FloatArray, starts_gy: FloatArray, doses_gy: FloatArray) -> float:
    level_gy = doses_gy[np.searchsorted(starts_gy, dose_gy, side="right") - 1]
    return float(np.sqrt(np.average((level_gy - dose_gy) ** 2, weights=volume)))
