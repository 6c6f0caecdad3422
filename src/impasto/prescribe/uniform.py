"""Uniform doses: one level, a simultaneous integrated boost, and the comparison arm of a painted prescription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impasto.core import DoseGoal, Grid, ImpastoError, Prescription, StructureSet
from impasto.prescribe.settings import PrescriptionSettings
from impasto.prescribe.target_voxels import target_voxels

__all__ = ["boost", "equal_mean_uniform", "uniform"]


def uniform(target_name: str, dose_gy: float, settings: PrescriptionSettings) -> Prescription:
    """Prescribe one dose to the whole of a target.

    Parameters
    ----------
    target_name : str
    dose_gy : float
        Over the course.
    settings : PrescriptionSettings

    Returns
    -------
    Prescription

    Examples
    --------
    >>> uniform("PTV", 60.0, PrescriptionSettings("standard", fractions=30)).method
    'uniform: PTV 60 Gy'
    """
    return settings.prescription((DoseGoal(target_name, dose_gy, dose_gy),), f"uniform: {target_name} {dose_gy:g} Gy")


def boost(levels: Sequence[tuple[str, float]], settings: PrescriptionSettings) -> Prescription:
    """Prescribe a simultaneous integrated boost: each target its dose, all in the same fractions.

    A voxel that several targets share receives the highest of their doses.

    Parameters
    ----------
    levels : sequence of tuple of str and float
        Name of each target and its dose over the course in Gy, in any order.
    settings : PrescriptionSettings

    Returns
    -------
    Prescription

    Raises
    ------
    ImpastoError
        When a target is named twice.

    Examples
    --------
    >>> trial = PrescriptionSettings("60 Gy with boost to 72 Gy", fractions=30)
    >>> [goal.structure for goal in boost([("PTV1", 60.0), ("PTV2", 72.0)], trial).goals]
    ['PTV2', 'PTV1']
    """
    names = [name for name, _ in levels]
    for name in names:
        if names.count(name) > 1:
            raise ImpastoError(name, "the boost names this target twice", "give each target one dose")
    descending = sorted(levels, key=lambda level: -level[1])
    goals = tuple(DoseGoal(name, dose_gy, dose_gy) for name, dose_gy in descending)
    stated = ", ".join(f"{name} {dose_gy:g} Gy" for name, dose_gy in descending)
    return settings.prescription(goals, f"simultaneous integrated boost: {stated}")


def equal_mean_uniform(
    prescription: Prescription, structures: StructureSet, grid: Grid, settings: PrescriptionSettings
) -> Prescription:
    """Prescribe one uniform dose with the same mean over all targets together as a painted prescription.

    The comparison arm of dose painting: the same mean dose, spread without regard to biology.

    Parameters
    ----------
    prescription : Prescription
        The painted one.
    structures : StructureSet
        Holds every target of the prescription.
    grid : Grid
        The mean is taken over this grid's voxels that belong to a target.
    settings : PrescriptionSettings
        Of the result.

    Returns
    -------
    Prescription
        Every target of the painted prescription at the mean dose, with its weight.

    Raises
    ------
    ImpastoError
        When no voxel of the grid belongs to a target.
    """
    inside = target_voxels(prescription, structures, grid)
    mean_gy = float(prescription.dose_map(structures, grid)[inside].mean())
    goals = tuple(replace(goal, lower_gy=mean_gy, upper_gy=mean_gy) for goal in prescription.goals)
    method = f"uniform {mean_gy:.3f} Gy, the mean over all targets of {prescription.name!r} ({prescription.method})"
    return settings.prescription(goals, method)
