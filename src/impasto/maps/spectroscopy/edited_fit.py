"""Fit of the difference of an edited experiment, with what the fit of the sum has found about each voxel.

The difference holds one small doublet. Its frequency, phase and linewidth cannot be found in it where there is no
lactate, and searching for them would find lactate in noise; the sum, of the same voxel and the same minutes, tells
them. What is left to fit is linear.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet, chemical_shifts_ppm
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.noise import noise_level
from impasto.maps.spectroscopy.quality import signals_as_fitted
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["fit_difference", "joined_fits"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 1024
_LACTATE_PPM = (0.95, 1.70)


def fit_difference(
    fid: ComplexArray,
    dwell_s: float,
    basis: BasisSet,
    fit_of_sum: SpectralFit,
    range_ppm: tuple[float, float] = _LACTATE_PPM,
    baseline_degree: int = 2,
) -> SpectralFit:
    """Fit the difference by linear least squares, at frequency, phase and linewidth of the sum.

    The real part of the spectrum is a sum of broadened basis functions over a polynomial baseline, which takes up what
    subtraction has left of broad lipid.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        See :class:`~impasto.maps.spectroscopy.editing.EditedSignals`.
    dwell_s : float
    basis : BasisSet
        At the data's sampling; functions that have nothing in the range should be left out.
    fit_of_sum : SpectralFit
        Of the same voxels.
    range_ppm : (float, float)
        That is fitted: the methyl doublet of lactate by default.
    baseline_degree : int

    Returns
    -------
    SpectralFit
        Amplitudes, covariance, noise, residual and signal-to-noise ratio are those of the difference, the rest is the
        sum's. Amplitudes are never negative: where the least-squares one is, there is none.

    Raises
    ------
    ImpastoError
        When signals and fit are not of the same voxels, or the range holds too few points.
    """
    fid = np.asarray(fid)
    if fid.ndim != 2 or len(fid) != len(fit_of_sum.shift_hz):
        problem = f"a difference of shape {fid.shape} does not belong to a fit of {len(fit_of_sum.shift_hz)} voxels"
        raise ImpastoError("edited spectra", problem, "give the difference of the voxels whose sum was fitted")
    times_s = dwell_s * np.arange(fid.shape[1], dtype=np.float64)
    frequencies_hz = np.asarray(np.fft.fftfreq(fid.shape[1], dwell_s), dtype=np.float64)
    ppm = chemical_shifts_ppm(frequencies_hz, basis.frequency_mhz)
    points = np.flatnonzero((ppm >= range_ppm[0]) & (ppm <= range_ppm[1]))
    functions = len(basis.names) + baseline_degree + 1
    if len(points) <= functions:
        problem = f"{range_ppm[0]:g} to {range_ppm[1]:g} ppm holds {len(points)} points for {functions} functions"
        raise ImpastoError("edited spectra", problem, "fit a wider range")
    middle, half = np.mean(range_ppm), 0.5 * (range_ppm[1] - range_ppm[0])
    baseline = ((ppm[points] - middle) / half)[None, :] ** np.arange(baseline_degree + 1)[:, None]
    noise = noise_level(fid)
    parts = []
    for start in range(0, len(fid), _BLOCK):
        rows = slice(start, start + _BLOCK)
        upright = signals_as_fitted(fid[rows], dwell_s, fit_of_sum, rows)
        decay = broadening(times_s, fit_of_sum.lorentzian_hz[rows], fit_of_sum.gaussian_hz[rows])
        spectra = _unitary(basis.fid[:, : fid.shape[1]][None] * decay[:, None, :])[..., points]
        parts.append(_solved(_unitary(upright)[..., points], spectra, baseline, noise[rows]))
    columns = zip(*parts, strict=True) if parts else _nothing(len(basis.names))
    amplitudes, covariance, residual, height = (np.concatenate(list(column)) for column in columns)
    return replace(
        fit_of_sum,
        names=basis.names,
        amplitudes=np.maximum(amplitudes, 0.0),
        covariance=covariance.astype(np.float32),
        noise=noise,
        residual=residual,
        signal_to_noise=np.divide(height, noise, out=np.zeros(len(noise)), where=noise > 0.0),
    )


def joined_fits(fit: SpectralFit, other: SpectralFit) -> SpectralFit:
    """Return the amplitudes of two fits of the same voxels as one; whatever else is known is the first one's.

    Their noise must be independent, as that of sum and difference is.

    Raises
    ------
    ImpastoError
        When the voxels disagree in number, or both fits have a function of the same name.
    """
    shared = sorted(set(fit.names) & set(other.names))
    if shared or len(fit.amplitudes) != len(other.amplitudes):
        problem = f"both have {', '.join(shared)}" if shared else "the voxels are not the same"
        raise ImpastoError("two fits", problem, "join fits of the same voxels with different functions")
    one, two = len(fit.names), len(other.names)
    covariance = np.zeros((len(fit.amplitudes), one + two, one + two), dtype=np.float32)
    covariance[:, :one, :one], covariance[:, one:, one:] = fit.covariance, other.covariance
    amplitudes = np.concatenate([fit.amplitudes, other.amplitudes], axis=1)
    return replace(fit, names=fit.names + other.names, amplitudes=amplitudes, covariance=covariance)


def _unitary(fid: ComplexArray) -> FloatArray:
    """Real part of the spectrum, scaled so that noise keeps its standard deviation."""
    spectrum: FloatArray = np.fft.fft(fid, axis=-1, norm="ortho").real
    return spectrum


def _solved(
    observed: FloatArray, spectra: FloatArray, baseline: FloatArray, noise: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Amplitudes, their covariance, the residual over the noise, and the height of what was fitted."""
    voxels, names, points = spectra.shape
    size = np.linalg.norm(spectra, axis=2, keepdims=True)
    size = np.where(size > 0.0, size, 1.0)
    design = np.concatenate([spectra / size, np.broadcast_to(baseline, (voxels, *baseline.shape))], axis=1)
    inverse = np.linalg.pinv(design @ design.transpose(0, 2, 1), hermitian=True)
    solution = np.einsum("nij,njp,np->ni", inverse, design, observed)
    left = observed - np.einsum("ni,nip->np", solution, design)
    degrees = points - design.shape[1]
    residual = np.sqrt(np.square(left).sum(axis=1) / degrees) / np.maximum(noise, 1e-30)
    # what the model cannot explain counts as noise
    spread = noise * np.maximum(residual, 1.0)
    unit = size[:, :, 0]
    covariance = inverse[:, :names, :names] / (unit[:, :, None] * unit[:, None, :]) * np.square(spread)[:, None, None]
    fitted = np.einsum("ni,nip->np", solution[:, :names], design[:, :names])
    return solution[:, :names] / unit, covariance, residual, np.abs(fitted).max(axis=1)


def _nothing(names: int) -> list[list[FloatArray]]:
    return [[np.zeros((0, names))], [np.zeros((0, names, names))], [np.zeros(0)], [np.zeros(0)]]
