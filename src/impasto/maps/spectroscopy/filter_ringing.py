"""What a scanner's digital filter leaves at the end of a decay.

A sharp filter without delay answers before time zero, too. Scanners that compute it by a circular transform write that
half of its response to the end of the signal, where it rises to the last point (Siemens' exports are such).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["without_filter_ringing"]

ComplexArray = NDArray[np.complexfloating]

_LAST_POINTS = 4
_SURE_RISE = 8.0
_SMALL_RISE = 3.0
_LARGEST_SHARE = 1.0 / 8.0


def without_filter_ringing(fid: ComplexArray) -> tuple[ComplexArray, int]:
    """Set the filter's ringing at the end of signals to zero, where there is any.

    A fit to spectra with more points than the signal has would take it for lines of its own. What is lost with it is
    broad, and goes into a baseline.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Of one acquisition: the ringing of all is as long.

    Returns
    -------
    fid : ndarray of complex, shape (voxel, time)
        The same where nothing rings.
    points : int
        Number of points at the end that were set to zero; 0 unless the last four are eight times as large as is usual
        in the last third.

    Examples
    --------
    >>> end = np.r_[np.full(60, 1.0), -2.0, 5.0, -12.0, 40.0]
    >>> without_filter_ringing(end[None].astype(complex))[1]
    4
    """
    points = fid.shape[1]
    largest = int(_LARGEST_SHARE * points)
    if largest < _LAST_POINTS or not len(fid):
        return fid, 0
    size = np.sqrt(np.square(np.abs(fid[:, -(points // 3) :])).mean(axis=0))
    rise = size[::-1] / max(float(np.median(size)), np.finfo(np.float32).tiny)
    if not float(np.sqrt(np.square(rise[:_LAST_POINTS]).mean())) > _SURE_RISE:
        return fid, 0
    # the response alternates between larger and smaller: its neighbours together fall evenly
    pairs = np.maximum(rise[:-1], rise[1:])[:largest]
    below = np.flatnonzero(pairs < _SMALL_RISE)
    ringing = int(below[0]) + 1 if len(below) else largest
    cleaned = fid.copy()
    cleaned[:, -ringing:] = 0.0
    return cleaned, ringing
