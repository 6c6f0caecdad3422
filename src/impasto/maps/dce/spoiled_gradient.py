"""Signal of a spoiled gradient echo in steady state, forward from relaxation and back to concentration."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray

__all__ = ["concentration_from_signal", "relaxation_rate", "relaxation_rate_from_signal", "spoiled_gradient_signal"]


def relaxation_rate(
    native_t1_s: ArrayLike, concentration_mmol_l: ArrayLike, relaxivity_l_per_mmol_s: float
) -> FloatArray:
    """R1 with contrast agent, in fast exchange: ``1 / T10 + r1 C``, per second."""
    rate: FloatArray = 1.0 / np.asarray(native_t1_s) + relaxivity_l_per_mmol_s * np.asarray(concentration_mmol_l)
    return rate


def spoiled_gradient_signal(
    r1_per_s: ArrayLike, flip_angle_deg: ArrayLike, repetition_time_s: ArrayLike, s0: ArrayLike = 1.0
) -> FloatArray:
    """``S0 sin(a) (1 - E) / (1 - cos(a) E)`` with ``E = exp(-TR R1)`` (Ernst and Anderson 1966).

    Parameters
    ----------
    r1_per_s : array_like
        Longitudinal relaxation rate.
    flip_angle_deg, repetition_time_s, s0 : array_like
        Broadcast against `r1_per_s`. S0 is the signal of fully relaxed spins after 90 degrees, T2* decay included.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> spoiled_gradient_signal(1.0, 90.0, 1.0).round(4).item()  # 1 - exp(-1)
    0.6321
    """
    angle = np.deg2rad(np.asarray(flip_angle_deg, dtype=np.float64))
    exponent = np.asarray(repetition_time_s, dtype=np.float64) * np.asarray(r1_per_s, dtype=np.float64)
    recovered = -np.expm1(-exponent)
    # 1 - cos E = (1 - cos) + cos (1 - E): exact also where TR R1 is tiny
    saturation = 2.0 * np.sin(angle / 2.0) ** 2 + np.cos(angle) * recovered
    signal: FloatArray = np.asarray(s0) * np.sin(angle) * recovered / saturation
    return signal


def relaxation_rate_from_signal(
    signal: ArrayLike, s0: ArrayLike, flip_angle_deg: ArrayLike, repetition_time_s: ArrayLike
) -> FloatArray:
    """R1 per second that gives a signal: the inverse of :func:`spoiled_gradient_signal`.

    Returns
    -------
    ndarray
        NaN where the signal reaches ``S0 sin(a)``, which no rate exceeds; negative where the signal is.
    """
    angle = np.deg2rad(np.asarray(flip_angle_deg, dtype=np.float64))
    share = np.asarray(signal, dtype=np.float64) / (np.asarray(s0) * np.sin(angle))
    possible = np.where(share < 1.0, share, np.nan)
    rate = -np.log((1.0 - possible) / (1.0 - possible * np.cos(angle))) / np.asarray(repetition_time_s)
    result: FloatArray = np.asarray(rate, dtype=np.float64)
    return result


def concentration_from_signal(
    signal: FloatArray,
    baseline_signal: ArrayLike,
    native_t1_s: ArrayLike,
    flip_angle_deg: ArrayLike,
    repetition_time_s: float,
    relaxivity_l_per_mmol_s: float,
) -> FloatArray:
    """Contrast agent from a signal, its value before the bolus, and T1 before the bolus, without linearising.

    Parameters
    ----------
    signal : ndarray, shape (..., time)
    baseline_signal : array_like, shape (...)
        Mean before the bolus.
    native_t1_s : array_like, shape (...)
    flip_angle_deg : array_like, shape (...) or scalar
        As it is in the voxel: times relative B1 where that is known.
    repetition_time_s : float
    relaxivity_l_per_mmol_s : float
        r1 of the agent at this field.

    Returns
    -------
    ndarray, shape (..., time)
        In mmol/L; NaN where the signal is stronger than any concentration could make it, or the baseline is 0.
    """
    native_r1 = 1.0 / np.asarray(native_t1_s, dtype=np.float64)
    unit_signal = spoiled_gradient_signal(native_r1, flip_angle_deg, repetition_time_s)
    baseline = np.asarray(baseline_signal, dtype=np.float64)
    s0 = np.where(baseline > 0.0, baseline, np.nan) / unit_signal
    angle = np.asarray(flip_angle_deg, dtype=np.float64)[..., None]
    r1 = relaxation_rate_from_signal(signal, s0[..., None], angle, repetition_time_s)
    concentration: FloatArray = (r1 - native_r1[..., None]) / relaxivity_l_per_mmol_s
    return concentration
