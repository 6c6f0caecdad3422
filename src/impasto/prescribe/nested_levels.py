"""A few nested sub-volumes that stand for a painting by numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure, StructureSet
from impasto.core.arrays import BoolArray, FloatArray
from impasto.prescribe.levels import Boundaries, dose_levels

__all__ = ["nested_levels"]


def nested_levels(
    prescription: Prescription,
    structures: StructureSet,
    grid: Grid,
    count: int = 5,
    boundaries: Boundaries = Boundaries.LEAST_SQUARES,
) -> tuple[Prescription, tuple[Structure, ...]]:
    """Replace a painted dose map by nested sub-volumes of uniform dose.

    The hybrid of painting by contours and by numbers that a planning system without voxelwise objectives can deliver;
    about five levels are usual (Gregoire 2018). Each level's dose is the mean of the doses that it replaces, so the
    mean dose in the target is kept.

    Parameters
    ----------
    prescription : Prescription
        With one goal whose lower level is a map; other goals stay as they are.
    structures : StructureSet
        Holds every target of the prescription.
    grid : Grid
        Voxels of the sub-volumes.
    count : int
        At most so many levels, the target itself included.
    boundaries : Boundaries
        Levels of equal width in dose, or those nearest to the map.

    Returns
    -------
    prescription : Prescription
        The painted goal's place is taken by one goal for each level, the innermost first.
    sub_volumes : tuple of Structure
        One for each level above the lowest, each inside the one before; the prescription names them.

    Raises
    ------
    ImpastoError
        When not exactly one goal is painted, or no voxel of the grid belongs to it.
    """
    mapped = [place for place, goal in enumerate(prescription.goals) if isinstance(goal.lower_gy, Image)]
    if len(mapped) != 1:
        raise ImpastoError(prescription.name, f"{len(mapped)} of its goals are dose maps", "give one painted goal")
    place = mapped[0]
    painted = prescription.goals[place]
    target = structures[painted.structure]
    own = _own_voxels(prescription, place, structures, grid)
    dose_gy = painted.lower_on(grid)
    volume = np.ones(np.count_nonzero(own))
    starts_gy, doses_gy = dose_levels(dose_gy[own], volume, count, boundaries)
    sub_volumes = tuple(
        Structure.from_mask(f"{target.name} L{level} {dose:.4g} Gy", target.role, own & (dose_gy >= start), grid)
        for level, (start, dose) in enumerate(zip(starts_gy[1:], doses_gy[1:], strict=True), start=2)
    )
    names = [target.name, *(volume.name for volume in sub_volumes)]
    levels = [
        DoseGoal(name, float(dose), float(dose), painted.weight) for name, dose in zip(names, doses_gy, strict=True)
    ]
    goals = (*prescription.goals[:place], *reversed(levels), *prescription.goals[place + 1 :])
    method = f"{prescription.method}; {_stated(dose_gy[own], starts_gy, doses_gy, boundaries)}"
    return replace(prescription, goals=goals, method=method), sub_volumes


def _own_voxels(prescription: Prescription, place: int, structures: StructureSet, grid: Grid) -> BoolArray:
    """Voxels that belong to one goal: in its target and in none that comes before."""
    goal = prescription.goals[place]
    own = structures[goal.structure].voxels(grid)
    for earlier in prescription.goals[:place]:
        own &= ~structures[earlier.structure].voxels(grid)
    if not own.any():
        raise ImpastoError(goal.structure, "no voxel of the grid lies in it", "give a grid that covers it")
    return own


def _stated(dose_gy: FloatArray, starts_gy: FloatArray, doses_gy: FloatArray, boundaries: Boundaries) -> str:
    levels_gy = doses_gy[np.searchsorted(starts_gy, dose_gy, side="right") - 1]
    difference_gy = float(np.sqrt(np.mean((levels_gy - dose_gy) ** 2)))
    steps = ", ".join(f"{dose:.2f} Gy from {start:.2f} Gy" for dose, start in zip(doses_gy, starts_gy, strict=True))
    return (
        f"in {len(doses_gy)} nested levels divided at {boundaries}: {steps} "
        f"(root mean square difference {difference_gy:.2f} Gy)"
    )
