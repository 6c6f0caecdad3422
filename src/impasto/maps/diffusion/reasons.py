"""Why a voxel's diffusion is unknown or hard to believe."""

from __future__ import annotations

from enum import IntFlag

__all__ = ["FAILED", "DiffusionReason"]


class DiffusionReason(IntFlag):
    """What is the matter with a voxel; several can hold at once. Zero: nothing.

    ``NO_SIGNAL``: too little signal without weighting to measure its decay. ``UNDETERMINED``: the measurements that are
    left do not determine the model. ``MISSING``: a measurement was not a positive number and was left out.
    ``OUTLIERS``: measurements were left out because they do not fit the others. ``NOISE_FLOOR``: the signal expected at
    the strongest weighting drowns in noise, which makes diffusion look slow. ``NEGATIVE_EIGENVALUE``: signal would
    grow along some direction. ``IMPLAUSIBLE_DIFFUSIVITY``: negative, or faster than free water.
    ``IMPLAUSIBLE_FRACTION``: a share of signal below zero or above one, by more than twice its standard error.
    """

    NO_SIGNAL = 1
    UNDETERMINED = 2
    MISSING = 4
    OUTLIERS = 8
    NOISE_FLOOR = 16
    NEGATIVE_EIGENVALUE = 32
    IMPLAUSIBLE_DIFFUSIVITY = 64
    IMPLAUSIBLE_FRACTION = 128


FAILED = DiffusionReason.NO_SIGNAL | DiffusionReason.UNDETERMINED
"""Reasons that leave a voxel without a value in a map; the others only warn."""
