"""The T2/FLAIR lesion."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import components, meeting, opened, shrunk_by
from impasto.target.lesions.normal_level import upper_spread
from impasto.target.lesions.settings import LesionSettings
from impasto.target.lesions.signals import LesionSignals

__all__ = ["flair_seeds"]

_SEEDED_SHARE = 0.7


def flair_seeds(signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    """Find voxels that are surely hyperintense on FLAIR.

    Thin rims (along ventricles, in sulci) and what lies at the very surface are left out. Without the user's seeds the
    largest part is taken, and those not much smaller.

    Returns
    -------
    ndarray of bool
        Empty where there is no FLAIR or nothing bright.
    """
    if signals.flair is None:
        return np.zeros(signals.grid.shape, dtype=bool)
    limit = max(settings.least_flair_contrast, settings.flair_seed_spreads * upper_spread(signals.flair, signals.brain))
    is_seeded = bool(signals.marked.any())
    if is_seeded:
        limit *= _SEEDED_SHARE
    bright = (signals.flair > limit) & signals.brain & signals.allowed
    thick = opened(bright, settings.vessel_radius_mm, signals.spacing_mm)
    if is_seeded:
        return meeting(thick, signals.marked)
    return _largest(thick, shrunk_by(signals.brain, settings.surface_mm, signals.spacing_mm), signals, settings)


def _largest(thick: BoolArray, deep: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    assert signals.flair is not None
    labels, sizes = components(thick)
    # weighed by brightness, and believed by what of it lies deep
    weight = np.bincount(labels.ravel(), np.where(deep, signals.flair, 0.0).ravel(), len(sizes))
    weight[0] = 0.0
    least = settings.least_volume_ml / signals.grid.voxel_volume_ml
    weight[sizes < least] = 0.0
    kept = weight >= max(settings.further_share * float(weight.max()), 1e-9)
    kept[0] = False
    return np.asarray(kept[labels])
