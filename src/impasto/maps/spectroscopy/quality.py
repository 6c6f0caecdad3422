"""Figures of quality of every fitted voxel: signal, linewidth, bounds, residual, contamination, learned filter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.maps.spectroscopy.artefact_features import aligned_spectra, crop_ppm
from impasto.maps.spectroscopy.artefact_filter import artefact_probability
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS, SpectralFit

__all__ = ["SpectralQuality", "signals_as_fitted", "spectral_quality"]

ComplexArray = NDArray[np.complexfloating]

_JUDGED_SUMS = ("tNAA", "tCho", "tCr")
_LIPID_PPM = (0.6, 1.7)
_METABOLITES_PPM = (1.9, 3.4)
_BLOCK = 2048


@dataclass(frozen=True, eq=False)
class SpectralQuality:
    """Figures of quality, each of shape (voxel,).

    Parameters
    ----------
    signal_to_noise : ndarray
        Highest point of the fitted metabolites over the standard deviation of the noise.
    fwhm_hz, fwhm_ppm : ndarray
        Full width at half maximum of a singlet.
    cramer_rao_percent : mapping of str to ndarray
        Cramer-Rao bound over the amplitude of tNAA, tCho and tCr, those that were fitted; infinite where that is zero.
    residual : ndarray
        Root mean square of what the fit leaves, over the noise.
    residual_share : ndarray
        The same over the highest point of the fitted metabolites.
    lipid, water : ndarray
        Highest magnitude between .6 and 1.7 ppm, and near 4.65 ppm, over the highest of 1.9 to 3.4 ppm.
    artefact_probability : ndarray
        See :func:`~impasto.maps.spectroscopy.artefact_filter.artefact_probability`.
    """

    signal_to_noise: FloatArray
    fwhm_hz: FloatArray
    fwhm_ppm: FloatArray
    cramer_rao_percent: Mapping[str, FloatArray]
    residual: FloatArray
    residual_share: FloatArray
    lipid: FloatArray
    water: FloatArray
    artefact_probability: FloatArray


def spectral_quality(
    fid: ComplexArray, dwell_s: float, frequency_mhz: float, fit: SpectralFit, progress: Progress = silent
) -> SpectralQuality:
    """Measure the quality of fitted spectra.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        The signals that were fitted, not apodised. They are moved to the frequency and phase of the fit before they are
        looked at, so that no voxel suffers for an offset the fit accounts for.
    dwell_s : float
    frequency_mhz : float
    fit : SpectralFit
    progress : Progress

    Returns
    -------
    SpectralQuality

    Raises
    ------
    ImpastoError
        When signals and fit are not of the same voxels.
    """
    if np.ndim(fid) != 2 or len(fid) != len(fit.shift_hz):
        problem = f"signals of shape {np.shape(fid)} do not belong to a fit of {len(fit.shift_hz)} voxels"
        raise ImpastoError("spectral quality", problem, "give the signals that were fitted, one row per voxel")
    lipid, water, probability = np.zeros((3, len(fid)))
    for start in range(0, len(fid), _BLOCK):
        progress("quality of spectra", start / len(fid))
        block = slice(start, start + _BLOCK)
        signals = signals_as_fitted(fid[block], dwell_s, fit, block)
        lipid[block], water[block] = _contamination(signals, dwell_s, frequency_mhz)
        probability[block] = artefact_probability(signals, dwell_s, frequency_mhz)
    progress("quality of spectra", 1.0)
    signal_to_noise = np.asarray(fit.signal_to_noise, dtype=np.float64)
    with_signal = np.isfinite(signal_to_noise) & (signal_to_noise > 0.0)
    share = np.full(len(fid), np.inf)
    np.divide(fit.residual, signal_to_noise, out=share, where=with_signal)
    fwhm_hz = np.asarray(fit.fwhm_hz, dtype=np.float64)
    bounds = _cramer_rao_percent(fit)
    residual = np.asarray(fit.residual, dtype=np.float64)
    return SpectralQuality(
        signal_to_noise, fwhm_hz, fwhm_hz / frequency_mhz, bounds, residual, share, lipid, water, probability
    )


def signals_as_fitted(
    fid: ComplexArray, dwell_s: float, fit: SpectralFit, voxels: slice = slice(None)
) -> NDArray[np.complex64]:
    """Take the shift and both phases of a fit off its signals.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
    dwell_s : float
    fit : SpectralFit
    voxels : slice
        Rows of the fit that `fid` holds.

    Returns
    -------
    ndarray of complex64, shape (voxel, time)
    """
    points = fid.shape[1]
    times_s, frequencies_hz = np.arange(points) * dwell_s, np.fft.fftfreq(2 * points, dwell_s)
    shift_hz, delay_s = fit.shift_hz[voxels, None], fit.first_order_phase_s[voxels, None]
    still = (fid * np.exp(-2j * np.pi * shift_hz * times_s)).astype(np.complex64)
    # twice as long, so that what the delay moves before the start does not come in again at the end
    turning = np.exp(-1j * (fit.zero_order_phase_rad[voxels, None] + 2.0 * np.pi * delay_s * frequencies_hz))
    moved = np.fft.ifft(np.fft.fft(still, 2 * points, axis=1) * turning.astype(np.complex64), axis=1)
    return np.ascontiguousarray(moved[:, :points], dtype=np.complex64)


def _contamination(signals: ComplexArray, dwell_s: float, frequency_mhz: float) -> tuple[FloatArray, FloatArray]:
    aligned = aligned_spectra(signals, dwell_s, frequency_mhz)
    axis, magnitude = crop_ppm(), np.abs(aligned.spectrum)
    highest = [magnitude[:, (axis >= low) & (axis <= high)].max(axis=1) for low, high in (_LIPID_PPM, _METABOLITES_PPM)]
    metabolites = np.maximum(highest[1], 1e-6)
    return highest[0] / metabolites, aligned.water / metabolites


def _cramer_rao_percent(fit: SpectralFit) -> Mapping[str, FloatArray]:
    percent = {}
    for name in _JUDGED_SUMS:
        if any(member in fit.names for member in METABOLITE_SUMS[name]):
            amplitude, error = fit.total(METABOLITE_SUMS[name])
            percent[name] = np.full(len(amplitude), np.inf)
            np.divide(100.0 * error, amplitude, out=percent[name], where=amplitude > 0.0)
    return MappingProxyType(percent)
