"""How probable it is that the true value behind a measured one lies beyond a threshold: analytic."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray

__all__ = ["at_least_probability", "both_probability", "exceedance_probability", "ratio_exceedance_probability"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def exceedance_probability(
    value: ArrayLike, standard_error: ArrayLike, threshold: float, threshold_standard_error: float = 0.0
) -> FloatArray:
    """Probability that a true value reaches a threshold, given a measurement with Normal error.

    ``P = Phi((x - t) / sqrt(s_x^2 + s_t^2))``. That of lying below is ``1 - P``.

    Parameters
    ----------
    value : array_like
        Measured; NaN where there is none.
    standard_error : array_like
        Of `value`, same unit; 0 for a value that is known.
    threshold, threshold_standard_error : float
        In the same unit; the error is for thresholds that were measured too, as twice the mean of reference tissue.

    Returns
    -------
    ndarray
        0 to 1; NaN where value or error is NaN.

    Raises
    ------
    ImpastoError
        When an error is negative.

    Examples
    --------
    >>> exceedance_probability([2.0, 2.5, 2.0], [0.5, 0.5, 0.0], threshold=2.0).round(3).tolist()
    [0.5, 0.841, 1.0]
    """
    mean, error = np.asarray(value, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    if np.nanmin(error, initial=0.0) < 0.0 or threshold_standard_error < 0.0:
        raise ImpastoError("probability", "a standard error is negative", "give errors of zero or more")
    return _beyond_zero(mean - threshold, np.hypot(error, threshold_standard_error))


def ratio_exceedance_probability(
    numerator: ArrayLike,
    denominator: ArrayLike,
    numerator_error: ArrayLike,
    denominator_error: ArrayLike,
    threshold: float,
    covariance: ArrayLike = 0.0,
    threshold_standard_error: float = 0.0,
) -> FloatArray:
    """Probability that a true ratio reaches a threshold, for a positive denominator (Fieller 1954).

    ``a / b >= t`` is ``a - t b >= 0``, which is Normal when `a` and `b` are, however noisy `b`:
    ``P = Phi((a - t b) / sqrt(s_a^2 + t^2 s_b^2 - 2 t cov(a, b) + b^2 s_t^2))``. The ratio itself is not Normal, and
    its first-order error misleads where `b` is close to its noise.

    Parameters
    ----------
    numerator, denominator : array_like
    numerator_error, denominator_error : array_like
        Their standard errors.
    threshold : float
        Not negative.
    covariance : array_like
        Of numerator and denominator.
    threshold_standard_error : float

    Returns
    -------
    ndarray

    Raises
    ------
    ImpastoError
        When an error or the threshold is negative.

    Examples
    --------
    >>> ratio_exceedance_probability([2.0, 3.0], [1.0, 1.0], 0.3, 0.2, threshold=2.0).round(3).tolist()
    [0.5, 0.977]
    """
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    above_error, below_error = np.asarray(numerator_error, np.float64), np.asarray(denominator_error, np.float64)
    least = min(np.nanmin(above_error, initial=0.0), np.nanmin(below_error, initial=0.0))
    if min(least, threshold, threshold_standard_error) < 0.0:
        raise ImpastoError("probability", "an error or the threshold is negative", "give zero or more")
    shared = 2.0 * threshold * np.asarray(covariance, dtype=np.float64)
    variance = above_error**2 + (threshold * below_error) ** 2 - shared + (below * threshold_standard_error) ** 2
    return _beyond_zero(above - threshold * below, np.sqrt(np.maximum(variance, 0.0)))


def both_probability(first: ArrayLike, second: ArrayLike, correlation: ArrayLike) -> FloatArray:
    """Probability that two correlated Normal statements hold at once.

    ``P(X <= h, Y <= k) = Phi(h) Phi(k) + 1 / (2 pi) * integral from 0 to asin(rho) of
    exp(-(h^2 + k^2 - 2 h k sin u) / (2 cos^2 u)) du`` (Owen 1956; Drezner and Wesolowsky 1990), by Gauss-Legendre.

    Parameters
    ----------
    first, second : array_like
        Their single probabilities.
    correlation : array_like
        Between the Normal deviates behind them, -1 to 1.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> both_probability(0.5, 0.5, [0.0, 0.5, 1.0]).round(4).tolist()
    [0.25, 0.3333, 0.5]
    """
    p, q = (np.clip(np.asarray(x, dtype=np.float64), 0.0, 1.0) for x in (first, second))
    rho = np.clip(np.asarray(correlation, dtype=np.float64), -1.0, 1.0)
    h, k = (np.clip(ndtri(x), -8.5, 8.5) for x in (p, q))
    half = 0.5 * np.arcsin(rho)
    total = np.zeros(np.broadcast_shapes(h.shape, k.shape, half.shape))
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        angle = half * (node + 1.0)
        spread = np.maximum(2.0 * np.cos(angle) ** 2, 1e-300)
        total += weight * np.exp(-(h**2 + k**2 - 2.0 * h * k * np.sin(angle)) / spread)
    joint = p * q + total * half / (2.0 * np.pi)
    # at the ends the integrand is too steep for the nodes, and the answer known
    joint = np.where(rho > 0.999, np.minimum(p, q), np.where(rho < -0.999, np.maximum(p + q - 1.0, 0.0), joint))
    return np.clip(joint, np.maximum(p + q - 1.0, 0.0), np.minimum(p, q))


def at_least_probability(probabilities: ArrayLike, count: int) -> FloatArray:
    """Probability that at least so many of several independent statements hold (Poisson-binomial distribution).

    Parameters
    ----------
    probabilities : array_like, shape (statement, ...)
    count : int

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> float(at_least_probability([0.5, 0.5, 1.0], 2).round(3))
    0.75
    """
    each = np.asarray(probabilities, dtype=np.float64)
    if count <= 0:
        return np.ones(each.shape[1:])
    exactly = np.zeros((len(each) + 1, *each.shape[1:]))
    exactly[0] = 1.0
    for p in each:
        exactly[1:] = exactly[1:] * (1.0 - p) + exactly[:-1] * p
        exactly[0] *= 1.0 - p
    reached: FloatArray = exactly[count:].sum(axis=0)
    return reached


def _beyond_zero(mean: FloatArray, error: FloatArray) -> FloatArray:
    """Probability that a Normal variable is not negative; one without error is or is not."""
    mean, error = np.broadcast_arrays(mean, error)
    known = np.where(mean >= 0.0, 1.0, 0.0)
    z = np.divide(mean, error, out=np.zeros(mean.shape), where=error > 0.0)
    probability: FloatArray = np.where(error > 0.0, ndtr(z), known)
    return np.where(np.isnan(mean) | np.isnan(error), np.nan, probability)
