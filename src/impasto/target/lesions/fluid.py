"""Necrosis and resection cavity: what a lesion encloses without enhancing."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import closed, components, convex_hull, filled, grown, opened, shell_of
from impasto.target.lesions.settings import LesionSettings
from impasto.target.lesions.signals import LesionSignals

__all__ = ["enclosed_fluid", "fluid_of_lesions", "is_free_fluid"]

_FLUID_T1C = 0.65
_RIM_GAP_MM = 3.0
_WIDE_GAP_MM = 6.0
_NECROSIS_OF_OEDEMA = 0.93
_T1C_WIDTH_MM = 1.0
_FLUID_RADIUS_MM = 3.0
_SHELL_MM = 2.0
_LEAST_RADIUS_MM = 1.0
_FREE_FLUID_FLAIR = -0.3
_NORMAL_FLUID_FLAIR = -0.6


def enclosed_fluid(
    enhancing: BoolArray, flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings
) -> tuple[BoolArray, ...]:
    """Find connected parts that an enhancing rim encloses, or fluid that belongs to the lesion.

    Fluid is dark on T1c and wide: sulci are thinner than the ball that it must hold. What FLAIR does not suppress
    wholly is no normal fluid, and belongs to the lesion in whose convex hull it lies or that borders half
    as much of it; wholly suppressed fluid must be bordered by the lesion: ventricles have little of their border on it.

    Parameters
    ----------
    enhancing, flair_lesion : ndarray of bool
    signals : LesionSignals
    settings : LesionSettings

    Returns
    -------
    tuple of ndarray of bool
    """
    in_rim = _in_the_rim(enhancing, flair_lesion & ~enhancing, signals)
    lesion = enhancing | flair_lesion
    fluid = np.zeros_like(in_rim)
    if signals.t1c is not None and lesion.any():
        dark = (signals.t1c < _FLUID_T1C) & signals.brain & signals.allowed & ~lesion
        fluid = _of_the_lesion(dark, lesion | in_rim, signals, settings)
    least = max(settings.least_volume_ml / signals.grid.voxel_volume_ml, 1.0)
    found: list[BoolArray] = []
    for candidate in (in_rim & ~fluid, fluid):
        labels, sizes = components(opened(candidate, _LEAST_RADIUS_MM, signals.spacing_mm))
        found += [labels == number for number in np.flatnonzero(sizes >= least)]
    return tuple(found)


def _in_the_rim(enhancing: BoolArray, other: BoolArray, signals: LesionSignals) -> BoolArray:
    """Take what a rim encloses: all where its gaps are small, what is darker than oedema where they are wider."""
    rim = filled(closed(enhancing, _RIM_GAP_MM, signals.spacing_mm), signals.grid.direction)
    if signals.t1c is not None and enhancing.any():
        smooth = ndimage.gaussian_filter(signals.t1c, _T1C_WIDTH_MM / signals.spacing_mm)
        oedema = float(np.median(signals.t1c[other])) if other.any() else 1.0
        wide = filled(closed(enhancing, _WIDE_GAP_MM, signals.spacing_mm), signals.grid.direction)
        rim |= wide & (smooth < _NECROSIS_OF_OEDEMA * oedema)
    return rim & ~enhancing & signals.brain


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
    # where bright lesion meets dark fluid lies a layer of voxels that are neither; ventricles are held to the letter
    beside = grown(lesion, _SHELL_MM, signals.spacing_mm)
    labels, sizes = components(opened(dark, _FLUID_RADIUS_MM, signals.spacing_mm))
    result = np.zeros_like(dark)
    for number in np.flatnonzero(sizes * signals.grid.voxel_volume_ml >= settings.least_volume_ml):
        part = labels == number
        is_normal = signals.flair is None or float(np.median(signals.flair[part])) < _NORMAL_FLUID_FLAIR
        shell = shell_of(part, _SHELL_MM, signals.spacing_mm) & signals.brain
        bordered = float((lesion if is_normal else beside)[shell].mean()) if shell.any() else 0.0
        if is_normal:
            belongs = bordered >= settings.enclosed_share
        else:
            belongs = max(2.0 * bordered, float(hull[part].mean())) >= settings.enclosed_share
        if belongs:
            result |= part
    return result
