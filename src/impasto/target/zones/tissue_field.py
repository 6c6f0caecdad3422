"""What is assumed of tissue before a map is seen: a smooth Gaussian field, how smooth the map itself tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from impasto.core.arrays import BoolArray, FloatArray
from impasto.target.zones.acquisition_model import AcquisitionModel

__all__ = ["TissueField", "fitted_field"]

_MOST_VOXELS = 500
_LENGTH_MM, _LENGTH_SPREAD = 8.0, 0.6
_NOISE_SPREAD = 0.35


@dataclass(frozen=True)
class TissueField:
    """A stationary Gaussian field seen with noise.

    Parameters
    ----------
    mean, spread : float
        Of the field, in the map's unit.
    length_mm : float
        Correlation length of the Matern kernel (smoothness 3/2) along each axis.
    noise_factor : float
        By which errors exceed the standard errors that came with the map: what the fit did not know of.
    """

    mean: float
    spread: float
    length_mm: float
    noise_factor: float


def fitted_field(
    values: FloatArray, standard_error: FloatArray, observed: BoolArray, model: AcquisitionModel
) -> TissueField:
    """Find the field under which the map is most probable (marginal likelihood; Rasmussen 2006, chapter 5).

    Weak priors keep what a small map cannot tell within reason: a correlation length of 8 mm within a factor 1.8,
    errors as stated within a factor 1.4 (one standard deviation each). Of a large map some 500 voxels around its middle
    are asked.

    Parameters
    ----------
    values, standard_error : ndarray, shape (i, j, k)
        Of the acquired voxels.
    observed : ndarray of bool, shape (i, j, k)
    model : AcquisitionModel

    Returns
    -------
    TissueField
    """
    chosen = _around_middle(observed)
    y, error = values[tuple(chosen.T)], standard_error[tuple(chosen.T)]
    noise = _noise(model, chosen, error)
    scale = max(float(np.std(y)), float(np.median(error)), 1e-30)

    def cost(logs: FloatArray) -> float:
        length_mm, spread, factor = np.exp(logs)
        covariance = (spread * scale) ** 2 * _seen(model, chosen, length_mm) + factor**2 * noise
        return _misfit(y, covariance)[0] + 0.5 * _unlikely(logs)

    start = np.array([np.log(_LENGTH_MM), 0.0, 0.0])
    found = optimize.minimize(cost, start, method="Nelder-Mead", options={"xatol": 0.03, "fatol": 0.05, "maxfev": 150})
    length_mm, spread, factor = (float(x) for x in np.exp(found.x))
    covariance = (spread * scale) ** 2 * _seen(model, chosen, length_mm) + factor**2 * noise
    return TissueField(_misfit(y, covariance)[1], spread * scale, length_mm, factor)


def _unlikely(logs: FloatArray) -> float:
    of_length = (logs[0] - np.log(_LENGTH_MM)) / _LENGTH_SPREAD
    return float(of_length**2 + (logs[1] / 1.5) ** 2 + (logs[2] / _NOISE_SPREAD) ** 2)


def _around_middle(observed: BoolArray) -> np.ndarray:
    """Choose the observed voxels nearest to the middle of the box, each axis counted in its own length."""
    index = np.argwhere(observed)
    middle = (np.array(observed.shape) - 1) / 2.0
    away = (np.abs(index - middle) / np.array(observed.shape)).max(axis=1)
    return index[np.argsort(away, kind="stable")[:_MOST_VOXELS]]


def _seen(model: AcquisitionModel, chosen: np.ndarray, length_mm: float) -> FloatArray:
    covariance = np.ones((len(chosen), len(chosen)))
    for axis, matrix in enumerate(model.with_length(length_mm).seen):
        covariance *= matrix[np.ix_(chosen[:, axis], chosen[:, axis])]
    return covariance


def _noise(model: AcquisitionModel, chosen: np.ndarray, error: FloatArray) -> FloatArray:
    noise = np.outer(error, error)
    for axis, matrix in enumerate(model.noise_correlation):
        noise *= matrix[np.ix_(chosen[:, axis], chosen[:, axis])]
    return noise


def _misfit(y: FloatArray, covariance: FloatArray) -> tuple[float, float]:
    """Negative logarithm of the likelihood, but for a constant, and the mean that makes it least."""
    covariance = covariance + 1e-9 * np.trace(covariance) / len(y) * np.eye(len(y))
    try:
        factor = linalg.cholesky(covariance, lower=True, check_finite=False)
    except linalg.LinAlgError:
        return np.inf, float(np.mean(y))
    solved: FloatArray = linalg.solve_triangular(factor, np.stack([np.ones(len(y)), y], axis=1), lower=True)
    one, data = solved[:, 0], solved[:, 1]
    mean = float(np.vdot(one, data) / np.vdot(one, one))
    return float(0.5 * np.sum((data - mean * one) ** 2) + np.log(np.diag(factor)).sum()), mean
