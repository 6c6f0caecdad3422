"""A few dose levels in place of a continuous dose map."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray, IntArray

__all__ = ["Boundaries", "dose_levels"]

_BINS = 512


class Boundaries(StrEnum):
    """How the range of prescribed doses is divided into levels."""

    EQUAL_WIDTH = "equal width"
    LEAST_SQUARES = "least squares"


def dose_levels(
    dose_gy: FloatArray, volume: FloatArray, count: int, boundaries: Boundaries
) -> tuple[FloatArray, FloatArray]:
    """Divide prescribed doses into levels; each level's dose is the mean of what it replaces.

    So the mean dose is kept exactly. ``LEAST_SQUARES`` minimises the volume-weighted squared difference between level
    and prescribed dose: one-dimensional k-means solved exactly by dynamic programming (Fisher 1958), on a histogram of
    512 bins.

    Parameters
    ----------
    dose_gy : ndarray, shape (voxel,)
    volume : ndarray, shape (voxel,)
        Weight of each voxel, positive.
    count : int
        Number of levels wanted; fewer come back when the doses do not fill them.
    boundaries : Boundaries

    Returns
    -------
    lower_gy : ndarray, shape (level,)
        Dose at which each level begins, ascending; the first is the lowest dose.
    level_gy : ndarray, shape (level,)
        Dose of each level.

    Raises
    ------
    ImpastoError
        When no level is asked for or there is no dose.

    Examples
    --------
    >>> low, level = dose_levels(np.array([60.0, 61.0, 71.0, 72.0]), np.ones(4), 2, Boundaries.LEAST_SQUARES)
    >>> level.tolist()
    [60.5, 71.5]
    """
    if count < 1 or not dose_gy.size:
        raise ImpastoError("dose levels", f"{count} levels of {dose_gy.size} doses", "ask for one or more")
    low, high = float(dose_gy.min()), float(dose_gy.max())
    if boundaries is Boundaries.EQUAL_WIDTH:
        starts = np.linspace(low, high, count + 1)[:-1]
    else:
        starts = _least_squares_starts(dose_gy, volume, count)
    level = np.searchsorted(starts, dose_gy, side="right") - 1
    filled = np.bincount(level, weights=volume, minlength=len(starts))
    total = np.bincount(level, weights=volume * dose_gy, minlength=len(starts))
    used = filled > 0.0
    return starts[used], total[used] / filled[used]


def _least_squares_starts(dose_gy: FloatArray, volume: FloatArray, count: int) -> FloatArray:
    low, high = float(dose_gy.min()), float(dose_gy.max())
    if high == low:
        return np.array([low])
    edges = np.linspace(low, high, _BINS + 1)
    bins = np.minimum(np.searchsorted(edges, dose_gy, side="right") - 1, _BINS - 1)
    # about the lowest dose, not about 0: sums of squares of large numbers lose digits
    moments = np.zeros((3, _BINS))
    for order in range(3):
        moments[order] = np.bincount(bins, weights=volume * (dose_gy - low) ** order, minlength=_BINS)
    filled = np.flatnonzero(moments[0] > 0.0)
    first_bin = _optimal_partition(moments[:, filled], min(count, len(filled)))
    return edges[filled[first_bin]]


def _optimal_partition(moments: FloatArray, count: int) -> IntArray:
    """First element of each of `count` runs that minimise the sum of within-run squared deviations.

    `moments` holds each element's weight and its weighted sums of values and of squared values, shape (3, element).
    """
    n = moments.shape[1]
    w, m, s = np.pad(np.cumsum(moments, axis=1), ((0, 0), (1, 0)))
    held = w[None, :] - w[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = (s[None, :] - s[:, None]) - (m[None, :] - m[:, None]) ** 2 / held
    cost = np.where(np.arange(n + 1)[:, None] < np.arange(n + 1)[None, :], np.maximum(cost, 0.0), np.inf)
    best = cost[0]
    choices = []
    for _ in range(count - 1):
        extended = best[:, None] + cost
        choices.append(np.argmin(extended, axis=0))
        best = extended.min(axis=0)
    starts, stop = [], n
    for choice in reversed(choices):
        stop = int(choice[stop])
        starts.append(stop)
    return np.array([0, *reversed(starts)], dtype=np.int64)
