"""What is assumed of tissue before a map is seen: a smooth Gaussian field, how smooth the map itself tells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize

from impasto.core.arrays import BoolArray, FloatArray
from impasto.target.zones.acquisition_model import AcquisitionModel

__all__ = ["TissueField", "fitted_field"]

_MOST_VOXELS = 250
_LENGTH_MM, _LENGTH_SPREAD = 8.0, 0.6
_NOISE_SPREAD = 0.35
_LEAST_SEEN = 0.5


@dataclass(frozen=True)
class TissueField:
    """A stationary Gaussian field seen with noise.

    Parameters
    ----------
    spread : float
        Standard deviation of the field around the level of its part, in the map's unit.
    length_mm : float
        Correlation length of the Matern kernel (smoothness 3/2) along each axis.
    noise_factor : float
        By which errors exceed the standard errors that came with the map: what the fit did not know of.
    """

    spread: float
    length_mm: float
    noise_factor: float


def fitted_field(
    values: FloatArray, standard_error: FloatArray, observed: BoolArray, parts: FloatArray, model: AcquisitionModel
) -> TissueField:
    """Find the field under which the map is most probable (restricted likelihood; Rasmussen 2006, chapter 5).

    Weak priors keep what a small map cannot tell within reason: a correlation length of 8 mm within a factor 1.8,
    errors as stated within a factor 1.4 (one standard deviation each). Of a large map some 250 voxels around its middle
    are asked.

    Parameters
    ----------
    values, standard_error : ndarray, shape (i, j, k)
        Of the acquired voxels.
    observed : ndarray of bool, shape (i, j, k)
    parts : ndarray, shape (part, i, j, k)
        Share of each part as the acquired voxels see it; their levels are not known.
    model : AcquisitionModel

    Returns
    -------
    TissueField
    """
    chosen = _around_middle(observed)
    y, error = values[tuple(chosen.T)], standard_error[tuple(chosen.T)]
    levels = parts[:, *chosen.T].T
    levels = levels[:, (levels**2).sum(axis=0) > _LEAST_SEEN]
    noise = _noise(model, chosen, error)
    scale = max(float(np.std(y)), float(np.median(error)), 1e-30)

    def cost(logs: FloatArray) -> float:
        length_mm, spread, factor = np.exp(logs)
        covariance = (spread * scale) ** 2 * _seen(model, chosen, length_mm) + factor**2 * noise
        return _misfit(y, levels, covariance) + 0.5 * _unlikely(logs)

    start = np.array([np.log(_LENGTH_MM), 0.0, 0.0])
    # the first simplex must be wide: by default it is 1/4000 along an axis that starts at zero
    corners = np.vstack([start, start + 0.5 * np.eye(3)])
    found = optimize.minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"xatol": 0.03, "fatol": 0.05, "maxfev": 150, "initial_simplex": corners},
    )
    length_mm, spread, factor = (float(x) for x in np.exp(found.x))
    return TissueField(spread * scale, length_mm, factor)


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


def _misfit(y: FloatArray, levels: FloatArray, covariance: FloatArray) -> float:
    """Negative logarithm of the restricted likelihood, but for a constant: levels of parts are integrated out."""
    covariance = covariance + 1e-9 * np.trace(covariance) / len(y) * np.eye(len(y))
    try:
        factor = linalg.cholesky(covariance, lower=True, check_finite=False)
    except linalg.LinAlgError:
        return np.inf
    solved: FloatArray = linalg.solve_triangular(factor, np.column_stack([levels, y]), lower=True, check_finite=False)
    white, data = solved[:, :-1], solved[:, -1]
    orthogonal, triangle = np.linalg.qr(white)
    left = data - orthogonal @ (orthogonal.T @ data)
    known = np.log(np.maximum(np.abs(np.diag(triangle)), 1e-30)).sum()
    return float(0.5 * (left @ left) + np.log(np.diag(factor)).sum() + known)
