"""The inner loop of deconvolution limited by the oscillation index."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import IntArray

__all__ = ["smooth_peaks"]

_SINGLE = NDArray[np.float32]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _add(residue: _SINGLE, cosine: _SINGLE, sine: _SINGLE, real: float, imaginary: float) -> None:
    a, b = np.float32(real), np.float32(imaginary)
    for n in range(residue.shape[0]):
        residue[n] += a * cosine[n] - b * sine[n]


@numba.njit(cache=True, nogil=True, fastmath=True)
def _reaches(residue: _SINGLE, level: float) -> bool:
    """Whether any sample is as high; counting them, unlike taking their maximum, runs on many at once."""
    bound, count = np.float32(level), np.float32(0.0)
    for n in range(residue.shape[0]):
        count += np.float32(1.0) if residue[n] >= bound else np.float32(0.0)
    return bool(count > 0.0)


@numba.njit(cache=True, nogil=True, fastmath=True)
def _bending(residue: _SINGLE) -> float:
    total = np.float32(0.0)
    for n in range(residue.shape[0] - 2):
        total += abs(residue[n + 2] - np.float32(2.0) * residue[n + 1] + residue[n])
    return float(total)


@numba.njit(cache=True, nogil=True)
def smooth_peaks(
    real: _SINGLE, imaginary: _SINGLE, cosine: _SINGLE, sine: _SINGLE, limit: float, rank: IntArray, peak: IntArray
) -> _SINGLE:
    """Add frequencies, the strongest of the arterial input first, while the residue stays smooth.

    Parameters
    ----------
    real, imaginary : ndarray of float32, shape (voxel, frequency)
        Of tissue over arterial input, in that order.
    cosine, sine : ndarray of float32, shape (frequency, sample)
        Each frequency's share in the residue.
    limit : float
        Of the oscillation index.
    rank : ndarray of int, shape (voxel,)
        Set to the number of frequencies kept.
    peak : ndarray of int, shape (voxel,)
        Set to the sample of the maximum.

    Returns
    -------
    ndarray of float32, shape (voxel, 3)
        The residue at the sample before the maximum, there, and after it (circular).
    """
    voxels, frequencies = real.shape
    samples = cosine.shape[1]
    around = np.zeros((voxels, 3), dtype=np.float32)
    residue = np.zeros(samples, dtype=np.float32)
    tiny = float(np.finfo(np.float32).tiny)
    for v in range(voxels):
        residue[:] = np.float32(0.0)
        kept = 0
        for k in range(frequencies):
            _add(residue, cosine[k], sine[k], real[v, k], imaginary[v, k])
            # the index is bending / (samples max): within the limit if the maximum is high enough
            if not _reaches(residue, max(_bending(residue) / (limit * samples), tiny)):
                _add(residue, cosine[k], sine[k], -real[v, k], -imaginary[v, k])
                break
            kept += 1
        rank[v] = kept
        best = 0
        for n in range(1, samples):
            if residue[n] > residue[best]:
                best = n
        peak[v] = best
        around[v, 0] = residue[(best - 1) % samples]
        around[v, 1] = residue[best]
        around[v, 2] = residue[(best + 1) % samples]
    return around
