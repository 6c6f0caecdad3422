"""Signal of a T2*-weighted gradient echo, forward from the transverse relaxation rate and back."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray

__all__ = ["arterial_concentration", "arterial_delta_r2star", "delta_r2star", "gradient_echo_signal"]


def gradient_echo_signal(baseline_signal: ArrayLike, delta_r2star_per_s: ArrayLike, echo_time_s: float) -> FloatArray:
    """``S0 exp(-TE dR2*)`` (Rosen 1990).

    Parameters
    ----------
    baseline_signal : array_like
        Before the bolus; broadcasts against `delta_r2star_per_s`.
    delta_r2star_per_s : array_like
        Change of the transverse relaxation rate since then.
    echo_time_s : float

    Returns
    -------
    ndarray
    """
    signal: FloatArray = np.asarray(baseline_signal) * np.exp(-echo_time_s * np.asarray(delta_r2star_per_s))
    return signal


def delta_r2star(signal: ArrayLike, baseline_signal: ArrayLike, echo_time_s: float) -> FloatArray:
    """``-ln(S / S0) / TE``, per second: the inverse of :func:`gradient_echo_signal`.

    Returns
    -------
    ndarray
        NaN where the signal or the baseline is not positive.

    Examples
    --------
    >>> delta_r2star(gradient_echo_signal(900.0, 12.0, 0.03), 900.0, 0.03).round(6).item()
    12.0
    """
    share = np.asarray(signal, dtype=np.float64) / np.where(np.asarray(baseline_signal) > 0.0, baseline_signal, np.nan)
    rate: FloatArray = -np.log(np.where(share > 0.0, share, np.nan)) / echo_time_s
    return rate


def arterial_delta_r2star(
    blood_mmol_l: ArrayLike, linear_l_per_mmol_s: float = 0.493, quadratic_l2_per_mmol2_s: float = 2.62
) -> FloatArray:
    """Rate in pure blood: ``a C + b C^2``, not linear as in tissue (whole blood at 3 T: Akbudak 2004).

    Parameters
    ----------
    blood_mmol_l : array_like
    linear_l_per_mmol_s, quadratic_l2_per_mmol2_s : float

    Returns
    -------
    ndarray
        Change of R2*, per second.
    """
    blood = np.asarray(blood_mmol_l, dtype=np.float64)
    rate: FloatArray = blood * (linear_l_per_mmol_s + quadratic_l2_per_mmol2_s * blood)
    return rate


def arterial_concentration(
    delta_r2star_per_s: ArrayLike, linear_l_per_mmol_s: float = 0.493, quadratic_l2_per_mmol2_s: float = 2.62
) -> FloatArray:
    """Agent in pure blood: the inverse of :func:`arterial_delta_r2star`, odd below zero so that noise stays unbiased.

    Parameters
    ----------
    delta_r2star_per_s : array_like
        Of a voxel that is blood alone: in a mixed voxel the relation does not hold.
    linear_l_per_mmol_s, quadratic_l2_per_mmol2_s : float
        Quadratic 0 gives the linear relation.

    Returns
    -------
    ndarray
        In mmol/L.

    Examples
    --------
    >>> arterial_concentration(arterial_delta_r2star(5.0)).round(9).item()
    5.0
    """
    rate, a, b = np.asarray(delta_r2star_per_s, dtype=np.float64), linear_l_per_mmol_s, quadratic_l2_per_mmol2_s
    # 2 c / (a + sqrt(a^2 + 4 b c)) is the root without cancellation, and c / a where b is 0
    size = 2.0 * np.abs(rate) / (a + np.sqrt(a * a + 4.0 * b * np.abs(rate)))
    blood: FloatArray = np.sign(rate) * size
    return blood
