"""What is assumed of tissue before a map is seen: a smooth Gaussian field, how smooth the map itself tells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy import linalg, optimize

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.target.zones.acquisition_model import AcquisitionModel
from impasto.target.zones.calibration import REGION_PART, TissuePrior
from impasto.target.zones.part_covariance import combined, noise_covariance, part_covariances, seen_covariance
from impasto.target.zones.separable import along_axes

__all__ = ["TissueField", "fitted_field", "known_field"]

_MOST_VOXELS = 250
_LENGTH_MM, _LENGTH_SPREAD = 8.0, 0.6
_LENGTHS_MM = (5.0, 8.0, 13.0)
_NOISE_SPREAD = 0.35
_LEAST_SEEN = 0.5
_LEAST_SEEN_TO_VARY = 2.0
_LEAST_SHARE = 0.1


@dataclass(frozen=True)
class TissueField:
    """A Gaussian field seen with noise: one smooth pattern, as strong in each part of the tissue as it is there.

    Parameters
    ----------
    spreads : tuple of float
        Standard deviation around the level of each part, in the map's unit; the last also holds outside all parts.
    length_mm : float
        Correlation length of the Matern kernel (smoothness 3/2) along each axis.
    noise_factor : float
        By which errors exceed the standard errors that came with the map: what the fit did not know of.
    levels, level_errors : tuple of float
        Mean of each part's level, and its standard deviation; empty where nothing is known of levels.
    """

    spreads: tuple[float, ...]
    length_mm: float
    noise_factor: float
    levels: tuple[float, ...] = ()
    level_errors: tuple[float, ...] = ()

    @property
    def is_uniform(self) -> bool:
        """Whether all parts vary alike."""
        return len(set(self.spreads)) == 1

    def amplitude(self, parts: RealArray) -> FloatArray:
        """Return the standard deviation of the field where parts fill such shares, shape of one part."""
        differences = np.array(self.spreads) - self.spreads[-1]
        amplitude: FloatArray = self.spreads[-1] + np.tensordot(differences, parts, axes=1)
        return amplitude


def known_field(prior: TissuePrior, kinds: Sequence[str], unit: float, by_part: bool = True) -> TissueField:
    """Tissue as a calibration knows it.

    Parameters
    ----------
    prior : TissuePrior
    kinds : sequence of str
        What each part is.
    unit : float
        Of the prior's levels and spreads, in the map's unit.
    by_part : bool
        Whether each part may vary by an amount of its own; otherwise all vary as the region does.
    """
    parts = [prior.of(kind) for kind in kinds]
    spreads = [unit * part.spread for part in parts]
    if not by_part:
        spreads = [unit * prior.of(REGION_PART).spread] * len(parts)
    return TissueField(
        tuple(spreads),
        prior.length_mm,
        prior.noise_factor,
        tuple(unit * part.level for part in parts),
        tuple(unit * part.level_error for part in parts),
    )


def fitted_field(
    values: FloatArray,
    standard_error: FloatArray,
    observed: BoolArray,
    parts: FloatArray,
    model: AcquisitionModel,
    by_part: bool = True,
) -> TissueField:
    """Find the field under which the map is most probable (restricted likelihood; Rasmussen 2006, chapter 5).

    Weak priors keep what a small map cannot tell within reason: a correlation length of 8 mm within a factor 1.8,
    errors as stated within a factor 1.4 (one standard deviation each). Of a large map some 250 voxels are asked, first
    those that see the inner parts, where the field is wanted. A part that they hardly see varies as the last one.

    Parameters
    ----------
    values, standard_error : ndarray, shape (i, j, k)
        Of the acquired voxels.
    observed : ndarray of bool, shape (i, j, k)
    parts : ndarray, shape (part, *lattice.shape)
        Share of each cell that each part fills; their levels are not known.
    model : AcquisitionModel
    by_part : bool
        Whether each part may vary by an amount of its own.

    Returns
    -------
    TissueField
    """
    all_seen = along_axes(model.weights, parts).astype(np.float64)
    chosen = _telling(observed, all_seen)
    y, error = values[tuple(chosen.T)], standard_error[tuple(chosen.T)]
    seen = all_seen[:, *chosen.T].T
    levels = seen[:, (seen**2).sum(axis=0) > _LEAST_SEEN]
    scale = max(float(np.std(y)), float(np.median(error)), 1e-30)
    own = _vary_alone(seen, by_part)
    noise = noise_covariance(model, chosen, error)

    def misfit(logs: FloatArray, covariance: Callable[[FloatArray], FloatArray]) -> float:
        tissue = covariance(scale * np.exp(logs[:-1]))
        unlikely = ((logs[:-1] / 1.5) ** 2).sum() + (logs[-1] / _NOISE_SPREAD) ** 2
        return _misfit(y, levels, tissue + np.exp(2.0 * logs[-1]) * noise) + 0.5 * float(unlikely)

    best: FloatArray = np.zeros(int(own.max()) + 2)
    best_cost, length_mm = np.inf, _LENGTH_MM
    for candidate_mm in _LENGTHS_MM:
        covariance = _covariance(model.with_length(candidate_mm), parts, chosen, own)
        point, cost = _simplex(partial(misfit, covariance=covariance), best)
        cost += 0.5 * float(np.log(candidate_mm / _LENGTH_MM) / _LENGTH_SPREAD) ** 2
        if cost < best_cost:
            best, best_cost, length_mm = point, cost, candidate_mm
    spreads = scale * np.exp(best[:-1])
    return TissueField(tuple(float(s) for s in spreads[own]), length_mm, float(np.exp(best[-1])))


def _vary_alone(seen: FloatArray, by_part: bool) -> IntArray:
    """Say which spread each part has: its own, or the last."""
    count = seen.shape[1]
    alone = np.zeros(count, dtype=bool)
    alone[:-1] = ((seen[:, :-1] ** 2).sum(axis=0) > _LEAST_SEEN_TO_VARY) & by_part
    own = np.full(count, int(alone.sum()))
    own[alone] = np.arange(alone.sum())
    return own


def _covariance(
    model: AcquisitionModel, parts: FloatArray, chosen: IntArray, own: IntArray
) -> Callable[[FloatArray], FloatArray]:
    """Return the tissue's covariance of the chosen voxels as a function of the spreads."""
    if own.max() == 0:
        whole = seen_covariance(model, chosen)
        return lambda spreads: spreads[0] ** 2 * whole
    alone = [int(np.flatnonzero(own == number)[0]) for number in range(own.max())]
    # the last stands for whatever does not vary alone
    pairs = part_covariances(model, parts[[*alone, len(parts) - 1]], chosen)
    return lambda spreads: combined(pairs, spreads)


def _simplex(cost: Callable[[FloatArray], float], start: FloatArray) -> tuple[FloatArray, float]:
    # the first simplex must be wide: by default it is 1/4000 along an axis that starts at zero
    corners = np.vstack([start, start + 0.5 * np.eye(len(start))])
    found = optimize.minimize(
        cost,
        start,
        method="Nelder-Mead",
        options={"xatol": 0.05, "fatol": 0.05, "maxfev": 80, "initial_simplex": corners},
    )
    return found.x, float(found.fun)


def _telling(observed: BoolArray, seen: FloatArray) -> IntArray:
    """Choose observed voxels: every so-manieth that sees the inner parts, then those nearest to the middle."""
    index = np.argwhere(observed)
    middle = (np.array(observed.shape) - 1) / 2.0
    away = (np.abs(index - middle) / np.array(observed.shape)).max(axis=1)
    index = index[np.argsort(away, kind="stable")]
    sees = seen[:-1, *index.T].sum(axis=0) > _LEAST_SHARE
    stride = max(-(-int(sees.sum()) // _MOST_VOXELS), 1)
    return np.concatenate([index[sees][::stride], index[~sees]])[:_MOST_VOXELS]


def _misfit(y: FloatArray, levels: FloatArray, covariance: FloatArray) -> float:
    """Negative logarithm of the restricted likelihood, but for a constant: levels of parts are integrated out."""
    covariance = covariance + 1e-6 * np.trace(covariance) / len(y) * np.eye(len(y))
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
