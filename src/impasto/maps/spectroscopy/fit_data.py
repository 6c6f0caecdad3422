"""A voxel's data as the fit sees them: moved back in frequency and phase, with the derivatives of doing so."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray, IntArray
from impasto.maps.spectroscopy.fit_model import FitModel

__all__ = ["moved_back"]

_ComplexSingle = NDArray[np.complex64]


def moved_back(fid: _ComplexSingle, model: FitModel, parameters: FloatArray) -> NDArray[np.float32]:
    """Move data to the basis set's frequency and phase and take the baseline out.

    Parameters
    ----------
    fid : ndarray of complex64, shape (voxel, time)
    model : FitModel
    parameters : ndarray, shape (voxel, 3 or more)
        Shift in Hz, phase in rad, delay in s.

    Returns
    -------
    ndarray of float32, shape (voxel, 4, point)
        Real spectrum, and its derivatives with shift, phase and delay.
    """
    time = fid.shape[1]
    turned: _ComplexSingle = np.zeros((len(fid), 2, 2 * time), np.complex64)
    _turn(fid, parameters[:, 0], model.times_s[1], turned)
    spectra: _ComplexSingle = fft.fft(turned, axis=2, workers=-1, overwrite_x=True)
    parts = np.empty((len(fid), 4, len(model.points)), np.float32)
    _upright(spectra, model.points, model.frequencies_hz, parameters, np.float32(1.0 / np.sqrt(time)), parts)
    flat = parts.reshape(-1, len(model.points)) @ model.baseline.rest_root.astype(np.float32)
    return flat.reshape(parts.shape)


@numba.njit(cache=True, parallel=True)
def _turn(fid: _ComplexSingle, shift_hz: FloatArray, dwell_s: float, turned: _ComplexSingle) -> None:
    """Take a frequency shift off each decay; beside it the derivative with that shift."""
    for n in numba.prange(len(fid)):
        angle = -2.0 * np.pi * shift_hz[n] * dwell_s
        step, phasor = complex(np.cos(angle), np.sin(angle)), complex(1.0, 0.0)
        for t in range(fid.shape[1]):
            value = fid[n, t] * phasor
            turned[n, 0, t] = value
            turned[n, 1, t] = value * complex(0.0, -2.0 * np.pi * dwell_s * t)
            phasor *= step


@numba.njit(cache=True, parallel=True)
def _upright(
    spectra: _ComplexSingle,
    points: IntArray,
    frequencies_hz: FloatArray,
    parameters: FloatArray,
    unit: np.float32,
    parts: NDArray[np.float32],
) -> None:
    """Take the phase off the wanted points of each spectrum; real part and derivatives."""
    step_hz = frequencies_hz[1] - frequencies_hz[0]
    for n in numba.prange(len(spectra)):
        first = -parameters[n, 1] - 2.0 * np.pi * parameters[n, 2] * frequencies_hz[0]
        further = -2.0 * np.pi * parameters[n, 2] * step_hz
        step = complex(np.cos(further), np.sin(further))
        phasor = complex(np.cos(first), np.sin(first)) * unit
        for p in range(len(points)):
            value = spectra[n, 0, points[p]] * phasor
            parts[n, 0, p] = value.real
            parts[n, 1, p] = (spectra[n, 1, points[p]] * phasor).real
            parts[n, 2, p] = value.imag
            parts[n, 3, p] = 2.0 * np.pi * frequencies_hz[p] * value.imag
            phasor *= step
