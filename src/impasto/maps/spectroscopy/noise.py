"""How much noise a signal carries, from where it holds nothing else."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray

__all__ = ["noise_level"]

_TAIL_SHARE = 1.0 / 3.0


def noise_level(fid: NDArray[np.complexfloating]) -> FloatArray:
    """Measure the standard deviation of the noise in one channel of each voxel's signal.

    The last third of the decay is tapered by Hann's window and transformed: lines that still ring stay narrow, and what
    a scanner's digital filter leaves at the very end does not count. The median of the power is immune to those lines.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)

    Returns
    -------
    ndarray, shape (voxel,)
        Of 1024 points, it scatters by 5 %.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> noise = rng.normal(0, 2, (50, 512)) + 1j * rng.normal(0, 2, (50, 512))
    >>> round(float(noise_level(noise).mean()), 1)
    2.0
    """
    tail = fid[:, -max(16, round(_TAIL_SHARE * fid.shape[1])) :]
    # two points more, since the window's own ends are zero
    taper = np.hanning(tail.shape[1] + 2)[1:-1]
    spectrum = np.fft.fft(tail * taper, axis=1) / np.linalg.norm(taper)
    # the power of complex noise is distributed exponentially: its median is ln 2 times its mean of two variances
    power = np.median(np.square(spectrum.real) + np.square(spectrum.imag), axis=1)
    level: FloatArray = np.sqrt(power / (2.0 * np.log(2.0)))
    return level
