"""Contrast agent in tissue over time, from its arterial input and the tissue's exchange with blood."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.convolution import exponential_convolution

__all__ = ["extended_tofts_concentration", "patlak_concentration", "tofts_concentration"]


def tofts_concentration(
    times_s: FloatArray, arterial: ArterialInput, ktrans_per_min: ArrayLike, ve: ArrayLike
) -> FloatArray:
    """Agent that leaks into the extravascular extracellular space and back (Tofts and Kermode 1991).

    ``C(t) = Ktrans integral of cp(s) exp(-Ktrans / ve (t - s))``, cp the concentration in plasma.

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
        Already delayed to its arrival in the tissue.
    ktrans_per_min : array_like, shape (...)
        Volume transfer constant.
    ve : array_like, shape (...)
        Extravascular extracellular volume fraction; 0 only where Ktrans is 0.

    Returns
    -------
    ndarray, shape (..., time)
        Concentration in tissue, mmol/L.

    Raises
    ------
    ImpastoError
        When a parameter is negative, or agent leaks into no space.
    """
    ktrans, space = np.broadcast_arrays(
        np.asarray(ktrans_per_min, dtype=np.float64) / 60.0, np.asarray(ve, dtype=np.float64)
    )
    _refuse_negative("Ktrans", ktrans)
    _refuse_negative("ve", space)
    if np.any((space == 0.0) & (ktrans > 0.0)):
        raise ImpastoError("ve", "is 0 where Ktrans is not", "give the leaking tissue a space")
    kep = np.divide(ktrans, space, out=np.zeros(space.shape), where=space > 0.0)
    integral = exponential_convolution(kep, arterial.times_s, arterial.plasma_mmol_l, times_s)
    concentration: FloatArray = ktrans[..., None] * integral
    return concentration


def extended_tofts_concentration(
    times_s: FloatArray, arterial: ArterialInput, ktrans_per_min: ArrayLike, ve: ArrayLike, vp: ArrayLike
) -> FloatArray:
    """Tofts model and the agent still in the tissue's plasma: ``vp cp(t) +`` :func:`tofts_concentration` (Tofts 1997).

    Parameters
    ----------
    times_s, arterial, ktrans_per_min, ve
        As in :func:`tofts_concentration`.
    vp : array_like, shape (...)
        Plasma volume fraction.

    Returns
    -------
    ndarray, shape (..., time)
        Concentration in tissue, mmol/L.
    """
    return tofts_concentration(times_s, arterial, ktrans_per_min, ve) + _in_plasma(times_s, arterial, vp)


def patlak_concentration(
    times_s: FloatArray, arterial: ArterialInput, ktrans_per_min: ArrayLike, vp: ArrayLike
) -> FloatArray:
    """Agent that leaks and does not return: ``vp cp(t) + Ktrans integral of cp`` (Patlak 1983).

    Parameters
    ----------
    times_s, arterial, ktrans_per_min, vp
        As in :func:`extended_tofts_concentration`.

    Returns
    -------
    ndarray, shape (..., time)
        Concentration in tissue, mmol/L.
    """
    ktrans = np.asarray(ktrans_per_min, dtype=np.float64) / 60.0
    _refuse_negative("Ktrans", ktrans)
    integral = exponential_convolution(0.0, arterial.times_s, arterial.plasma_mmol_l, times_s)
    return ktrans[..., None] * integral + _in_plasma(times_s, arterial, vp)


def _in_plasma(times_s: FloatArray, arterial: ArterialInput, vp: ArrayLike) -> FloatArray:
    fraction = np.asarray(vp, dtype=np.float64)
    _refuse_negative("vp", fraction)
    in_plasma: FloatArray = fraction[..., None] * (arterial.blood_at(times_s) / (1.0 - arterial.haematocrit))
    return in_plasma


def _refuse_negative(name: str, values: FloatArray) -> None:
    if values.size and not float(values.min()) >= 0.0:
        raise ImpastoError(name, f"a value of {float(values.min()):g}", "give 0 or more")
