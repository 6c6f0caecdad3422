"""Radiological depth: the path through a density image, exact for voxels of constant density (Siddon 1985)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.grid import Grid
from impasto.core.image import Image

__all__ = ["attenuating_part", "box_entry", "radiological_depth_mm", "surface_distance_mm", "traced_depth_mm"]


def radiological_depth_mm(density: Image, source_mm: FloatArray, points_mm: FloatArray) -> NDArray[np.float32]:
    """Integrate density along the straight lines from a source to points.

    Parameters
    ----------
    density : Image
        Relative to water. Nothing attenuates beyond its outer faces.
    source_mm : ndarray, shape (3,)
        LPS.
    points_mm : ndarray, shape (point, 3)
        LPS; may lie outside the image.

    Returns
    -------
    ndarray of float32, shape (point,)
        Water-equivalent depth in mm.
    """
    return traced_depth_mm(attenuating_part(density), source_mm, points_mm)


def traced_depth_mm(part: Image, source_mm: FloatArray, points_mm: FloatArray) -> NDArray[np.float32]:
    """Integrate as :func:`radiological_depth_mm` through an image that :func:`attenuating_part` returned."""
    ends = part.grid.index_from_world(points_mm)
    start = part.grid.index_from_world(source_mm)
    length = np.linalg.norm(points_mm - source_mm, axis=1)
    depth = np.empty(len(ends), dtype=np.float32)
    _trace(part.data, start, ends, length, depth)
    return depth


def attenuating_part(density: Image) -> Image:
    """Crop to the box of voxels that attenuate, as contiguous float32: lines are traced only there."""
    filled = density.data > 0
    if filled.any():
        density = density.cropped_to(filled)
    return density.with_data(np.ascontiguousarray(density.data, dtype=np.float32))


def box_entry(grid: Grid, source_mm: FloatArray, points_mm: FloatArray) -> FloatArray:
    """Share of the way from a source to points at which each line enters the image's outer faces.

    Returns
    -------
    ndarray, shape (point,)
        0 when the source is inside, NaN when the line (extended beyond the point) misses the image.
    """
    start, ends = grid.index_from_world(source_mm), grid.index_from_world(points_mm)
    way = np.where(ends == start, 1e-300, ends - start)
    low, high = (-0.5 - start) / way, (np.array(grid.shape) - 0.5 - start) / way
    entry = np.maximum(np.minimum(low, high).max(axis=1), 0.0)
    leave = np.maximum(low, high).min(axis=1)
    return np.where(entry < leave, entry, np.nan)


def surface_distance_mm(
    density: Image, source_mm: FloatArray, point_mm: FloatArray, density_threshold: float
) -> float | None:
    """Distance from a source to the first voxel above a density on the line through a point.

    Exact for piecewise-constant voxels: the line is cut at every plane between voxels.

    Returns
    -------
    float or None
        In mm; None when the line meets no such voxel.
    """
    grid = density.grid
    start = grid.index_from_world(source_mm)
    way = grid.index_from_world(point_mm) - start
    crossings = [
        (np.arange(count + 1) - 0.5 - start[axis]) / way[axis]
        for axis, count in enumerate(grid.shape)
        if abs(way[axis]) > 1e-12
    ]
    cuts = np.unique(np.concatenate(crossings))
    cuts = cuts[cuts >= 0.0]
    middles = 0.5 * (cuts[1:] + cuts[:-1])
    voxels = np.floor(start + middles[:, None] * way + 0.5).astype(np.int64)
    inside = np.all((voxels >= 0) & (voxels < grid.shape), axis=1)
    met = density.data[tuple(voxels[inside].T)] > density_threshold
    if not met.any():
        return None
    first = cuts[:-1][inside][int(np.argmax(met))]
    return float(first * np.linalg.norm(point_mm - source_mm))


@numba.njit(inline="always", cache=True)
def _direction(start: float, end: float) -> float:
    """Way from end to start along one axis; never 0, so that planes along the line are crossed far away."""
    way = start - end
    return way if abs(way) > 1e-12 else 1e-12


@numba.njit(inline="always", cache=True)
def _cell(position: float, count: int) -> int:
    return min(max(int(np.floor(position + 0.5)), 0), count - 1)


@numba.njit(inline="always", cache=True)
def _span(end: float, way: float, count: int) -> tuple[float, float]:
    """Shares of the way at which the line enters and leaves the image's slab along one axis."""
    low, high = (-0.5 - end) / way, (count - 0.5 - end) / way
    return min(low, high), max(low, high)


@numba.njit(parallel=True, cache=True)
def _trace(density: RealArray, start: FloatArray, ends: FloatArray, length: FloatArray, depth: RealArray) -> None:
    """Walk from each end towards the start, voxel face by voxel face (Amanatides, Woo 1987)."""
    nx, ny, nz = density.shape
    for p in numba.prange(ends.shape[0]):
        x, y, z = ends[p, 0], ends[p, 1], ends[p, 2]
        dx, dy, dz = _direction(start[0], x), _direction(start[1], y), _direction(start[2], z)
        (x_in, x_out), (y_in, y_out), (z_in, z_out) = _span(x, dx, nx), _span(y, dy, ny), _span(z, dz, nz)
        passed, leave = max(0.0, x_in, y_in, z_in), min(1.0, x_out, y_out, z_out)
        i, j, k = _cell(x + passed * dx, nx), _cell(y + passed * dy, ny), _cell(z + passed * dz, nz)
        step_i, step_j, step_k = (1 if dx > 0 else -1), (1 if dy > 0 else -1), (1 if dz > 0 else -1)
        next_x, next_y, next_z = (i + 0.5 * step_i - x) / dx, (j + 0.5 * step_j - y) / dy, (k + 0.5 * step_k - z) / dz
        width_x, width_y, width_z = abs(1.0 / dx), abs(1.0 / dy), abs(1.0 / dz)
        total = 0.0
        while passed < leave and 0 <= i < nx and 0 <= j < ny and 0 <= k < nz:
            reached = min(next_x, next_y, next_z)
            total += density[i, j, k] * max(min(reached, leave) - passed, 0.0)
            passed = max(reached, passed)
            if next_x <= reached:
                i += step_i
                next_x += width_x
            elif next_y <= reached:
                j += step_j
                next_y += width_y
            else:
                k += step_k
                next_z += width_z
        depth[p] = total * length[p]
