"""Sheets of dura that part the average brain: falx and tentorium, in the template (LPS mm)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid

__all__ = ["falx_distance_mm"]

_Field = NDArray[np.float32]


def falx_distance_mm(grid: Grid, half_thickness_mm: float = 0.7) -> _Field:
    """Signed distance to a sheet in the midline, above corpus callosum and tentorium, on an axis-aligned grid.

    Parameters
    ----------
    grid : Grid
    half_thickness_mm : float

    Returns
    -------
    ndarray of float32, shape `grid.shape`
        Negative inside. Exact across the sheet, approximate beyond its lower edge.
    """
    x, y, z = _coordinates(grid)
    midbrain = np.hypot((y - 8.0) / 46.0, (z - 2.0) / 34.0)
    under_tentorium = 8.0 - 0.31 * (y - 36.0) - z
    below = np.where(y > 20.0, under_tentorium, np.float32(-10.0))
    sheet: _Field = np.maximum(np.abs(x) - half_thickness_mm, np.maximum(20.0 * (1.0 - midbrain), below))
    return sheet


def _coordinates(grid: Grid) -> tuple[_Field, ...]:
    """World coordinates of an axis-aligned grid, one broadcastable array per axis."""
    axes = (grid.origin_mm[a] + grid.spacing_mm[a] * np.arange(grid.shape[a]) for a in range(3))
    return np.meshgrid(*(axis.astype(np.float32) for axis in axes), indexing="ij", sparse=True)
