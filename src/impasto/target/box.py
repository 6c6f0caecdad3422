"""The part of a grid that structures can reach."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core import Grid, Structure
from impasto.core.arrays import FloatArray

__all__ = ["box_around"]


def box_around(structures: Sequence[Structure], grid: Grid, reach_mm: FloatArray | None = None) -> Grid | None:
    """Cut a grid down to the structures and one voxel around them.

    Parameters
    ----------
    structures : sequence of Structure
        Empty ones count for nothing.
    grid : Grid
    reach_mm : ndarray, shape (3 axes, 2), optional
        Further reach towards smaller and larger LPS coordinates.

    Returns
    -------
    Grid or None
        None where the structures do not meet the grid.
    """
    bounds = [structure.bounds_mm() for structure in structures if not structure.is_empty]
    if not bounds:
        return None
    low, high = np.min([b[0] for b in bounds], axis=0), np.max([b[1] for b in bounds], axis=0)
    if reach_mm is not None:
        low, high = low - reach_mm[:, 0], high + reach_mm[:, 1]
    corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1), indexing="ij"), axis=-1).reshape(-1, 3)
    index = grid.index_from_world(corners)
    start = np.clip(np.floor(index.min(axis=0) + 0.5).astype(int) - 1, 0, grid.shape)
    stop = np.clip(np.ceil(index.max(axis=0) + 0.5).astype(int) + 1, 0, grid.shape)
    return grid.cropped(start.tolist(), stop.tolist()) if np.all(stop > start) else None
