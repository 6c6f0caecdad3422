"""The curve that fitted parameters stand for, and what each compartment adds to it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dce.arterial_input import ArterialInput
from impasto.maps.dce.convolution import exponential_convolution
from impasto.maps.dce.kinetic_parameters import KINETIC_MODELS, KineticModelName
from impasto.maps.dce.two_compartment_exchange import exponentials_from_exchange

__all__ = ["fitted_components"]


def fitted_components(
    model: KineticModelName, estimates: Mapping[str, float], times_s: FloatArray, arterial: ArterialInput
) -> dict[str, FloatArray]:
    """Agent in one voxel by compartment; the sum is the fitted curve.

    Parameters
    ----------
    model : {"Patlak", "Tofts", "extended Tofts", "2CXM"}
    estimates : mapping of str to float
        By OSIPI name. Without Ktrans (PS) those that only it gives a meaning may be NaN.
    times_s : ndarray, shape (time,)
    arterial : ArterialInput
        Dispersed and delayed to its arrival in the voxel.

    Returns
    -------
    dict of str to ndarray, shape (time,)
        ``"plasma"`` and ``"extravascular"`` in mmol per litre of tissue, as far as the model has them. NaN where an
        estimate that matters is.

    Raises
    ------
    ImpastoError
        When an estimate of the model is missing.

    Examples
    --------
    >>> arterial = ArterialInput(np.array([0.0, 60.0]), np.array([1.0, 1.0]), haematocrit=0.0)
    >>> parts = fitted_components("Patlak", {"Ktrans": 0.1, "vp": 0.05}, arterial.times_s, arterial)
    >>> {name: curve.round(3).tolist() for name, curve in parts.items()}
    {'plasma': [0.05, 0.05], 'extravascular': [0.0, 0.1]}
    """
    missing = [name for name in KINETIC_MODELS[model] if name not in estimates]
    if missing:
        raise ImpastoError(f"{model} model", f"no value of {', '.join(missing)}", "give every estimate of the fit")
    arterial = arterial.held_until(float(times_s[-1]))
    if model == "2CXM":
        return _exchanging(estimates, times_s, arterial)
    parts: dict[str, FloatArray] = {}
    if "vp" in KINETIC_MODELS[model]:
        parts["plasma"] = estimates["vp"] * arterial.blood_at(times_s) / (1.0 - arterial.haematocrit)
    rate = estimates["kep"] if "kep" in KINETIC_MODELS[model] and estimates["Ktrans"] > 0.0 else 0.0
    parts["extravascular"] = estimates["Ktrans"] / 60.0 * _remaining(rate / 60.0, times_s, arterial)
    return parts


def _exchanging(estimates: Mapping[str, float], times_s: FloatArray, arterial: ArterialInput) -> dict[str, FloatArray]:
    """Part plasma and leaked agent: that rises with the slow rate and falls with the fast one, the rest is plasma."""
    flow, ps, vp = estimates["Fp"] / 6000.0, estimates["PS"] / 60.0, estimates["vp"]
    space = estimates["ve"] if ps > 0.0 else 1.0
    if not (np.isfinite([flow, ps, vp, space]).all() and vp > 0.0 and space > 0.0):
        nothing = np.full(len(times_s), np.nan)
        return {"plasma": nothing, "extravascular": nothing}
    amplitudes, rates = exponentials_from_exchange(*(np.asarray(value) for value in (flow, ps, space, vp)))
    slow, fast = (_remaining(float(rate), times_s, arterial) for rate in rates)
    leaked = flow * ps / vp / max(float(rates[1] - rates[0]), 1e-12) * (slow - fast)
    whole = float(amplitudes[0]) * slow + float(amplitudes[1]) * fast
    return {"plasma": whole - leaked, "extravascular": leaked}


def _remaining(rate_per_s: float, times_s: FloatArray, arterial: ArterialInput) -> FloatArray:
    """Convolve the concentration in plasma with an exponential."""
    if not np.isfinite(rate_per_s):
        return np.full(len(times_s), np.nan)
    return exponential_convolution(rate_per_s, arterial.times_s, arterial.plasma_mmol_l, times_s)
