"""From a prescription to planning points: target, rings around it, organs at risk."""

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
from impasto.core.prescription import DoseLimit, LimitKind, Prescription
from impasto.core.structures import Structure, StructureSet
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints, joined_points, sampled_points

__all__ = ["RadiosurgeryAims", "TargetLevels", "planning_points", "target_levels"]

_SURFACE_MM = 2.0
"""Of the target, nearest its surface: that is where coverage is lost."""

_MARGIN_MM = 2.5


@dataclass(frozen=True)
class RadiosurgeryAims:
    """What the optimiser weighs beside the prescription's levels.

    Parameters
    ----------
    surface_points, core_points, inner_points, outer_points, organ_points : int
        Sampled in the target's outer 2 mm, its inside, the two rings, and each limited organ.
    inner_ring_mm, outer_ring_mm : float
        How far the rings reach from the target.
    inner_share, outer_share : float
        Of the nearest target voxel's level: what the rings should stay below.
    inner_weight, outer_weight, organ_weight : float
        Relative to the target.
    margin_share : float
        The target's levels are raised by this share: a dose between the points may dip a little.
    seed : int
        Of the sampling.
    """

    surface_points: int = 1500
    core_points: int = 500
    inner_points: int = 1800
    outer_points: int = 1000
    organ_points: int = 300
    inner_ring_mm: float = 2.5
    outer_ring_mm: float = 14.0
    inner_share: float = 1.0
    outer_share: float = 0.5
    inner_weight: float = 1.0
    outer_weight: float = 0.15
    organ_weight: float = 1.0
    margin_share: float = 0.02
    seed: int = 1


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


def planning_points(
    levels: TargetLevels,
    limits: tuple[DoseLimit, ...],
    structures: StructureSet,
    aims: RadiosurgeryAims,
    elsewhere: BoolArray | None = None,
) -> tuple[PlanningPoints, tuple[str, ...]]:
    """Sample the points that an optimiser looks at.

    The rings follow Sjolund 2019: an inner one that should not exceed the level at the surface, for selectivity,
    and an outer one that should stay below half of it, for the gradient. Voxels `elsewhere`, of targets planned by
    themselves, belong to no ring.

    Returns
    -------
    points : PlanningPoints
    notes : tuple of str
        Limits that are judged, but not optimised.
    """
    random = np.random.default_rng(aims.seed)
    spacing = levels.grid.spacing_mm
    inside_mm = ndimage.distance_transform_edt(levels.target, sampling=spacing)
    outside_mm, nearest = ndimage.distance_transform_edt(~levels.target, sampling=spacing, return_indices=True)
    wanted = levels.lower_gy[tuple(nearest)]
    target = [
        _in_target(levels, inside_mm <= _SURFACE_MM, aims.surface_points, aims, random),
        _in_target(levels, inside_mm > _SURFACE_MM, aims.core_points, aims, random),
    ]
    if elsewhere is not None:
        outside_mm = np.where(elsewhere, np.inf, outside_mm)
    inner = (outside_mm > 0.0) & (outside_mm <= aims.inner_ring_mm)
    outer = (outside_mm > aims.inner_ring_mm) & (outside_mm <= aims.outer_ring_mm)
    rings = [
        _ring(levels.grid, inner, aims.inner_share * wanted, aims.inner_weight, (aims.inner_points, random)),
        _ring(levels.grid, outer, aims.outer_share * wanted, aims.outer_weight, (aims.outer_points, random)),
    ]
    organs, notes = _organs(levels, limits, structures, aims, random)
    return joined_points([*_equal_weights(target), *rings, *organs]), notes


def _in_target(
    levels: TargetLevels, part: BoolArray, most: int, aims: RadiosurgeryAims, random: np.random.Generator
) -> PlanningPoints:
    points, voxels = sampled_points(part & levels.target, levels.grid, most, random)
    index = tuple(voxels.T)
    raised = (1.0 + aims.margin_share) * levels.lower_gy[index]
    return PlanningPoints(points, raised, np.maximum(levels.upper_gy[index], raised), np.ones(len(points)))


def _equal_weights(parts: list[PlanningPoints]) -> list[PlanningPoints]:
    """Let the target's points count as much as one group."""
    whole = sum(len(part) for part in parts)
    return [PlanningPoints(p.points_mm, p.lower_gy, p.upper_gy, np.full(len(p), 1.0 / whole)) for p in parts]


def _ring(
    grid: Grid, region: BoolArray, upper_gy: FloatArray, weight: float, sampling: tuple[int, np.random.Generator]
) -> PlanningPoints:
    points, voxels = sampled_points(region, grid, *sampling)
    count = max(len(points), 1)
    return PlanningPoints(
        points, np.zeros(len(points)), upper_gy[tuple(voxels.T)], np.full(len(points), weight / count)
    )


def _organs(
    levels: TargetLevels,
    limits: tuple[DoseLimit, ...],
    structures: StructureSet,
    aims: RadiosurgeryAims,
    random: np.random.Generator,
) -> tuple[list[PlanningPoints], tuple[str, ...]]:
    made, notes = [], []
    for limit in limits:
        if limit.kind is not LimitKind.MAXIMUM:
            notes.append(f"{limit.structure}: its {limit.kind.value} limit is judged, not optimised.")
            continue
        own = structures[limit.structure].voxels(levels.grid) & ~levels.target
        upper = np.full(levels.grid.shape, limit.dose_gy)
        weight = aims.organ_weight * limit.weight
        made.append(_ring(levels.grid, own, upper, weight, (aims.organ_points, random)))
    return made, tuple(notes)
