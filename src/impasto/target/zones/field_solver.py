"""Solving with the covariance of acquired voxels: densely where they are few, by conjugate gradients where not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import linalg

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.target.zones.acquisition_model import AcquisitionModel
from impasto.target.zones.separable import along_axes

__all__ = ["Solver", "prepared_solver"]

Solver: TypeAlias = Callable[[RealArray], RealArray]

_MOST_DENSE, _MOST_DENSE_CORRELATED = 2500, 6000
"""Filtered noise is all but singular, and gradients creep: such voxels are solved densely as long as memory allows."""

_TOLERANCE = 1e-3
_MOST_ITERATIONS = 200


def prepared_solver(model: AcquisitionModel, spread: float, observed: BoolArray, standard_error: FloatArray) -> Solver:
    """Prepare the inverse of what tissue and noise make acquired voxels vary together.

    Parameters
    ----------
    model : AcquisitionModel
        With the tissue's correlation.
    spread : float
        Standard deviation of the tissue.
    observed : ndarray of bool, shape (i, j, k)
        Other voxels give and take nothing.
    standard_error : ndarray, shape (i, j, k)

    Returns
    -------
    function
        Takes and gives stacked fields, shape (field, i, j, k); to a residual of a thousandth.
    """
    is_white = all(np.array_equal(matrix, np.eye(len(matrix))) for matrix in model.noise_correlation)
    if np.count_nonzero(observed) <= (_MOST_DENSE if is_white else _MOST_DENSE_CORRELATED):
        return _dense(model, spread, observed, standard_error)
    return _iterative(model, spread, observed, standard_error)


def _dense(model: AcquisitionModel, spread: float, observed: BoolArray, error: FloatArray) -> Solver:
    index = np.argwhere(observed)
    tissue = np.full((len(index), len(index)), spread**2)
    noise = np.outer(error[observed], error[observed])
    for axis, (k, r) in enumerate(zip(model.seen, model.noise_correlation, strict=True)):
        pairs = np.ix_(index[:, axis], index[:, axis])
        tissue *= k[pairs]
        noise *= r[pairs]
    tissue += noise
    tissue[np.diag_indices(len(index))] *= 1.0 + 1e-9
    factor = linalg.cho_factor(tissue, lower=True, overwrite_a=True, check_finite=False)

    def solve(right: RealArray) -> RealArray:
        out = np.zeros_like(right)
        out[:, observed] = linalg.cho_solve(factor, right[:, observed].T, check_finite=False).T
        return out

    return solve


def _iterative(model: AcquisitionModel, spread: float, observed: BoolArray, error: FloatArray) -> Solver:
    # single precision is enough for a residual of a thousandth, and twice as fast
    seen = [matrix.astype(np.float32) for matrix in model.seen]
    noise = [matrix.astype(np.float32) for matrix in model.noise_correlation]
    is_white = all(np.array_equal(matrix, np.eye(len(matrix))) for matrix in noise)
    unit = float(np.median(error[observed]))
    scaled_error = (error / unit).astype(np.float32)
    variance = np.float32((spread / unit) ** 2)
    precondition = _preconditioner(model, float(variance), observed)

    def product(x: RealArray) -> RealArray:
        of_noise = scaled_error**2 * x if is_white else scaled_error * along_axes(noise, scaled_error * x)
        inside: RealArray = variance * along_axes(seen, x) + of_noise
        return np.where(observed, inside, np.float32(0.0))

    def solve(right: RealArray) -> RealArray:
        scaled = np.where(observed, right / unit**2, 0.0).astype(np.float32)
        return _conjugate_gradients(product, precondition, scaled).astype(np.float64)

    return solve


def _preconditioner(model: AcquisitionModel, variance: float, observed: BoolArray) -> Solver:
    """Return the inverse where all voxels are observed with a standard error of one: exact, and cheap."""
    vectors, values = [], []
    for k, r in zip(model.seen, model.noise_correlation, strict=True):
        value, vector = linalg.eigh(k, r + 1e-3 * np.eye(len(r)))
        values.append(np.maximum(value, 0.0))
        vectors.append(vector.astype(np.float32))
    scale = variance * np.multiply.outer(np.multiply.outer(values[0], values[1]), values[2]) + 1.0
    scale = scale.astype(np.float32)
    turned = [vector.T for vector in vectors]

    def precondition(x: RealArray) -> RealArray:
        return np.where(observed, along_axes(vectors, along_axes(turned, x) / scale), np.float32(0.0))

    return precondition


def _conjugate_gradients(product: Solver, precondition: Solver, right: RealArray) -> RealArray:
    """Solve for many right sides at once (Hestenes 1952)."""
    axes = (1, 2, 3)
    solution, rest = np.zeros_like(right), right.copy()
    wanted = _TOLERANCE**2 * np.maximum((right**2).sum(axis=axes), 1e-30)
    towards = precondition(rest)
    direction, slope = towards, (rest * towards).sum(axis=axes)
    for _ in range(_MOST_ITERATIONS):
        moved = product(direction)
        curvature = (direction * moved).sum(axis=axes)
        step = np.divide(slope, curvature, out=np.zeros_like(slope), where=curvature > 0.0)[:, None, None, None]
        solution = solution + step * direction
        rest = rest - step * moved
        if np.all((rest**2).sum(axis=axes) <= wanted):
            break
        towards = precondition(rest)
        new = (rest * towards).sum(axis=axes)
        ratio = np.divide(new, slope, out=np.zeros_like(new), where=slope > 0.0)
        direction, slope = towards + ratio[:, None, None, None] * direction, new
    return solution
