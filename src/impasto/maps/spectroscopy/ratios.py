"""Ratios of metabolites with their standard errors, raw and over reference tissue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["AmplitudeRatio", "ReferencedRatio", "amplitude_ratio", "ratio_over_reference"]


@dataclass(frozen=True, eq=False)
class AmplitudeRatio:
    """Ratio of two amplitudes.

    Parameters
    ----------
    ratio, standard_error : ndarray, shape (voxel,)
        NaN where the denominator is neither positive nor floored, or an input is not finite.
    lower_bound : ndarray of bool, shape (voxel,)
        Where the denominator was not detected: the true ratio is at least the one given.
    """

    ratio: FloatArray
    standard_error: FloatArray
    lower_bound: BoolArray


@dataclass(frozen=True, eq=False)
class ReferencedRatio:
    """Ratio divided by its mean over reference tissue.

    Parameters
    ----------
    ratio, standard_error : ndarray, shape (voxel,)
        One in the reference tissue, on average.
    reference_mean, reference_standard_error : float
        Mean over the reference tissue, and its standard error as the voxels' standard errors give it.
    reference_scatter : float
        Standard deviation between the voxels of the reference tissue: biology and noise together.
    reference_voxels : int
        Voxels used.
    """

    ratio: FloatArray
    standard_error: FloatArray
    reference_mean: float
    reference_standard_error: float
    reference_scatter: float
    reference_voxels: int


def amplitude_ratio(
    numerator: RealArray,
    denominator: RealArray,
    numerator_error: RealArray,
    denominator_error: RealArray,
    covariance: RealArray | float = 0.0,
    floor_errors: float = 0.0,
) -> AmplitudeRatio:
    """Divide two amplitudes; the standard error is to first order.

    ``r = a / b``, ``var(r) = (var(a) + r^2 var(b) - 2 r cov(a, b)) / b^2``.

    Parameters
    ----------
    numerator, denominator : ndarray, shape (voxel,)
    numerator_error, denominator_error : ndarray, shape (voxel,)
        Their standard errors.
    covariance : ndarray, shape (voxel,), or float
        Of numerator and denominator; zero for amplitudes that come without.
    floor_errors : float
        A denominator below so many of its standard errors counts as not detected and is replaced by that limit of
        detection. Tumour without NAA then keeps a Cho/NAA, which is a lower bound; with 0 it has none.

    Returns
    -------
    AmplitudeRatio

    Raises
    ------
    ImpastoError
        When shapes disagree or a standard error or `floor_errors` is negative.

    Examples
    --------
    >>> one = np.ones(2)
    >>> found = amplitude_ratio(2 * one, np.array([4.0, 0.0]), 0.2 * one, 0.4 * one, floor_errors=2.0)
    >>> found.ratio.tolist(), found.lower_bound.tolist()
    ([0.5, 2.5], [False, True])
    """
    above, below = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
    above_error, below_error = np.asarray(numerator_error, np.float64), np.asarray(denominator_error, np.float64)
    if not above.shape == below.shape == above_error.shape == below_error.shape:
        problem = f"numerator {above.shape} and denominator {below.shape} or their errors do not fit"
        raise ImpastoError("metabolite ratio", problem, "give one value and one standard error per voxel each")
    if min(np.nanmin(above_error, initial=0.0), np.nanmin(below_error, initial=0.0), floor_errors) < 0.0:
        raise ImpastoError("metabolite ratio", "a standard error is negative", "give errors of zero or more")
    limit = floor_errors * below_error
    undetected = below < limit
    bottom = np.where(undetected, limit, below)
    bottom = np.where(bottom > 0.0, bottom, np.nan)
    ratio = above / bottom
    variance = (above_error**2 + (ratio * below_error) ** 2 - 2.0 * ratio * np.asarray(covariance)) / bottom**2
    error = np.sqrt(np.maximum(variance, 0.0))
    return AmplitudeRatio(read_only(ratio), read_only(error), read_only(undetected & np.isfinite(ratio)))


def ratio_over_reference(
    ratio: RealArray,
    standard_error: RealArray,
    reference_share: RealArray,
    usable: BoolArray,
    least_share: float = 0.5,
) -> ReferencedRatio:
    """Divide a ratio by its mean over reference tissue, as contralateral normal-appearing white matter.

    Reference voxels are weighted with their share of reference tissue. Voxel and mean are correlated where the voxel
    belongs to the reference; the standard error accounts for it, other errors are taken as independent.

    Parameters
    ----------
    ratio, standard_error : ndarray, shape (voxel,)
    reference_share : ndarray, shape (voxel,)
        Share of each voxel that is reference tissue, 0 to 1.
    usable : ndarray of bool, shape (voxel,)
        Voxels whose spectra were accepted; others, and those without a finite ratio and error, do not count.
    least_share : float
        Voxels with a smaller share do not count: their ratio is that of other tissue.

    Returns
    -------
    ReferencedRatio

    Raises
    ------
    ImpastoError
        When shapes disagree, fewer than two voxels can be used, or their mean is not positive.

    Examples
    --------
    >>> ratio, white = np.array([0.4, 0.6, 2.0]), np.array([1.0, 1.0, 0.0])
    >>> found = ratio_over_reference(ratio, 0.1 * ratio, white, np.ones(3, dtype=bool))
    >>> found.ratio.round(6).tolist(), found.reference_voxels
    ([0.8, 1.2, 4.0], 2)
    """
    value, error = np.asarray(ratio, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    share = np.asarray(reference_share, dtype=np.float64)
    if not value.shape == error.shape == share.shape == np.shape(usable):
        raise ImpastoError("reference tissue", "ratio, error, share and mask do not fit", "give one value per voxel")
    known = np.isfinite(value) & np.isfinite(error)
    value, error = np.where(known, value, np.nan), np.where(known, error, np.nan)
    counts = known & np.asarray(usable, dtype=bool) & (share >= least_share) & (share > 0.0)
    if counts.sum() < 2:
        problem = f"only {counts.sum()} accepted voxels hold a share of {least_share:g} or more"
        raise ImpastoError("reference tissue", problem, "choose a larger reference region or a smaller least share")
    weight = np.where(counts, share, 0.0)
    weight /= weight.sum()
    inside, variance = np.where(counts, value, 0.0), np.where(counts, error**2, 0.0)
    mean = float(weight @ inside)
    if not mean > 0.0:
        raise ImpastoError("reference tissue", f"its mean ratio is {mean:g}", "look at the fits of these voxels")
    mean_variance = float(weight**2 @ variance)
    scatter = float(np.sqrt(weight @ (inside - mean) ** 2 / (1.0 - weight @ weight)))
    relative = value / mean
    covariance = weight * variance
    total = (error**2 - 2.0 * relative * covariance + relative**2 * mean_variance) / mean**2
    spread = np.sqrt(np.maximum(total, 0.0))
    count = int(counts.sum())
    return ReferencedRatio(read_only(relative), read_only(spread), mean, float(np.sqrt(mean_variance)), scatter, count)
