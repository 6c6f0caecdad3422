"""T1 from spoiled gradient echoes at several flip angles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numba
import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.native_t1 import NativeT1, T1Reason

__all__ = ["variable_flip_angle_t1"]

_SLOWEST_PER_S, _FASTEST_PER_S = 0.05, 50.0
_NODES = 24
_ITERATIONS = 30
_BLOCK = 16384


def variable_flip_angle_t1(
    signal: RealArray,
    flip_angles_deg: ArrayLike,
    repetition_time_s: ArrayLike,
    relative_b1: ArrayLike = 1.0,
    method: Literal["nonlinear", "linear"] = "nonlinear",
    noise: float | None = None,
) -> NativeT1:
    """Fit T1 and S0 to the steady-state signal of a spoiled gradient echo.

    ``"linear"`` is the line ``S / sin a = E S / tan a + S0 (1 - E)`` (Gupta 1977, Fram 1987), which noise biases;
    ``"nonlinear"`` is least squares of the signals themselves.

    Parameters
    ----------
    signal : ndarray, shape (voxel, angle)
    flip_angles_deg : array_like, shape (angle,)
        As prescribed; two different ones at least.
    repetition_time_s : array_like, scalar or shape (angle,)
        The line needs one for all.
    relative_b1 : array_like, scalar or shape (voxel,)
        Flip angle in the voxel over that prescribed.
    method : {"nonlinear", "linear"}
    noise : float, optional
        Standard deviation of a signal; when not given the residuals of each voxel tell it, which takes three angles.

    Returns
    -------
    NativeT1
        T1 from 0.02 to 20 s.

    Raises
    ------
    ImpastoError
        When shapes disagree or the angles cannot determine T1.

    Examples
    --------
    >>> from impasto.maps.dce import spoiled_gradient_signal
    >>> signal = spoiled_gradient_signal(1 / 1.4, [2.0, 10.0, 20.0], 0.005, s0=1000.0)
    >>> variable_flip_angle_t1(signal[None], [2.0, 10.0, 20.0], 0.005).t1_s.round(4).tolist()
    [1.4]
    """
    signal = np.asarray(signal)
    angles = np.deg2rad(np.atleast_1d(np.asarray(flip_angles_deg, dtype=np.float64)))
    repetition = np.broadcast_to(np.asarray(repetition_time_s, dtype=np.float64), angles.shape)
    _refuse_unusable(signal, angles, repetition, method)
    b1 = np.broadcast_to(np.asarray(relative_b1, dtype=np.float64), signal.shape[:1])
    usable = np.isfinite(signal).all(axis=1) & (signal > 0).any(axis=1) & (b1 > 0.0)
    found = np.full((len(signal), 4), np.nan)
    rows = np.flatnonzero(usable)
    sigma = -1.0 if noise is None else noise

    def fit_block(start: int) -> None:
        block = rows[start : start + _BLOCK]
        values = np.ascontiguousarray(signal[block], dtype=np.float64)
        out = np.empty((len(block), 4))
        _fit(values, angles, np.ascontiguousarray(repetition), b1[block], method == "linear", sigma, out)
        found[block] = out

    with ThreadPoolExecutor(numba.get_num_threads()) as threads:
        list(threads.map(fit_block, range(0, len(rows), _BLOCK)))
    return _result(found, usable)


def _result(found: FloatArray, usable: np.ndarray) -> NativeT1:
    rate, rate_error, s0, s0_error = found.T
    reason = np.where(usable, 0, T1Reason.NO_SIGNAL).astype(np.int64)
    at_limit = (rate <= _SLOWEST_PER_S * 1.001) | (rate >= _FASTEST_PER_S * 0.999)
    reason |= np.where(usable & at_limit, T1Reason.AT_LIMIT, 0)
    reason |= np.where(usable & ~np.isfinite(rate), T1Reason.UNDETERMINED, 0)
    return NativeT1(1.0 / rate, rate_error / rate**2, s0, s0_error, reason)


def _refuse_unusable(signal: RealArray, angles: FloatArray, repetition: FloatArray, method: str) -> None:
    if signal.ndim != 2 or signal.shape[1] != len(angles):
        problem = f"signals of shape {signal.shape} for {len(angles)} flip angles"
        raise ImpastoError("variable flip angle", problem, "give shape (voxel, angle)")
    if len(np.unique(angles)) < 2 or not (angles > 0.0).all() or not (repetition > 0.0).all():
        problem = "fewer than two different flip angles, or one or a repetition time is not positive"
        raise ImpastoError("variable flip angle", problem, "give degrees and seconds as acquired")
    if method not in ("nonlinear", "linear"):
        raise ImpastoError("variable flip angle", f"method {method!r}", "choose nonlinear or linear")
    if method == "linear" and float(np.ptp(repetition)) > 0.0:
        problem = "the repetition times differ"
        raise ImpastoError("variable flip angle", problem, "fit them with the nonlinear method")


@numba.njit(cache=True)
def _shape(
    rate: float, sines: FloatArray, cosines: FloatArray, repetition: FloatArray, unit: FloatArray, slope: FloatArray
) -> None:
    """Signal for an S0 of one, and its derivative with R1."""
    for n in range(len(sines)):
        recovered = -np.expm1(-repetition[n] * rate)
        below = 1.0 - cosines[n] + cosines[n] * recovered
        unit[n] = sines[n] * recovered / below
        slope[n] = sines[n] * (1.0 - cosines[n]) * repetition[n] * (1.0 - recovered) / below**2


@numba.njit(cache=True)
def _amplitude(values: FloatArray, unit: FloatArray) -> tuple[float, float]:
    """Best S0, and the sum of squared residuals."""
    along, norm, total = 0.0, 0.0, 0.0
    for n in range(len(unit)):
        along += values[n] * unit[n]
        norm += unit[n] * unit[n]
    s0 = along / norm
    for n in range(len(unit)):
        total += (values[n] - s0 * unit[n]) ** 2
    return s0, total


@numba.njit(cache=True)
def _line(values: FloatArray, sines: FloatArray, cosines: FloatArray, repetition: float) -> float:
    """R1 from the slope of the line through ``(S / tan a, S / sin a)``."""
    count = len(values)
    mx, my, xx, xy = 0.0, 0.0, 0.0, 0.0
    for n in range(count):
        mx += values[n] * cosines[n] / sines[n] / count
        my += values[n] / sines[n] / count
    for n in range(count):
        x = values[n] * cosines[n] / sines[n] - mx
        xx += x * x
        xy += x * (values[n] / sines[n] - my)
    slope = xy / xx if xx > 0.0 else 0.0
    return -np.log(slope) / repetition if 0.0 < slope < 1.0 else np.nan


@numba.njit(cache=True)
def _settled(
    values: FloatArray,
    sines: FloatArray,
    cosines: FloatArray,
    repetition: FloatArray,
    unit: FloatArray,
    slope: FloatArray,
) -> float:
    """R1 of least squares: the best of nodes, then damped Gauss-Newton steps of its logarithm."""
    best, place = np.inf, 0.0
    for node in range(_NODES):
        tried = np.log(_SLOWEST_PER_S) + node * np.log(_FASTEST_PER_S / _SLOWEST_PER_S) / (_NODES - 1)
        _shape(np.exp(tried), sines, cosines, repetition, unit, slope)
        squares = _amplitude(values, unit)[1]
        if squares < best:
            best, place = squares, tried
    damping, tried = 1.0, place
    for _ in range(_ITERATIONS):
        rate = np.exp(place)
        _shape(rate, sines, cosines, repetition, unit, slope)
        s0, best = _amplitude(values, unit)
        uu, ud, dd, rd = 0.0, 0.0, 0.0, 0.0
        for n in range(len(unit)):
            change = s0 * slope[n] * rate
            uu += unit[n] * unit[n]
            ud += unit[n] * change
            dd += change * change
            rd += (values[n] - s0 * unit[n]) * change
        curvature = dd - ud * ud / uu
        if not curvature > 0.0:
            break
        step = min(max(rd / curvature, -0.5), 0.5)
        while True:
            tried = min(max(place + damping * step, np.log(_SLOWEST_PER_S)), np.log(_FASTEST_PER_S))
            _shape(np.exp(tried), sines, cosines, repetition, unit, slope)
            if _amplitude(values, unit)[1] <= best or damping < 1e-3:
                break
            damping *= 0.3
        moved = abs(tried - place)
        if damping >= 1e-3:
            place = tried
        damping = min(1.0, 2.0 * damping)
        if moved < 1e-9:
            break
    return float(np.exp(place))


@numba.njit(cache=True, nogil=True)
def _fit(
    signal: FloatArray,
    angles: FloatArray,
    repetition: FloatArray,
    relative_b1: FloatArray,
    by_line: bool,
    noise: float,
    out: FloatArray,
) -> None:
    """R1, S0 and their standard errors, shape (voxel, 4): R1, its error, S0, its error."""
    count = len(angles)
    sines, cosines, unit, slope = np.zeros(count), np.zeros(count), np.zeros(count), np.zeros(count)
    for voxel in range(signal.shape[0]):
        for n in range(count):
            sines[n], cosines[n] = np.sin(angles[n] * relative_b1[voxel]), np.cos(angles[n] * relative_b1[voxel])
        if by_line:
            rate = _line(signal[voxel], sines, cosines, repetition[0])
        else:
            rate = _settled(signal[voxel], sines, cosines, repetition, unit, slope)
        _shape(rate, sines, cosines, repetition, unit, slope)
        s0, squares = _amplitude(signal[voxel], unit)
        uu, ud, dd = 0.0, 0.0, 0.0
        for n in range(count):
            uu += unit[n] * unit[n]
            ud += unit[n] * s0 * slope[n]
            dd += (s0 * slope[n]) ** 2
        variance = noise**2 if noise >= 0.0 else (squares / (count - 2) if count > 2 else np.nan)
        determinant = uu * dd - ud * ud
        out[voxel, 0], out[voxel, 2] = rate, s0
        out[voxel, 1] = np.sqrt(variance * uu / determinant) if determinant > 0.0 else np.nan
        out[voxel, 3] = np.sqrt(variance * dd / determinant) if determinant > 0.0 else np.nan
