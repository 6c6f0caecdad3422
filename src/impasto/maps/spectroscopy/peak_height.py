"""Heights and areas of peaks, read off spectra without a fit.

Maps of peak heights are what the recurrence models of the University of California, San Francisco are built on: heights
of choline, creatine, NAA, lactate and lipid, taken from baseline-subtracted, frequency- and phase-corrected spectra at
an echo time of 144 ms, lactate-edited; choline against NAA and creatine as indices of normal voxels. So heights here
are those of the real part (SIVIC keeps magnitudes for hyperpolarised nuclei, Crane 2013): the magnitude adds noise and
the skirts of neighbours, and has no sign, so that inverted lactate would look like lipid.

A height is area over linewidth. Ratios of heights are those of areas only as far as a voxel's lines are equally wide,
which singlets of one voxel are and a doublet is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.noise import noise_level
from impasto.maps.spectroscopy.peak_stretch import (
    PeakStretch,
    noise_covariance,
    peak_stretches,
    width_at_half_maximum,
)
from impasto.maps.spectroscopy.peaks import CHOLINE, CREATINE, LIPID, NAA, Peak
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["PeakReading", "peak_areas", "peak_heights", "reading_as_fit"]

ComplexArray = NDArray[np.complexfloating]

_BLOCK = 1024
_ZERO_FILLING = 4
_LEAST_SEARCH_PPM = 0.02


@dataclass(frozen=True, eq=False)
class PeakReading:
    """Heights or areas of peaks.

    Parameters
    ----------
    peaks : tuple of Peak
    values : ndarray, shape (voxel, peak)
        Heights of the spectrum ``dwell sum(fid exp(-2 pi i f t))``, in units of the signal times seconds; or areas, in
        units of the signal: the whole area of a line is its amplitude at time zero. Negative where noise is stronger.
    covariance : ndarray, shape (voxel, peak, peak)
        Of noise alone, at the noise measured in each voxel; peaks that share a baseline are correlated.
    fwhm_hz : ndarray, shape (voxel,)
        Full width at half maximum of the highest singlet, less that of the apodisation.
    noise : ndarray, shape (voxel,)
        Standard deviation of one channel of the signal, see :func:`~impasto.maps.spectroscopy.noise.noise_level`.
    signal_to_noise : ndarray, shape (voxel,)
        Height of the highest singlet over the noise of the apodised spectrum.
    """

    peaks: tuple[Peak, ...]
    values: FloatArray
    covariance: FloatArray
    fwhm_hz: FloatArray
    noise: FloatArray
    signal_to_noise: FloatArray

    def standard_error(self) -> FloatArray:
        """Return the standard error of each value, shape (voxel, peak)."""
        error: FloatArray = np.sqrt(np.einsum("nii->ni", self.covariance))
        return error


def peak_heights(
    fid: ComplexArray,
    dwell_s: float,
    frequency_mhz: float,
    peaks: Sequence[Peak] = (NAA, CREATINE, CHOLINE),
    apodisation_hz: float = 3.0,
    fwhm_hz: FloatArray | None = None,
) -> PeakReading:
    """Read the highest point of each peak above its baseline, in the real part of the spectrum.

    It is looked for within half the voxel's own linewidth (at least 0.02 ppm) of where it should be: the wider the
    search, the more noise alone finds.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Water removed; frequency and phase corrected, see
        :func:`~impasto.maps.spectroscopy.singlet_alignment.aligned_by_singlets`.
    dwell_s : float
    frequency_mhz : float
    peaks : sequence of Peak
    apodisation_hz : float
        Lorentzian width by which lines are broadened first; it lowers heights and noise.
    fwhm_hz : ndarray, shape (voxel,), optional
        Linewidth of each voxel before apodisation, where it is known from another signal; else that of the highest
        singlet.

    Returns
    -------
    PeakReading

    Raises
    ------
    ImpastoError
        When no peak is asked for, or one lies outside the spectrum.
    """
    return _read(fid, dwell_s, frequency_mhz, (peaks, apodisation_hz, fwhm_hz), _highest_point)


def peak_areas(
    fid: ComplexArray,
    dwell_s: float,
    frequency_mhz: float,
    peaks: Sequence[Peak] = (NAA, CREATINE, CHOLINE),
    apodisation_hz: float = 3.0,
    fwhm_hz: FloatArray | None = None,
) -> PeakReading:
    """Integrate each peak above its baseline, in the real part of the spectrum.

    From one linewidth of the voxel below the peak's position to one above, so that the same share of a line is counted
    whatever its width (70 % of a Lorentzian, 98 % of a Gaussian), but never farther than half way to the neighbour.

    Parameters
    ----------
    fid, dwell_s, frequency_mhz, peaks, apodisation_hz, fwhm_hz
        As for :func:`peak_heights`.

    Returns
    -------
    PeakReading

    Raises
    ------
    ImpastoError
        When no peak is asked for, or one lies outside the spectrum.
    """
    return _read(fid, dwell_s, frequency_mhz, (peaks, apodisation_hz, fwhm_hz), _about_position)


def reading_as_fit(reading: PeakReading, shift_hz: FloatArray, phase_rad: FloatArray) -> SpectralFit:
    """Bring a reading into the form of a fit, for maps, ratios and indices.

    Amplitudes are values over protons, so that the same factors lead back to ratios of peaks; negative ones become
    zero. What a reading does not know is zero: first-order phase, the parts of the width, and the residual, since
    nothing is modelled that could leave one.

    Parameters
    ----------
    reading : PeakReading
    shift_hz, phase_rad : ndarray, shape (voxel,)
        That were taken out before.

    Returns
    -------
    SpectralFit
    """
    protons = np.array([peak.protons for peak in reading.peaks])
    none = np.zeros(len(reading.values))
    return SpectralFit(
        tuple(peak.name for peak in reading.peaks),
        np.maximum(reading.values / protons, 0.0),
        (reading.covariance / np.outer(protons, protons)).astype(np.float32),
        shift_hz,
        phase_rad,
        none,
        none,
        none,
        reading.fwhm_hz,
        reading.signal_to_noise,
        reading.noise,
        none,
    )


Weighting = Callable[[PeakStretch, FloatArray, FloatArray], FloatArray]


def _read(
    fid: ComplexArray,
    dwell_s: float,
    frequency_mhz: float,
    what: tuple[Sequence[Peak], float, FloatArray | None],
    weighting: Weighting,
) -> PeakReading:
    peaks, apodisation_hz, fwhm_hz = what
    fid = np.asarray(fid)
    points = fft.next_fast_len(_ZERO_FILLING * fid.shape[1])
    stretches, shown = peak_stretches(points, dwell_s, frequency_mhz, tuple(peaks))
    times_s = dwell_s * np.arange(fid.shape[1], dtype=np.float64)
    decay = broadening(times_s, np.array(apodisation_hz), np.array(0.0)) * dwell_s
    correlated = noise_covariance(decay, times_s, stretches)
    noise = noise_level(fid)
    columns = [np.zeros((len(fid), *shape)) for shape in ((len(peaks),), (len(peaks),) * 2, (), ())]
    for start in range(0, len(fid), _BLOCK):
        rows = slice(start, start + _BLOCK)
        spectrum = fft.fftshift(fft.fft(fid[rows] * decay, points, axis=1, workers=-1), axes=1).real[:, shown]
        known = None if fwhm_hz is None else fwhm_hz[rows] + apodisation_hz
        for column, part in zip(columns, _values(spectrum, stretches, correlated, weighting, known), strict=True):
            column[rows] = part
    values, covariance, width_hz, height = columns
    covariance *= np.square(noise)[:, None, None]
    level = noise * np.sqrt(correlated[0, 0])
    ratio = np.divide(height, level, out=np.zeros(len(fid)), where=level > 0.0)
    return PeakReading(tuple(peaks), values, covariance, np.maximum(width_hz - apodisation_hz, 0.0), noise, ratio)


def _values(
    spectrum: FloatArray,
    stretches: tuple[PeakStretch, ...],
    correlated: FloatArray,
    weighting: Weighting,
    known_hz: FloatArray | None,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Values, their covariance at unit noise, and width and height of the highest singlet.

    Once their points are chosen, values are linear in the spectrum: noise propagates exactly.
    """
    risen = [stretch.risen(spectrum) for stretch in stretches]
    width_hz, height = _tallest(risen, stretches)
    width_hz = width_hz if known_hz is None else known_hz
    chosen = [weighting(stretch, above, width_hz) for stretch, above in zip(stretches, risen, strict=True)]
    values = np.stack([(weights * above).sum(axis=1) for weights, above in zip(chosen, risen, strict=True)], axis=1)
    covariance = np.empty((len(spectrum), len(stretches), len(stretches)))
    for i, one in enumerate(stretches):
        for j, other in enumerate(stretches[: i + 1]):
            covariance[:, i, j] = _covariance((one, chosen[i]), (other, chosen[j]), correlated)
            covariance[:, j, i] = covariance[:, i, j]
    return values, covariance, width_hz, height


def _covariance(
    one: tuple[PeakStretch, FloatArray], other: tuple[PeakStretch, FloatArray], noise: FloatArray
) -> FloatArray:
    """Covariance of two weighted sums of points above their baselines."""
    (here, weights), (there, others) = one, other
    floor, other_floor = weights @ here.along, others @ there.along
    crossed = np.einsum("nk,nk->n", weights @ noise[here.points, there.points], others)
    crossed -= np.einsum("nk,nk->n", weights @ (noise[here.points] @ there.means.T), other_floor)
    crossed -= np.einsum("nk,nk->n", others @ (noise[there.points] @ here.means.T), floor)
    crossed += np.einsum("nk,nk->n", floor @ (here.means @ noise @ there.means.T), other_floor)
    covariance: FloatArray = crossed if here.peak.inverted == there.peak.inverted else -crossed
    return covariance


def _highest_point(stretch: PeakStretch, risen: FloatArray, width_hz: FloatArray) -> FloatArray:
    hz_per_ppm = stretch.spacing_hz / stretch.spacing_ppm
    reach = np.maximum(0.5 * width_hz / hz_per_ppm, _LEAST_SEARCH_PPM) + stretch.peak.half_splitting_hz / hz_per_ppm
    near = stretch.from_position_ppm <= reach[:, None]
    chosen = np.zeros_like(risen)
    chosen[np.arange(len(risen)), np.argmax(np.where(near, risen, -np.inf), axis=1)] = 1.0
    return chosen


def _about_position(stretch: PeakStretch, risen: FloatArray, width_hz: FloatArray) -> FloatArray:
    reach = (width_hz + stretch.peak.half_splitting_hz) / stretch.spacing_hz
    # points at the edges count in part, so that the area does not jump with the width
    inside = np.clip(reach[:, None] - stretch.from_position_ppm / stretch.spacing_ppm + 0.5, 0.0, 1.0)
    # a decay that begins at time zero has but half its amplitude under its real line
    weights: FloatArray = 2.0 * stretch.spacing_hz * inside
    return weights


def _tallest(risen: Sequence[FloatArray], stretches: tuple[PeakStretch, ...]) -> tuple[FloatArray, FloatArray]:
    """Full width at half maximum in Hz, and height, of each voxel's highest singlet (highest peak if there is none)."""
    narrow = [not stretch.peak.half_splitting_hz and stretch.peak.name != LIPID.name for stretch in stretches]
    judged = [i for i, is_singlet in enumerate(narrow) if is_singlet or not any(narrow)]
    heights = np.array([risen[i].max(axis=1, initial=0.0) for i in judged])
    widths = np.array([stretches[i].spacing_hz * width_at_half_maximum(risen[i]) for i in judged])
    tallest, rows = np.argmax(heights, axis=0), np.arange(heights.shape[1])
    return widths[tallest, rows], heights[tallest, rows]
