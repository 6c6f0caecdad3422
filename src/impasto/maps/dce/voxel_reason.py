"""Why a voxel has no value in a map, or one that should not be believed."""

from __future__ import annotations

from enum import IntFlag

__all__ = ["VoxelReason"]


class VoxelReason(IntFlag):
    """Flags of one voxel; 0 where nothing is amiss.

    The first three leave no value at all, ``NO_LEAKAGE`` and ``NO_WASHOUT`` none of kep or ve; the others mark values
    that stand.
    """

    NO_SIGNAL = 1
    """No signal above the background before the bolus."""
    SIGNAL_LOST = 2
    """A frame is not finite, or stronger than any concentration could make it."""
    NO_T1 = 4
    """T1 before the bolus is unknown, or not positive."""
    UNDETERMINED = 8
    """Parameters cannot be told apart: the values are one answer of many, without standard errors."""
    NO_LEAKAGE = 16
    """Ktrans is zero; there is no kep and no ve. Its standard error is that of a Patlak fit."""
    NO_WASHOUT = 32
    """kep is zero: agent does not return within the series, and ve has no bound."""
    TOO_FAST = 64
    """A rate stands at the fastest that was searched."""
    WITHIN_NOISE = 128
    """Ktrans (or PS) is below two standard errors: kep and ve are guesses."""
    SPACE_ABOVE_ONE = 256
    """ve, vp or their sum is more than the whole voxel."""
    DELAY_AT_LIMIT = 512
    """The best delay is the longest, or the earliest negative, that was searched."""
