"""From amplitudes and rates of exponentials to the parameters of each model, with their standard errors."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.maps.dce.separable_fit import SeparableFit
from impasto.maps.dce.two_compartment_exchange import exchange_from_exponentials

__all__ = ["KINETIC_MODELS", "PARAMETER_UNITS", "KineticModelName", "kinetic_parameters", "parameter_count"]

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

_FREE = {"none": 0, "Patlak": 2, "Tofts": 2, "extended Tofts": 3, "2CXM": 4}
_COMPLEX_STEP = 1e-30


def parameter_count(model: KineticModelName) -> int:
    """How many parameters a model is free to choose, delay not counted."""
    return _FREE[model]


def kinetic_parameters(
    model: KineticModelName, fit: SeparableFit
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Values and standard errors, shape (voxel,) each; NaN or infinite where a quotient does not exist.

    Standard errors to first order, the derivatives by a step into the complex plane, which is exact (Squire and Trapp
    1998).
    """
    inputs = np.concatenate([fit.amplitudes, fit.rates_per_s], axis=1)
    # without amplitude an exponential is not there; a fixed curve or a single exponential still is, at zero
    there = np.tile(fit.amplitudes > 0.0, 2) if model == "2CXM" else np.ones(inputs.shape, dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = {name: np.asarray(value) for name, value in _parameters(model, inputs).items()}
        gradients = {name: np.zeros(inputs.shape) for name in values}
        for n in range(inputs.shape[1]):
            moved = inputs.astype(np.complex128)
            moved[:, n] += 1j * _COMPLEX_STEP
            for name, value in _parameters(model, moved).items():
                gradients[name][:, n] = value.imag / _COMPLEX_STEP
        errors = {
            name: _standard_error(np.where(there, gradient, 0.0), fit.covariance)
            for name, gradient in gradients.items()
        }
    return values, errors


def _standard_error(gradient: FloatArray, covariance: FloatArray) -> FloatArray:
    # what a parameter does not depend on may be undetermined without harm
    used = gradient[:, :, None] * gradient[:, None, :]
    terms = np.where(used != 0.0, used * covariance, 0.0)
    error: FloatArray = np.sqrt(terms.sum(axis=(1, 2)))
    return error


def _parameters(model: KineticModelName, inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
    a1, a2, k1, k2 = inputs.T
    if model == "2CXM":
        flow, ps, ve, vp = exchange_from_exponentials((a1, k1), (a2, k2))
        return {"Ktrans": 60.0 * flow * ps / (flow + ps), "Fp": 6000.0 * flow, "PS": 60.0 * ps, "ve": ve, "vp": vp}
    every = {"Ktrans": 60.0 * a1, "kep": 60.0 * k1, "ve": a1 / k1, "vp": a2}
    return {name: every[name] for name in KINETIC_MODELS[model]}
