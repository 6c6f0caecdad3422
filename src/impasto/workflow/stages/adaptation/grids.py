"""Voxels around structures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core import Grid, Structure

__all__ = ["grid_around"]


def grid_around(structures: Sequence[Structure], voxel_mm: float, margin_mm: float) -> Grid:
    """Cubic voxels over the box that holds all structures and a margin."""
    bounds = np.array([structure.bounds_mm() for structure in structures if not structure.is_empty])
    low, high = bounds[:, 0].min(axis=0) - margin_mm, bounds[:, 1].max(axis=0) + margin_mm
    shape = np.ceil((high - low) / voxel_mm).astype(int)
    return Grid.centred(shape.tolist(), (voxel_mm,) * 3, 0.5 * (low + high))
