"""The signal of a voxel, forward: basis functions times amplitudes, broadened, shifted and turned in phase."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray

__all__ = ["broadening", "voxel_signal"]

ComplexArray = NDArray[np.complexfloating]


def broadening(times_s: FloatArray, lorentzian_hz: FloatArray, gaussian_hz: FloatArray) -> FloatArray:
    """Decay in time that gives a line the two widths.

    ``exp(-pi L t) exp(-(pi G t)^2 / (4 ln 2))``: a Voigt line whose Lorentzian and Gaussian parts have full widths at
    half maximum L and G (Marshall 2000).

    Parameters
    ----------
    times_s : ndarray, shape (time,)
    lorentzian_hz, gaussian_hz : ndarray, shape (...)
        Full widths at half maximum.

    Returns
    -------
    ndarray, shape (..., time)

    Examples
    --------
    >>> broadening(np.array([0.0, 0.1]), np.array(5.0), np.array(0.0)).round(3).tolist()
    [1.0, 0.208]
    """
    lorentzian = np.pi * np.asarray(lorentzian_hz)[..., None] * times_s
    gaussian = (np.pi * np.asarray(gaussian_hz)[..., None] * times_s) ** 2 / (4.0 * np.log(2.0))
    decay: FloatArray = np.exp(-lorentzian - gaussian)
    return decay


def voxel_signal(
    amplitudes: FloatArray,
    basis_fid: ComplexArray,
    times_s: FloatArray,
    decay: FloatArray,
    shift_hz: FloatArray,
    phase_rad: FloatArray,
) -> ComplexArray:
    """Signal of voxels with one linewidth, frequency shift and phase for all their metabolites.

    Parameters
    ----------
    amplitudes : ndarray, shape (voxel, name)
    basis_fid : ndarray of complex, shape (name, time)
    times_s : ndarray, shape (time,)
    decay : ndarray, shape (voxel, time)
        See :func:`broadening`.
    shift_hz : ndarray, shape (voxel,)
        Added to every line's frequency.
    phase_rad : ndarray, shape (voxel,)

    Returns
    -------
    ndarray of complex, shape (voxel, time)
    """
    turning = np.exp(1j * (2.0 * np.pi * np.asarray(shift_hz)[:, None] * times_s + np.asarray(phase_rad)[:, None]))
    signal: ComplexArray = (amplitudes @ basis_fid) * decay * turning
    return signal
