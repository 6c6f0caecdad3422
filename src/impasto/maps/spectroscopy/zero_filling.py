"""More points for a spectrum, and lines as wide as wanted: padding and apodisation of the time signal."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.signal import broadening

__all__ = ["apodised", "zero_filled"]

ComplexArray = NDArray[np.complexfloating]


def zero_filled(fid: ComplexArray, points: int) -> ComplexArray:
    """Append zeros, so that the spectrum is sampled more densely; it holds no more than before.

    Parameters
    ----------
    fid : ndarray of complex, shape (..., time)
    points : int
        Length wanted. Twice the measured one keeps all that the real part alone can show (Bartholdi 1973).

    Returns
    -------
    ndarray of complex, shape (..., points)

    Raises
    ------
    ImpastoError
        When the signal is longer already.

    Examples
    --------
    >>> zero_filled(np.array([1j, 2.0]), 4).tolist()
    [1j, (2+0j), 0j, 0j]
    """
    fid = np.asarray(fid)
    measured = fid.shape[-1]
    if points < measured:
        raise ImpastoError("zero filling", f"{points} points would cut a signal of {measured}", "ask for more points")
    filled = np.zeros((*fid.shape[:-1], points), dtype=fid.dtype)
    filled[..., :measured] = fid
    return filled


def apodised(fid: ComplexArray, dwell_s: float, lorentzian_hz: float = 0.0, gaussian_hz: float = 0.0) -> ComplexArray:
    """Broaden all lines by a Voigt profile, which lowers the noise between them.

    Parameters
    ----------
    fid : ndarray of complex, shape (..., time)
    dwell_s : float
    lorentzian_hz, gaussian_hz : float
        Full widths at half maximum, see :func:`~impasto.maps.spectroscopy.signal.broadening`. A negative Lorentzian
        width takes width away: together with a Gaussian one it turns Lorentzian lines into Gaussian ones.

    Returns
    -------
    ndarray of complex, shape (..., time)
        Same type as `fid`.

    Raises
    ------
    ImpastoError
        When the Gaussian width is negative or a width is not finite.

    Examples
    --------
    >>> apodised(np.ones(2, dtype=complex), 0.1, lorentzian_hz=5.0).round(3).tolist()
    [(1+0j), (0.208+0j)]
    """
    if not (np.isfinite([lorentzian_hz, gaussian_hz]).all() and gaussian_hz >= 0.0):
        problem = f"widths of {lorentzian_hz:g} Hz (Lorentzian) and {gaussian_hz:g} Hz (Gaussian) cannot be applied"
        raise ImpastoError("apodisation", problem, "give finite widths, the Gaussian one not negative")
    fid = np.asarray(fid)
    times_s = np.arange(fid.shape[-1], dtype=np.float64) * dwell_s
    decay = broadening(times_s, np.asarray(lorentzian_hz), np.asarray(gaussian_hz))
    broadened: ComplexArray = (fid * decay).astype(fid.dtype)
    return broadened
