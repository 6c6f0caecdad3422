"""Fits that leave out measurements which do not fit the others: a pulse of the brain, a jolt, a spike.

As RESTORE (Chang 2005) does with a nonlinear fit: voxels whose residuals are all within a few standard deviations of
the noise stay as they are; the others are fitted with Geman-McClure weights until nothing moves, measurements far from
that fit are dropped, and the rest is fitted in the ordinary way. The fits in between are linear ones of the logarithm,
reweighted by the signal they expect (Collier 2015).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.maps.diffusion.log_linear import Design, LogLinearFit, fit_log_linear, logarithms, weighted_fit
from impasto.maps.diffusion.settings import Weighting

__all__ = ["fit_without_outliers"]

_ITERATIONS = 20
_SETTLED = 1e-4


def fit_without_outliers(
    signal: RealArray, design: Design, weighting: Weighting, noise: float, threshold: float
) -> LogLinearFit:
    """Find outliers by a robust fit and fit the rest.

    Parameters
    ----------
    signal : ndarray, shape (voxel, measurement)
    design : Design
    weighting : {"signal", "none"}
        Of the last fit.
    noise : float
        Standard deviation of one acquisition, in units of the signal.
    threshold : float
        In standard deviations.

    Returns
    -------
    LogLinearFit
        Outliers are not among its `used`. Where the rest would not determine the model all measurements are kept.
    """
    log_signal, present = logarithms(signal)
    robust = _robust(log_signal, present, design, fit_log_linear(signal, design, "signal"), noise)
    kept = present & ~(np.abs(robust.residuals) > threshold * noise)
    cleaned = fit_log_linear(np.where(kept.T, signal, 0.0), design, weighting)
    hopeless = ~np.isfinite(cleaned.parameters).all(axis=0)
    if not hopeless.any():
        return cleaned
    whole = fit_log_linear(signal[hopeless], design, weighting)
    fields = {name: np.array(value) for name, value in vars(cleaned).items()}
    for name, value in fields.items():
        value[..., hopeless] = getattr(whole, name)
    return replace(cleaned, **fields)


def _robust(
    log_signal: FloatArray, present: BoolArray, design: Design, fit: LogLinearFit, noise: float
) -> LogLinearFit:
    """Geman-McClure weights ``1 / (1 + (r / noise)^2)^2`` until the parameters settle."""
    for _ in range(_ITERATIONS):
        trust = (1.0 + (fit.residuals / noise) ** 2) ** -2
        there = weighted_fit(log_signal, present, design, fit.parameters, trust)
        moved = np.nan_to_num(np.abs(there.parameters - fit.parameters)).max(initial=0.0)
        fit = there
        if moved < _SETTLED:
            break
    return fit
