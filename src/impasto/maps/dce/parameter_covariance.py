"""Covariance of up to four parameters from their normal matrix, some of them at a bound."""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["covariance_at_bounds"]

_SINGULAR = 1e-10


@numba.njit(cache=True)
def covariance_at_bounds(
    normal: FloatArray,
    sums: FloatArray,
    present: BoolArray,
    free: BoolArray,
    baseline_frames: int,
    covariance: FloatArray,
) -> None:
    """Fill in the covariance at unit noise; NaN what is not determined.

    What stands at a bound takes no freedom from the others; its own variance is that without the bound. An error of the
    baseline, the mean of `baseline_frames`, moves all frames alike: `sums` are those of the columns over the frames.
    """
    inverse, unbounded = np.zeros((4, 4)), np.zeros((4, 4))
    for a in range(4):
        for b in range(4):
            covariance[a, b] = np.nan
    if not _inverse(normal, free, inverse):
        return
    _with_baseline(inverse, sums, baseline_frames, covariance)
    for a in range(4):
        if present[a] and not free[a]:
            free[a] = True
            known = _inverse(normal, free, inverse)
            free[a] = False
            _with_baseline(inverse, sums, baseline_frames, unbounded)
            covariance[a, a] = unbounded[a, a] if known else np.nan


@numba.njit(cache=True)
def _with_baseline(inverse: FloatArray, sums: FloatArray, baseline_frames: int, covariance: FloatArray) -> None:
    shift = np.zeros(4)
    for a in range(4):
        for b in range(4):
            shift[a] += inverse[a, b] * sums[b]
    share = 1.0 / baseline_frames if baseline_frames > 0 else 0.0
    for a in range(4):
        for b in range(4):
            covariance[a, b] = inverse[a, b] + share * shift[a] * shift[b]


@numba.njit(cache=True)
def _inverse(matrix: FloatArray, chosen: BoolArray, inverse: FloatArray) -> bool:
    """Invert the chosen rows and columns of a symmetric matrix; false when they depend on each other."""
    order, count = np.zeros(4, dtype=np.int64), 0
    for a in range(4):
        if chosen[a]:
            order[count] = a
            count += 1
        for b in range(4):
            inverse[a, b] = 0.0
    lower, scale, solved = np.zeros((4, 4)), np.zeros(4), np.zeros(4)
    if not _factorised(matrix, order[:count], lower, scale):
        return False
    for c in range(count):
        for a in range(count):
            solved[a] = 1.0 if a == c else 0.0
            for b in range(a):
                solved[a] -= lower[a, b] * solved[b]
            solved[a] /= lower[a, a]
        for a in range(count - 1, -1, -1):
            for b in range(a + 1, count):
                solved[a] -= lower[b, a] * solved[b]
            solved[a] /= lower[a, a]
            inverse[order[a], order[c]] = solved[a] * scale[a] * scale[c]
    return True


@numba.njit(cache=True)
def _factorised(matrix: FloatArray, order: IntArray, lower: FloatArray, scale: FloatArray) -> bool:
    """Cholesky factor of rows and columns scaled to a unit diagonal."""
    for a in range(len(order)):
        if not matrix[order[a], order[a]] > 0.0:
            return False
        scale[a] = 1.0 / np.sqrt(matrix[order[a], order[a]])
    for a in range(len(order)):
        for b in range(a + 1):
            total = matrix[order[a], order[b]] * scale[a] * scale[b]
            for c in range(b):
                total -= lower[a, c] * lower[b, c]
            if a == b and total < _SINGULAR:
                return False
            lower[a, b] = np.sqrt(total) if a == b else total / lower[b, b]
    return True
