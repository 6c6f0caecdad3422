"""The noise of a diffusion series, from what its fits leave."""

from __future__ import annotations

import numpy as np
from scipy import optimize, stats

from impasto.core.arrays import FloatArray, RealArray

__all__ = ["moderated_noise", "shared_noise"]

_FEWEST_VOXELS = 50
_ALL_SHARED = 1e6
# of so many the quartiles are known to half a percent
_MOST_VOXELS = 100_000


def moderated_noise(residual_square: RealArray, degrees: RealArray) -> FloatArray:
    """Estimate the noise in each voxel, drawn towards what is usual among all of them.

    The few residuals of one voxel know their variance poorly: with three degrees of freedom, to 80 %. If the true
    variances differ between voxels as scaled inverse chi-square, the best estimate of each is
    ``(d0 s0^2 + d s^2) / (d0 + d)`` (Smyth 2004). s0 and d0 are found from the quartiles of the voxels' own s^2, which
    then follow an F distribution: where all voxels have the same noise d0 is large and all share it; voxels that the
    model does not fit keep their larger residuals.

    Parameters
    ----------
    residual_square, degrees : ndarray, shape (voxel,)
        Sum of squared residuals in units of the signal, and their degrees of freedom.

    Returns
    -------
    ndarray, shape (voxel,)
        Standard deviation; NaN where neither the voxel nor its fellows know.
    """
    variance, prior_degrees = _prior(residual_square, degrees)
    own = np.maximum(degrees, 0.0)
    total = own + prior_degrees
    pooled = np.where(own > 0.0, residual_square, 0.0) + (prior_degrees * variance if prior_degrees else 0.0)
    square: FloatArray = np.divide(pooled, total, out=np.full(len(pooled), np.nan), where=total > 0.0)
    return np.sqrt(square)


def shared_noise(residual_square: RealArray, degrees: RealArray) -> float:
    """Estimate the standard deviation of the noise usual among all voxels; NaN where none has degrees of freedom."""
    return float(np.sqrt(_prior(residual_square, degrees)[0]))


def _prior(residual_square: RealArray, degrees: RealArray) -> tuple[float, float]:
    """Usual variance s0^2, and the degrees of freedom d0 that it counts for."""
    every = -(-len(degrees) // _MOST_VOXELS) or 1
    residual_square, degrees = residual_square[::every], degrees[::every]
    known = np.isfinite(residual_square) & (degrees > 0.0) & (residual_square > 0.0)
    if not known.any():
        return np.nan, 0.0
    counts, members = np.unique(degrees[known], return_counts=True)
    usual = float(counts[np.argmax(members)])
    own = residual_square[known & (degrees == usual)] / usual
    low, middle, high = np.quantile(own, (0.25, 0.5, 0.75))
    prior = 0.0 if len(own) < _FEWEST_VOXELS else _prior_degrees(float(np.log(high / low)), usual)
    return float(middle / stats.f.ppf(0.5, usual, prior or _ALL_SHARED)), prior


def _prior_degrees(log_quartile_ratio: float, degrees: float) -> float:
    """d0 for which an F distribution is as wide as the variances found."""

    def excess(log_prior: float) -> float:
        low, high = (float(stats.f.ppf(share, degrees, np.exp(log_prior))) for share in (0.25, 0.75))
        return float(np.log(high / low)) - log_quartile_ratio

    least, most = np.log(0.5), np.log(_ALL_SHARED)
    if excess(most) >= 0.0:
        return _ALL_SHARED
    if excess(least) <= 0.0:
        return 0.5
    return float(np.exp(optimize.brentq(excess, least, most, xtol=1e-3)))
