"""Sheets of dura that part the average brain: falx and tentorium, in the template (LPS mm)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid

__all__ = ["falx_distance_mm", "tentorium_distance_mm"]

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


def tentorium_distance_mm(grid: Grid, half_thickness_mm: float = 0.7) -> _Field:
    """Signed distance to the tent between cerebrum and cerebellum, open around the midbrain, on an axis-aligned grid.

    Parameters
    ----------
    grid : Grid
    half_thickness_mm : float

    Returns
    -------
    ndarray of float32, shape `grid.shape`
        Negative inside. Exact to first order across the sheet, approximate beyond its edges.
    """
    x, y, z = _coordinates(grid)
    ridge = np.where(y > 36.0, 8.0 - 0.31 * (y - 36.0), 8.0 - 0.7 * (36.0 - y))
    # it falls from the straight sinus to the groove of the transverse sinus and flattens there
    depth = np.interp(y, (20.0, 40.0, 55.0, 70.0, 85.0, 100.0), (48.0, 44.0, 31.0, 23.0, 20.0, 14.0)).astype(np.float32)
    height = ridge - depth * (1.0 - np.exp(-np.abs(x) / np.float32(22.0)))
    slope = np.hypot(1.0, depth / 22.0 * np.exp(-np.abs(x) / np.float32(22.0)))
    across = np.abs(z - height) / slope - half_thickness_mm
    notch = 1.0 - np.hypot(x / 21.0, (y - 16.0) / 27.0)
    sheet: _Field = np.maximum(across, np.maximum(20.0 * notch, 12.0 - y)).astype(np.float32)
    return sheet


def _coordinates(grid: Grid) -> tuple[_Field, ...]:
    """World coordinates of an axis-aligned grid, one broadcastable array per axis."""
    axes = (grid.origin_mm[a] + grid.spacing_mm[a] * np.arange(grid.shape[a]) for a in range(3))
    return np.meshgrid(*(axis.astype(np.float32) for axis in axes), indexing="ij", sparse=True)
