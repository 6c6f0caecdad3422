"""T1 before contrast agent, for many voxels: what every way to measure it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from impasto.core.arrays import FloatArray, IntArray

__all__ = ["NativeT1", "T1Reason"]


class T1Reason(IntFlag):
    """Why a voxel has no T1, or one that should not be believed; 0 where nothing is amiss."""

    NO_SIGNAL = 1
    """A signal is missing, or none is positive."""
    AT_LIMIT = 2
    """The best T1 is the shortest or longest that is searched."""
    UNDETERMINED = 4
    """The signals do not determine T1."""


@dataclass(frozen=True, eq=False)
class NativeT1:
    """T1 of many voxels, shape (voxel,) all; NaN where there is none.

    Parameters
    ----------
    t1_s, t1_error_s : ndarray
        The standard error is that of noise.
    s0, s0_error : ndarray
        Signal of fully relaxed spins after 90 degrees (for Look-Locker: the steady signal).
    reason : ndarray of int
        :class:`T1Reason` flags.
    """

    t1_s: FloatArray
    t1_error_s: FloatArray
    s0: FloatArray
    s0_error: FloatArray
    reason: IntArray
