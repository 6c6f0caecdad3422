"""Convolution of an arterial input with an exponential, in closed form between samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["exponential_convolution"]


def exponential_convolution(
    rate_per_s: ArrayLike, input_times_s: FloatArray, input_values: FloatArray, times_s: FloatArray | None = None
) -> FloatArray:
    """Integrate ``input(s) exp(-rate (t - s))`` over s up to t, exactly for an input that is linear between samples.

    Each interval of length d adds ``d (a (E0 - E1) + b E1)`` to what decayed since its start, where the input goes
    from a to b, ``x = rate d``, ``E0 = (1 - exp(-x)) / x`` and ``E1 = (x - 1 + exp(-x)) / x^2``. So the sampling may
    be uneven and coarse, and a rate of 0 gives the plain integral.

    Parameters
    ----------
    rate_per_s : array_like, any shape (...)
        0 or more.
    input_times_s : ndarray, shape (sample,)
        Increasing, may be uneven; the input is zero before the first.
    input_values : ndarray, shape (sample,)
    times_s : ndarray, shape (time,), optional
        Where the result is wanted, increasing, not after the last sample; at the samples without it.

    Returns
    -------
    ndarray, shape (..., time)
        In the input's unit times seconds.

    Raises
    ------
    ImpastoError
        When a rate is negative, times do not increase, or the input ends before the result.

    Examples
    --------
    >>> samples = np.array([0.0, 10.0])
    >>> exponential_convolution(0.1, samples, np.ones(2)).round(4).tolist()  # (1 - exp(-1)) / .1
    [0.0, 6.3212]
    """
    rate = np.asarray(rate_per_s, dtype=np.float64)
    samples = np.asarray(input_times_s, dtype=np.float64)
    wanted = samples if times_s is None else np.asarray(times_s, dtype=np.float64)
    _refuse_unusable(rate, samples, wanted)
    knots = np.union1d(samples, wanted[wanted > samples[0]])
    values = np.interp(knots, samples, input_values)
    step = np.diff(knots)
    exponent = rate[..., None] * step
    decay = np.exp(-exponent)
    rise = _second_share(exponent)
    gain = step * (values[:-1] * (_first_share(exponent) - rise) + values[1:] * rise)
    integral = np.zeros((*rate.shape, len(knots)))
    for n in range(len(step)):
        integral[..., n + 1] = decay[..., n] * integral[..., n] + gain[..., n]
    result: FloatArray = integral[..., np.searchsorted(knots, np.maximum(wanted, samples[0]))]
    return result


def _refuse_unusable(rate: FloatArray, samples: FloatArray, wanted: FloatArray) -> None:
    if rate.size and not float(rate.min()) >= 0.0:
        raise ImpastoError("convolution", f"a rate of {float(rate.min()):g} per s", "give rates of 0 or more")
    if not (np.diff(samples) > 0.0).all() or not (np.diff(wanted) > 0.0).all():
        raise ImpastoError("convolution", "times do not increase", "sort them and drop doubles")
    if wanted.size and wanted[-1] > samples[-1]:
        problem = f"the input ends at {samples[-1]:g} s, before {wanted[-1]:g} s"
        raise ImpastoError("convolution", problem, "sample the input to the end of the series")


_SERIES_BELOW = 1e-3


def _first_share(x: FloatArray) -> FloatArray:
    """``(1 - exp(-x)) / x``, by its series near zero."""
    small = x < _SERIES_BELOW
    safe = np.where(small, 1.0, x)
    return np.where(small, 1.0 - x / 2.0 * (1.0 - x / 3.0 * (1.0 - x / 4.0)), -np.expm1(-safe) / safe)


def _second_share(x: FloatArray) -> FloatArray:
    """``(x - 1 + exp(-x)) / x^2``, by its series near zero."""
    small = x < _SERIES_BELOW
    safe = np.where(small, 1.0, x)
    series = 0.5 * (1.0 - x / 3.0 * (1.0 - x / 4.0 * (1.0 - x / 5.0)))
    return np.where(small, series, (safe + np.expm1(-safe)) / safe**2)
