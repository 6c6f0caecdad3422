"""How much noise a signal carries, from where it holds nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray

__all__ = ["noise_level"]

_MEDIAN_PER_SIGMA = 0.6744897501960817
_TAIL_SHARE = 0.25


def noise_level(fid: NDArray[np.complexfloating]) -> FloatArray:
    """Measure the standard deviation of the noise in one channel of each voxel's signal.

    The last quarter of the decay is transformed; the median of its real and imaginary parts' absolute values is immune
    to the few narrow lines that still ring there.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)

    Returns
    -------
    ndarray, shape (voxel,)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(0, 2, (50, 512)) + 1j * rng.normal(0, 2, (50, 512))
    >>> round(float(noise_level(noise).mean()), 1)
    2.0
    """
    tail = fid[:, -max(16, round(_TAIL_SHARE * fid.shape[1])) :]
    spectrum = np.fft.fft(tail, axis=1) / np.sqrt(tail.shape[1])
    both = np.abs(np.concatenate([spectrum.real, spectrum.imag], axis=1))
    level: FloatArray = np.median(both, axis=1) / _MEDIAN_PER_SIGMA
    return level
