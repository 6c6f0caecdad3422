"""Weighted least squares on the logarithm of the signal, for a block of voxels.

Every model that is linear in ``ln S`` is fitted here: the tensor, the ADC, the kurtosis. Their designs have a last
column of ones, whose parameter is the logarithm of the signal without weighting. Inside a block the voxel is the last
axis (:mod:`~impasto.maps.diffusion.normal_equations`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.maps.diffusion.normal_equations import solve_normal_equations
from impasto.maps.diffusion.settings import Weighting

__all__ = ["Design", "LogLinearFit", "fit_log_linear", "logarithms", "weighted_fit"]

_LARGEST_EXPONENT = 300.0
_NO_FREEDOM = 1e-3


@dataclass(frozen=True, eq=False)
class Design:
    """What is measured, the same for all voxels.

    Parameters
    ----------
    matrix : ndarray, shape (measurement, parameter)
        ``ln S = matrix @ parameters``; the last column is one.
    averages : ndarray, shape (measurement,)
        How many acquisitions each measurement is the mean of: its variance is the noise's over that.

    Raises
    ------
    ImpastoError
        When shapes disagree, a count is not positive, or the measurements do not determine the parameters.
    """

    matrix: FloatArray
    averages: FloatArray

    def __post_init__(self) -> None:
        measurements, parameters = self.matrix.shape
        if self.averages.shape != (measurements,) or not (self.averages > 0.0).all():
            problem = f"{self.averages.shape} counts of averages for {measurements} measurements, or one not positive"
            raise ImpastoError("diffusion fit", problem, "give one positive count a measurement")
        if np.linalg.matrix_rank(self.matrix) < parameters:
            problem = f"{measurements} measurements do not determine the model's {parameters} parameters"
            remedy = "measure more directions or b-values, allow greater b, or fit a simpler model such as the ADC"
            raise ImpastoError("gradient table", problem, remedy)

    @cached_property
    def products(self) -> FloatArray:
        """Products of columns: times weights they are the normal equations, shape (p (p + 1) / 2, measurement)."""
        rows, columns = np.tril_indices(self.matrix.shape[1])
        return np.ascontiguousarray((self.matrix[:, rows] * self.matrix[:, columns]).T)

    @cached_property
    def unweighted_solver(self) -> FloatArray:
        """From logarithms to parameters when all acquisitions count alike, shape (parameter, measurement)."""
        root = np.sqrt(self.averages)
        return np.asarray(np.linalg.pinv(self.matrix * root[:, None]) * root, dtype=np.float64)

    def leverage(self, inverse: FloatArray) -> FloatArray:
        """``x^T N^-1 x`` of each measurement, shape (measurement, voxel), from packed inverses."""
        rows, columns = np.tril_indices(self.matrix.shape[1])
        both = np.where(rows == columns, 1.0, 2.0)
        leverage: FloatArray = (self.products * both[:, None]).T @ inverse
        return leverage


@dataclass(frozen=True, eq=False)
class LogLinearFit:
    """Fit of a block of voxels.

    Parameters
    ----------
    parameters : ndarray, shape (parameter, voxel)
        NaN where undetermined.
    covariance : ndarray, shape (p (p + 1) / 2, voxel)
        Packed covariances of the parameters, at noise of standard deviation one in units of the signal.
    residuals : ndarray, shape (measurement, voxel)
        Measured minus expected, in units of the signal, times the square root of the averages: all of one variance.
        Zero where not used.
    weights : ndarray, shape (measurement, voxel)
        Of the squared logarithms. Zero where not used.
    used : ndarray of bool, shape (measurement, voxel)
        Measurements that took part.
    weakest : ndarray, shape (voxel,)
        Signal expected where it is weakest.
    """

    parameters: FloatArray
    covariance: FloatArray
    residuals: FloatArray
    weights: FloatArray
    used: BoolArray
    weakest: FloatArray

    def s0(self) -> FloatArray:
        """Signal without weighting, shape (voxel,)."""
        return _exponential(self.parameters[-1])

    def degrees(self) -> FloatArray:
        """Degrees of freedom left to the residuals, shape (voxel,)."""
        return np.asarray(self.used.sum(axis=0) - float(len(self.parameters)), dtype=np.float64)

    def residual_square(self) -> FloatArray:
        """Sum of squared residuals, shape (voxel,)."""
        square: FloatArray = np.einsum("mn,mn->n", self.residuals, self.residuals)
        return square

    def freed_residuals(self, design: Design) -> FloatArray:
        """Residuals of a weighted fit at the size that they would have if they did not draw the fit to them.

        Returns
        -------
        ndarray, shape (measurement, voxel)
            Zero for a measurement that the fit must pass through.
        """
        freedom = np.sqrt(np.maximum(1.0 - self.weights * design.leverage(self.covariance), 0.0))
        freed: FloatArray = np.divide(
            self.residuals, freedom, out=np.zeros_like(freedom), where=self.used & (freedom > _NO_FREEDOM)
        )
        return freed


def logarithms(signal: RealArray) -> tuple[FloatArray, BoolArray]:
    """Logarithm of signals of shape (voxel, measurement), voxel last, and where there is one.

    There is none of what is not positive or not finite.
    """
    turned = np.ascontiguousarray(signal.T, dtype=np.float64)
    used = (turned > 0.0) & np.isfinite(turned)
    return np.log(turned if used.all() else np.where(used, turned, 1.0)), used


def fit_log_linear(signal: RealArray, design: Design, weighting: Weighting) -> LogLinearFit:
    """Fit a block: unweighted first, then weighted by the square of the signal which that expects (Chung 2006).

    Parameters
    ----------
    signal : ndarray, shape (voxel, measurement)
        What is not positive and finite counts as not measured.
    design : Design
    weighting : {"signal", "none"}
        With ``"none"`` parameters and covariance are those of the unweighted fit; the residuals are of the weighted
        one in both cases, since only they measure the noise.

    Returns
    -------
    LogLinearFit
    """
    log_signal, used = logarithms(signal)
    start = _unweighted(log_signal, used, design)
    weighted = weighted_fit(log_signal, used, design, start)
    return weighted if weighting == "signal" else _with_unweighted(weighted, start, design)


def weighted_fit(
    log_signal: FloatArray, used: BoolArray, design: Design, start: FloatArray, trust: FloatArray | None = None
) -> LogLinearFit:
    """Fit with the weights that follow from the signal which `start` expects.

    Parameters
    ----------
    log_signal : ndarray, shape (measurement, voxel)
    used : ndarray of bool, shape (measurement, voxel)
    design : Design
    start : ndarray, shape (parameter, voxel)
        An earlier fit.
    trust : ndarray, shape (measurement, voxel), optional
        Further weights, 0 to 1.

    Returns
    -------
    LogLinearFit
    """
    precision = _precision(start, used, design)
    weights = precision if trust is None else precision * trust
    parameters, inverse = _solved(weights, log_signal, design)
    expected: FloatArray = design.matrix @ parameters
    residuals = np.sqrt(precision) * (log_signal - expected)
    return LogLinearFit(parameters, inverse, residuals, weights, used, _exponential(expected.min(axis=0)))


def _precision(start: FloatArray, used: BoolArray, design: Design) -> FloatArray:
    """Squares of the expected signals, times averages: inverse variances of the logarithms at noise of one."""
    precision: FloatArray = _exponential(2.0 * (design.matrix @ start))
    precision *= design.averages[:, None] if used.all() else np.where(used, design.averages[:, None], 0.0)
    return precision


def _unweighted(log_signal: FloatArray, used: BoolArray, design: Design) -> FloatArray:
    """Least squares in which all acquisitions count alike, shape (parameter, voxel)."""
    parameters: FloatArray = design.unweighted_solver @ log_signal
    gappy = np.flatnonzero(~used.all(axis=0))
    if len(gappy):
        weights = np.where(used[:, gappy], design.averages[:, None], 0.0)
        parameters[:, gappy] = _solved(weights, log_signal[:, gappy], design)[0]
    return parameters


def _solved(weights: FloatArray, log_signal: FloatArray, design: Design) -> tuple[FloatArray, FloatArray]:
    """Parameters and packed inverses of the normal equations."""
    size, voxels = design.matrix.shape[1], weights.shape[1]
    parameters, inverse = np.empty((size, voxels)), np.empty((len(design.products), voxels))
    right = design.matrix.T @ (weights * log_signal)
    solve_normal_equations(design.products @ weights, right, parameters, inverse)
    return parameters, inverse


def _with_unweighted(weighted: LogLinearFit, start: FloatArray, design: Design) -> LogLinearFit:
    """Put the unweighted parameters in, and the covariance that they have at uneven noise."""
    counts = np.where(weighted.used, design.averages[:, None], 0.0)
    _, packed = _solved(counts, np.zeros_like(counts), design)
    rows, columns = np.tril_indices(len(start))
    inverse = np.empty((packed.shape[1], len(start), len(start)))
    inverse[:, rows, columns] = inverse[:, columns, rows] = packed.T
    spread = np.divide(counts**2, weighted.weights, out=np.zeros_like(counts), where=weighted.weights > 0.0)
    middle = np.einsum("mn,mi,mj->nij", spread, design.matrix, design.matrix, optimize=True)
    covariance = inverse @ middle @ inverse
    return replace(weighted, parameters=start, covariance=np.ascontiguousarray(covariance[:, rows, columns].T))


def _exponential(values: FloatArray) -> FloatArray:
    # bounded, since hopeless fits of noise need not warn
    exponential: FloatArray = np.exp(np.clip(values, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
    return exponential
