"""Contrast agent in a capillary bed: arterial input convolved with the residue of the bed's transit times."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.convolution import exponential_convolution

__all__ = [
    "capillary_concentration",
    "exponential_residue",
    "gamma_residue",
    "haematocrit_factor",
    "residue_convolution",
]


def haematocrit_factor(large_vessel: float, small_vessel: float) -> float:
    """``(1 - H_large) / (1 - H_small)``: capillary blood holds more plasma, so more agent, than arterial blood.

    Examples
    --------
    >>> round(haematocrit_factor(0.45, 0.25), 3)
    0.733
    """
    return (1.0 - large_vessel) / (1.0 - small_vessel)


def exponential_residue(times_s: ArrayLike, mean_transit_time_s: ArrayLike) -> FloatArray:
    """Share of an instant bolus still in a well-mixed bed: ``exp(-t / MTT)``, shape (..., time)."""
    transit = np.asarray(mean_transit_time_s, dtype=np.float64)[..., None]
    residue: FloatArray = np.where(np.asarray(times_s) >= 0.0, np.exp(-np.maximum(times_s, 0.0) / transit), 0.0)
    return residue


def gamma_residue(times_s: ArrayLike, mean_transit_time_s: ArrayLike, shape: float) -> FloatArray:
    """Share still in a bed whose transit times are gamma-distributed (Mouridsen 2006).

    Parameters
    ----------
    times_s : array_like, shape (time,)
        Since the bolus entered.
    mean_transit_time_s : array_like, shape (...)
    shape : float
        Of the distribution: 1 is the exponential residue; the larger, the nearer to plug flow.

    Returns
    -------
    ndarray, shape (..., time)
    """
    scaled = np.maximum(times_s, 0.0) * shape / np.asarray(mean_transit_time_s, dtype=np.float64)[..., None]
    residue: FloatArray = np.where(np.asarray(times_s) >= 0.0, gammaincc(shape, scaled), 0.0)
    return residue


def residue_convolution(residue: FloatArray, input_values: FloatArray, interval_s: float) -> FloatArray:
    """Convolve two curves that are linear between samples at equal intervals, exactly.

    Over each interval the product of two lines integrates to ``d / 6 (2 a0 r0 + a0 r1 + a1 r0 + 2 a1 r1)``.

    Parameters
    ----------
    residue : ndarray, shape (..., time)
        From time 0.
    input_values : ndarray, shape (time,)
        From the same start, with the same interval.
    interval_s : float

    Returns
    -------
    ndarray, shape (..., time)
        In the input's unit times seconds.
    """
    count = len(input_values)
    pairs = np.zeros((count, count))
    for lag in range(1, count):
        # row: time of the result; column: sample of the residue
        start, end = np.arange(lag, count), np.arange(count - lag)
        pairs[start, end] += 2.0 * input_values[lag] + input_values[lag - 1]
        pairs[start, end + 1] += input_values[lag] + 2.0 * input_values[lag - 1]
    convolved: FloatArray = residue @ pairs.T * (interval_s / 6.0)
    return convolved


def capillary_concentration(
    times_s: FloatArray,
    arterial: ArterialInput,
    cbf_ml_per_100ml_min: ArrayLike,
    mean_transit_time_s: ArrayLike,
    haematocrit_small_vessel: float,
) -> FloatArray:
    """Agent in the capillaries of a well-mixed bed, per tissue volume (Ostergaard 1996).

    ``C(t) = CBF / k integral of Ca(s) exp(-(t - s) / MTT)``, k the :func:`haematocrit_factor`; its area is
    ``CBV / k`` times that of the arterial input, with CBV = CBF MTT (central volume theorem).

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
        Already delayed to its arrival in the tissue; brings the haematocrit of large vessels.
    cbf_ml_per_100ml_min : array_like, shape (...)
        Flow of blood per tissue volume.
    mean_transit_time_s : array_like, shape (...)
        Above 0.
    haematocrit_small_vessel : float

    Returns
    -------
    ndarray, shape (..., time)
        In mmol per litre of tissue.

    Raises
    ------
    ImpastoError
        When a mean transit time is not positive.
    """
    transit = np.asarray(mean_transit_time_s, dtype=np.float64)
    if transit.size and not float(transit.min()) > 0.0:
        problem = f"a value of {float(transit.min()):g} s"
        raise ImpastoError("mean transit time", problem, "give times above 0, anything where there is no flow")
    flow_per_s = np.asarray(cbf_ml_per_100ml_min, dtype=np.float64) / 6000.0
    factor = haematocrit_factor(arterial.haematocrit, haematocrit_small_vessel)
    remaining = exponential_convolution(1.0 / transit, arterial.times_s, arterial.blood_mmol_l, times_s)
    concentration: FloatArray = flow_per_s[..., None] / factor * remaining
    return concentration
