"""The points at which an optimiser looks: a sample of target, rings around it and organs, each with what it wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, read_only
from impasto.core.grid import Grid

__all__ = ["PlanningPoints", "joined_points", "sampled_points"]


@dataclass(frozen=True, eq=False)
class PlanningPoints:
    """Points with dose levels.

    Parameters
    ----------
    points_mm : ndarray, shape (point, 3)
        LPS.
    lower_gy, upper_gy : ndarray, shape (point,)
        What each point should at least and at most receive; 0 and infinity where it does not mind.
    weight : ndarray, shape (point,)
        How much a squared gray of too little or too much counts there.
    """

    points_mm: FloatArray
    lower_gy: FloatArray
    upper_gy: FloatArray
    weight: FloatArray

    def __post_init__(self) -> None:
        for field in ("points_mm", "lower_gy", "upper_gy", "weight"):
            object.__setattr__(self, field, read_only(np.asarray(getattr(self, field), dtype=np.float64)))

    def __len__(self) -> int:
        return len(self.weight)


def joined_points(parts: Sequence[PlanningPoints]) -> PlanningPoints:
    """Put several sets of points behind each other."""
    return PlanningPoints(
        np.concatenate([part.points_mm for part in parts]),
        np.concatenate([part.lower_gy for part in parts]),
        np.concatenate([part.upper_gy for part in parts]),
        np.concatenate([part.weight for part in parts]),
    )


def sampled_points(
    region: BoolArray, grid: Grid, most: int, random: np.random.Generator
) -> tuple[FloatArray, NDArray[np.int64]]:
    """Draw points from the voxels of a region, each at a random place in its voxel, no voxel twice.

    Returns
    -------
    points_mm : ndarray, shape (point, 3)
    index : ndarray of int64, shape (point, 3)
        Of their voxels.
    """
    voxels = np.argwhere(region)
    if len(voxels) > most:
        voxels = voxels[np.sort(random.choice(len(voxels), most, replace=False))]
    return grid.world_from_index(voxels + random.uniform(-0.5, 0.5, voxels.shape)), voxels
