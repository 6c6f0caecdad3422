"""What a map reads in reference tissue: mean or mode, and how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import fft

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError

__all__ = ["ReferenceStatistic", "ReferenceValue", "reference_value"]

ReferenceStatistic = Literal["mode", "mean"]

_BINS = 1024
_REACH_BANDWIDTHS = 4.0
_FEWEST_VOXELS = 20


@dataclass(frozen=True)
class ReferenceValue:
    """The value of normal tissue that a map is divided by.

    Parameters
    ----------
    value, standard_error : float
        In the map's unit.
    statistic : {"mode", "mean"}
    voxels : float
        How many whole voxels of reference tissue it rests on: the effective number where shares are partial.
    spread : float
        Standard deviation of the reference tissue; for the mode, the robust one (interquartile range over 1.349).
    """

    value: float
    standard_error: float
    statistic: ReferenceStatistic
    voxels: float
    spread: float


def reference_value(
    values: RealArray,
    share: RealArray,
    statistic: ReferenceStatistic = "mode",
    least_share: float = 0.5,
    resamples: int = 200,
) -> ReferenceValue:
    """Mode or mean of a map in reference tissue.

    The mode is the peak of a Gaussian kernel density (bandwidth by Silverman 1986, from the robust spread), which the
    lesion's rim, vessels and fluid that a reference mask catches do not move; its standard error is that of the
    bootstrap. The mean weights each voxel by its share. Both errors take voxels as independent: a map smoother than its
    voxels knows its reference less well.

    Parameters
    ----------
    values : ndarray, any shape
        NaN where there is none.
    share : ndarray, as `values`
        Share of each voxel that is reference tissue, 0 to 1; a mask will do.
    statistic : {"mode", "mean"}
    least_share : float
        Voxels with less do not count.
    resamples : int
        Of the bootstrap.

    Returns
    -------
    ReferenceValue

    Raises
    ------
    ImpastoError
        When shapes disagree, the statistic is unknown, or fewer than 20 voxels count.

    Examples
    --------
    >>> adc = np.concatenate([np.linspace(0.7, 0.9, 201), np.full(20, 3.0)])
    >>> [round(reference_value(adc, np.ones(221), statistic).value, 1) for statistic in ("mode", "mean")]
    [0.8, 1.0]
    """
    values, share = np.asarray(values), np.asarray(share)
    if values.shape != share.shape:
        problem = f"shares of shape {share.shape} for values of shape {values.shape}"
        raise ImpastoError("reference tissue", problem, "give one share a voxel")
    if statistic not in ("mode", "mean"):
        raise ImpastoError("reference tissue", f"unknown statistic {statistic!r}", "give 'mode' or 'mean'")
    chosen = np.isfinite(values) & (share >= max(least_share, 1e-6))
    if np.count_nonzero(chosen) < _FEWEST_VOXELS:
        problem = f"{np.count_nonzero(chosen)} voxels have a value and a share of at least {least_share:g}"
        raise ImpastoError("reference tissue", problem, f"mark at least {_FEWEST_VOXELS}")
    inside, weights = values[chosen].astype(np.float64), share[chosen].astype(np.float64)
    voxels = float(weights.sum() ** 2 / (weights**2).sum())
    return _mean(inside, weights, voxels) if statistic == "mean" else _mode(inside, weights, voxels, resamples)


def _mean(values: FloatArray, weights: FloatArray, voxels: float) -> ReferenceValue:
    mean = float(np.average(values, weights=weights))
    spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights) * voxels / (voxels - 1.0)))
    return ReferenceValue(mean, spread / np.sqrt(voxels), "mean", voxels, spread)


def _mode(values: FloatArray, weights: FloatArray, voxels: float, resamples: int) -> ReferenceValue:
    low, high = (float(q) for q in np.quantile(values, (0.25, 0.75)))
    spread = (high - low) / 1.349
    if not spread > 0.0:
        return ReferenceValue(float(np.median(values)), 0.0, "mode", voxels, 0.0)
    bandwidth = 0.9 * spread * voxels**-0.2
    # what lies far out cannot be the mode; without it the bins stay fine
    reach = (max(float(values.min()), low - 5.0 * spread), min(float(values.max()), high + 5.0 * spread))
    edges = np.linspace(reach[0] - _REACH_BANDWIDTHS * bandwidth, reach[1] + _REACH_BANDWIDTHS * bandwidth, _BINS + 1)
    counts = np.histogram(values, edges, weights=weights)[0]
    square = np.histogram(values, edges, weights=weights**2)[0]
    centres, kernel = 0.5 * (edges[:-1] + edges[1:]), _kernel_spectrum(bandwidth / (edges[1] - edges[0]))
    # Poisson resampling: each voxel is drawn once on average; bins sum up many of them
    drawn = np.random.default_rng(0).normal(counts, np.sqrt(square), (resamples, _BINS))
    modes = _peaks(np.concatenate([counts[None], drawn]), centres, kernel)
    return ReferenceValue(float(modes[0]), float(modes[1:].std()), "mode", voxels, spread)


def _kernel_spectrum(width_bins: float) -> FloatArray:
    """Fourier transform of a Gaussian kernel on twice the bins, so that nothing wraps round."""
    frequencies = fft.rfftfreq(2 * _BINS)
    spectrum: FloatArray = np.exp(-2.0 * (np.pi * width_bins * frequencies) ** 2)
    return spectrum


def _peaks(counts: FloatArray, centres: FloatArray, kernel: FloatArray) -> FloatArray:
    """Where smoothed histograms, one a row, peak: a parabola through the highest bin and its neighbours."""
    density = fft.irfft(fft.rfft(counts, 2 * _BINS, axis=1) * kernel, 2 * _BINS, axis=1)[:, :_BINS]
    best = np.clip(density.argmax(axis=1), 1, _BINS - 2)
    rows = np.arange(len(counts))
    before, here, after = (density[rows, best + shift] for shift in (-1, 0, 1))
    bend = before - 2.0 * here + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros_like(bend), where=bend < 0.0)
    peaks: FloatArray = centres[best] + np.clip(shift, -1.0, 1.0) * (centres[1] - centres[0])
    return peaks
