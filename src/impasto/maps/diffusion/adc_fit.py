"""Fits of the signal's decay with b alone: the apparent diffusion coefficient, and how far the decay bends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.maps.diffusion.log_linear import Design, LogLinearFit
from impasto.maps.diffusion.normal_equations import quadratic_form
from impasto.maps.diffusion.pooled_fit import PooledFit, Signals, fit_pooled
from impasto.maps.diffusion.reasons import DiffusionReason
from impasto.maps.diffusion.settings import FitSettings

__all__ = ["AdcFit", "KurtosisFit", "fit_adc", "fit_adc_of", "fit_kurtosis", "fit_kurtosis_of"]


@dataclass(frozen=True, eq=False)
class AdcFit:
    """Apparent diffusion coefficients of many voxels; NaN where undetermined.

    Parameters
    ----------
    adc_um2_per_ms, adc_error : ndarray, shape (voxel,)
        And its standard error: that of the noise. NaN where nothing tells the noise, as with two measurements.
    s0 : ndarray, shape (voxel,)
        Signal without weighting.
    noise : ndarray, shape (voxel,)
        Standard deviation of one acquisition, in units of the signal.
    outlier_count : ndarray of int16, shape (voxel,)
    reasons : ndarray of uint8, shape (voxel,)
        Sums of :class:`~impasto.maps.diffusion.reasons.DiffusionReason`; zero where nothing is the matter.
    """

    adc_um2_per_ms: RealArray
    adc_error: RealArray
    s0: RealArray
    noise: RealArray
    outlier_count: NDArray[np.int16]
    reasons: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class KurtosisFit:
    """Diffusivity at small b and kurtosis of many voxels; NaN where undetermined. Fields as in :class:`AdcFit`.

    Parameters
    ----------
    diffusivity_um2_per_ms, diffusivity_error : ndarray, shape (voxel,)
    kurtosis, kurtosis_error : ndarray, shape (voxel,)
        Without unit; zero where the decay is exponential.
    s0, noise : ndarray, shape (voxel,)
    outlier_count : ndarray of int16, shape (voxel,)
    reasons : ndarray of uint8, shape (voxel,)
    """

    diffusivity_um2_per_ms: RealArray
    diffusivity_error: RealArray
    kurtosis: RealArray
    kurtosis_error: RealArray
    s0: RealArray
    noise: RealArray
    outlier_count: NDArray[np.int16]
    reasons: NDArray[np.uint8]


def fit_adc(
    signal: RealArray,
    b_values_s_per_mm2: ArrayLike,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> AdcFit:
    """Fit ``ln S = ln S0 - b ADC`` (Le Bihan 1986) to two or more b-values, all directions alike.

    Parameters
    ----------
    signal : ndarray, shape (voxel, measurement)
    b_values_s_per_mm2 : array_like, shape (measurement,)
    settings : FitSettings, optional
    averages : ndarray, shape (measurement,), optional
        How many acquisitions each measurement is the mean of; one when not given.
    progress : Progress

    Returns
    -------
    AdcFit

    Raises
    ------
    ImpastoError
        When the signals do not fit the b-values, or fewer than two b-values differ.

    Notes
    -----
    Images of single directions in anisotropic tissue should be brought to their geometric mean first
    (:func:`~impasto.maps.diffusion.preparation.trace_weighted`): the weights would favour directions of slow diffusion.
    """
    signal = _checked(signal, b_values_s_per_mm2)
    return fit_adc_of(lambda voxels: signal[voxels], len(signal), b_values_s_per_mm2, settings, averages, progress)


def fit_adc_of(
    signals: Signals,
    count: int,
    b_values_s_per_mm2: ArrayLike,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> AdcFit:
    """Fit as :func:`fit_adc` does, but fetch the signals block by block: for data too large to copy."""
    settings = settings or FitSettings()
    b = 1e-3 * np.asarray(b_values_s_per_mm2, dtype=np.float64)
    pooled = _pooled(signals, count, np.stack([-b, np.ones_like(b)], axis=1), settings, averages, _of_adc, progress)
    adc = pooled.figures["adc"]
    error = pooled.figures["error"] * pooled.noise
    return AdcFit(adc, error, pooled.s0, pooled.noise, pooled.outlier_count, _with_implausible(pooled, adc, settings))


def fit_kurtosis(
    signal: RealArray,
    b_values_s_per_mm2: ArrayLike,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> KurtosisFit:
    """Fit ``ln S = ln S0 - b D + b^2 D^2 K / 6`` (Jensen 2005) to three or more b-values.

    Holds while b stays below ``3 / (D K)``: about 2500 s/mm2 in brain. Parameters as of :func:`fit_adc`.

    Raises
    ------
    ImpastoError
        When the signals do not fit the b-values, or fewer than three b-values differ.
    """
    signal = _checked(signal, b_values_s_per_mm2)
    return fit_kurtosis_of(lambda voxels: signal[voxels], len(signal), b_values_s_per_mm2, settings, averages, progress)


def fit_kurtosis_of(
    signals: Signals,
    count: int,
    b_values_s_per_mm2: ArrayLike,
    settings: FitSettings | None = None,
    averages: FloatArray | None = None,
    progress: Progress = silent,
) -> KurtosisFit:
    """Fit as :func:`fit_kurtosis` does, but fetch the signals block by block: for data too large to copy."""
    settings = settings or FitSettings()
    b = 1e-3 * np.asarray(b_values_s_per_mm2, dtype=np.float64)
    matrix = np.stack([-b, b**2 / 6.0, np.ones_like(b)], axis=1)
    pooled = _pooled(signals, count, matrix, settings, averages, _of_kurtosis, progress)
    figures, noise = pooled.figures, pooled.noise
    return KurtosisFit(
        figures["diffusivity"],
        figures["diffusivity_error"] * noise,
        figures["kurtosis"],
        figures["kurtosis_error"] * noise,
        pooled.s0,
        noise,
        pooled.outlier_count,
        _with_implausible(pooled, figures["diffusivity"], settings),
    )


def _checked(signal: RealArray, b_values_s_per_mm2: ArrayLike) -> RealArray:
    signal, b_values = np.asarray(signal), np.asarray(b_values_s_per_mm2)
    if signal.ndim != 2 or b_values.shape != signal.shape[1:]:
        problem = f"signals of shape {signal.shape} for b-values of shape {b_values.shape}"
        raise ImpastoError("diffusion-weighted signal", problem, "give shape (voxel, measurement)")
    return signal


def _pooled(
    signals: Signals,
    count: int,
    matrix: FloatArray,
    settings: FitSettings,
    averages: FloatArray | None,
    describe: Callable[[LogLinearFit], dict[str, RealArray]],
    progress: Progress,
) -> PooledFit:
    counts = np.ones(len(matrix)) if averages is None else np.asarray(averages, dtype=np.float64)
    return fit_pooled(signals, count, Design(matrix, counts), settings, describe, progress)


def _of_adc(fit: LogLinearFit) -> dict[str, RealArray]:
    return {"adc": fit.parameters[0], "error": np.sqrt(fit.covariance[0])}


def _of_kurtosis(fit: LogLinearFit) -> dict[str, RealArray]:
    diffusivity, bend = fit.parameters[0], fit.parameters[1]
    square = np.where(diffusivity > 0.0, diffusivity, np.nan) ** 2
    kurtosis = bend / square
    along = np.stack([-2.0 * kurtosis / diffusivity, 1.0 / square])
    return {
        "diffusivity": diffusivity,
        "diffusivity_error": np.sqrt(fit.covariance[0]),
        "kurtosis": kurtosis,
        "kurtosis_error": np.sqrt(quadratic_form(fit.covariance, along)),
    }


def _with_implausible(pooled: PooledFit, diffusivity: RealArray, settings: FitSettings) -> NDArray[np.uint8]:
    implausible = (diffusivity < 0.0) | (diffusivity > settings.greatest_diffusivity_um2_per_ms)
    flags: NDArray[np.uint8] = np.where(implausible, int(DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY), 0).astype(np.uint8)
    return pooled.reasons | flags
