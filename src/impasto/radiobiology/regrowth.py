"""What is left after radiotherapy, and how long it takes to grow to a burden."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["log_surviving_clonogens", "regrowth_time"]


def log_surviving_clonogens(clonogens: ArrayLike, log_survival: ArrayLike) -> FloatArray:
    """Natural logarithm of the clonogens expected to survive in all parts together, ``ln sum_i N_i S_i``.

    Parameters
    ----------
    clonogens : array_like, shape (..., part)
        N before treatment.
    log_survival : array_like, shape (..., part)
        ln S, see :func:`~impasto.radiobiology.lq.log_survival`.

    Examples
    --------
    >>> log_surviving_clonogens([1e6, 1e6], [-2.0, -2.0]).round(3)
    np.float64(12.509)
    """
    number = np.asarray(clonogens, dtype=np.float64)
    logarithm = np.asarray(log_survival, dtype=np.float64)
    if np.any(number < 0.0):
        raise ImpastoError("clonogens", "a part has fewer than none", "give numbers of 0 or more")
    # the largest exponent of a part that has clonogens is taken out, so that small survival does not vanish
    top = np.where(number > 0.0, logarithm, -np.inf).max(axis=-1)
    shift = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        summed: FloatArray = np.log((number * np.exp(np.minimum(logarithm - shift[..., None], 0.0))).sum(axis=-1))
    return summed + shift


def regrowth_time(
    log_expected: ArrayLike, log_burden: ArrayLike, doubling_time: ArrayLike, luck: ArrayLike
) -> FloatArray:
    r"""Time for what survived to grow exponentially to a burden; infinite where nothing survived.

    The number of survivors is Poisson with mean :math:`n` (Munro and Gilbert 1961): none with probability
    :math:`e^{-n}`, and else :math:`n / (1 - e^{-n})` on average, from which growth starts.

    Parameters
    ----------
    log_expected : array_like
        ln n.
    log_burden : array_like
        Natural logarithm of the number of cells to reach; 0 time where there are as many already.
    doubling_time : array_like
        In the unit of the result.
    luck : array_like
        Uniform between 0 and 1: below :math:`e^{-n}` nothing survived.

    Examples
    --------
    >>> round(float(regrowth_time(np.log(1e3), np.log(8e3), 2.0, 0.5)), 6)
    6.0
    """
    expected = np.exp(np.asarray(log_expected, dtype=np.float64))
    survives = np.asarray(luck) >= np.exp(-expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_number = np.log(expected) - np.log(-np.expm1(-expected))
    doublings = np.maximum((np.asarray(log_burden) - log_number) / np.log(2.0), 0.0)
    time: FloatArray = np.where(survives, doublings * np.asarray(doubling_time), np.inf)
    return time
