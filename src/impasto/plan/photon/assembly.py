"""Filling the influence matrix: lateral kernels times depth components, voxel by voxel."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import IntArray
from impasto.core.grid import Grid
from impasto.plan.influence import InfluenceMatrix, run_dtype

__all__ = ["FieldGeometry", "assembled"]


class FieldGeometry(NamedTuple):
    """What the dose of every bixel to every voxel follows from.

    A named tuple, because the compiled kernels take it whole.

    Parameters
    ----------
    projected_mm : ndarray of float32, shape (beam, voxel, 2)
        Voxels seen from each source, in the isocentre plane.
    components : ndarray of float32, shape (beam, voxel, 3)
        Depth components with the inverse square; all 0 where the beam does not reach.
    bixels_mm : ndarray of float32, shape (bixel, 2)
    first_bixel : ndarray of int64, shape (beam + 1,)
        Where each beam's bixels begin.
    kernels : ndarray of float32, shape (beam, n, n, 3)
        One quadrant of each beam's bixel kernels.
    kernel_step_mm, cutoff_mm : float32
    """

    projected_mm: NDArray[np.float32]
    components: NDArray[np.float32]
    bixels_mm: NDArray[np.float32]
    first_bixel: IntArray
    kernels: NDArray[np.float32]
    kernel_step_mm: np.float32
    cutoff_mm: np.float32


class _Rows(NamedTuple):
    """The arrays of an :class:`InfluenceMatrix`, to be filled."""

    values: NDArray[np.float32]
    row_values: IntArray
    row_runs: IntArray
    run_columns: NDArray[Any]
    run_lengths: NDArray[Any]


def assembled(fields: FieldGeometry, voxels: IntArray, grid: Grid) -> InfluenceMatrix:
    """Compute the influence matrix of voxels, rows in their order; memory is taken once, at its final size."""
    rows, columns = len(voxels), len(fields.bixels_mm)
    row_values, row_runs = np.zeros(rows + 1, dtype=np.int64), np.zeros(rows + 1, dtype=np.int64)
    _count(fields, row_values, row_runs)
    np.cumsum(row_values, out=row_values)
    np.cumsum(row_runs, out=row_runs)
    run_columns = np.empty(row_runs[-1], dtype=run_dtype(columns))
    filled = _Rows(
        np.empty(row_values[-1], dtype=np.float32), row_values, row_runs, run_columns, np.empty_like(run_columns)
    )
    _fill(fields, filled)
    return InfluenceMatrix(*filled, column_count=columns, voxels=voxels, grid=grid)


@numba.njit(inline="always", cache=True)
def _is_reached(fields: FieldGeometry, beam: int, voxel: int) -> bool:
    return bool(fields.components[beam, voxel, 2] != 0.0)


@numba.njit(inline="always", cache=True)
def _is_near(fields: FieldGeometry, x: float, y: float) -> bool:
    return bool(x * x + y * y <= fields.cutoff_mm * fields.cutoff_mm)


@numba.njit(parallel=True, cache=True)
def _count(fields: FieldGeometry, row_values: IntArray, row_runs: IntArray) -> None:
    """Count the values and runs of row v into element v + 1."""
    for v in numba.prange(fields.projected_mm.shape[1]):
        values, runs, last = 0, 0, -2
        for beam in range(fields.projected_mm.shape[0]):
            if not _is_reached(fields, beam, v):
                continue
            for bixel in range(fields.first_bixel[beam], fields.first_bixel[beam + 1]):
                x = fields.projected_mm[beam, v, 0] - fields.bixels_mm[bixel, 0]
                y = fields.projected_mm[beam, v, 1] - fields.bixels_mm[bixel, 1]
                if _is_near(fields, x, y):
                    values += 1
                    runs += bixel != last + 1
                    last = bixel
        row_values[v + 1] = values
        row_runs[v + 1] = runs


@numba.njit(parallel=True, cache=True, fastmath=True)
def _fill(fields: FieldGeometry, rows: _Rows) -> None:
    # named here, because numba drops writes to arrays inside a tuple from a parallel loop
    values, run_columns, run_lengths = rows.values, rows.run_columns, rows.run_lengths
    inverse = np.float32(1.0) / fields.kernel_step_mm
    for v in numba.prange(fields.projected_mm.shape[1]):
        at, run, last = rows.row_values[v], rows.row_runs[v] - 1, -2
        for beam in range(fields.projected_mm.shape[0]):
            if not _is_reached(fields, beam, v):
                continue
            first, second, third = fields.components[beam, v]
            for bixel in range(fields.first_bixel[beam], fields.first_bixel[beam + 1]):
                x = fields.projected_mm[beam, v, 0] - fields.bixels_mm[bixel, 0]
                y = fields.projected_mm[beam, v, 1] - fields.bixels_mm[bixel, 1]
                if not _is_near(fields, x, y):
                    continue
                if bixel == last + 1:
                    run_lengths[run] += 1
                else:
                    run += 1
                    run_columns[run] = bixel
                    run_lengths[run] = 1
                last = bixel
                x, y = abs(x) * inverse, abs(y) * inverse
                i, j = int(x), int(y)
                a, b = x - np.float32(i), y - np.float32(j)
                low, high = fields.kernels[beam, i, j], fields.kernels[beam, i, j + 1]
                low_next, high_next = fields.kernels[beam, i + 1, j], fields.kernels[beam, i + 1, j + 1]
                near = low[0] * first + low[1] * second + low[2] * third
                far = high[0] * first + high[1] * second + high[2] * third
                near_next = low_next[0] * first + low_next[1] * second + low_next[2] * third
                far_next = high_next[0] * first + high_next[1] * second + high_next[2] * third
                side = near + (far - near) * b
                values[at] = side + (near_next + (far_next - near_next) * b - side) * a
                at += 1
