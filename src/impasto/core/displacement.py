"""Displacement fields: a vector in every voxel by which points move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.threads import threads_for

__all__ = ["DisplacementField"]

_WORTH_SHARING = 100_000
_ITERATIONS = 100


@dataclass(frozen=True, eq=False)
class DisplacementField:
    """Moves a point p to p + u(p): u is trilinear between the voxel centres, beyond them the nearest one's holds.

    Parameters
    ----------
    grid : Grid
        Where the vectors are given.
    vectors_mm : array_like, shape (*grid.shape, 3)
        LPS; kept as float32.

    Raises
    ------
    ImpastoError
        When shapes disagree or a vector is not finite.

    Examples
    --------
    >>> grid = Grid.axis_aligned((2, 2, 2), (10, 10, 10), (0, 0, 0))
    >>> DisplacementField(grid, np.ones((2, 2, 2, 3))).moved([[5, 5, 5]]).tolist()
    [[6.0, 6.0, 6.0]]
    """

    grid: Grid
    vectors_mm: NDArray[np.float32]

    def __post_init__(self) -> None:
        vectors = np.ascontiguousarray(self.vectors_mm, dtype=np.float32)
        if vectors.shape != (*self.grid.shape, 3):
            problem = f"vectors of shape {vectors.shape} do not fit a grid of {self.grid.shape}"
            raise ImpastoError("displacement field", problem, "give i, j, k and three components")
        if not np.isfinite(vectors).all():
            raise ImpastoError("displacement field", "a vector is not finite", "check the file it came from")
        object.__setattr__(self, "vectors_mm", read_only(vectors))

    def at(self, points_mm: ArrayLike) -> FloatArray:
        """Displacement at LPS points, shape (..., 3), in mm."""
        points = np.asarray(points_mm, dtype=np.float64)
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        out = np.empty_like(flat)
        with threads_for(len(flat), _WORTH_SHARING):
            _displacements(self.vectors_mm, self._index_map(), flat, out)
        return out.reshape(points.shape)

    def moved(self, points_mm: ArrayLike) -> FloatArray:
        """Points p + u(p), shape (..., 3)."""
        points = np.asarray(points_mm, dtype=np.float64)
        return points + self.at(points)

    def sources(self, points_mm: ArrayLike, tolerance_mm: float = 1e-3) -> FloatArray:
        """Find the points that the field moves to given ones, by fixed-point iteration (Chen 2008).

        The step is halved wherever it would lead away, so that fields too steep for the plain iteration are solved too.

        Parameters
        ----------
        points_mm : array_like, shape (..., 3)
        tolerance_mm : float
            How far from its target a source may land.

        Returns
        -------
        ndarray, shape (..., 3)
            NaN where the iteration finds none: the field is folded there.
        """
        points = np.asarray(points_mm, dtype=np.float64)
        flat = np.ascontiguousarray(points.reshape(-1, 3))
        out = np.empty_like(flat)
        with threads_for(len(flat), _WORTH_SHARING):
            _sources(self.vectors_mm, self._index_map(), flat, tolerance_mm, _ITERATIONS, out)
        return out.reshape(points.shape)

    def inverted(self, tolerance_mm: float = 1e-3) -> DisplacementField:
        """Return the field that undoes this one, on the same grid.

        Raises
        ------
        ImpastoError
            When the field is folded: some voxels have no point that moves there.
        """
        vectors = np.empty_like(self.vectors_mm)
        for i in range(self.grid.shape[0]):
            centres = self.slab_mm(i)
            vectors[i] = self.sources(centres, tolerance_mm) - centres
        unsolved = int(np.count_nonzero(np.isnan(vectors[..., 0])))
        if unsolved:
            problem = f"it is folded, {unsolved} of {self.grid.voxel_count} voxels have no inverse"
            raise ImpastoError("displacement field", problem, "register again with a smoother field")
        return DisplacementField(self.grid, vectors)

    def after(self, matrix: FloatArray) -> DisplacementField:
        """Return the field u' for which the affine map B `matrix` and then u is u' and then B.

        ``u'(p) = B^-1 u(B p)``: the voxels move with the map, nothing is interpolated.
        """
        back = np.linalg.inv(matrix)
        vectors = self.vectors_mm @ back[:3, :3].T.astype(np.float32)
        return DisplacementField(Grid(self.grid.shape, back @ self.grid.affine), vectors)

    def then(self, other: DisplacementField) -> DisplacementField:
        """Return this field followed by another, on the grid of this one."""
        vectors = np.empty_like(self.vectors_mm)
        for i in range(self.grid.shape[0]):
            vectors[i] = self.vectors_mm[i] + other.at(self.slab_mm(i) + self.vectors_mm[i])
        return DisplacementField(self.grid, vectors)

    def slab_mm(self, i: int) -> FloatArray:
        """LPS positions of the voxel centres of index i, shape (*grid.shape[1:], 3)."""
        centres: FloatArray = self.grid.cropped((i, 0, 0), (i + 1, *self.grid.shape[1:])).voxel_centres_mm()[0]
        return centres

    def _index_map(self) -> FloatArray:
        return np.ascontiguousarray(np.linalg.inv(self.grid.affine)[:3])


@numba.njit(inline="always", cache=True)
def _corner(position: float, size: int) -> tuple[int, int, float]:
    clipped = min(max(position, 0.0), size - 1.0)
    low = int(clipped)
    return low, min(low + 1, size - 1), clipped - low


@numba.njit(cache=True)
def _interpolate(vectors: NDArray[np.float32], to_index: FloatArray, point: FloatArray, value: FloatArray) -> None:
    x = to_index[0, 0] * point[0] + to_index[0, 1] * point[1] + to_index[0, 2] * point[2] + to_index[0, 3]
    y = to_index[1, 0] * point[0] + to_index[1, 1] * point[1] + to_index[1, 2] * point[2] + to_index[1, 3]
    z = to_index[2, 0] * point[0] + to_index[2, 1] * point[1] + to_index[2, 2] * point[2] + to_index[2, 3]
    i, i1, a = _corner(x, vectors.shape[0])
    j, j1, b = _corner(y, vectors.shape[1])
    k, k1, c = _corner(z, vectors.shape[2])
    for axis in range(3):
        low = (vectors[i, j, k, axis] * (1 - a) + vectors[i1, j, k, axis] * a) * (1 - b)
        low += (vectors[i, j1, k, axis] * (1 - a) + vectors[i1, j1, k, axis] * a) * b
        high = (vectors[i, j, k1, axis] * (1 - a) + vectors[i1, j, k1, axis] * a) * (1 - b)
        high += (vectors[i, j1, k1, axis] * (1 - a) + vectors[i1, j1, k1, axis] * a) * b
        value[axis] = low * (1 - c) + high * c


@numba.njit(parallel=True, cache=True)
def _displacements(vectors: NDArray[Any], to_index: FloatArray, points: FloatArray, out: FloatArray) -> None:
    for p in numba.prange(len(points)):
        _interpolate(vectors, to_index, points[p], out[p])


@numba.njit(cache=True)
def _miss(
    vectors: NDArray[Any], to_index: FloatArray, source: FloatArray, target: FloatArray, miss: FloatArray
) -> float:
    """Fill in where a source lands beside its target; returns the distance."""
    _interpolate(vectors, to_index, source, miss)
    for axis in range(3):
        miss[axis] += source[axis] - target[axis]
    distance: float = np.sqrt(miss[0] ** 2 + miss[1] ** 2 + miss[2] ** 2)
    return distance


@numba.njit(parallel=True, cache=True)
def _sources(
    vectors: NDArray[Any], to_index: FloatArray, targets: FloatArray, tolerance: float, iterations: int, out: FloatArray
) -> None:
    for p in numba.prange(len(targets)):
        source, trial = targets[p].copy(), np.empty(3)
        miss, trial_miss = np.empty(3), np.empty(3)
        distance, step = _miss(vectors, to_index, source, targets[p], miss), 1.0
        for _ in range(iterations):
            if distance <= tolerance or step < 1e-3:
                break
            for axis in range(3):
                trial[axis] = source[axis] - step * miss[axis]
            trial_distance = _miss(vectors, to_index, trial, targets[p], trial_miss)
            if trial_distance < distance:
                distance = trial_distance
                step = min(1.0, 1.5 * step)
                for axis in range(3):
                    source[axis], miss[axis] = trial[axis], trial_miss[axis]
            else:
                step *= 0.5
        for axis in range(3):
            out[p, axis] = source[axis] if distance <= tolerance else np.nan
