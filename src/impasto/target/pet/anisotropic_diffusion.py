"""Smoothing that stops at edges, by diffusion (Perona and Malik 1990)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import RealArray
from impasto.core.errors import ImpastoError
from impasto.core.threads import threads_for

__all__ = ["anisotropic_diffusion"]

_Single = NDArray[np.float32]


def anisotropic_diffusion(
    values: RealArray, spacing_mm: Sequence[float], edge_difference: float, iterations: int
) -> NDArray[np.float32]:
    """Let an image diffuse, the less the steeper it is: ``df/dt = div(c(|grad f|) grad f)``.

    The conductance between two neighbours is ``c = 1 / (1 + (d / K)^2)``, the second of Perona and Malik (1990), with
    d their difference; steps between voxels farther apart count less by the square of the distance. What leaves
    one voxel enters its neighbour, so that the mean is kept.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    spacing_mm : (float, float, float)
    edge_difference : float
        The difference K between neighbours, in the unit of the values, from which on they are kept apart: twice the
        noise keeps lesions and loses noise.
    iterations : int
        Steps of the longest stable time, 1/6 of the squared smallest spacing.

    Raises
    ------
    ImpastoError
        When the edge difference is not positive.
    """
    if not edge_difference > 0.0:
        raise ImpastoError(
            "anisotropic diffusion", f"an edge difference of {edge_difference:g}", "give twice the noise"
        )
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    rates = (spacing.min() / spacing) ** 2 / 6.0
    now = np.array(values, dtype=np.float32, order="C")
    following = np.empty_like(now)
    sharpness = 1.0 / edge_difference**2
    with threads_for(now.size):
        for _ in range(iterations):
            _step(now, sharpness, rates.astype(np.float32), following)
            now, following = following, now
    return now


@numba.njit(inline="always", cache=True)
def _flow(difference: Any, sharpness: Any) -> Any:
    return difference / (np.float32(1.0) + difference * difference * sharpness)


@numba.njit(parallel=True, cache=True)
def _step(now: _Single, sharpness: float, rates: _Single, following: _Single) -> None:
    ni, nj, nk = now.shape
    sharp = np.float32(sharpness)
    for i in numba.prange(ni):
        # beyond a face lies the voxel itself: nothing flows
        before, after = max(i - 1, 0), min(i + 1, ni - 1)
        for j in range(nj):
            left, right = max(j - 1, 0), min(j + 1, nj - 1)
            for k in range(nk):
                here = now[i, j, k]
                change = rates[0] * (_flow(now[before, j, k] - here, sharp) + _flow(now[after, j, k] - here, sharp))
                change += rates[1] * (_flow(now[i, left, k] - here, sharp) + _flow(now[i, right, k] - here, sharp))
                down, up = now[i, j, max(k - 1, 0)], now[i, j, min(k + 1, nk - 1)]
                following[i, j, k] = here + change + rates[2] * (_flow(down - here, sharp) + _flow(up - here, sharp))
