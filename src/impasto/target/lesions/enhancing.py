"""The contrast-enhancing lesion."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import components, convex_hull, grown, meeting, opened, shrunk_by
from impasto.target.lesions.normal_level import upper_spread
from impasto.target.lesions.settings import LesionSettings
from impasto.target.lesions.signals import LesionSignals

__all__ = ["enhancing_region", "enhancing_seeds"]

_JOINED_MM = 10.0
_FLAIR_WIDTH_MM = 1.0
_SEEDED_SHARE = 0.7


def enhancing_region(flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    """Where enhancement may be lesion: in and just around the convex hull of the T2/FLAIR lesion, not where FLAIR is dark.

    Without a T2/FLAIR lesion it is the brain, or what is in reach of the user's seeds.
    """
    inside = signals.brain & signals.allowed
    if signals.flair is not None:
        smooth = ndimage.gaussian_filter(signals.flair, _FLAIR_WIDTH_MM / signals.spacing_mm)
        inside &= smooth > settings.vessel_flair - 1.0
    if not flair_lesion.any():
        return inside & (grown(signals.marked, settings.reach_mm, signals.spacing_mm) if signals.marked.any() else True)
    hull = np.zeros_like(flair_lesion)
    for part in _apart(flair_lesion, signals):
        hull |= convex_hull(part)
    around = grown(hull, settings.enhancement_beyond_flair_mm, signals.spacing_mm)
    return inside & (around | signals.marked)


def _apart(flair_lesion: BoolArray, signals: LesionSignals) -> list[BoolArray]:
    """T2/FLAIR lesions too far from each other to surround one enhancing lesion."""
    labels, sizes = components(grown(flair_lesion, _JOINED_MM, signals.spacing_mm))
    return [flair_lesion & (labels == number) for number in np.flatnonzero(sizes)]


def enhancing_seeds(
    region: BoolArray, flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings
) -> BoolArray:
    """Find voxels of a region that surely enhance.

    Beside a T2/FLAIR lesion rims may be thin; without one only thick parts below the surface are believed, unless the
    user marked them.
    """
    if signals.enhancement is None:
        return np.zeros(signals.grid.shape, dtype=bool)
    spread = upper_spread(signals.enhancement, signals.brain)
    limit = max(settings.least_enhancement, settings.enhancement_seed_spreads * spread)
    is_marked = bool(signals.marked.any())
    bright = (signals.enhancement > limit * (_SEEDED_SHARE if is_marked else 1.0)) & region
    if flair_lesion.any():
        return _large(bright, signals, settings)
    thick = opened(bright, settings.vessel_radius_mm, signals.spacing_mm)
    if is_marked:
        return meeting(bright, thick & signals.marked) if (thick & signals.marked).any() else bright & signals.marked
    deep = shrunk_by(signals.brain, settings.surface_mm, signals.spacing_mm)
    return _large(meeting(thick & deep, thick & deep), signals, settings)


def _large(mask: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    labels, sizes = components(mask)
    return np.asarray((sizes * signals.grid.voxel_volume_ml >= settings.least_volume_ml)[labels] & mask)
