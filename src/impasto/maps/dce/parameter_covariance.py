"""Covariance of up to four parameters from their normal matrix, some of them at a bound."""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray

__all__ = ["covariance_at_bounds"]

_SINGULAR = 1e-10


@numba.njit(cache=True)
def covariance_at_bounds(
    normal: FloatArray, scatter: FloatArray, present: BoolArray, free: BoolArray, covariance: FloatArray
) -> None:
    """Fill in the covariance of least squares, ``N^-1 (J' V J) N^-1``; NaN what is not determined.

    What stands at a bound takes no freedom from the others; its own variance is that without the bound. `scatter` is
    J' V J, V the covariance of the frames; the normal matrix itself where that is the identity.
    """
    inverse, unbounded = np.zeros((4, 4)), np.zeros((4, 4))
    for a in range(4):
        for b in range(4):
            covariance[a, b] = np.nan
    if not _inverse(normal, free, inverse):
        return
    _sandwiched(inverse, scatter, covariance)
    for a in range(4):
        if present[a] and not free[a]:
            free[a] = True
            known = _inverse(normal, free, inverse)
            free[a] = False
            _sandwiched(inverse, scatter, unbounded)
            covariance[a, a] = unbounded[a, a] if known else np.nan


@numba.njit(cache=True)
def _sandwiched(inverse: FloatArray, scatter: FloatArray, covariance: FloatArray) -> None:
    half = np.zeros((4, 4))
    for a in range(4):
        for b in range(4):
            for c in range(4):
                half[a, b] += inverse[a, c] * scatter[c, b]
    for a in range(4):
        for b in range(4):
            covariance[a, b] = 0.0
            for c in range(4):
                covariance[a, b] += half[a, c] * inverse[c, b]


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
