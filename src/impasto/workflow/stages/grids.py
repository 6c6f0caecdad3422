"""Grids that steps make for what they work on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core import Grid, Structure

__all__ = ["grid_around"]

_SPARE_VOXELS = 2
"""On each side."""


def grid_around(structures: Sequence[Structure], voxel_mm: float) -> Grid:
    """Lay a grid of cubes along the patient's axes around structures, none of them empty."""
    bounds = np.stack([one.bounds_mm() for one in structures])
    low, high = bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)
    shape = np.ceil((high - low) / voxel_mm).astype(int) + 2 * _SPARE_VOXELS
    return Grid.centred(shape.tolist(), (voxel_mm,) * 3, 0.5 * (low + high))
