"""Cumulative histograms of a quantity over a volume, from samples that each stand for a small box.

Every sample's volume is spread evenly over the values that its box holds, so the histogram of a linear field along
a grid axis is exact however few samples there are, and never a staircase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numba
import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.threads import threads_for

__all__ = ["Block", "CumulativeHistogram", "cumulative_histogram", "value_at_volume", "volume_at_value"]

Block: TypeAlias = tuple[RealArray, FloatArray, tuple[int, int]]

_PARTS = 8


@dataclass(frozen=True, eq=False)
class CumulativeHistogram:
    """How much volume holds at least a value.

    Parameters
    ----------
    edges : ndarray, shape (edge,)
        Values, ascending from 0 by one bin width.
    volume_ml : ndarray, shape (edge,)
        Volume whose value is at least the edge; the first is the whole, the last is 0.
    mean : float
        Volume-weighted mean value, from the samples (not from the bins).
    mean_deviation : float
        Volume-weighted mean absolute difference from the reference value that was asked for.
    lowest, highest : float
        Extreme values of the samples that are at least half inside (of all, when none is).
    """

    edges: FloatArray
    volume_ml: FloatArray
    mean: float
    mean_deviation: float
    lowest: float
    highest: float


def cumulative_histogram(
    blocks: Iterable[Block],
    voxel_volume_ml: float,
    bounds: tuple[float, float],
    bin_width: float,
    reference: float = 0.0,
) -> CumulativeHistogram:
    """Gather samples, block by block, in a cumulative histogram.

    Parameters
    ----------
    blocks : iterable of (ndarray, ndarray, tuple of int)
        Values at the centres of a block of sub-voxels, shape (i, j, k), NaN where there is none; the share of each
        sub-voxel that counts, same shape; first and one past the last k layer to count, the others are neighbours.
    voxel_volume_ml : float
        Volume of one sub-voxel.
    bounds : tuple of float
        No value lies outside; a sample's spread is cut there. Not negative.
    bin_width : float
        Distance between edges.
    reference : float
        The value that `mean_deviation` is measured from.

    Returns
    -------
    CumulativeHistogram
        Of no volume when the blocks hold none.
    """
    gathered = np.zeros((_PARTS, int(np.ceil(bounds[1] / bin_width)) + 3))
    sums = np.tile([0.0, 0.0, 0.0, np.inf, -np.inf, np.inf, -np.inf], (_PARTS, 1))
    settings = np.array([bounds[0], bounds[1], bin_width, reference])
    for values, shares, layers in blocks:
        block, filled = np.ascontiguousarray(values), np.ascontiguousarray(shares)
        with threads_for(block.size):
            _gather(block, filled, (*layers, voxel_volume_ml), settings, gathered, sums)
    slopes = gathered.sum(axis=0)
    volume, moment, deviation = sums[:, :3].sum(axis=0)
    below = bin_width * np.concatenate([[0.0], np.cumsum(np.cumsum(slopes))[:-1]])
    volume_ml = np.clip(np.minimum.accumulate(volume - below), 0.0, None)
    volume_ml[-1] = 0.0
    lowest, highest = sums[:, 3::2].min(axis=0), sums[:, 4::2].max(axis=0)
    inside = 0 if lowest[0] <= highest[0] else 1
    mean, mean_deviation = (moment / volume, deviation / volume) if volume > 0.0 else (np.nan, np.nan)
    edges = np.asarray(np.arange(len(slopes)) * bin_width, dtype=np.float64)
    low, high = float(lowest[inside]), float(highest[inside])
    return CumulativeHistogram(
        edges, np.asarray(volume_ml, dtype=np.float64), float(mean), float(mean_deviation), low, high
    )


def value_at_volume(edges: FloatArray, volume: FloatArray, wanted: float) -> float:
    """Highest value that at least the wanted volume holds: the inverse of :func:`volume_at_value`.

    Examples
    --------
    >>> value_at_volume(np.array([0.0, 1.0, 2.0]), np.array([8.0, 8.0, 0.0]), 2.0)
    1.75
    """
    last = int(np.searchsorted(-volume, -min(wanted, volume[0]), side="right")) - 1
    if last + 1 >= len(volume):
        return float(edges[-1])
    share = (volume[last] - min(wanted, volume[0])) / (volume[last] - volume[last + 1])
    return float(edges[last] + share * (edges[last + 1] - edges[last]))


def volume_at_value(edges: FloatArray, volume: FloatArray, value: float) -> float:
    """Volume that holds at least a value, linear between edges; 0 above the last edge."""
    return float(np.interp(value, edges, volume, right=0.0))


@numba.njit(parallel=True, cache=True)
def _gather(
    values: RealArray,
    shares: FloatArray,
    counted: tuple[int, int, float],
    settings: FloatArray,
    slopes: FloatArray,
    sums: FloatArray,
) -> None:
    """Add a block of samples, in a fixed number of parts: the sums do not depend on the number of processors."""
    for part in numba.prange(len(slopes)):
        start = part * values.shape[0] // len(slopes)
        stop = (part + 1) * values.shape[0] // len(slopes)
        _gather_part(values, shares, (start, stop, *counted), settings, slopes[part], sums[part])


@numba.njit(cache=True)
def _gather_part(
    values: RealArray,
    shares: FloatArray,
    part: tuple[int, int, int, int, float],
    settings: FloatArray,
    slopes: FloatArray,
    sums: FloatArray,
) -> None:
    """Add some i planes: `slopes` collects the second differences of the volume below each edge."""
    start, stop, first_k, stop_k, voxel_volume = part
    lowest, highest, bin_width, reference = settings
    per_bin, thin = 1.0 / bin_width, 1e-3 * bin_width
    n_i, n_j, n_k = values.shape
    # held in registers: an array would be stored and loaded again for every sample
    total, moment, deviation = sums[0], sums[1], sums[2]
    low_inside, high_inside, low_any, high_any = sums[3], sums[4], sums[5], sums[6]
    for i in range(start, stop):
        before_i, after_i = values[max(i - 1, 0)], values[min(i + 1, n_i - 1)]
        for j in range(n_j):
            before_j, after_j = values[i, max(j - 1, 0)], values[i, min(j + 1, n_j - 1)]
            line = values[i, j]
            for k in range(first_k, stop_k):
                share, value = shares[i, j, k], line[k]
                if share == 0.0 or np.isnan(value):
                    continue
                low_any, high_any = min(low_any, value), max(high_any, value)
                if share >= 0.5:
                    low_inside, high_inside = min(low_inside, value), max(high_inside, value)
                across_i = _range(before_i[j, k], value, after_i[j, k], 0 < i < n_i - 1)
                across_j = _range(before_j[k], value, after_j[k], 0 < j < n_j - 1)
                across_k = _range(line[max(k - 1, 0)], value, line[min(k + 1, n_k - 1)], 0 < k < n_k - 1)
                # the variance of a linear field over a box is the sum of the axes' squared ranges / 12
                across = across_i**2 + across_j**2 + across_k**2
                centre = value
                if share < 1.0:
                    inward, sharpness = _inward(shares, i, j, k)
                    along = inward[0] * across_i + inward[1] * across_j + inward[2] * across_k
                    centre += 0.5 * (1.0 - share) * sharpness * along
                    across -= (1.0 - share**2) * sharpness * along**2
                half = 0.5 * np.sqrt(max(across, 0.0))
                low, high = max(centre - half, lowest), min(centre + half, highest)
                if high - low < thin:
                    # all of it holds at least `centre`: an edge there counts it in full
                    low, high = centre, centre + thin
                volume = share * voxel_volume
                total += volume
                moment += volume * centre
                deviation += volume * abs(centre - reference)
                density = volume / (high - low)
                _bend(low * per_bin, density, slopes)
                _bend(high * per_bin, -density, slopes)
    # one by one: an assignment of a tuple compiles the message of its error too, which takes seconds
    sums[0], sums[1], sums[2] = total, moment, deviation
    sums[3], sums[4], sums[5], sums[6] = low_inside, high_inside, low_any, high_any


@numba.njit(inline="always", cache=True)
def _range(before: float, value: float, after: float, has_both: bool) -> float:
    """Range of a field across one sub-voxel along an axis; at a border a neighbour is the sample itself."""
    across = (0.5 if has_both else 1.0) * (after - before)
    if np.isnan(across):
        # next to an undefined value the other neighbour tells
        across = value - before if np.isnan(after) else after - value
        across = 0.0 if np.isnan(across) else across
    return across


@numba.njit(cache=True)
def _inward(shares: FloatArray, i: int, j: int, k: int) -> tuple[tuple[float, float, float], float]:
    """Direction from the empty to the filled part of a sub-voxel, and how sharp the border between them is.

    Where a plane cuts the sub-voxel, its neighbours on one side are full, on the other empty (sharpness 1), the
    centroid of the filled part lies half the empty share from the centre, and its range is as much smaller. Where
    shares fall off over several sub-voxels, as they do between contours far apart, the sub-voxel is evenly filled.
    """
    n_i, n_j, n_k = shares.shape
    along_i = shares[min(i + 1, n_i - 1), j, k] - shares[max(i - 1, 0), j, k]
    along_j = shares[i, min(j + 1, n_j - 1), k] - shares[i, max(j - 1, 0), k]
    along_k = shares[i, j, min(k + 1, n_k - 1)] - shares[i, j, max(k - 1, 0)]
    squared = along_i**2 + along_j**2 + along_k**2
    if squared == 0.0:
        return (0.0, 0.0, 0.0), 0.0
    length = np.sqrt(squared)
    return (along_i / length, along_j / length, along_k / length), min(squared, 1.0)


@numba.njit(inline="always", cache=True)
def _bend(position: float, change: float, slopes: FloatArray) -> None:
    """Change the slope of a piecewise linear function at a fractional edge; exact at every whole edge."""
    edge = int(position)
    part = position - edge
    slopes[edge] += change * (1.0 - part)
    slopes[edge + 1] += change * part
