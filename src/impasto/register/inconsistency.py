"""How far a point comes home from where it started: forward by one registration, backward by another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core import Grid, Image, Transform
from impasto.core.arrays import FloatArray

__all__ = ["forward_backward_error", "forward_backward_map"]


def forward_backward_error(forward: Transform, backward: Transform, points_mm: ArrayLike) -> FloatArray:
    """Distance between fixed points and where both transforms in turn take them, in mm, shape (...).

    Christensen 2001. Small is necessary, not sufficient: two searches can share a wrong optimum.

    Parameters
    ----------
    forward : Transform
        Fixed point to moving point.
    backward : Transform
        Moving point to fixed point, found by a registration of its own: the inverse of `forward` says nothing.
    points_mm : array_like, shape (..., 3)
        Fixed frame.
    """
    points = np.asarray(points_mm, dtype=np.float64)
    distance: FloatArray = np.linalg.norm(
        backward.moving_from_fixed(forward.moving_from_fixed(points)) - points, axis=-1
    )
    return distance


def forward_backward_map(forward: Transform, backward: Transform, grid: Grid) -> Image:
    """Forward-backward error at every voxel of a grid of the fixed frame, in mm."""
    error = np.empty(grid.shape, dtype=np.float32)
    for i in range(grid.shape[0]):
        centres = grid.cropped((i, 0, 0), (i + 1, *grid.shape[1:])).voxel_centres_mm()[0]
        error[i] = forward_backward_error(forward, backward, centres)
    return Image(error, grid, "forward-backward registration error", "mm")
