"""Necrosis and resection cavity: what a lesion encloses without enhancing."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import closed, components, convex_hull, filled, opened, shell_of
from impasto.target.lesions.settings import LesionSettings
from impasto.target.lesions.signals import LesionSignals

__all__ = ["enclosed_fluid", "fluid_of_lesions", "is_free_fluid"]

_FLUID_T1C = 0.65
_RIM_GAP_MM = 3.0
_FLUID_RADIUS_MM = 3.0
_SHELL_MM = 2.0
_LEAST_RADIUS_MM = 1.0
_FREE_FLUID_FLAIR = -0.45


def enclosed_fluid(
    enhancing: BoolArray, flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings
) -> tuple[BoolArray, ...]:
    """Find connected parts that an enhancing rim encloses, or fluid that belongs to the lesion.

    Fluid is dark on T1c and wide: sulci are thinner than the ball that it must hold. What FLAIR does not suppress is no
    normal fluid, and belongs to the lesion in whose convex hull it lies; suppressed fluid must be bordered by the
    lesion: ventricles have little of their border on it.

    Parameters
    ----------
    enhancing, flair_lesion : ndarray of bool
    signals : LesionSignals
    settings : LesionSettings

    Returns
    -------
    tuple of ndarray of bool
    """
    rim = filled(closed(enhancing, _RIM_GAP_MM, signals.spacing_mm), signals.grid.direction)
    candidate = rim & ~enhancing & signals.brain
    lesion = enhancing | flair_lesion
    if signals.t1c is not None and lesion.any():
        dark = (signals.t1c < _FLUID_T1C) & signals.brain & signals.allowed & ~lesion
        candidate |= _of_the_lesion(dark, lesion | candidate, signals, settings)
    labels, sizes = components(opened(candidate, _LEAST_RADIUS_MM, signals.spacing_mm))
    least = settings.least_volume_ml / signals.grid.voxel_volume_ml
    return tuple(labels == number for number in np.flatnonzero(sizes >= max(least, 1.0)))


def fluid_of_lesions(signals: LesionSignals) -> BoolArray:
    """Voxels dark on T1c that FLAIR does not suppress: no normal fluid is like that."""
    if signals.t1c is None or signals.flair is None:
        return np.zeros(signals.grid.shape, dtype=bool)
    return (signals.t1c < _FLUID_T1C) & (signals.flair > _FREE_FLUID_FLAIR) & signals.brain


def is_free_fluid(part: BoolArray, signals: LesionSignals, settings: LesionSettings) -> bool:
    """Say whether fluid is a cavity's: FLAIR suppresses free fluid, and less what is rich in protein."""
    if settings.fluid != "by FLAIR" or signals.flair is None:
        return settings.fluid == "cavity"
    return float(np.median(signals.flair[part])) < _FREE_FLUID_FLAIR


def _of_the_lesion(dark: BoolArray, lesion: BoolArray, signals: LesionSignals, settings: LesionSettings) -> BoolArray:
    hull = convex_hull(lesion)
    labels, sizes = components(opened(dark, _FLUID_RADIUS_MM, signals.spacing_mm))
    result = np.zeros_like(dark)
    for number in np.flatnonzero(sizes * signals.grid.voxel_volume_ml >= settings.least_volume_ml):
        part = labels == number
        is_free = signals.flair is None or float(np.median(signals.flair[part])) < _FREE_FLUID_FLAIR
        shell = shell_of(part, _SHELL_MM, signals.spacing_mm) & signals.brain
        inside = lesion[shell] if is_free else hull[part]
        if inside.size and inside.mean() >= settings.enclosed_share:
            result |= part
    return result
