"""From amplitudes and rates of exponentials to the parameters of each model, with their standard errors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.maps.dce.separable_fit import SeparableFit
from impasto.maps.dce.two_compartment_exchange import exchange_from_exponentials

__all__ = [
    "KINETIC_MODELS",
    "LARGEST_RATES_PER_MIN",
    "PARAMETER_UNITS",
    "KineticModelName",
    "kinetic_parameters",
    "parameter_count",
]

KineticModelName = Literal["none", "Patlak", "Tofts", "extended Tofts", "2CXM"]

KINETIC_MODELS: dict[KineticModelName, tuple[str, ...]] = {
    "none": (),
    "Patlak": ("Ktrans", "vp"),
    "Tofts": ("Ktrans", "kep", "ve"),
    "extended Tofts": ("Ktrans", "kep", "ve", "vp"),
    "2CXM": ("Ktrans", "Fp", "PS", "ve", "vp"),
}
"""Models and what they estimate. Their order is the code of a model in maps of model choice."""

PARAMETER_UNITS = {"Ktrans": "/min", "kep": "/min", "ve": "1", "vp": "1", "Fp": "mL/(100.mL)/min", "PS": "/min"}

LARGEST_RATES_PER_MIN: dict[KineticModelName, float] = {
    "Patlak": 10.0,
    "Tofts": 120.0,
    "extended Tofts": 10.0,
    "2CXM": 120.0,
}
"""Fastest washout that a fit looks for unless told otherwise.

Beside plasma a faster exponential is no washout but the bolus a little late or broadened: where nothing leaks it would
take the plasma's part and give it a large Ktrans. Alone it may be as fast as Ktrans .35 per min into a space of .01, as
digital reference objects have it; of two exponentials the faster one is the passage through plasma.
"""

_FREE = {"none": 0, "Patlak": 2, "Tofts": 2, "extended Tofts": 3, "2CXM": 4}
_COMPLEX_STEP = 1e-30


def parameter_count(model: KineticModelName) -> int:
    """How many parameters a model is free to choose, delay not counted."""
    return _FREE[model]


def kinetic_parameters(
    model: KineticModelName, fit: SeparableFit
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Values and first-order standard errors, shape (voxel,) each; NaN or infinite where a quotient does not exist."""
    with np.errstate(divide="ignore", invalid="ignore"):
        if model == "2CXM":
            return _of_exchange(fit)
        amplitude, rate = fit.amplitudes[:, 0], fit.rates_per_s[:, 0]
        variance = fit.covariance
        ve = amplitude / rate
        relative = variance[:, 0, 0] - 2.0 * ve * variance[:, 0, 2] + ve**2 * variance[:, 2, 2]
        values = {"Ktrans": 60.0 * amplitude, "kep": 60.0 * rate, "ve": ve, "vp": fit.amplitudes[:, 1]}
        errors = {
            "Ktrans": 60.0 * np.sqrt(variance[:, 0, 0]),
            "kep": 60.0 * np.sqrt(variance[:, 2, 2]),
            "ve": np.sqrt(relative) / rate,
            "vp": np.sqrt(variance[:, 1, 1]),
        }
    names = KINETIC_MODELS[model]
    return {name: values[name] for name in names}, {name: errors[name] for name in names}


def _of_exchange(fit: SeparableFit) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Parameters of two-compartment exchange; derivatives by a step into the complex plane (Squire and Trapp 1998)."""
    inputs = np.concatenate([fit.amplitudes, fit.rates_per_s], axis=1)
    values = {name: np.asarray(value) for name, value in _exchange(inputs).items()}
    gradients = {name: np.zeros(inputs.shape) for name in values}
    # an exponential without amplitude is not there, and what it might have been does not count
    there = np.tile(fit.amplitudes > 0.0, 2)
    for n in range(inputs.shape[1]):
        moved = inputs.astype(np.complex128)
        moved[:, n] += 1j * _COMPLEX_STEP
        for name, value in _exchange(moved).items():
            gradients[name][:, n] = np.where(there[:, n], value.imag / _COMPLEX_STEP, 0.0)
    return values, {name: _standard_error(gradient, fit.covariance) for name, gradient in gradients.items()}


def _standard_error(gradient: FloatArray, covariance: FloatArray) -> FloatArray:
    # what a parameter does not depend on may be undetermined without harm
    used = gradient[:, :, None] * gradient[:, None, :]
    terms = np.where(used != 0.0, used * covariance, 0.0)
    error: FloatArray = np.sqrt(terms.sum(axis=(1, 2)))
    return error


def _exchange(inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
    a1, a2, k1, k2 = inputs.T
    flow, ps, ve, vp = exchange_from_exponentials((a1, k1), (a2, k2))
    return {"Ktrans": 60.0 * flow * ps / (flow + ps), "Fp": 6000.0 * flow, "PS": 60.0 * ps, "ve": ve, "vp": vp}
