"""Influence matrices: the dose that each weight gives each voxel.

Neighbouring bixels (or shots) reach neighbouring voxels, so the columns that a row holds are runs of consecutive
numbers. Storing runs instead of one index per value takes little more than half of the memory of a usual sparse
matrix, and products run over contiguous memory. Both products use the same rows, so no transposed copy is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from impasto.core.arrays import IntArray, RealArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.threads import threads_for

__all__ = ["InfluenceMatrix", "run_dtype"]

# The transposed product adds up so many row blocks apart: fixed, so that results do not depend on the machine.
BLOCKS = 32
# Fewer values than this are multiplied faster by one thread than several take to meet again.
PARALLEL_VALUES = 2_000_000


@dataclass(frozen=True, eq=False)
class InfluenceMatrix:
    """Dose in Gy per fraction to each voxel of interest per unit of each weight: rows of runs of columns.

    Parameters
    ----------
    values : ndarray of float32, shape (value,)
        Row after row, run after run.
    row_values : ndarray of int64, shape (row + 1,)
        Where each row's values begin.
    row_runs : ndarray of int64, shape (row + 1,)
        Where each row's runs begin.
    run_columns, run_lengths : ndarray of unsigned integers, shape (run,)
        First column and number of columns of each run.
    column_count : int
        Number of weights.
    voxels : ndarray of int64, shape (row,)
        Number of each row's voxel in the flattened (C order) grid, ascending.
    grid : Grid
        The dose grid.
    """

    values: NDArray[np.float32]
    row_values: IntArray
    row_runs: IntArray
    run_columns: NDArray[Any]
    run_lengths: NDArray[Any]
    column_count: int
    voxels: IntArray
    grid: Grid

    def __post_init__(self) -> None:
        for field in ("values", "row_values", "row_runs", "run_columns", "run_lengths", "voxels"):
            object.__setattr__(self, field, read_only(getattr(self, field)))

    @classmethod
    def from_scipy(cls, matrix: Any, voxels: ArrayLike, grid: Grid) -> InfluenceMatrix:
        """Build from any SciPy sparse matrix, shape (row, column); see :class:`InfluenceMatrix` for the rest."""
        rows = sparse.csr_array(matrix, dtype=np.float32)
        rows.sum_duplicates()
        count, width = rows.shape
        columns = rows.indices.astype(np.int64)
        row_of_value = np.repeat(np.arange(count), np.diff(rows.indptr))
        begins = np.ones(len(columns), dtype=bool)
        begins[1:] = (np.diff(columns) != 1) | (np.diff(row_of_value) != 0)
        first = np.flatnonzero(begins)
        runs_per_row = np.bincount(row_of_value[first], minlength=count)
        dtype = run_dtype(width)
        return cls(
            values=rows.data,
            row_values=rows.indptr.astype(np.int64),
            row_runs=np.concatenate([[0], np.cumsum(runs_per_row)]).astype(np.int64),
            run_columns=columns[first].astype(dtype),
            run_lengths=np.diff(np.append(first, len(columns))).astype(dtype),
            column_count=int(width),
            voxels=np.asarray(voxels, dtype=np.int64),
            grid=grid,
        )

    @property
    def row_count(self) -> int:
        """Number of voxels of interest."""
        return len(self.voxels)

    @property
    def nbytes(self) -> int:
        """Memory that the matrix takes."""
        arrays = (self.values, self.row_values, self.row_runs, self.run_columns, self.run_lengths, self.voxels)
        return sum(array.nbytes for array in arrays)

    def dose_gy(self, weights: ArrayLike) -> NDArray[np.float32]:
        """Dose per fraction in Gy to each row's voxel, shape (row,).

        Raises
        ------
        ImpastoError
            When the number of weights is not the number of columns.
        """
        vector = np.ascontiguousarray(weights, dtype=np.float32)
        if vector.shape != (self.column_count,):
            raise ImpastoError("weights", f"shape {vector.shape} for {self.column_count} columns", "give one for each")
        dose = np.empty(self.row_count, dtype=np.float32)
        with threads_for(len(self.values), PARALLEL_VALUES):
            _multiply(self.values, self.row_values, self.row_runs, self.run_columns, self.run_lengths, vector, dose)
        return dose

    def transposed_product(self, row_factors: ArrayLike) -> NDArray[np.float64]:
        """Sum of rows times one factor each, shape (column,): turns a gradient by dose into one by weights.

        Rows with factor 0 cost nothing.
        """
        factors = np.ascontiguousarray(row_factors, dtype=np.float32)
        if factors.shape != (self.row_count,):
            raise ImpastoError("row factors", f"shape {factors.shape} for {self.row_count} rows", "give one for each")
        sums = np.zeros((BLOCKS, self.column_count), dtype=np.float32)
        with threads_for(len(self.values), PARALLEL_VALUES):
            _multiply_transposed(
                self.values, self.row_values, self.row_runs, self.run_columns, self.run_lengths, factors, sums
            )
        total: NDArray[np.float64] = sums.sum(axis=0, dtype=np.float64)
        return total

    def dose_map_gy(self, weights: ArrayLike) -> NDArray[np.float32]:
        """Dose per fraction on the whole grid, shape `grid.shape`; 0 where no voxel of interest is."""
        dose = np.zeros(self.grid.voxel_count, dtype=np.float32)
        dose[self.voxels] = self.dose_gy(weights)
        return dose.reshape(self.grid.shape)

    def restricted(self, rows: IntArray) -> InfluenceMatrix:
        """Return the matrix of some rows, given by number in the order wanted."""
        counts, runs = np.diff(self.row_values)[rows], np.diff(self.row_runs)[rows]
        values = _gathered(self.values, self.row_values, rows)
        return replace(
            self,
            values=values,
            row_values=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            row_runs=np.concatenate([[0], np.cumsum(runs)]).astype(np.int64),
            run_columns=_gathered(self.run_columns, self.row_runs, rows),
            run_lengths=_gathered(self.run_lengths, self.row_runs, rows),
            voxels=self.voxels[rows],
        )

    def rows_within(self, mask: NDArray[np.bool_]) -> IntArray:
        """Numbers of the rows whose voxel lies in a mask of shape `grid.shape`."""
        return np.flatnonzero(mask.ravel()[self.voxels]).astype(np.int64)

    def to_scipy(self) -> sparse.csr_array[Any]:
        """Return the same matrix as SciPy compressed rows."""
        lengths = self.run_lengths.astype(np.int64)
        ends = np.cumsum(lengths)
        columns = np.arange(len(self.values)) + np.repeat(self.run_columns - (ends - lengths), lengths)
        return sparse.csr_array((self.values, columns, self.row_values), shape=(self.row_count, self.column_count))


def run_dtype(column_count: int) -> type[np.uint16] | type[np.uint32]:
    """Return the smallest unsigned type that holds every column number and run length."""
    return np.uint16 if column_count <= np.iinfo(np.uint16).max else np.uint32


def _gathered(values: NDArray[Any], offsets: IntArray, rows: IntArray) -> NDArray[Any]:
    pieces = [values[offsets[row] : offsets[row + 1]] for row in rows]
    return np.concatenate(pieces) if pieces else values[:0]


@numba.njit(parallel=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def _multiply(
    values: RealArray,
    row_values: IntArray,
    row_runs: IntArray,
    run_columns: NDArray[Any],
    run_lengths: NDArray[Any],
    weights: RealArray,
    dose: RealArray,
) -> None:
    for row in numba.prange(dose.size):
        at = row_values[row]
        total = np.float32(0.0)
        for run in range(row_runs[row], row_runs[row + 1]):
            first, length = np.int64(run_columns[run]), np.int64(run_lengths[run])
            # slices, because a sum over indices that might be negative is not vectorised
            held, weighing = values[at : at + length], weights[first : first + length]
            for step in range(length):
                total += held[step] * weighing[step]
            at += length
        dose[row] = total


@numba.njit(parallel=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def _multiply_transposed(
    values: RealArray,
    row_values: IntArray,
    row_runs: IntArray,
    run_columns: NDArray[Any],
    run_lengths: NDArray[Any],
    factors: RealArray,
    sums: RealArray,
) -> None:
    blocks = sums.shape[0]
    for block in numba.prange(blocks):
        for row in range(block * factors.size // blocks, (block + 1) * factors.size // blocks):
            factor = factors[row]
            if factor == 0.0:
                continue
            at = row_values[row]
            for run in range(row_runs[row], row_runs[row + 1]):
                first, length = np.int64(run_columns[run]), np.int64(run_lengths[run])
                held, summed = values[at : at + length], sums[block, first : first + length]
                for step in range(length):
                    summed[step] += factor * held[step]
                at += length
