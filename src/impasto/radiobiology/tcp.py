"""Tumour control probability: no clonogen survives."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.errors import ImpastoError

__all__ = ["poisson_tcp", "population_tcp"]

_QUADRATURE = 41


def poisson_tcp(clonogens: ArrayLike, log_survival: ArrayLike) -> float:
    """Probability that no clonogen of any voxel survives, ``exp(-sum_i N_i S_i)`` (Munro 1961, Webb and Nahum 1993).

    Parameters
    ----------
    clonogens : array_like
        N, before treatment, of each voxel.
    log_survival : array_like
        ln S of each voxel.

    Raises
    ------
    ImpastoError
        When a number is negative or not finite: voxels without a dose have no control.

    Examples
    --------
    >>> round(poisson_tcp(1e8, -60 * .3 * (1 + 2 / 10)), 4)
    0.9592
    """
    number, logarithm = np.asarray(clonogens, dtype=np.float64), np.asarray(log_survival, dtype=np.float64)
    if np.any(number < 0.0) or not np.isfinite(logarithm[np.broadcast_to(number > 0.0, logarithm.shape)]).all():
        problem = "a voxel with clonogens has no survival, or fewer than none"
        raise ImpastoError("tumour control", problem, "leave out voxels without a dose, and say so")
    surviving = np.where(number > 0.0, number * np.exp(np.where(number > 0.0, logarithm, 0.0)), 0.0)
    return float(np.exp(-surviving.sum()))


def population_tcp(
    clonogens: ArrayLike, log_survival: ArrayLike, alpha_per_gy: float, alpha_spread_per_gy: float
) -> float:
    """Mean control of patients whose alpha is normally distributed (Webb and Nahum 1993); their alpha/beta is the same.

    Parameters
    ----------
    clonogens : array_like
    log_survival : array_like
        For the mean alpha: survival for another one is its power, since alpha multiplies the whole exponent.
    alpha_per_gy, alpha_spread_per_gy : float
        Mean and standard deviation; the normal distribution is cut at zero.

    Examples
    --------
    >>> round(population_tcp(1e8, -60 * .3 * (1 + 2 / 10), .3, .08), 3)
    0.671
    """
    if alpha_spread_per_gy <= 0.0:
        return poisson_tcp(clonogens, log_survival)
    alpha = np.linspace(max(alpha_per_gy - 5.0 * alpha_spread_per_gy, 0.0), alpha_per_gy + 5.0 * alpha_spread_per_gy,
                        10 * _QUADRATURE)  # fmt: skip
    weight = np.exp(-0.5 * ((alpha - alpha_per_gy) / alpha_spread_per_gy) ** 2)
    logarithm = np.asarray(log_survival, dtype=np.float64)
    control = [poisson_tcp(clonogens, logarithm * (one / alpha_per_gy)) for one in alpha]
    return float(np.sum(weight * control) / weight.sum())
