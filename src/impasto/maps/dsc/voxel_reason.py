"""Why a voxel has no value in a map, or one that should not be believed."""

from __future__ import annotations

from enum import IntFlag

__all__ = ["VoxelReason"]


class VoxelReason(IntFlag):
    """Flags of one voxel; 0 where nothing is amiss.

    The first two leave no value at all, the next two none of timing and flow; the others mark values that stand.
    """

    NO_SIGNAL = 1
    """No signal above the background before the bolus."""
    SIGNAL_LOST = 2
    """A frame is zero, negative or not finite, so that its logarithm does not exist."""
    NO_BOLUS = 4
    """The first pass does not rise above the noise."""
    FLOW_UNRESOLVED = 8
    """The deconvolution found no positive residue."""
    NOISE_FLOOR = 16
    """The signal at the peak is too near the noise: the magnitude hides how far it fell."""
    NEGATIVE_VOLUME = 32
    """The blood volume is not above zero."""
    LEAKAGE_DOMINATES = 64
    """The leakage correction is larger than the blood volume it leaves."""
    BEFORE_ARTERY = 128
    """The residue peaks at a negative time: the bolus came earlier than at the arterial input."""
    LONG_TRANSIT = 256
    """The mean transit time is longer than tissue can have."""
