"""Rectangle probabilities of a Brownian motion at successive looks: Genz's (1992) transform on Sobol points.

A second way to the chance of crossing group-sequential boundaries: one integral over all looks at once, while impasto
carries a density from look to look. The last look comes first (Genz and Bretz 2009, tightest limits first), which
leaves little to vary.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import qmc

__all__ = ["FloatArray", "probability_between"]

FloatArray = NDArray[np.float64]


def probability_between(
    information: FloatArray, lower_z: FloatArray, upper_z: FloatArray, log2_points: int, seed: int = 1
) -> float:
    """Chance that z stays between the boundaries at every look, without drift.

    Parameters
    ----------
    information, lower_z, upper_z : ndarray, shape (look,)
    log2_points : int
        The error falls about as one over the number of points.
    seed : int
        Of the scrambling; results of several seeds tell the error.
    """
    points = qmc.Sobol(len(information), scramble=True, seed=seed).random_base2(log2_points)
    score, chance, after = np.zeros(len(points)), np.ones(len(points)), np.inf
    for look in range(len(information))[::-1]:
        share = float(information[look])
        # given the score at the look after, that of this one is a Brownian bridge's
        expected = score * share / after
        deviation = np.sqrt(share * (1.0 - share / after))
        low = ndtr((lower_z[look] * np.sqrt(share) - expected) / deviation)
        high = ndtr((upper_z[look] * np.sqrt(share) - expected) / deviation)
        chance *= high - low
        inside = np.clip(low + points[:, look] * (high - low), 1e-16, 1.0 - 1e-16)
        score = expected + deviation * ndtri(inside)
        after = share
    return float(chance.mean())
