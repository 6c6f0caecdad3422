"""From a prescription to planning points: target, rings around it, organs at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.grid import Grid
from impasto.core.prescription import DoseLimit, LimitKind
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints, joined_points, sampled_points
from impasto.plan.gammaknife.planner.target_levels import TargetLevels

__all__ = ["RadiosurgeryAims", "planning_points"]

_SURFACE_MM = 2.0
"""Of the target, nearest its surface: that is where coverage is lost."""


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
