"""A voxel's data as the fit sees them: moved back in frequency and phase, with what doing so changes."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from impasto.core.arrays import FloatArray, IntArray
from impasto.maps.spectroscopy.fit_model import FitModel

__all__ = ["moved_back"]

_ComplexSingle = NDArray[np.complex64]


def moved_back(
    fid: _ComplexSingle, model: FitModel, parameters: FloatArray, amplitudes: FloatArray
) -> NDArray[np.float32]:
    """Move data to the basis set's frequency and phase and take the baseline out.

    How steep the residual is follows from the data; how curved, from the modelled signal: noise, which late samples are
    full of, would make it seem more curved than it is.

    Parameters
    ----------
    fid : ndarray of complex64, shape (voxel, time)
    model : FitModel
    parameters : ndarray, shape (voxel, 5)
        Shift in Hz, phase in rad, delay in s, Lorentzian width in Hz, Gaussian width squared in Hz^2.
    amplitudes : ndarray, shape (voxel, name)
        Of the modelled signal.

    Returns
    -------
    ndarray of float32, shape (voxel, 7, point)
        Real spectrum; its derivatives with shift, phase and delay; and those of the modelled spectrum.
    """
    time = fid.shape[1]
    modelled: _ComplexSingle = (amplitudes / model.scale).astype(np.complex64) @ model.fid.astype(np.complex64)
    signals: _ComplexSingle = np.zeros((len(fid), 4, 2 * time), np.complex64)
    _signals(fid, modelled, parameters, model.times_s[1], signals)
    spectra: _ComplexSingle = fft.fft(signals, axis=2, overwrite_x=True)
    parts = np.empty((len(fid), 7, len(model.points)), np.float32)
    _real_parts(spectra, model.points, model.frequencies_hz, parameters, np.float32(1.0 / np.sqrt(time)), parts)
    return model.baseline.removed(parts)


@numba.njit(cache=True, nogil=True)
def _signals(
    fid: _ComplexSingle, modelled: _ComplexSingle, parameters: FloatArray, dwell_s: float, signals: _ComplexSingle
) -> None:
    """Take the shift off each decay; beside it the broadened model; then both once more, changed by a shift."""
    for n in range(len(fid)):
        angle = -2.0 * np.pi * parameters[n, 0] * dwell_s
        step, phasor = complex(np.cos(angle), np.sin(angle)), complex(1.0, 0.0)
        # exp(-a t - b t^2) sample by sample: the ratio of neighbours itself falls by a constant factor
        curve = parameters[n, 4] * (np.pi * dwell_s) ** 2 / np.log(16.0)
        ratio, fall = np.exp(-np.pi * parameters[n, 3] * dwell_s - curve), np.exp(-2.0 * curve)
        decay = 1.0
        for t in range(fid.shape[1]):
            later = complex(0.0, -2.0 * np.pi * dwell_s * t)
            signals[n, 0, t] = fid[n, t] * phasor
            signals[n, 1, t] = modelled[n, t] * decay
            signals[n, 2, t] = signals[n, 0, t] * later
            signals[n, 3, t] = signals[n, 1, t] * later
            phasor *= step
            decay *= ratio
            ratio *= fall


@numba.njit(cache=True, nogil=True)
def _real_parts(
    spectra: _ComplexSingle,
    points: IntArray,
    frequencies_hz: FloatArray,
    parameters: FloatArray,
    unit: np.float32,
    parts: NDArray[np.float32],
) -> None:
    """Take the phase off the data's spectrum at the wanted points; real parts of it and of the derivatives."""
    step_hz = frequencies_hz[1] - frequencies_hz[0]
    for n in range(len(spectra)):
        first = -parameters[n, 1] - 2.0 * np.pi * parameters[n, 2] * frequencies_hz[0]
        further = -2.0 * np.pi * parameters[n, 2] * step_hz
        step = complex(np.cos(further), np.sin(further))
        phasor = complex(np.cos(first), np.sin(first)) * unit
        for p in range(len(points)):
            value, turned = spectra[n, 0, points[p]] * phasor, 2.0 * np.pi * frequencies_hz[p]
            parts[n, 0, p] = value.real
            parts[n, 1, p] = (spectra[n, 2, points[p]] * phasor).real
            parts[n, 2, p] = value.imag
            parts[n, 3, p] = turned * value.imag
            modelled = unit * spectra[n, 1, points[p]].imag
            parts[n, 4, p] = unit * spectra[n, 3, points[p]].real
            parts[n, 5, p] = modelled
            parts[n, 6, p] = turned * modelled
            phasor *= step
