"""The contrast-enhancing lesion."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray
from impasto.target.lesions.fluid import fluid_of_lesions
from impasto.target.lesions.morphology import (
    box_of,
    components,
    convex_hull,
    filled,
    grown,
    meeting,
    opened,
    shell_of,
    shrunk_by,
)
from impasto.target.lesions.normal_level import upper_spread
from impasto.target.lesions.settings import LesionSettings
from impasto.target.lesions.signals import LesionSignals

__all__ = ["enhancing_region", "enhancing_seeds", "hull_of_parts", "strongly_enhancing_beside"]

_JOINED_MM = 10.0
_FLAIR_WIDTH_MM = 1.0
_SHELL_MM = 2.0
_RIM_GAP_MM = 3.0
_BESIDE_MM = 5.0
_SEEDED_SHARE = 0.7


def enhancing_region(flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    """Say where enhancement may be lesion: around the convex hull of the T2/FLAIR lesion, not where FLAIR is dark.

    Without a T2/FLAIR lesion it is the brain, or what is in reach of the user's seeds.
    """
    inside = signals.brain & signals.allowed
    if signals.flair is not None:
        smooth = ndimage.gaussian_filter(signals.flair, _FLAIR_WIDTH_MM / signals.spacing_mm)
        inside &= smooth > settings.vessel_flair - 1.0
    if not flair_lesion.any():
        return inside & (grown(signals.marked, settings.reach_mm, signals.spacing_mm) if signals.marked.any() else True)
    around = grown(hull_of_parts(flair_lesion, signals), settings.enhancement_beyond_flair_mm, signals.spacing_mm)
    return inside & (around | signals.marked)


def strongly_enhancing_beside(lesion: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    """Find thick parts, next to a lesion, that enhance so much that they are believed in any sequence."""
    if signals.enhancement is None:
        return np.zeros_like(lesion)
    clear = (signals.enhancement > settings.sure_enhancement) & signals.brain
    return meeting(
        opened(clear, settings.vessel_radius_mm, signals.spacing_mm), grown(lesion, _BESIDE_MM, signals.spacing_mm)
    )


def hull_of_parts(lesion: BoolArray, signals: LesionSignals) -> BoolArray:
    """Join the convex hulls of a lesion's parts; those close to each other share one."""
    hull = np.zeros_like(lesion)
    for part in _apart(lesion, signals):
        hull |= convex_hull(part)
    return hull


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
    limit = max(settings.least_enhancement, settings.enhancement_seed_spreads * _enhancement_spread(signals, settings))
    is_marked = bool(signals.marked.any())
    bright = (signals.enhancement > limit * (_SEEDED_SHARE if is_marked else 1.0)) & region
    if flair_lesion.any():
        return _beside_lesion(bright, flair_lesion, signals, settings)
    thick = opened(bright, settings.vessel_radius_mm, signals.spacing_mm)
    if is_marked:
        return meeting(bright, thick & signals.marked) if (thick & signals.marked).any() else bright & signals.marked
    deep = thick & shrunk_by(signals.brain, settings.surface_mm, signals.spacing_mm)
    result = np.zeros_like(deep)
    for part in _parts(meeting(thick, deep), signals, settings):
        result |= part
    return result


def _enhancement_spread(signals: LesionSignals, settings: LesionSettings) -> float:
    """Judge the standard deviation of enhancement in normal brain, no wider than `settings.sure_enhancement` allows."""
    assert signals.enhancement is not None
    spread = upper_spread(signals.enhancement, signals.brain)
    return min(spread, settings.sure_enhancement / settings.enhancement_seed_spreads)


def _beside_lesion(
    bright: BoolArray, flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings
) -> BoolArray:
    """Parts that the user marked, or with enough of their border on the lesion: a vessel passes by with one side."""
    lesion = flair_lesion | fluid_of_lesions(signals)
    parts = _parts(bright, signals, settings)
    shares = np.array([_share_of_border(part, lesion, signals) for part in parts])
    weights = shares * [np.count_nonzero(part) for part in parts]
    result = bright & signals.marked
    for part, share, weight in zip(parts, shares, weights, strict=True):
        needed = settings.beside_lesion_share_of_main if weight == weights.max() else settings.beside_lesion_share
        if share >= needed or (part & signals.marked).any():
            result |= part
    return result


def _share_of_border(part: BoolArray, lesion: BoolArray, signals: LesionSignals) -> float:
    """Say how much of a part's outer border lies on the lesion; what a rim encloses is no border of it."""
    box = box_of(part, signals.spacing_mm, _RIM_GAP_MM + _SHELL_MM + float(signals.spacing_mm.max()))
    wide = filled(grown(part[box], _RIM_GAP_MM, signals.spacing_mm), signals.grid.direction)
    whole = shrunk_by(wide, _RIM_GAP_MM, signals.spacing_mm) | part[box]
    shell = shell_of(whole, _SHELL_MM, signals.spacing_mm) & signals.brain[box]
    return float(lesion[box][shell].mean()) if shell.any() else 0.0


def _parts(mask: BoolArray, signals: LesionSignals, settings: LesionSettings) -> list[BoolArray]:
    labels, sizes = components(mask)
    return [
        labels == number for number in np.flatnonzero(sizes * signals.grid.voxel_volume_ml >= settings.least_volume_ml)
    ]
