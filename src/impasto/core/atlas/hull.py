"""The outline of the average brain, sulci bridged."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.core.atlas.template import brain_template
from impasto.core.grid import Grid

__all__ = ["BrainHull", "brain_hull"]

_SPACING_MM, _BORDER_MM = 2.0, 32.0
_CLOSED_GAP_MM, _SMOOTH_MM = 3.0, 2.0
_POINT_SPACING_MM = 4.0


@dataclass(frozen=True, eq=False)
class BrainHull:
    """Surface of the template's brain, in its LPS mm.

    Parameters
    ----------
    grid : Grid
        Of 2 mm, with room around the brain.
    distance_mm : ndarray of float32, shape `grid.shape`
        Signed distance to the surface, negative inside.
    points_mm, normals : ndarray, shape (point, 3)
        Points about 4 mm apart on the surface, and the outward unit vectors there.
    """

    grid: Grid
    distance_mm: NDArray[np.float32]
    points_mm: FloatArray
    normals: FloatArray


@lru_cache(maxsize=1)
def brain_hull() -> BrainHull:
    """Draw the hull around the template's brain once per process."""
    brain = brain_template()
    low, high = brain.grid.bounds_mm() + np.array([[-_BORDER_MM], [_BORDER_MM]])
    shape = np.ceil((high - low) / _SPACING_MM).astype(int)
    grid = Grid.centred([int(n) for n in shape], (_SPACING_MM,) * 3, 0.5 * (low + high))
    index = np.moveaxis(brain.grid.index_from_world(grid.voxel_centres_mm()), -1, 0)
    # the template is cut off through the medulla, which goes on
    index[2] = np.maximum(index[2], 0.0)
    soft = ndimage.gaussian_filter((brain.t1 > 0.0).astype(np.float32), 0.7)
    inside = ndimage.map_coordinates(soft, index, order=1) > 0.5
    away = ndimage.distance_transform_edt(~inside) * _SPACING_MM
    closed = ndimage.distance_transform_edt(away <= _CLOSED_GAP_MM) * _SPACING_MM > _CLOSED_GAP_MM
    closed |= inside
    signed = (ndimage.distance_transform_edt(~closed) - ndimage.distance_transform_edt(closed)) * _SPACING_MM
    distance = ndimage.gaussian_filter(signed, _SMOOTH_MM / _SPACING_MM).astype(np.float32)
    points, normals = _surface(distance, grid)
    kept = points[:, 2] > brain.grid.origin_mm[2]
    return BrainHull(grid, distance, points[kept], normals[kept])


def _surface(distance_mm: NDArray[np.float32], grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Voxels next to the surface, put onto it and thinned out."""
    slope = np.stack([np.gradient(distance_mm.astype(np.float64), _SPACING_MM, axis=a) for a in range(3)], axis=-1)
    near = np.argwhere(np.abs(distance_mm) < 0.75 * _SPACING_MM)
    steep = slope[tuple(near.T)]
    normals = steep / np.linalg.norm(steep, axis=1, keepdims=True)
    points = grid.world_from_index(near) - distance_mm[tuple(near.T)][:, None] * normals
    cell = np.floor(points / _POINT_SPACING_MM).astype(np.int64)
    first = np.unique(cell, axis=0, return_index=True)[1]
    return points[first], normals[first]
