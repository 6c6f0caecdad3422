"""What a fit has against a voxel, in words."""

from __future__ import annotations

from enum import IntFlag

from impasto.maps.dce.native_t1 import T1Reason
from impasto.maps.dce.voxel_reason import VoxelReason as DceReason
from impasto.maps.diffusion.reasons import DiffusionReason
from impasto.maps.dsc.voxel_reason import VoxelReason as DscReason

__all__ = ["reasons_in_words"]

_DSC_WORDS: dict[IntFlag, str] = {
    DscReason.NO_SIGNAL: "no signal before the bolus",
    DscReason.SIGNAL_LOST: "a frame without signal has no logarithm",
    DscReason.NO_BOLUS: "the first pass does not rise above the noise",
    DscReason.FLOW_UNRESOLVED: "deconvolution found no positive residue",
    DscReason.NOISE_FLOOR: "at the peak the signal is too near the noise",
    DscReason.NEGATIVE_VOLUME: "blood volume is not above zero",
    DscReason.LEAKAGE_DOMINATES: "leakage correction is larger than the volume it leaves",
    DscReason.BEFORE_ARTERY: "the bolus came before the arterial input",
    DscReason.LONG_TRANSIT: "mean transit time is longer than tissue can have",
}
_DCE_WORDS: dict[IntFlag, str] = {
    DceReason.NO_SIGNAL: "no signal before the bolus",
    DceReason.SIGNAL_LOST: "a frame is stronger than any concentration could make it",
    DceReason.NO_T1: "T1 before the bolus is unknown",
    DceReason.UNDETERMINED: "parameters cannot be told apart: no standard errors",
    DceReason.NO_LEAKAGE: "nothing leaks: no kep, no ve",
    DceReason.NO_WASHOUT: "agent does not return within the series: no bound of ve",
    DceReason.TOO_FAST: "a rate is the fastest that was searched",
    DceReason.WITHIN_NOISE: "leakage is within two standard errors of none",
    DceReason.SPACE_ABOVE_ONE: "the spaces are larger than the voxel",
    DceReason.DELAY_AT_LIMIT: "the delay is the longest or shortest that was searched",
}
_DIFFUSION_WORDS: dict[IntFlag, str] = {
    DiffusionReason.NO_SIGNAL: "too little signal without weighting",
    DiffusionReason.UNDETERMINED: "what was measured does not determine the model",
    DiffusionReason.MISSING: "a measurement was not positive and was left out",
    DiffusionReason.OUTLIERS: "outliers were left out",
    DiffusionReason.NOISE_FLOOR: "the strongest weighting leaves little but noise",
    DiffusionReason.NEGATIVE_EIGENVALUE: "signal would grow along some direction",
    DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY: "diffusion is negative or faster than in free water",
    DiffusionReason.IMPLAUSIBLE_FRACTION: "a share of signal is below zero or above one",
}
_T1_WORDS: dict[IntFlag, str] = {
    T1Reason.NO_SIGNAL: "no signal to map T1 from",
    T1Reason.AT_LIMIT: "T1 is the longest or shortest that was searched",
    T1Reason.UNDETERMINED: "the signals do not determine T1",
}
# members of different flags are equal where their numbers are: one table for each kind
_BY_KIND: dict[type[IntFlag], dict[IntFlag, str]] = {
    DscReason: _DSC_WORDS,
    DceReason: _DCE_WORDS,
    DiffusionReason: _DIFFUSION_WORDS,
    T1Reason: _T1_WORDS,
}


def reasons_in_words(value: int, kind: type[IntFlag]) -> tuple[str, ...]:
    """Say what the flags of a voxel mean.

    Parameters
    ----------
    value : int
        Sum of flags, as in a map of reasons.
    kind : type of IntFlag
        Of perfusion or diffusion fits.

    Examples
    --------
    >>> reasons_in_words(20, DscReason)
    ('the first pass does not rise above the noise', 'at the peak the signal is too near the noise')
    """
    return tuple(words for flag, words in _BY_KIND[kind].items() if value & flag.value)
