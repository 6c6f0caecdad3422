"""How the signal of a nominal voxel is broadened, shifted and turned, for all voxels at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray

__all__ = ["VoxelConditions", "modulated", "singlet_width_hz"]

_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class VoxelConditions:
    """What field, scanner and coils do to each voxel.

    Parameters
    ----------
    shift_hz : ndarray, shape (voxel,)
    lorentzian_hz, gaussian_hz : ndarray, shape (voxel,)
        Full widths at half maximum: T2 and what is microscopic; spread of the field within the voxel.
    phase_rad : ndarray, shape (voxel,)
    eddy_current_rad : ndarray, shape (voxel,)
        Phase at the first sample that eddy currents add.
    eddy_current_decay_s : float
    sensitivity : ndarray, shape (voxel,)
        Of the receive coils.
    """

    shift_hz: FloatArray
    lorentzian_hz: FloatArray
    gaussian_hz: FloatArray
    phase_rad: FloatArray
    eddy_current_rad: FloatArray
    eddy_current_decay_s: float
    sensitivity: FloatArray

    def rows(self, chosen: slice | NDArray[np.int64]) -> VoxelConditions:
        """Return the conditions of some voxels."""
        return VoxelConditions(
            self.shift_hz[chosen],
            self.lorentzian_hz[chosen],
            self.gaussian_hz[chosen],
            self.phase_rad[chosen],
            self.eddy_current_rad[chosen],
            self.eddy_current_decay_s,
            self.sensitivity[chosen],
        )


def modulated(
    coefficients: NDArray[np.inexact],
    signals: NDArray[np.complexfloating],
    times_s: FloatArray,
    conditions: VoxelConditions,
) -> NDArray[np.complex64]:
    """Mix signals by their coefficients and let each voxel's conditions act on the sum.

    The model of :func:`impasto.maps.spectroscopy.signal.voxel_signal` with eddy currents and coil sensitivity, in
    single precision and by blocks of voxels that stay in cache.

    Parameters
    ----------
    coefficients : ndarray, shape (voxel, signal)
    signals : ndarray of complex, shape (signal, time)
    times_s : ndarray, shape (time,)
    conditions : VoxelConditions

    Returns
    -------
    ndarray of complex64, shape (voxel, time)
    """
    out = np.empty((len(coefficients), len(times_s)), dtype=np.complex64)
    signals = np.ascontiguousarray(signals, dtype=np.complex64)
    for start in range(0, len(out), _BLOCK):
        rows = slice(start, start + _BLOCK)
        np.matmul(coefficients[rows].astype(np.complex64), signals, out=out[rows])
        out[rows] *= _modulation(conditions.rows(rows), times_s)
    return out


def singlet_width_hz(lorentzian_hz: RealArray, gaussian_hz: RealArray) -> RealArray:
    """Full width at half maximum of a Voigt line: ``.5346 L + sqrt(.2166 L^2 + G^2)`` (Olivero 1977)."""
    width: RealArray = 0.5346 * lorentzian_hz + np.sqrt(0.2166 * lorentzian_hz**2 + gaussian_hz**2)
    return width


def _modulation(conditions: VoxelConditions, times_s: FloatArray) -> NDArray[np.complex64]:
    def outer(values: RealArray, of_time: RealArray) -> NDArray[np.float32]:
        return np.multiply.outer(values.astype(np.float32), of_time.astype(np.float32))

    log_size = outer(-np.pi * conditions.lorentzian_hz, times_s)
    log_size -= outer(conditions.gaussian_hz**2, (np.pi * times_s) ** 2 / (4.0 * np.log(2.0)))
    phase = outer(2.0 * np.pi * conditions.shift_hz, times_s)
    phase += outer(conditions.eddy_current_rad, np.exp(-times_s / conditions.eddy_current_decay_s))
    phase += conditions.phase_rad.astype(np.float32)[:, None]
    size = np.exp(log_size) * conditions.sensitivity.astype(np.float32)[:, None]
    modulation = np.empty(phase.shape, dtype=np.complex64)
    np.multiply(size, np.cos(phase), out=modulation.real)
    np.multiply(size, np.sin(phase), out=modulation.imag)
    return modulation
