"""All that a fit can compute before it sees a voxel: basis spectra at many linewidths, baseline removed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet, chemical_shifts_ppm
from impasto.maps.spectroscopy.baseline import Baseline, stiff_baseline
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["FitModel", "fit_model", "unitary_spectrum"]


@dataclass(frozen=True, eq=False)
class FitModel:
    """A basis set made ready for voxels of one acquisition.

    Parameters
    ----------
    names : tuple of str
    fid : ndarray of complex, shape (name, time)
        The basis, cut to the length of the data.
    times_s : ndarray, shape (time,)
    shifts_ppm, frequencies_hz : ndarray, shape (point,)
        The fitted points of the spectrum.
    points : ndarray of int, shape (point,)
        Their place in the unshifted transform of twice the data's length.
    baseline : Baseline
    lorentzian_nodes_hz, gaussian_nodes_hz2 : ndarray
        Linewidths of the grid; Gaussian ones squared, in which a decay is closer to linear.
    spectra : ndarray of float32, shape (lorentzian, gaussian, name, point)
        Real spectra of the broadened basis after :meth:`Baseline.removed`.
    scale : float
        The basis was divided by it, so that amplitudes are near one.
    """

    names: tuple[str, ...]
    fid: NDArray[np.complexfloating]
    times_s: FloatArray
    shifts_ppm: FloatArray
    frequencies_hz: FloatArray
    points: IntArray
    baseline: Baseline
    lorentzian_nodes_hz: FloatArray
    gaussian_nodes_hz2: FloatArray
    spectra: NDArray[np.float32]
    scale: float


def unitary_spectrum(fid: NDArray[np.complexfloating], points: IntArray) -> NDArray[np.complexfloating]:
    """Spectrum of a decay filled up with zeros to twice its length, at some of its points.

    Twice, since then the real part alone holds all that was measured; scaled so that noise keeps its spread.

    Parameters
    ----------
    fid : ndarray of complex, shape (..., time)
    points : ndarray of int, shape (point,)
        Indices into the transform, zero frequency first.

    Returns
    -------
    ndarray of complex, shape (..., point)
    """
    time = fid.shape[-1]
    spectrum: NDArray[np.complexfloating] = fft.fft(fid, 2 * time, axis=-1)[..., points] / np.sqrt(time)
    return spectrum


def fit_model(basis: BasisSet, dwell_s: float, points: int, settings: FitSettings) -> FitModel:
    """Prepare a basis set for data of one dwell time and length.

    Parameters
    ----------
    basis : BasisSet
        At the data's dwell time, at least as long as the data.
    dwell_s : float
    points : int
        Length of the data.
    settings : FitSettings

    Returns
    -------
    FitModel

    Raises
    ------
    ImpastoError
        When the basis is sampled otherwise, too short, or the range holds too few points.
    """
    if not np.isclose(basis.dwell_s, dwell_s, rtol=1e-4):
        problem = f"is sampled every {1e3 * basis.dwell_s:g} ms, the data every {1e3 * dwell_s:g} ms"
        raise ImpastoError("basis set", problem, "resample it to the data's dwell time")
    if basis.fid.shape[1] < points:
        raise ImpastoError("basis set", f"has {basis.fid.shape[1]} points, the data {points}", "make a longer one")
    frequencies_hz = np.fft.fftfreq(2 * points, dwell_s).astype(np.float64)
    shifts_ppm = chemical_shifts_ppm(frequencies_hz, basis.frequency_mhz)
    inside = np.flatnonzero((shifts_ppm >= settings.range_ppm[0]) & (shifts_ppm <= settings.range_ppm[1]))
    if len(inside) < 4 * len(basis.names):
        problem = f"only {len(inside)} points of the spectrum lie in the fitted range, for {len(basis.names)} functions"
        raise ImpastoError("spectra", problem, "fit a wider range, fewer metabolites or a longer signal")
    inside = inside[np.argsort(frequencies_hz[inside])]
    times_s = dwell_s * np.arange(points, dtype=np.float64)
    baseline = stiff_baseline(shifts_ppm[inside], settings.baseline_freedom_per_ppm)
    lorentzian_nodes_hz = _nodes(settings.largest_lorentzian_hz, 0.35, 1.07)
    gaussian_nodes_hz2 = _nodes(settings.largest_gaussian_hz, 1.0, 1.06) ** 2
    fid = basis.fid[:, :points]
    broadened = _broadened_spectra(fid, times_s, lorentzian_nodes_hz, np.sqrt(gaussian_nodes_hz2), inside)
    spectra = baseline.removed(broadened.astype(np.float32))
    scale = float(np.median(np.linalg.norm(spectra[0, 0], axis=1)))
    if not scale > 0.0:
        raise ImpastoError("basis set", "has no signal in the fitted range", "fit another range")
    return FitModel(
        basis.names,
        fid,
        times_s,
        shifts_ppm[inside],
        frequencies_hz[inside],
        inside,
        baseline,
        lorentzian_nodes_hz,
        gaussian_nodes_hz2,
        spectra / np.float32(scale),
        scale,
    )


def _nodes(largest: float, first_step: float, growth: float) -> FloatArray:
    """Linewidths from zero to the largest, in steps that grow: wide lines need fewer."""
    nodes, step = [0.0], first_step
    while nodes[-1] < largest:
        nodes.append(nodes[-1] + step)
        step *= growth
    return np.asarray(nodes) * (largest / nodes[-1])


def _broadened_spectra(
    fid: NDArray[np.complexfloating],
    times_s: FloatArray,
    lorentzian_hz: FloatArray,
    gaussian_hz: FloatArray,
    points: IntArray,
) -> FloatArray:
    """Real spectra for all pairs of widths, shape (lorentzian, gaussian, name, point)."""
    spectra = np.empty((len(lorentzian_hz), len(gaussian_hz), len(fid), len(points)))
    for i, width in enumerate(lorentzian_hz):
        decay = broadening(times_s, np.full(len(gaussian_hz), width), gaussian_hz)
        spectra[i] = unitary_spectrum(fid * decay[:, None, :], points).real
    return spectra
