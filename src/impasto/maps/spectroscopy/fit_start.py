"""Where a fit begins: coarse frequency shift and phase from choline, creatine and NAA."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.spectra import BasisSet, chemical_shifts_ppm
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["ShiftSearch", "shift_search"]

_BROADENED_HZ = 9.0
_SHIFT_STEP_HZ = 1.5
_SINGLETS = ("tNAA", "tCr", "tCho")


class ShiftSearch:
    """Templates of the three great singlets at many shifts, ready to be laid over spectra."""

    def __init__(self, shifts_hz: FloatArray, templates: NDArray[np.complexfloating], decay: FloatArray) -> None:
        self._shifts_hz = shifts_hz
        self._decay = decay
        # magnitude: singlets of any height over a sloping floor, one orthonormal set for each shift
        ramp = np.linspace(-1.0, 1.0, templates.shape[2])
        floor = np.broadcast_to(np.stack([np.ones_like(ramp), ramp]), (len(shifts_hz), 2, len(ramp)))
        sets = np.concatenate([np.abs(templates), floor], axis=1)
        self._magnitudes = np.linalg.qr(np.swapaxes(sets, 1, 2))[0].astype(np.float32)
        self._inverses = np.linalg.pinv(np.swapaxes(templates, 1, 2)).astype(np.complex64)

    def __call__(self, fid: NDArray[np.complexfloating], points: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
        """Find shift and phase of each voxel.

        Parameters
        ----------
        fid : ndarray of complex, shape (voxel, time)
        points : ndarray of int, shape (point,)
            Those that the templates were made at.

        Returns
        -------
        shift_hz, phase_rad : ndarray, shape (voxel,)
        """
        spectra = np.fft.fft(fid * self._decay, axis=1)[:, points].astype(np.complex64)
        magnitude = np.abs(spectra)
        explained = np.stack([np.square(magnitude @ q).sum(axis=1) for q in self._magnitudes], axis=1)
        left = np.square(magnitude).sum(axis=1, keepdims=True) - explained
        # of shifts that explain as much, the smaller
        best = np.argmin(left * (1.0 + 1e-4 * self._shifts_hz**2), axis=1)
        phase_rad = np.zeros(len(fid))
        for index in np.unique(best):
            here = best == index
            heights = spectra[here] @ self._inverses[index].T
            phase = 0.5 * np.angle(np.square(heights).sum(axis=1))
            upright = (heights * np.exp(-1j * phase)[:, None]).real.sum(axis=1) >= 0.0
            phase_rad[here] = np.where(upright, phase, phase + np.pi)
        return self._shifts_hz[best], phase_rad


def shift_search(basis: BasisSet, times_s: FloatArray, settings: FitSettings) -> tuple[ShiftSearch, NDArray[np.int64]]:
    """Prepare the search for one acquisition.

    Parameters
    ----------
    basis : BasisSet
        At the data's dwell time.
    times_s : ndarray, shape (time,)
    settings : FitSettings

    Returns
    -------
    search : ShiftSearch
    points : ndarray of int
        Points of the transform that it looks at.

    Raises
    ------
    ImpastoError
        When the basis has none of NAA, creatine and choline.
    """
    kept = [index for name in _SINGLETS for index in [_index_of(basis, METABOLITE_SUMS[name])] if index is not None]
    if not kept:
        remedy = f"it needs one of NAA, creatine, choline; it has: {', '.join(basis.names)}"
        raise ImpastoError("basis set", "has no singlet by which a voxel's frequency could be found", remedy)
    frequencies_hz = np.fft.fftfreq(len(times_s), times_s[1] - times_s[0])
    shifts_ppm = chemical_shifts_ppm(frequencies_hz, basis.frequency_mhz)
    low, high = settings.shift_window_ppm
    points = np.flatnonzero((shifts_ppm >= low) & (shifts_ppm <= high))
    points = points[np.argsort(frequencies_hz[points])]
    shifts_hz = np.arange(-settings.shift_range_hz, settings.shift_range_hz + 0.1, _SHIFT_STEP_HZ)
    decay = broadening(times_s, np.array(0.0), np.array(_BROADENED_HZ / 2.0))
    widened = basis.fid[kept, : len(times_s)] * decay**2
    turning = np.exp(2j * np.pi * shifts_hz[:, None, None] * times_s)
    templates = np.fft.fft(widened * turning, axis=2)[:, :, points]
    return ShiftSearch(shifts_hz, templates, decay), points


def _index_of(basis: BasisSet, names: tuple[str, ...]) -> int | None:
    return next((basis.names.index(name) for name in names if name in basis.names), None)
