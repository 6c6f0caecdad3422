"""Fit of the diffusion tensor, with the standard errors of what clinics read from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.diffusion import GradientTable
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.maps.diffusion.log_linear import Design, LogLinearFit
from impasto.maps.diffusion.normal_equations import principal_axes, quadratic_form
from impasto.maps.diffusion.pooled_fit import PooledFit, Signals, fit_pooled
from impasto.maps.diffusion.reasons import DiffusionReason
from impasto.maps.diffusion.settings import FitSettings
from impasto.maps.diffusion.tensor import b_matrix, fractional_anisotropy

__all__ = ["TensorFit", "fit_tensor", "fit_tensor_of", "tensor_design"]

_OCCURRENCES = np.array([1.0, 2.0, 2.0, 1.0, 2.0, 1.0])
_ISOTROPIC = np.array([1.0, 0.0, 0.0, 1.0, 0.0, 1.0])
_DIAGONAL = np.array([0, 2, 5, 9, 14, 20])


@dataclass(frozen=True, eq=False)
class TensorFit:
    """Diffusion tensors of many voxels; NaN where undetermined.

    Standard errors are those of the noise: they do not know of motion, or of a voxel that one tensor does not describe.

    Parameters
    ----------
    tensor_um2_per_ms : ndarray, shape (voxel, 6)
        Components xx, xy, xz, yy, yz, zz, LPS, as fitted: negative eigenvalues are left as they are.
    s0 : ndarray, shape (voxel,)
        Signal without weighting.
    eigenvalues_um2_per_ms : ndarray of float32, shape (voxel, 3)
        From greatest to least.
    principal_direction : ndarray of float32, shape (voxel, 3)
        Unit vectors, LPS; the sign carries no meaning.
    mean_diffusivity_um2_per_ms, mean_diffusivity_error : ndarray, shape (voxel,)
        Mean of the eigenvalues, the ADC of clinics.
    anisotropy : ndarray, shape (voxel,)
        Fractional anisotropy, negative eigenvalues taken as zero.
    anisotropy_error : ndarray of float32, shape (voxel,)
        Its root mean square error: noise to first order, and the excess that noise makes of small anisotropy. Among
        voxels without any it spans zero in two of three.
    corrected_anisotropy : ndarray of float32, shape (voxel,)
        Fractional anisotropy less the excess that noise is expected to make.
    noise : ndarray, shape (voxel,)
        Standard deviation of one acquisition, in units of the signal.
    outlier_count : ndarray of int16, shape (voxel,)
        Measurements left out as outliers.
    reasons : ndarray of uint8, shape (voxel,)
        Sums of :class:`~impasto.maps.diffusion.reasons.DiffusionReason`; zero where nothing is the matter.
    """

    tensor_um2_per_ms: RealArray
    s0: RealArray
    eigenvalues_um2_per_ms: RealArray
    principal_direction: RealArray
    mean_diffusivity_um2_per_ms: RealArray
    mean_diffusivity_error: RealArray
    anisotropy: RealArray
    anisotropy_error: RealArray
    corrected_anisotropy: RealArray
    noise: RealArray
    outlier_count: NDArray[np.int16]
    reasons: NDArray[np.uint8]


def tensor_design(gradients: GradientTable) -> FloatArray:
    """Columns for the six components in um2/ms and for ``ln S0``, shape (measurement, 7)."""
    return np.concatenate([-1e-3 * b_matrix(gradients), np.ones((len(gradients), 1))], axis=1)


def fit_tensor(
    signal: RealArray,
    gradients: GradientTable,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> TensorFit:
    """Fit ``ln S = ln S0 - b g^T D g`` by weighted least squares.

    Parameters
    ----------
    signal : ndarray, shape (voxel, measurement)
    gradients : GradientTable
        Every measurement is used: leave out too strong ones beforehand
        (:func:`~impasto.maps.diffusion.preparation.up_to_b`).
    settings : FitSettings, optional
    averages : ndarray, shape (measurement,), optional
        How many acquisitions each measurement is the mean of; one when not given.
    progress : Progress

    Returns
    -------
    TensorFit

    Raises
    ------
    ImpastoError
        When the signals do not fit the gradients, or the gradients do not determine a tensor.
    """
    signal = np.asarray(signal)
    if signal.ndim != 2 or signal.shape[1] != len(gradients):
        problem = f"signals of shape {signal.shape} for {len(gradients)} gradients"
        raise ImpastoError("diffusion-weighted signal", problem, "give shape (voxel, measurement)")
    return fit_tensor_of(lambda voxels: signal[voxels], len(signal), gradients, settings, averages, progress)


def fit_tensor_of(
    signals: Signals,
    count: int,
    gradients: GradientTable,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> TensorFit:
    """Fit as :func:`fit_tensor` does, but fetch the signals block by block: for data too large to copy."""
    settings = settings or FitSettings()
    counts = np.ones(len(gradients)) if averages is None else np.asarray(averages, dtype=np.float64)
    design = Design(tensor_design(gradients), counts)
    return _judged(fit_pooled(signals, count, design, settings, _described, progress), settings)


def _described(fit: LogLinearFit) -> dict[str, RealArray]:
    """Scalars of a block's tensors, and their variances at noise of one."""
    tensor = fit.parameters[:6]
    values, direction = np.empty((3, tensor.shape[1])), np.empty((3, tensor.shape[1]))
    principal_axes(tensor, values, direction)
    trace, size = _ISOTROPIC @ tensor, _OCCURRENCES @ tensor**2
    spread = size - trace**2 / 3.0
    of_trace = quadratic_form(fit.covariance, np.repeat(_ISOTROPIC[:, None], tensor.shape[1], axis=1))
    of_anisotropy = quadratic_form(fit.covariance, _anisotropy_derivative(tensor, spread, size))
    own = _OCCURRENCES @ fit.covariance[_DIAGONAL]
    return {
        "tensor": tensor.T,
        "mean": trace / 3.0,
        "anisotropy": fractional_anisotropy(np.maximum(values.T, 0.0)),
        "values": values.T.astype(np.float32),
        "direction": direction.T.astype(np.float32),
        "variances": np.stack([of_trace / 9.0, of_anisotropy], axis=1).astype(np.float32),
        "squares": np.stack([spread, size], axis=1).astype(np.float32),
        # by how much noise of one is expected to raise these squares
        "growth": np.stack([own - of_trace / 3.0, own], axis=1).astype(np.float32),
    }


def _anisotropy_derivative(tensor: FloatArray, spread: FloatArray, size: FloatArray) -> FloatArray:
    """By the tensor's components, shape (6, voxel): ``FA (deviation / spread - tensor / size)``."""
    deviation = tensor - (_ISOTROPIC @ tensor / 3.0) * _ISOTROPIC[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        anisotropy = np.sqrt(1.5 * spread / size)
        derivative: FloatArray = (anisotropy / spread) * deviation - (anisotropy / size) * tensor
    derivative *= _OCCURRENCES[:, None]
    return derivative


def _judged(pooled: PooledFit, settings: FitSettings) -> TensorFit:
    figures, noise = pooled.figures, pooled.noise
    values = figures["values"]
    mean, anisotropy = figures["mean"], figures["anisotropy"]
    errors = np.sqrt(figures["variances"]) * noise[:, None].astype(np.float32)
    corrected, anisotropy_error = _noise_in_anisotropy(figures, errors[:, 1], noise)
    reasons = pooled.reasons.copy()
    reasons[values[:, 2] < 0.0] |= int(DiffusionReason.NEGATIVE_EIGENVALUE)
    implausible = (mean < 0.0) | (mean > settings.greatest_diffusivity_um2_per_ms)
    reasons[implausible] |= int(DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY)
    return TensorFit(
        tensor_um2_per_ms=figures["tensor"],
        s0=pooled.s0,
        eigenvalues_um2_per_ms=values,
        principal_direction=figures["direction"],
        mean_diffusivity_um2_per_ms=mean,
        mean_diffusivity_error=errors[:, 0],
        anisotropy=anisotropy,
        anisotropy_error=anisotropy_error,
        corrected_anisotropy=corrected,
        noise=noise,
        outlier_count=pooled.outlier_count,
        reasons=reasons,
    )


def _noise_in_anisotropy(
    figures: dict[str, RealArray], first_order: RealArray, noise: FloatArray
) -> tuple[RealArray, RealArray]:
    """Anisotropy less what noise is expected to add to it, and the root mean square error of the anisotropy as fitted.

    Noise adds to the square of the anisotropy. Less all of that, the square is unbiased; its root is not, but misses
    the variance along the anisotropy, which is given back. The error is that variance and what was taken off. Where the
    square is within one variance of zero noise alone would give as much about two times in three (five components of
    noise): the error then reaches down to zero.
    """
    anisotropy = figures["anisotropy"]
    spread, size = (figures["squares"] - figures["growth"] * (noise[:, None] ** 2).astype(np.float32)).T
    square = 1.5 * np.divide(spread, size, out=np.zeros_like(size), where=size > 0.0)
    corrected = np.sqrt(np.clip(square + first_order**2, 0.0, anisotropy**2))
    error = np.hypot(first_order, anisotropy - corrected)
    return corrected, np.where(square <= first_order**2, np.maximum(error, anisotropy), error)
