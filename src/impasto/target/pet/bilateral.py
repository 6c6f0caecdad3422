"""Bilateral filter: averages neighbours that are near in place and in value (Tomasi and Manduchi 1998)."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.threads import threads_for

__all__ = ["bilateral_filter"]

_REACH_SIGMA = 2.0

_Single = NDArray[np.float32]


def bilateral_filter(
    values: RealArray, spacing_mm: Sequence[float], distance_mm: float, difference: float
) -> NDArray[np.float32]:
    """Replace every voxel by the mean of those around it, weighted by place and value.

    The weight of a neighbour at distance r with the difference d is ``exp(-r^2 / 2 distance^2 - d^2 / 2
    difference^2)``, cut at twice the distance: noise well below the difference is averaged away, edges well above it
    stay where they are.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    spacing_mm : (float, float, float)
    distance_mm : float
        Standard deviation of the weight over space.
    difference : float
        Standard deviation of the weight over values, in their unit.

    Raises
    ------
    ImpastoError
        When a width is not positive.
    """
    if not (distance_mm > 0.0 and difference > 0.0):
        problem = f"widths of {distance_mm:g} mm and {difference:g}"
        raise ImpastoError("bilateral filter", problem, "give widths above 0, such as the point spread's and the noise")
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    reach = np.floor(_REACH_SIGMA * distance_mm / spacing).astype(np.int64)
    axes = [np.arange(-r, r + 1) for r in reach]
    offsets = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    apart = np.linalg.norm(offsets * spacing, axis=1)
    near = apart <= _REACH_SIGMA * distance_mm
    weights = np.exp(-0.5 * (apart[near] / distance_mm) ** 2)
    values = np.ascontiguousarray(values, dtype=np.float32)
    filtered = np.empty_like(values)
    with threads_for(values.size * len(weights), 10_000_000):
        _filter(values, offsets[near], weights, -0.5 / difference**2, filtered)
    return filtered


@numba.njit(parallel=True, cache=True)
def _filter(
    values: _Single, offsets: NDArray[np.int64], weights: FloatArray, sharpness: float, filtered: _Single
) -> None:
    ni, nj, nk = values.shape
    for i in numba.prange(ni):
        for j in range(nj):
            for k in range(nk):
                here = np.float64(values[i, j, k])
                total, weighted = 0.0, 0.0
                for n in range(len(weights)):
                    a, b, c = i + offsets[n, 0], j + offsets[n, 1], k + offsets[n, 2]
                    if 0 <= a < ni and 0 <= b < nj and 0 <= c < nk:
                        change = values[a, b, c] - here
                        weight = weights[n] * np.exp(sharpness * change * change)
                        total += weight
                        weighted += weight * change
                filtered[i, j, k] = here + weighted / total
