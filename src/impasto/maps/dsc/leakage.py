"""What leaking contrast agent does to the T2*-weighted curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.maps.dce.spoiled_gradient import spoiled_gradient_signal
from impasto.maps.dsc.gradient_echo import delta_r2star

__all__ = ["apparent_delta_r2star", "leaking_delta_r2star"]


def leaking_delta_r2star(
    times_s: FloatArray, reference_delta_r2star_per_s: FloatArray, k1: ArrayLike, k2_per_s: ArrayLike
) -> FloatArray:
    """``K1 ref(t) - K2 integral of ref up to t``: the two-parameter leakage model (Boxerman 2006).

    Parameters
    ----------
    times_s : ndarray, shape (time,)
        May be uneven.
    reference_delta_r2star_per_s : ndarray, shape (time,)
        Mean of tissue that does not leak; linear between samples.
    k1 : array_like, shape (...)
        Blood volume relative to the reference.
    k2_per_s : array_like, shape (...)
        Leakage; positive where shorter T1 raises the signal, negative where the leaked agent's T2* effect wins.

    Returns
    -------
    ndarray, shape (..., time)
        Apparent change of R2*, per second.
    """
    pieces = 0.5 * (reference_delta_r2star_per_s[1:] + reference_delta_r2star_per_s[:-1]) * np.diff(times_s)
    area = np.concatenate([[0.0], np.cumsum(pieces)])
    vascular = np.asarray(k1, dtype=np.float64)[..., None] * reference_delta_r2star_per_s
    curve: FloatArray = vascular - np.asarray(k2_per_s, dtype=np.float64)[..., None] * area
    return curve


def apparent_delta_r2star(
    delta_r2star_per_s: FloatArray,
    native_r1_per_s: ArrayLike,
    delta_r1_per_s: FloatArray,
    echo_time_s: float,
    repetition_time_s: float,
    flip_angle_deg: float,
) -> FloatArray:
    """Rate that a single echo reports when T1 shortens too: ``dR2* - ln(f(R1) / f(R10)) / TE``.

    Parameters
    ----------
    delta_r2star_per_s : ndarray, shape (..., time)
        True change of R2*, of agent in vessels and of leaked agent.
    native_r1_per_s : array_like, shape (...)
        Before the bolus.
    delta_r1_per_s : ndarray, shape (..., time)
    echo_time_s, repetition_time_s, flip_angle_deg : float

    Returns
    -------
    ndarray, shape (..., time)
    """
    native = np.asarray(native_r1_per_s, dtype=np.float64)[..., None]
    before = spoiled_gradient_signal(native, flip_angle_deg, repetition_time_s)
    now = spoiled_gradient_signal(native + delta_r1_per_s, flip_angle_deg, repetition_time_s)
    apparent: FloatArray = delta_r2star_per_s + delta_r2star(now, before, echo_time_s)
    return apparent
