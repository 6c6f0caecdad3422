"""Moving array values from one grid to another.

Three ways for three kinds of quantity: :func:`resample_linear` for fields sampled at points (dose, SUV),
:func:`resample_nearest` for labels, :func:`resample_conserving` for amounts per volume whose integral must stay.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from impasto.core.arrays import FloatArray, IntArray, RealArray, read_only
from impasto.core.grid import Grid
from impasto.core.threads import threads_for

__all__ = ["resample_conserving", "resample_linear", "resample_nearest", "sample_linear"]


def resample_linear(values: RealArray, grid: Grid, onto: Grid, outside: float = 0.0) -> NDArray[np.float32]:
    """Interpolate trilinearly at the voxel centres of another grid.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
        Values at the voxel centres of `grid`.
    grid, onto : Grid
        Where the values lie and where they are wanted.
    outside : float
        Value given to centres outside the outer faces of `grid`. Between the outermost centres and the faces
        (half a voxel) the nearest value holds.

    Returns
    -------
    ndarray of float32, shape `onto.shape`
    """
    if grid.matches(onto, tolerance_mm=1e-6):
        return np.array(values, dtype=np.float32)
    step, start = _index_map(grid, onto)
    out = np.empty(onto.shape, dtype=np.float32)
    with threads_for(out.size):
        _linear_onto(_source(values, np.float32), step, start, float(outside), out)
    return out


def resample_nearest(values: NDArray[Any], grid: Grid, onto: Grid, outside: float = 0.0) -> NDArray[Any]:
    """Take the value of the voxel in which each centre of another grid lies; the dtype is kept."""
    if grid.matches(onto, tolerance_mm=1e-6):
        return values.copy()
    step, start = _index_map(grid, onto)
    out = np.empty(onto.shape, dtype=values.dtype)
    with threads_for(out.size):
        _nearest_onto(_source(values), step, start, values.dtype.type(outside), out)
    return out


def resample_conserving(values: RealArray, grid: Grid, onto: Grid) -> FloatArray:
    """Average a density over the voxels of another grid so that its integral is kept.

    What lies inside `onto` arrives in full: ``sum(values) * voxel volume`` is the same on both sides when `onto`
    covers `grid`. Axis-aligned grids use exact overlaps of voxel boxes; others deposit sub-divided voxels.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
        Amount per volume in each voxel of `grid`.
    grid, onto : Grid

    Returns
    -------
    ndarray, shape `onto.shape`
        Amount per volume in each voxel of `onto`.
    """
    step, start = _index_map(grid, onto)
    if np.count_nonzero(np.abs(step) > 1e-9) == 3:
        return _conserving_by_overlap(np.asarray(values, dtype=np.float64), onto.shape, step, start)
    amount = np.zeros(onto.shape)
    back_step, back_start = _index_map(onto, grid)
    parts = np.clip(np.ceil(2.0 * np.linalg.norm(back_step, axis=0)), 2, 8).astype(np.int64)
    _deposit(np.asarray(values, dtype=np.float64), back_step, back_start, parts, amount)
    return amount * (grid.voxel_volume_ml / onto.voxel_volume_ml)


def sample_linear(values: RealArray, grid: Grid, points_mm: ArrayLike, outside: float = np.nan) -> FloatArray:
    """Interpolate trilinearly at LPS points, shape (..., 3); `outside` is given beyond the grid's outer faces."""
    points = np.asarray(points_mm, dtype=np.float64)
    index = np.ascontiguousarray(grid.index_from_world(points).reshape(-1, 3))
    out = np.empty(len(index))
    with threads_for(out.size):
        _linear_at(_source(values), index, outside, out)
    return out.reshape(points.shape[:-1])


def _source(values: NDArray[Any], dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Make values contiguous, and read-only whether they were or not: kernels are compiled for each kind they meet."""
    return read_only(np.ascontiguousarray(values, dtype=dtype))


def _index_map(source: Grid, target: Grid) -> tuple[FloatArray, FloatArray]:
    """Matrix and offset that take an index of `target` to a fractional index of `source`."""
    combined = np.linalg.inv(source.affine) @ target.affine
    return np.ascontiguousarray(combined[:3, :3]), np.ascontiguousarray(combined[:3, 3])


def _conserving_by_overlap(
    values: FloatArray, shape: tuple[int, int, int], step: FloatArray, start: FloatArray
) -> FloatArray:
    order = [int(np.argmax(np.abs(step[:, axis]))) for axis in range(3)]
    result = np.transpose(values, order)
    for axis in range(3):
        source_axis = order[axis]
        width = step[source_axis, axis]
        edges = start[source_axis] + width * (np.arange(shape[axis] + 1) - 0.5)
        low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
        cells = np.arange(values.shape[source_axis])
        overlap = np.minimum(high[:, None], cells + 0.5) - np.maximum(low[:, None], cells - 0.5)
        weights = np.maximum(overlap, 0.0) / abs(width)
        result = np.moveaxis(np.tensordot(weights, result, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(result)


@numba.njit(inline="always", cache=True)
def _interpolate(values: RealArray, x: float, y: float, z: float) -> float:
    nx, ny, nz = values.shape
    x = min(max(x, 0.0), nx - 1.0)
    y = min(max(y, 0.0), ny - 1.0)
    z = min(max(z, 0.0), nz - 1.0)
    i, j, k = int(x), int(y), int(z)
    a, b, c = x - i, y - j, z - k
    i1, j1, k1 = min(i + 1, nx - 1), min(j + 1, ny - 1), min(k + 1, nz - 1)
    front = values[i, j, k] * (1 - a) + values[i1, j, k] * a
    back = values[i, j1, k] * (1 - a) + values[i1, j1, k] * a
    low = front * (1 - b) + back * b
    front = values[i, j, k1] * (1 - a) + values[i1, j, k1] * a
    back = values[i, j1, k1] * (1 - a) + values[i1, j1, k1] * a
    high = front * (1 - b) + back * b
    value: float = low * (1 - c) + high * c
    return value


@numba.njit(inline="always", cache=True)
def _is_inside(shape: tuple[int, int, int], x: float, y: float, z: float) -> bool:
    # a hair of tolerance, so that faces shared by two grids count as inside both
    e = 0.5 + 1e-6
    return -e <= x <= shape[0] - 1 + e and -e <= y <= shape[1] - 1 + e and -e <= z <= shape[2] - 1 + e


@numba.njit(parallel=True, cache=True)
def _linear_onto(values: RealArray, step: FloatArray, start: FloatArray, outside: float, out: RealArray) -> None:
    for i in numba.prange(out.shape[0]):
        for j in range(out.shape[1]):
            for k in range(out.shape[2]):
                x = start[0] + step[0, 0] * i + step[0, 1] * j + step[0, 2] * k
                y = start[1] + step[1, 0] * i + step[1, 1] * j + step[1, 2] * k
                z = start[2] + step[2, 0] * i + step[2, 1] * j + step[2, 2] * k
                out[i, j, k] = _interpolate(values, x, y, z) if _is_inside(values.shape, x, y, z) else outside


@numba.njit(parallel=True, cache=True)
def _nearest_onto(values: NDArray[Any], step: FloatArray, start: FloatArray, outside: float, out: NDArray[Any]) -> None:
    for i in numba.prange(out.shape[0]):
        for j in range(out.shape[1]):
            for k in range(out.shape[2]):
                x = start[0] + step[0, 0] * i + step[0, 1] * j + step[0, 2] * k
                y = start[1] + step[1, 0] * i + step[1, 1] * j + step[1, 2] * k
                z = start[2] + step[2, 0] * i + step[2, 1] * j + step[2, 2] * k
                if _is_inside(values.shape, x, y, z):
                    a = min(max(int(np.floor(x + 0.5)), 0), values.shape[0] - 1)
                    b = min(max(int(np.floor(y + 0.5)), 0), values.shape[1] - 1)
                    c = min(max(int(np.floor(z + 0.5)), 0), values.shape[2] - 1)
                    out[i, j, k] = values[a, b, c]
                else:
                    out[i, j, k] = outside


@numba.njit(parallel=True, cache=True)
def _linear_at(values: RealArray, index: FloatArray, outside: float, out: FloatArray) -> None:
    for p in numba.prange(index.shape[0]):
        x, y, z = index[p, 0], index[p, 1], index[p, 2]
        out[p] = _interpolate(values, x, y, z) if _is_inside(values.shape, x, y, z) else outside


@numba.njit(cache=True)
def _deposit(values: FloatArray, step: FloatArray, start: FloatArray, parts: IntArray, amount: FloatArray) -> None:
    share = 1.0 / (parts[0] * parts[1] * parts[2])
    for i, j, k in np.ndindex(values.shape):
        if values[i, j, k] == 0.0:
            continue
        for part in np.ndindex(parts[0], parts[1], parts[2]):
            u = i - 0.5 + (part[0] + 0.5) / parts[0]
            v = j - 0.5 + (part[1] + 0.5) / parts[1]
            w = k - 0.5 + (part[2] + 0.5) / parts[2]
            a = int(np.floor(start[0] + step[0, 0] * u + step[0, 1] * v + step[0, 2] * w + 0.5))
            b = int(np.floor(start[1] + step[1, 0] * u + step[1, 1] * v + step[1, 2] * w + 0.5))
            c = int(np.floor(start[2] + step[2, 0] * u + step[2, 1] * v + step[2, 2] * w + 0.5))
            if 0 <= a < amount.shape[0] and 0 <= b < amount.shape[1] and 0 <= c < amount.shape[2]:
                amount[a, b, c] += values[i, j, k] * share
