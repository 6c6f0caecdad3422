"""A prescription on the planning grid: what every voxel should receive, and which targets belong together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.prescription import Prescription
from impasto.core.structures import Structure, StructureSet

__all__ = ["TargetLevels", "target_levels"]

_MARGIN_MM = 2.5


@dataclass(frozen=True, eq=False)
class TargetLevels:
    """What every voxel of the planning grid should receive.

    Parameters
    ----------
    grid : Grid
    lower_gy, upper_gy : ndarray, shape `grid.shape`
        0 and infinity outside the targets.
    goal : ndarray of int64, same shape
        Position of the goal that a voxel belongs to; -1 outside the targets.
    """

    grid: Grid
    lower_gy: FloatArray
    upper_gy: FloatArray
    goal: np.ndarray

    @property
    def target(self) -> BoolArray:
        """Voxels of any target."""
        return np.asarray(self.goal >= 0)

    def near_targets(self, targets: Iterable[Structure]) -> TargetLevels:
        """Cut out the targets, to the last voxel of which they fill anything, and a few millimetres around them."""
        corners = [np.array(list(product(*target.bounds_mm().T))) for target in targets]
        index = np.floor(self.grid.index_from_world(np.concatenate(corners)) + 0.5).astype(int)
        found = np.concatenate([np.argwhere(self.target), np.clip(index, 0, np.array(self.grid.shape) - 1)])
        margin = np.ceil(_MARGIN_MM / self.grid.spacing_mm).astype(int)
        low = np.maximum(found.min(axis=0) - margin, 0)
        high = np.minimum(found.max(axis=0) + 1 + margin, self.grid.shape)
        box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
        part = self.grid.cropped(low.tolist(), high.tolist())
        return TargetLevels(part, self.lower_gy[box], self.upper_gy[box], self.goal[box])

    def scaled_with(self, least_ml: float) -> tuple[int, ...]:
        """Tell for each goal with which one it is scaled: itself, or for a small target the largest that it touches.

        Parameters
        ----------
        least_ml : float
            Targets from here on, and those that touch no other, stand for themselves.
        """
        count = int(self.goal.max()) + 1
        volumes_ml = np.bincount(self.goal[self.target], minlength=count) * self.grid.voxel_volume_ml
        chosen = list(range(count))
        for number in np.flatnonzero(volumes_ml < least_ml):
            around = ndimage.binary_dilation(self.goal == number) & self.target & (self.goal != number)
            beside = np.unique(self.goal[around])
            if len(beside) and volumes_ml[beside].max() > volumes_ml[number]:
                chosen[number] = int(beside[np.argmax(volumes_ml[beside])])
        return tuple(_last(chosen, number) for number in range(count))

    def groups(self) -> list[tuple[int, ...]]:
        """Find the goals whose targets hang together: the positions of each group's goals."""
        count = int(self.goal.max()) + 1
        labels, parts = ndimage.label(self.target, np.ones((3, 3, 3)))
        goal, part = np.unique([self.goal[self.target], labels[self.target] - 1], axis=1)
        links = coo_array((np.ones(len(goal)), (goal, count + part)), shape=(count + parts, count + parts))
        group = connected_components(links, directed=False)[1][:count]
        return [tuple(np.flatnonzero(group == number).tolist()) for number in np.unique(group)]

    def limited_to(self, goals: tuple[int, ...]) -> TargetLevels:
        """Leave out all other goals; these are numbered anew in their order."""
        goal = np.full(self.goal.shape, -1, dtype=np.int64)
        for place, number in enumerate(goals):
            goal[self.goal == number] = place
        lower, upper = np.where(goal >= 0, self.lower_gy, 0.0), np.where(goal >= 0, self.upper_gy, np.inf)
        return TargetLevels(self.grid, lower, upper, goal)


def _last(chosen: list[int], number: int) -> int:
    """Follow a chain of ever larger targets to its end."""
    while chosen[number] != number:
        number = chosen[number]
    return number


def target_levels(prescription: Prescription, structures: StructureSet, grid: Grid) -> TargetLevels:
    """Lay a prescription onto a grid; a voxel of several targets belongs to the first goal that lists it.

    Raises
    ------
    ImpastoError
        When a target fills no voxel of the grid that no goal before it has.
    """
    lower, upper = np.zeros(grid.shape), np.full(grid.shape, np.inf)
    owner = np.full(grid.shape, -1, dtype=np.int64)
    for number, goal in enumerate(prescription.goals):
        filled = structures[goal.structure].voxels(grid)
        own = filled & (owner < 0)
        if not own.any():
            raise _without_voxels(goal.structure, bool(filled.any()))
        owner[own] = number
        lower[own], upper[own] = goal.lower_on(grid)[own], goal.upper_on(grid)[own]
    return TargetLevels(grid, lower, upper, owner)


def _without_voxels(target: str, is_filled: bool) -> ImpastoError:
    if is_filled:
        return ImpastoError(target, "goals listed before it own all of its voxels", "list the inner target first")
    return ImpastoError(
        target, "it fills half of no voxel of the planning grid", "choose a finer grid, or leave it out"
    )
