"""How well a dose covers its targets, and the factor on all times with which it does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.prescription import Prescription
from impasto.core.resample import resample_conserving
from impasto.core.structures import Structure, StructureSet
from impasto.plan.gammaknife.planner.target_levels import TargetLevels

__all__ = ["CoverageSamples", "coverage_samples"]

_PARTS = 2
"""Samples along each axis of a planning voxel."""

_SEED = 1


@dataclass(frozen=True, eq=False)
class CoverageSamples:
    """Where coverage is measured: parts of voxels, each with the share of it that lies inside a goal's target.

    Parameters
    ----------
    grid : Grid
        On which doses are interpolated.
    targets : tuple of str
        Structure of each goal.
    goal : ndarray of int64, shape (sample,)
        Position of the goal that it is scaled with.
    index : ndarray, shape (sample, 3)
        Fractional indices on the grid.
    share : ndarray, shape (sample,)
    lower_gy : ndarray, shape (sample,)
    """

    grid: Grid
    targets: tuple[str, ...]
    goal: IntArray
    index: FloatArray
    share: FloatArray
    lower_gy: FloatArray

    @property
    def points_mm(self) -> FloatArray:
        """LPS, shape (sample, 3)."""
        return self.grid.world_from_index(self.index)

    def thinned(self, most: int) -> CoverageSamples:
        """Keep every n-th sample of each goal, at most so many in all."""
        kept = slice(None, None, max(1, -(-len(self.goal) // most)))
        return CoverageSamples(
            self.grid, self.targets, self.goal[kept], self.index[kept], self.share[kept], self.lower_gy[kept]
        )

    def interpolated(self, dose_gy: RealArray) -> FloatArray:
        """Interpolate a dose on the grid trilinearly at the samples."""
        dose = ndimage.map_coordinates(dose_gy, self.index.T, order=1, mode="nearest")
        return np.asarray(dose, dtype=np.float64)

    def covering_factor(self, scaled_gy: FloatArray, fixed_gy: FloatArray, coverage: float) -> float:
        """Find the factor on a dose with which every goal's target is covered.

        Parameters
        ----------
        scaled_gy, fixed_gy : ndarray, shape (sample,)
            The dose that is scaled, and what comes on top of it: transit, locked shots.
        coverage : float
            Share of every target that must reach its level.

        Returns
        -------
        float
            0 or less when the fixed dose is enough.

        Raises
        ------
        ImpastoError
            When more of a target than may be left out gets no dose.
        """
        some, missing = scaled_gy > 0.0, self.lower_gy - fixed_gy
        hopeless = np.where(missing > 0.0, np.inf, 0.0)
        needed = np.where(some, missing / np.where(some, scaled_gy, 1.0), hopeless)
        factors = {}
        for number in np.unique(self.goal):
            own = self.goal == number
            factors[int(number)] = _weighted_quantile(needed[own], self.share[own], coverage)
        worst = max(factors, key=lambda number: factors[number])
        if not np.isfinite(factors[worst]):
            problem = f"more than {100.0 * (1.0 - coverage):g} % of it gets no dose: it lies outside the head"
            raise ImpastoError(self.targets[worst], problem, "correct the target or the head's outline")
        return factors[worst]


def coverage_samples(
    prescription: Prescription, structures: StructureSet, levels: TargetLevels, least_ml: float = 0.0
) -> CoverageSamples:
    """Divide the targets of a prescription into samples, with the voxels that are less than half inside.

    Those take the level of the target's nearest voxel; what belongs to a goal before does not count. Each sample lies
    at a random place in its part: at the middle of the parts, the steep dose at the surface would look too good.
    Targets below the least volume count to the one that :meth:`TargetLevels.scaled_with` tells, with their own levels.
    """
    random, scaled_with = np.random.default_rng(_SEED), levels.scaled_with(least_ml)
    refined = levels.grid.with_spacing(levels.grid.spacing_mm / _PARTS)
    claimed = np.zeros(levels.grid.shape, dtype=bool)
    goals, places, shares, lower = [], [], [], []
    for number, goal in enumerate(prescription.goals):
        structure, own = structures[goal.structure], levels.goal == number
        low, high = _box(structure, levels.grid)
        part = refined.cropped((_PARTS * low).tolist(), (_PARTS * high).tolist())
        share = _occupancy(structure, part)
        sample = np.argwhere(share > 0.0)
        sample = sample[~claimed[tuple((sample // _PARTS + low).T)]]
        level = _nearest_level(levels.lower_gy, own, low, high)
        goals.append(np.full(len(sample), scaled_with[number]))
        place = sample + random.uniform(-0.5, 0.5, sample.shape)
        places.append(levels.grid.index_from_world(part.world_from_index(place)))
        shares.append(share[tuple(sample.T)])
        lower.append(level[tuple((sample // _PARTS).T)])
        claimed |= own
    return CoverageSamples(
        levels.grid,
        tuple(goal.structure for goal in prescription.goals),
        np.concatenate(goals),
        np.concatenate(places),
        np.concatenate(shares),
        np.concatenate(lower),
    )


def _weighted_quantile(values: FloatArray, weight: FloatArray, share: float) -> float:
    """Smallest value that at least a share of the weight does not exceed."""
    order = np.argsort(values)
    reached = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(reached, share * reached[-1] * (1.0 - 1e-12))]])


def _box(structure: Structure, grid: Grid) -> tuple[IntArray, IntArray]:
    """First and one past the last voxel that the box around a structure touches, cut at the grid's faces."""
    ends = structure.bounds_mm().T
    index = grid.index_from_world(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))
    low = np.clip(np.floor(index.min(axis=0) + 0.5), 0, np.array(grid.shape) - 1).astype(np.int64)
    high = np.clip(np.ceil(index.max(axis=0) + 0.5), low + 1, grid.shape).astype(np.int64)
    return low, high


def _occupancy(structure: Structure, grid: Grid) -> FloatArray:
    """Share of each part inside; a mask's voxels are boxes, filled evenly, as where doses are evaluated."""
    mask = structure.mask
    if structure.contours or mask is None or not (mask.grid.is_axis_aligned and grid.is_axis_aligned):
        return structure.occupancy(grid)
    return np.clip(resample_conserving(mask.data, mask.grid, grid), 0.0, 1.0)


def _nearest_level(lower_gy: FloatArray, own: BoolArray, low: IntArray, high: IntArray) -> FloatArray:
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    nearest = ndimage.distance_transform_edt(~own[box], return_distances=False, return_indices=True)
    level: FloatArray = lower_gy[box][tuple(nearest)]
    return level
