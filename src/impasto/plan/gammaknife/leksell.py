"""Leksell's stereotactic coordinates.

Leksell X runs to the patient's left, Y to anterior and Z to inferior, in millimetres, with (100, 100, 100) at the
frame's centre. The frame's axes are taken as parallel to the patient's axes (gamma angle 90 degrees): LPS turns into
Leksell by reversing y and z. Both are right-handed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray

__all__ = ["leksell_from_lps_mm", "lps_from_leksell_mm"]

FRAME_CENTRE_MM = 100.0
SIGNS = np.array([1.0, -1.0, -1.0])


def leksell_from_lps_mm(points_mm: ArrayLike, frame_centre_mm: ArrayLike) -> FloatArray:
    """Leksell coordinates of LPS points, shape (..., 3).

    Parameters
    ----------
    points_mm : array_like, shape (..., 3)
        LPS.
    frame_centre_mm : array_like, shape (3,)
        LPS position of Leksell (100, 100, 100).

    Examples
    --------
    >>> leksell_from_lps_mm([10.0, 20.0, 30.0], frame_centre_mm=[0.0, 0.0, 0.0]).tolist()
    [110.0, 80.0, 70.0]
    """
    offset = np.asarray(points_mm, dtype=np.float64) - np.asarray(frame_centre_mm, dtype=np.float64)
    points: FloatArray = FRAME_CENTRE_MM + SIGNS * offset
    return points


def lps_from_leksell_mm(points_mm: ArrayLike, frame_centre_mm: ArrayLike) -> FloatArray:
    """LPS points of Leksell coordinates; undoes :func:`leksell_from_lps_mm`."""
    offset = SIGNS * (np.asarray(points_mm, dtype=np.float64) - FRAME_CENTRE_MM)
    points: FloatArray = offset + np.asarray(frame_centre_mm, dtype=np.float64)
    return points
