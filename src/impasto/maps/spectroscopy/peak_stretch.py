"""The stretch of a spectrum about each peak: its points, its baseline, its width, and how its noise is correlated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.linalg import toeplitz

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import chemical_shifts_ppm
from impasto.maps.spectroscopy.peaks import Peak

__all__ = ["PeakStretch", "noise_covariance", "peak_stretches", "width_at_half_maximum"]

_BEYOND_PPM = 0.05


@dataclass(frozen=True, eq=False)
class PeakStretch:
    """The points of the spectrum about one peak, and the line that is its baseline.

    Parameters
    ----------
    peak : Peak
    points : slice
        Of the spectrum, within the peak's reach.
    from_position_ppm : ndarray, shape (point,)
    means : ndarray, shape (2, whole spectrum)
        Weights of the spectrum in the means that the baseline is drawn through.
    along : ndarray, shape (point, 2)
        Weights of the two means in the baseline at each point.
    spacing_ppm, spacing_hz : float
    """

    peak: Peak
    points: slice
    from_position_ppm: FloatArray
    means: FloatArray
    along: FloatArray
    spacing_ppm: float
    spacing_hz: float

    @classmethod
    def of(cls, peak: Peak, ppm: FloatArray, spacing_hz: float) -> PeakStretch:
        """Find a peak's points among chemical shifts that descend by one spacing each."""
        inside = np.array([(ppm >= low) & (ppm <= high) for low, high in peak.baseline_ppm], dtype=np.float64)
        means = inside / inside.sum(axis=1, keepdims=True)
        below, above = means @ ppm
        near = np.flatnonzero(np.abs(ppm - peak.position_ppm) <= peak.reach_ppm)
        points = slice(int(near[0]), int(near[-1]) + 1)
        share = (ppm[points] - below) / (above - below)
        along = np.stack([1.0 - share, share], axis=1)
        spacing_ppm = float(ppm[0] - ppm[1])
        return cls(peak, points, np.abs(ppm[points] - peak.position_ppm), means, along, spacing_ppm, spacing_hz)

    def risen(self, spectrum: FloatArray) -> FloatArray:
        """How far the points stand above the baseline, in the direction of the peak."""
        floor = (spectrum @ self.means.T) @ self.along.T
        above: FloatArray = (spectrum[:, self.points] - floor) * (-1.0 if self.peak.inverted else 1.0)
        return above


def peak_stretches(
    points: int, dwell_s: float, frequency_mhz: float, peaks: tuple[Peak, ...]
) -> tuple[tuple[PeakStretch, ...], slice]:
    """Return the stretch of each peak, and which points of the whole spectrum (ascending frequency) they are cut from.

    Raises
    ------
    ImpastoError
        When there is no peak, or one lies outside the spectrum.
    """
    if not peaks:
        raise ImpastoError("peaks", "none is asked for", "name at least one")
    frequencies_hz = np.asarray(fft.fftshift(fft.fftfreq(points, dwell_s)), dtype=np.float64)
    ppm = chemical_shifts_ppm(frequencies_hz, frequency_mhz)
    low = min(peak.baseline_ppm[0][0] for peak in peaks)
    high = max(peak.baseline_ppm[1][1] for peak in peaks)
    if low < ppm[-1] or high > ppm[0]:
        problem = f"reach from {low:.2f} to {high:.2f} ppm, the spectrum from {ppm[-1]:.2f} to {ppm[0]:.2f} ppm"
        raise ImpastoError("peaks", problem, "ask for peaks inside it")
    inside = np.flatnonzero((ppm >= low - _BEYOND_PPM) & (ppm <= high + _BEYOND_PPM))
    shown = slice(int(inside[0]), int(inside[-1]) + 1)
    spacing_hz = 1.0 / (points * dwell_s)
    return tuple(PeakStretch.of(peak, ppm[shown], spacing_hz) for peak in peaks), shown


def noise_covariance(decay: FloatArray, times_s: FloatArray, stretches: tuple[PeakStretch, ...]) -> FloatArray:
    """Covariance of the real part's points for unit noise in each channel of the signal, shape (point, point)."""
    offsets_hz = stretches[0].spacing_hz * np.arange(stretches[0].means.shape[1])
    covariance: FloatArray = toeplitz(np.cos(2.0 * np.pi * offsets_hz[:, None] * times_s) @ np.square(decay))
    return covariance


def width_at_half_maximum(risen: FloatArray) -> FloatArray:
    """Distance in points between where each row falls to half of its maximum, to either side of it."""
    rows, count = np.arange(len(risen)), risen.shape[1]
    top = np.argmax(risen, axis=1)
    half = 0.5 * risen[rows, top]
    width = np.zeros(len(risen))
    for step in (-1, 1):
        index = top.copy()
        walking = np.ones(len(risen), dtype=bool)
        for _ in range(count):
            following = np.clip(index + step, 0, count - 1)
            walking &= (risen[rows, following] > half) & (following != index)
            if not walking.any():
                break
            index = np.where(walking, following, index)
        here, beyond = risen[rows, index], risen[rows, np.clip(index + step, 0, count - 1)]
        part = np.divide(here - half, here - beyond, out=np.full(len(risen), 0.5), where=here > beyond)
        width += np.abs(index - top) + np.clip(part, 0.0, 1.0)
    return width
