"""Solving with the covariance of acquired voxels: densely where they are few, by conjugate gradients where not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from scipy import linalg

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.target.zones.acquisition_model import AcquisitionModel
from impasto.target.zones.part_covariance import combined, noise_covariance, part_covariances, seen_covariance
from impasto.target.zones.separable import along_axes
from impasto.target.zones.tissue_field import TissueField

__all__ = ["Solver", "is_dense", "prepared_solver"]

Solver: TypeAlias = Callable[[RealArray], RealArray]

_MOST_DENSE, _MOST_DENSE_CORRELATED = 2500, 6000
"""Filtered noise is all but singular, and gradients creep: such voxels are solved densely as long as memory allows."""

_TOLERANCE = 1e-2
_MOST_ITERATIONS = 30


def is_dense(model: AcquisitionModel, observed: BoolArray) -> bool:
    """Whether so few voxels are observed that each part of the tissue may vary by an amount of its own."""
    return int(np.count_nonzero(observed)) <= (_MOST_DENSE if _is_white(model) else _MOST_DENSE_CORRELATED)


def prepared_solver(
    model: AcquisitionModel, field: TissueField, parts: FloatArray, observed: BoolArray, standard_error: FloatArray
) -> Solver:
    """Prepare the inverse of what tissue and noise make acquired voxels vary together.

    Parameters
    ----------
    model : AcquisitionModel
        With the tissue's correlation.
    field : TissueField
        Uniform unless the solver is dense (:func:`is_dense`).
    parts : ndarray, shape (part, *lattice.shape)
    observed : ndarray of bool, shape (i, j, k)
        Other voxels give and take nothing.
    standard_error : ndarray, shape (i, j, k)

    Returns
    -------
    function
        Takes and gives stacked fields, shape (field, i, j, k); iterative to a residual of a hundredth, or 30 steps.
    """
    if is_dense(model, observed):
        return _dense(model, field, parts, observed, standard_error)
    return _iterative(model, field.spreads[-1], observed, standard_error)


def _is_white(model: AcquisitionModel) -> bool:
    return all(np.array_equal(matrix, np.eye(len(matrix))) for matrix in model.noise_correlation)


def _dense(
    model: AcquisitionModel, field: TissueField, parts: FloatArray, observed: BoolArray, error: FloatArray
) -> Solver:
    index = np.argwhere(observed)
    if field.is_uniform:
        both = field.spreads[-1] ** 2 * seen_covariance(model, index)
    else:
        both = combined(part_covariances(model, parts, index), np.array(field.spreads))
    both += noise_covariance(model, index, error[observed])
    # pairs of parts come in single precision
    both[np.diag_indices(len(index))] += 1e-6 * np.trace(both) / len(index)
    factor = linalg.cho_factor(both, lower=True, overwrite_a=True, check_finite=False)

    def solve(right: RealArray) -> RealArray:
        out = np.zeros_like(right)
        out[:, observed] = linalg.cho_solve(factor, right[:, observed].T, check_finite=False).T
        return out

    return solve


def _iterative(model: AcquisitionModel, spread: float, observed: BoolArray, error: FloatArray) -> Solver:
    # single precision is enough for a residual of a thousandth, and twice as fast
    seen = [matrix.astype(np.float32) for matrix in model.seen]
    noise = [matrix.astype(np.float32) for matrix in model.noise_correlation]
    is_white = _is_white(model)
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
