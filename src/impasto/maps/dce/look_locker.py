"""T1 from an inversion that is read out many times while it recovers (Look and Locker 1970)."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.native_t1 import NativeT1, T1Reason
from impasto.maps.dce.separable_fit import RateBasis, SeparableFit, fit_separable

__all__ = ["look_locker_t1"]

_RATE_SCALE_PER_S = 0.3
_FASTEST_PER_S = 50.0


def look_locker_t1(signal: RealArray, inversion_times_s: FloatArray, is_magnitude: bool = True) -> NativeT1:
    """Fit ``A - B exp(-t / T1*)`` and correct for the read-out pulses: ``T1 = T1* (B / A - 1)`` (Deichmann 1992).

    Holds for a complete inversion and small flip angles at equal intervals much shorter than T1.

    Parameters
    ----------
    signal : ndarray, shape (voxel, time)
    inversion_times_s : ndarray, shape (time,)
        Since the inversion, increasing.
    is_magnitude : bool
        Signals lost their sign: it is restored before the smallest sample, or with it, whichever fits better
        (Nekolla 1992).

    Returns
    -------
    NativeT1
        S0 is the steady signal A.

    Raises
    ------
    ImpastoError
        When shapes disagree or there are fewer than four times.
    """
    signal, times = np.asarray(signal), np.asarray(inversion_times_s, dtype=np.float64)
    if signal.ndim != 2 or signal.shape[1:] != times.shape:
        problem = f"signals of shape {signal.shape} for {times.size} inversion times"
        raise ImpastoError("Look-Locker", problem, "give shape (voxel, time)")
    if len(times) < 4 or not (np.diff(times) > 0.0).all() or not times[0] >= 0.0:
        raise ImpastoError("Look-Locker", "its times are fewer than four or do not increase", "sort them")
    usable = np.isfinite(signal).all(axis=1) & (signal != 0).any(axis=1)
    curves = np.where(usable[:, None], signal, 0.0)
    basis = RateBasis.of(lambda k: -np.exp(-k[:, None] * times), _RATE_SCALE_PER_S, _FASTEST_PER_S)
    if not is_magnitude:
        return _corrected(fit_separable(curves, basis, np.ones(len(times))), basis, usable)
    lowest = np.argmin(np.abs(curves), axis=1)
    before = np.arange(len(times))[None] < lowest[:, None]
    including = np.arange(len(times))[None] <= lowest[:, None]
    fits = [fit_separable(np.where(flip, -curves, curves), basis, np.ones(len(times))) for flip in (before, including)]
    better = fits[0].squared_residuals <= fits[1].squared_residuals
    one, other = (_corrected(fit, basis, usable) for fit in fits)
    chosen = (np.where(better, getattr(one, name), getattr(other, name)) for name in vars(one))
    return NativeT1(*chosen)


def _corrected(fit: SeparableFit, basis: RateBasis, usable: np.ndarray) -> NativeT1:
    (swing, steady), rate = fit.amplitudes.T, fit.rates_per_s[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        t1 = (swing / steady - 1.0) / rate
        gradient = np.stack([1.0 / (steady * rate), -swing / (steady**2 * rate), -t1 / rate], axis=1)
        variance = np.einsum("ni,nij,nj->n", gradient, fit.covariance[:, :3, :3], gradient)
        known = usable & np.isfinite(t1) & (t1 > 0.0)
        error = np.where(known, np.sqrt(np.maximum(variance, 0.0)), np.nan)
    reason = np.where(usable, 0, T1Reason.NO_SIGNAL).astype(np.int64)
    reason |= np.where(usable & ~known, T1Reason.UNDETERMINED, 0)
    at_limit = known & ((rate <= 0.0) | (rate >= basis.largest_rate_per_s * (1.0 - 1e-9)))
    reason |= np.where(at_limit, T1Reason.AT_LIMIT, 0)
    steady_error = np.sqrt(np.maximum(fit.covariance[:, 1, 1], 0.0))
    return NativeT1(
        np.where(known, t1, np.nan),
        error,
        np.where(usable, steady, np.nan),
        np.where(usable, steady_error, np.nan),
        reason,
    )
