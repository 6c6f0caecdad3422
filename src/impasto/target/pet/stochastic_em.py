"""Stochastic estimation of a fuzzy two-class mixture with local priors: the numerics of FLAB."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.threads import threads_for

__all__ = ["LEVELS", "OUTSIDE", "draw_classes", "mixture_of"]

LEVELS = np.array([0.0, 1.0 / 3.0, 2.0 / 3.0, 1.0])
"""Share of the lesion in each class: background, two fuzzy levels, lesion."""

OUTSIDE = 4
"""Class of a voxel that takes no part."""

ClassArray = NDArray[np.uint8]


def mixture_of(hard_means: FloatArray, hard_deviations: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of all four classes from those of the two hard ones, shape (2,) each.

    A fuzzy voxel of share e holds ``(1 - e) Y0 + e Y1`` with Y0 and Y1 independent, hence the mean
    ``(1 - e) m0 + e m1`` and the variance ``(1 - e)^2 s0^2 + e^2 s1^2`` (Caillol, Hillion and Pieczynski 1993).
    """
    means = (1.0 - LEVELS) * hard_means[0] + LEVELS * hard_means[1]
    deviations = np.hypot((1.0 - LEVELS) * hard_deviations[0], LEVELS * hard_deviations[1])
    return means, deviations


def draw_classes(
    values: RealArray, classes: ClassArray, mixture: tuple[FloatArray, FloatArray], seed: int, step: int
) -> tuple[ClassArray, FloatArray]:
    """Draw every voxel's class from its posterior, the prior being the share of each class in its 3 x 3 x 3 cube.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    classes : ndarray of uint8, shape (i, j, k)
        Of the last draw, 0 to 3 in the order of :data:`LEVELS`; :data:`OUTSIDE` stays so and counts nowhere.
    mixture : (ndarray, ndarray), shape (4,) each
        Mean and standard deviation of each class.
    seed, step : int
        Together with a voxel's index they fix its random number, whatever the number of threads.

    Returns
    -------
    classes : ndarray of uint8, shape (i, j, k)
    sums : ndarray, shape (2, 3)
        Of the two hard classes: voxels, sum of values, sum of squares.
    """
    drawn = np.empty_like(classes)
    sums = np.zeros((classes.shape[0], 2, 3))
    start = int(_mixed((seed * 0x9E3779B1 + step) % 2**63)) >> 1
    with threads_for(values.size):
        _draw(values, classes, mixture[0], 1.0 / mixture[1], start, drawn, sums)
    return drawn, sums.sum(axis=0)


@numba.njit(inline="always", cache=True)
def _mixed(number: Any) -> Any:
    """Scramble 64 bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014)."""
    x = np.uint64(number) + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@numba.njit(inline="always", cache=True)
def _chance(start: int, place: int) -> float:
    """Uniform random number in [0, 1) of a draw at a voxel."""
    return np.float64(_mixed(_mixed(start) ^ np.uint64(place)) >> np.uint64(11)) * 2.0**-53


@numba.njit(inline="always", cache=True)
def _chosen(value: float, counts: int, means: FloatArray, sharpness: FloatArray, chance: float) -> int:
    """Class at which the summed posterior passes `chance`; `counts` holds the cube's classes, eight bits each."""
    weight = np.zeros(4)
    total = 0.0
    for m in range(4):
        count = (counts >> (8 * m)) & 255
        if count > 0:
            away = (value - means[m]) * sharpness[m]
            weight[m] = count * sharpness[m] * np.exp(-0.5 * min(away * away, 1400.0))
            total += weight[m]
    left = chance * total
    last = 0
    for m in range(4):
        if weight[m] > 0.0:
            last = m
            left -= weight[m]
            if left < 0.0:
                break
    return last


@numba.njit(cache=True)
def _count_columns(classes: ClassArray, i: int, j: int, columns: IntArray) -> None:
    """How often each class stands in the 3 x 3 columns around (i, j), eight bits a class, for every k."""
    columns[:] = 0
    for a in range(max(i - 1, 0), min(i + 2, classes.shape[0])):
        for b in range(max(j - 1, 0), min(j + 2, classes.shape[1])):
            for k in range(classes.shape[2]):
                columns[k + 1] += 1 << (8 * np.int64(classes[a, b, k]))


@numba.njit(parallel=True, cache=True)
def _draw(
    values: RealArray,
    classes: ClassArray,
    means: FloatArray,
    sharpness: FloatArray,
    start: int,
    drawn: ClassArray,
    sums: FloatArray,
) -> None:
    ni, nj, nk = values.shape
    for i in numba.prange(ni):
        columns = np.zeros(nk + 2, dtype=np.int64)
        for j in range(nj):
            _count_columns(classes, i, j, columns)
            for k in range(nk):
                now = int(classes[i, j, k])
                # the fifth byte counts voxels that take no part
                counts = (columns[k] + columns[k + 1] + columns[k + 2]) & 0xFFFFFFFF
                value = np.float64(values[i, j, k])
                if now < 4:
                    if counts != ((counts >> (8 * now)) & 255) << (8 * now):
                        chance = _chance(start, (i * nj + j) * nk + k)
                        now = _chosen(value, counts, means, sharpness, chance)
                    if now == 0 or now == 3:
                        hard = now // 3
                        sums[i, hard, 0] += 1.0
                        sums[i, hard, 1] += value
                        sums[i, hard, 2] += value * value
                drawn[i, j, k] = now
