"""Chances of crossing boundaries at successive looks, by recursive numerical integration.

The score B(t) of a sequential test is a Brownian motion with a drift. Its density among trials that go on is carried
from look to look as an integral over the previous look (Armitage, McPherson and Rowe 1969), here by Gauss-Legendre
quadrature: the integrand is analytic between the boundaries, so a few points for each standard deviation of the
increment give ten digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from scipy.special import ndtr, roots_legendre

from impasto.core.arrays import FloatArray

__all__ = ["Continuing", "continue_to", "crossing_probabilities", "start_at"]

_TAIL = 9.0
"""Standard deviations beyond which a density counts as zero."""

_POINTS_PER_DEVIATION = 6.0
_LEAST_POINTS, _MOST_POINTS = 40, 1200


@dataclass(frozen=True, eq=False)
class Continuing:
    """Trials that go on after a look: points of the score, and the probability that each stands for.

    Parameters
    ----------
    information : float
    score, probability : ndarray, shape (point,)
    drift : float
        Expected score at full information.
    """

    information: float
    score: FloatArray
    probability: FloatArray
    drift: float

    def beyond(self, information: float, score: float) -> float:
        """Chance to go on until now and lie above a score at a later look."""
        step = information - self.information
        reached = (self.score + self.drift * step - score) / np.sqrt(step)
        return float(self.probability @ ndtr(reached))

    def below(self, information: float, score: float) -> float:
        """Chance to go on until now and lie below a score at a later look."""
        step = information - self.information
        return float(self.probability @ ndtr((score - self.score - self.drift * step) / np.sqrt(step)))


def start_at(information: float, score: float, drift: float) -> Continuing:
    """Start from a known score: 0 at information 0 for a trial that begins."""
    return Continuing(information, np.array([score]), np.array([1.0]), drift)


def continue_to(before: Continuing, information: float, lower: float, upper: float) -> Continuing:
    """Carry those who go on to the next look, between its boundaries of the score (infinite where there is none)."""
    step = information - before.information
    deviation = np.sqrt(step)
    expected = before.score + before.drift * step
    low = max(lower, float(expected.min()) - _TAIL * deviation)
    high = min(upper, float(expected.max()) + _TAIL * deviation)
    if high <= low:
        return Continuing(information, np.array([0.5 * (lower + upper)]), np.zeros(1), before.drift)
    wanted = _LEAST_POINTS + _POINTS_PER_DEVIATION * (high - low) / deviation
    points, weights = _quadrature(16 * ceil(min(wanted, _MOST_POINTS) / 16))
    score = low + 0.5 * (high - low) * (points + 1.0)
    distance = (score[:, None] - expected[None, :]) / deviation
    density = np.exp(-0.5 * distance**2) @ before.probability / (deviation * np.sqrt(2.0 * np.pi))
    return Continuing(information, score, density * weights * 0.5 * (high - low), before.drift)


def crossing_probabilities(
    information: FloatArray, lower_z: FloatArray, upper_z: FloatArray, drift: float, start: Continuing | None = None
) -> tuple[FloatArray, FloatArray]:
    """Chance to cross the lower and the upper boundary for the first time at each look.

    Parameters
    ----------
    information : ndarray, shape (look,)
        Ascending shares.
    lower_z, upper_z : ndarray, shape (look,)
        Boundaries of the test statistic z; infinite where there is none.
    drift : float
        Expected z at full information.
    start : Continuing, optional
        Where a trial under way stands.

    Returns
    -------
    lower, upper : ndarray, shape (look,)
    """
    now = start_at(0.0, 0.0, drift) if start is None else start
    lower, upper = np.empty(len(information)), np.empty(len(information))
    for look, share in enumerate(information):
        low, high = lower_z[look] * np.sqrt(share), upper_z[look] * np.sqrt(share)
        lower[look], upper[look] = now.below(share, low), now.beyond(share, high)
        if look + 1 < len(information):
            now = continue_to(now, share, low, high)
    return lower, upper


@lru_cache(maxsize=64)
def _quadrature(points: int) -> tuple[FloatArray, FloatArray]:
    nodes, weights = roots_legendre(points)
    return np.asarray(nodes, dtype=np.float64), np.asarray(weights, dtype=np.float64)
