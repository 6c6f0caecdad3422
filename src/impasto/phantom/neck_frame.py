"""The frame of a digital head-and-neck patient: a warp that reaches the shoulders, and fields seen through it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.phantom.atlas import HeadAtlas
from impasto.phantom.neck_shapes import WarpedPoints
from impasto.phantom.warp import PatientWarp, random_warp, smooth_lattice

__all__ = ["LATTICE", "displaced", "neck_warp", "on_grid", "warped_points"]

_Field = NDArray[np.float32]

LATTICE = Grid.axis_aligned((97, 67, 79), (4.0, 4.0, 4.0), (-192.0, -132.0, -252.0))
"""Nodes on which a patient's warp, and its change in the course, are given."""

_NECK_MM = 2.5
_NECK_CORRELATION_MM = 34.0


def neck_warp(atlas: HeadAtlas, rng: np.random.Generator) -> PatientWarp:
    """Draw an individual head as other digital patients have it, on an individual neck.

    Parameters
    ----------
    atlas : HeadAtlas
    rng : Generator

    Returns
    -------
    PatientWarp
        On :data:`LATTICE`.
    """
    head = random_warp(atlas, rng)
    displacement = np.stack(
        [on_grid(head.displacement_mm[..., axis], head.lattice, LATTICE) for axis in range(3)], axis=-1
    )
    own = np.stack([smooth_lattice(LATTICE.shape, _NECK_CORRELATION_MM / 4.0, rng) for _ in range(3)], axis=-1)
    z = LATTICE.origin_mm[2] + 4.0 * np.arange(LATTICE.shape[2])
    low = np.clip((-60.0 - z) / 60.0, 0.0, 1.0).astype(np.float32)
    # a neck may be slender or stout; it is so from below the jaw on
    x, y = (LATTICE.origin_mm[a] + 4.0 * np.arange(LATTICE.shape[a]) for a in range(2))
    stout = np.float32(rng.normal(0.0, 0.03)) * np.clip((-90.0 - z) / 60.0, 0.0, 1.0).astype(np.float32)
    displacement += np.float32(_NECK_MM) * own * low[:, None]
    displacement[..., 0] += (x[:, None, None] * stout).astype(np.float32)
    displacement[..., 1] += ((y[:, None] - 20.0) * stout).astype(np.float32)
    return PatientWarp(head.scale, LATTICE, displacement.astype(np.float32))


def on_grid(values: _Field, lattice: Grid, grid: Grid) -> _Field:
    """Interpolate trilinearly from one axis-aligned grid on another; beyond the first the nearest value holds."""
    result = values
    for axis in range(3):
        positions = grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(grid.shape[axis])
        index = (positions - lattice.origin_mm[axis]) / lattice.spacing_mm[axis]
        index = np.clip(index, 0.0, lattice.shape[axis] - 1.0)
        low = np.minimum(index.astype(int), max(lattice.shape[axis] - 2, 0))
        weights = np.zeros((grid.shape[axis], lattice.shape[axis]), dtype=np.float32)
        rows = np.arange(grid.shape[axis])
        weights[rows, low] = 1.0 - (index - low)
        weights[rows, np.minimum(low + 1, lattice.shape[axis] - 1)] += index - low
        result = np.moveaxis(np.tensordot(weights, result, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(result)


def warped_points(warp: PatientWarp, grid: Grid) -> WarpedPoints:
    """Map a patient's voxel centres to the template."""
    axes = []
    for axis in range(3):
        moved = on_grid(warp.displacement_mm[..., axis], warp.lattice, grid)
        positions = grid.origin_mm[axis] + grid.spacing_mm[axis] * np.arange(grid.shape[axis])
        straight = (warp.scale[axis] * positions).astype(np.float32)
        axes.append(moved + straight.reshape([-1 if a == axis else 1 for a in range(3)]))
    return WarpedPoints(axes[0], axes[1], axes[2])


def displaced(warp: PatientWarp, change_mm: _Field) -> PatientWarp:
    """Return a warp for a patient whose tissue has moved.

    Parameters
    ----------
    warp : PatientWarp
        Before.
    change_mm : ndarray, shape (*warp.lattice.shape, 3)
        From where a point is now to where it was before, on the warp's lattice.
    """
    lattice = warp.lattice
    index = np.stack(np.meshgrid(*(np.arange(n, dtype=np.float32) for n in lattice.shape), indexing="ij"))
    before = index + np.moveaxis(change_mm, -1, 0) / lattice.spacing_mm[0]
    moved: list[FloatArray] = [
        ndimage.map_coordinates(warp.displacement_mm[..., axis], before, order=1, mode="nearest")
        + warp.scale[axis] * change_mm[..., axis]
        for axis in range(3)
    ]
    return PatientWarp(warp.scale, lattice, np.stack(moved, axis=-1).astype(np.float32))
