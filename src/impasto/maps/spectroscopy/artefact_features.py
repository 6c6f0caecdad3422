"""What the artefact filter looks at: each spectrum on one chemical-shift axis, and figures of its shape.

Everything is a ratio of signals of one voxel, and widths are in ppm: so units, coil, dwell time, number of points and
field strength hardly matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM
from impasto.maps.spectroscopy.noise import noise_level

__all__ = ["AlignedSpectra", "GoodSubspace", "aligned_spectra", "artefact_features", "crop_ppm", "subspace_of"]

_STEP_PPM = 0.02
_AXIS_PPM = np.arange(0.30, 5.001, _STEP_PPM)
_CROP_PPM = (0.50, 4.20)
_CORE_PPM = (1.85, 3.45)
_APODISATION_PPM = 0.03
_SINGLETS_PPM = (2.01, 3.03, 3.22)
_LARGEST_SHIFT_STEPS = 7
_BANDS_PPM = ((0.5, 1.1), (1.1, 1.7), (1.7, 2.3), (2.3, 2.9), (2.9, 3.4), (3.4, 4.2))
_LEAST_NOISE = 0.02  # beyond this signal to noise, lineshape and baseline limit what is known, not noise
_LAGS = (1, 2, 3, 5, 8, 12)


@dataclass(frozen=True, eq=False)
class GoodSubspace:
    """Where good spectra lie: what leaves it is suspect, of whatever kind.

    Parameters
    ----------
    components : ndarray, shape (component, 2 point)
        Orthonormal; real parts first, then imaginary parts.
    """

    components: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class AlignedSpectra:
    """Spectra on the fixed axis, singlets where they belong.

    Parameters
    ----------
    spectrum : ndarray of complex64, shape (voxel, point)
        Over the root mean square of its core (1.85 to 3.45 ppm).
    noise : ndarray, shape (voxel,)
        Standard deviation of the noise in the real part, same scale.
    water : ndarray, shape (voxel,)
        Highest magnitude from 4.3 to 5 ppm, same scale.
    contrast : ndarray, shape (voxel,)
        How well magnitude peaks stand where NAA, creatine and choline have theirs.
    """

    spectrum: NDArray[np.complex64]
    noise: NDArray[np.float32]
    water: NDArray[np.float32]
    contrast: NDArray[np.float32]

    def chosen(self, voxels: BoolArray) -> AlignedSpectra:
        """Return some of the spectra."""
        return AlignedSpectra(self.spectrum[voxels], self.noise[voxels], self.water[voxels], self.contrast[voxels])

    @classmethod
    def joined(cls, parts: Sequence[AlignedSpectra]) -> AlignedSpectra:
        """Put spectra of several acquisitions one after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def crop_ppm() -> FloatArray:
    """Chemical shifts of the fixed axis, ascending, shape (point,)."""
    return _AXIS_PPM[_between(_AXIS_PPM, _CROP_PPM)]


def aligned_spectra(fid: NDArray[np.complexfloating], dwell_s: float, frequency_mhz: float) -> AlignedSpectra:
    """Transform signals to the fixed axis, shift them so that singlets fall where they belong, and scale them."""
    fid = np.asarray(fid)
    if fid.ndim != 2 or not np.iscomplexobj(fid) or not np.isfinite(fid).all():
        raise ImpastoError("spectra", "are not a finite complex array of voxels and times", "give shape (voxel, time)")
    if not (dwell_s > 0.0 and frequency_mhz > 0.0):
        raise ImpastoError("spectra", "dwell time or frequency is not positive", "give seconds and MHz")
    # zero filling would hide the noise
    measured = np.flatnonzero(fid.any(axis=0))
    fid = fid[:, : max(16, measured[-1] + 1 if len(measured) else 0)]
    # decimation filters let the last samples ring
    level = noise_level(fid[:, : max(16, round(0.95 * fid.shape[1]))])
    times_s = np.arange(fid.shape[1]) * dwell_s
    gaussian = np.exp(-((np.pi * _APODISATION_PPM * frequency_mhz * times_s) ** 2) / (4.0 * np.log(2.0)))
    seen = gaussian > 1e-3
    times_s, gaussian = times_s[seen], gaussian[seen]
    frequencies_hz = (WATER_PPM - _AXIS_PPM) * frequency_mhz
    transform = (gaussian[:, None] * np.exp(-2j * np.pi * times_s[:, None] * frequencies_hz)).astype(np.complex64)
    scale = np.abs(fid[:, :8]).max(axis=1) + level
    scale = np.where(scale > 0.0, scale, 1.0)
    spectra = (fid[:, : len(times_s)] / scale[:, None]).astype(np.complex64) @ transform
    magnitude = np.abs(spectra)
    score = magnitude @ _singlet_filters()
    steps = score.argmax(axis=1)
    start = int(np.flatnonzero(_between(_AXIS_PPM, _CROP_PPM))[0]) - _LARGEST_SHIFT_STEPS
    columns = start + steps[:, None] + np.arange(len(crop_ppm()))
    spectrum = np.take_along_axis(spectra, columns, axis=1)
    core = _between(crop_ppm(), _CORE_PPM)
    height = np.sqrt(np.mean(np.abs(spectrum[:, core]) ** 2, axis=1))
    height = np.where(height > 0.0, height, 1.0).astype(np.float32)
    noise = np.maximum((level / scale * np.sqrt((gaussian**2).sum())).astype(np.float32) / height, _LEAST_NOISE)
    water = magnitude[:, _between(_AXIS_PPM, (4.3, 5.0))].max(axis=1) / height
    contrast = score.max(axis=1) / height
    return AlignedSpectra(spectrum / height[:, None], noise, water.astype(np.float32), contrast.astype(np.float32))


def subspace_of(aligned: AlignedSpectra, components: int) -> GoodSubspace:
    """Principal components of good spectra, from second moments."""
    rows = _rows(aligned.spectrum)
    _, vectors = np.linalg.eigh(rows.T @ rows)
    return GoodSubspace(np.ascontiguousarray(vectors[:, ::-1][:, :components].T))


def artefact_features(aligned: AlignedSpectra, subspace: GoodSubspace) -> NDArray[np.float32]:
    """Figures that tell good spectra from spoilt ones, shape (voxel, feature)."""
    parts = [_binned(aligned.spectrum), _shape(aligned), _leftover(aligned, subspace)]
    return np.concatenate(parts, axis=1).astype(np.float32)


def _binned(spectrum: NDArray[np.complex64]) -> RealArray:
    """Real part and magnitude, two points each averaged."""
    even = spectrum[:, : spectrum.shape[1] // 2 * 2]
    pairs = [part.reshape(len(part), -1, 2).mean(axis=2) for part in (even.real, np.abs(even))]
    return np.concatenate(pairs, axis=1)


def _shape(aligned: AlignedSpectra) -> RealArray:
    """Heights of bands, noise, phase, group delay and width of the core's lines."""
    spectrum, axis = aligned.spectrum, crop_ppm()
    magnitude, core = np.abs(spectrum), _between(axis, _CORE_PPM)
    bands = [magnitude[:, _between(axis, band)].max(axis=1) for band in _BANDS_PPM]
    lows = [spectrum[:, _between(axis, band)].real.min(axis=1) for band in _BANDS_PPM]
    inner = spectrum[:, core]
    phasor = inner.mean(axis=1) / np.maximum(magnitude[:, core].mean(axis=1), 1e-6)
    figures = [*bands, *lows, aligned.noise, aligned.water, aligned.contrast]
    figures += [phasor.real, phasor.imag, inner.real.max(axis=1), inner.real.max(axis=1) / aligned.noise]
    for lag in _LAGS:
        correlation = (inner[:, lag:] * inner[:, :-lag].conj()).mean(axis=1)
        figures += [np.abs(correlation), correlation.real]
        if lag <= 3:
            figures.append(np.angle(correlation))
    rough = np.abs(spectrum[:, 2:] - 2.0 * spectrum[:, 1:-1] + spectrum[:, :-2])
    figures += [rough.mean(axis=1), rough.mean(axis=1) / aligned.noise, rough.max(axis=1)]
    return np.stack(figures, axis=1)


def _leftover(aligned: AlignedSpectra, subspace: GoodSubspace) -> RealArray:
    """Measure what lies outside the subspace of good spectra, whole and per band, over signal and over noise."""
    rows = _rows(aligned.spectrum)
    weights = rows @ subspace.components.T
    left = rows - weights @ subspace.components
    points = left.shape[1] // 2
    power = left[:, :points] ** 2 + left[:, points:] ** 2
    axis = crop_ppm()
    per_band = [power[:, _between(axis, band)].mean(axis=1) for band in (*_BANDS_PPM, _CROP_PPM)]
    over_noise = [band / (2.0 * aligned.noise**2) for band in per_band]
    cleared = [band - 2.0 * aligned.noise**2 for band in per_band]
    highest = power.max(axis=1)
    return np.stack([*per_band, *over_noise, *cleared, highest, highest / (2.0 * aligned.noise**2)], axis=1)


def _rows(spectrum: NDArray[np.complex64]) -> NDArray[np.float32]:
    return np.concatenate([spectrum.real, spectrum.imag], axis=1)


def _between(axis_ppm: FloatArray, limits_ppm: tuple[float, float]) -> NDArray[np.bool_]:
    return (axis_ppm >= limits_ppm[0] - 1e-9) & (axis_ppm <= limits_ppm[1] + 1e-9)


def _singlet_filters() -> NDArray[np.float32]:
    """Build filters of zero mean for three singlets, one column per shift of the axis, shape (point, shift)."""
    columns = []
    for steps in range(-_LARGEST_SHIFT_STEPS, _LARGEST_SHIFT_STEPS + 1):
        column = np.zeros(len(_AXIS_PPM))
        for position_ppm in _SINGLETS_PPM:
            away = _AXIS_PPM - position_ppm - steps * _STEP_PPM
            for width_ppm, sign in ((0.03, 1.0), (0.09, -1.0)):
                bell = np.exp(-0.5 * (away / width_ppm) ** 2)
                column += sign * bell / bell.sum()
        columns.append(column)
    return np.stack(columns, axis=1).astype(np.float32)
