"""Uniform doses: one level, a simultaneous integrated boost, and the comparison arm of a painted prescription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impasto.core import DoseGoal, Grid, ImpastoError, Prescription, StructureSet
from impasto.prescribe.course import Course
from impasto.prescribe.target_voxels import target_voxels

__all__ = ["boost", "equal_mean_uniform", "uniform"]


def uniform(course: Course, target: str, dose_gy: float) -> Prescription:
    """Prescribe one dose to the whole of a target.

    Parameters
    ----------
    course : Course
    target : str
        Name of the structure.
    dose_gy : float
        Over the course.

    Returns
    -------
    Prescription

    Examples
    --------
    >>> uniform(Course("standard", fractions=30), "PTV", 60.0).method
    'uniform: PTV 60 Gy'
    """
    return course.prescription((DoseGoal(target, dose_gy, dose_gy),), f"uniform: {target} {dose_gy:g} Gy")


def boost(course: Course, levels: Sequence[tuple[str, float]]) -> Prescription:
    """Prescribe a simultaneous integrated boost: each target its dose, all in the same fractions.

    A voxel that several targets share receives the highest of their doses.

    Parameters
    ----------
    course : Course
    levels : sequence of tuple of str and float
        Name of each target and its dose over the course in Gy, in any order.

    Returns
    -------
    Prescription

    Raises
    ------
    ImpastoError
        When a target is named twice.

    Examples
    --------
    >>> trial = Course("60 Gy with boost to 72 Gy", fractions=30)
    >>> [goal.structure for goal in boost(trial, [("PTV1", 60.0), ("PTV2", 72.0)]).goals]
    ['PTV2', 'PTV1']
    """
    names = [name for name, _ in levels]
    for name in names:
        if names.count(name) > 1:
            raise ImpastoError(name, "the boost names this target twice", "give each target one dose")
    descending = sorted(levels, key=lambda level: -level[1])
    goals = tuple(DoseGoal(name, dose_gy, dose_gy) for name, dose_gy in descending)
    stated = ", ".join(f"{name} {dose_gy:g} Gy" for name, dose_gy in descending)
    return course.prescription(goals, f"simultaneous integrated boost: {stated}")


def equal_mean_uniform(painted: Prescription, structures: StructureSet, grid: Grid) -> Prescription:
    """Prescribe one uniform dose with the same mean over all targets together as a painted prescription.

    The comparison arm of dose painting: the same energy, spread without regard to biology.

    Parameters
    ----------
    painted : Prescription
    structures : StructureSet
        Holds every target of the prescription.
    grid : Grid
        The mean is taken over this grid's voxels that belong to a target.

    Returns
    -------
    Prescription
        Every target at the mean dose; fractions, limits, maximum and weights are kept.

    Raises
    ------
    ImpastoError
        When no voxel of the grid belongs to a target.
    """
    inside = target_voxels(painted, structures, grid)
    mean_gy = float(painted.dose_map(structures, grid)[inside].mean())
    goals = tuple(replace(goal, lower_gy=mean_gy, upper_gy=mean_gy) for goal in painted.goals)
    method = f"uniform {mean_gy:.4f} Gy: the mean over all targets of {painted.name!r} ({painted.method})"
    return replace(painted, name=f"{painted.name}, uniform at equal mean", goals=goals, method=method)
