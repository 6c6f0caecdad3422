"""Finding the parts of a lesion from T1, T1c and FLAIR, with the user's seeds or without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Image, ImpastoError, Progress, silent
from impasto.core.arrays import BoolArray
from impasto.target.lesions.enhancing import (
    enhancing_region,
    enhancing_seeds,
    hull_of_parts,
    strongly_enhancing_beside,
)
from impasto.target.lesions.fluid import enclosed_fluid, is_free_fluid
from impasto.target.lesions.growing import Border, deep_level, grow_lesion
from impasto.target.lesions.hyperintensity import flair_seeds
from impasto.target.lesions.morphology import components, grown, opened
from impasto.target.lesions.normal_level import upper_spread
from impasto.target.lesions.parts import LesionPart, LesionParts
from impasto.target.lesions.settings import LesionPlace, LesionSettings
from impasto.target.lesions.signals import LesionImages, LesionSignals, lesion_signals

__all__ = ["FoundLesions", "find_lesions"]

_SURROUND_MM = 12.0

_Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FoundLesions:
    """What :func:`find_lesions` found.

    Parameters
    ----------
    parts : LesionParts
    enhancing, hyperintense : Image
        Probability of the contrast-enhancing and of the T2/FLAIR lesion.
    enhancement : Image
        Signal that contrast agent added, as a share of normal brain.
    notes : tuple of str
        Sentences a reader must see.
    """

    parts: LesionParts
    enhancing: Image
    hyperintense: Image
    enhancement: Image
    notes: tuple[str, ...]


def find_lesions(
    images: LesionImages,
    brain: BoolArray,
    settings: LesionSettings | None = None,
    place: LesionPlace | None = None,
    progress: Progress = silent,
) -> FoundLesions:
    """Find contrast-enhancing lesion, T2/FLAIR lesion, necrosis and cavity.

    Voxels surely abnormal beside normal brain of the same place are seeds of random walks, in FLAIR first, then in the
    enhancement (T1c minus what T1 predicts) of its neighbourhood.

    Parameters
    ----------
    images : LesionImages
        In one frame.
    brain : ndarray of bool, shape of `images.grid`
    settings : LesionSettings, optional
    place : LesionPlace, optional
        The user's seeds or box; without them the largest FLAIR-bright part is the lesion.
    progress : Progress

    Raises
    ------
    ImpastoError
        When nothing abnormal is found.
    """
    settings, place = settings or LesionSettings(), place or LesionPlace()
    signals = _signals(images, brain, settings, place)
    progress("T2/FLAIR lesion", 0.4)
    bright = _hyperintense(signals, settings)
    progress("contrast-enhancing lesion", 0.7)
    flair_lesion = bright > 0.5
    region = enhancing_region(flair_lesion, signals, settings)
    sure = enhancing_seeds(region, flair_lesion, signals, settings)
    enhancing = np.zeros(signals.grid.shape, dtype=np.float32)
    if sure.any() and signals.enhancement is not None:
        # on most sides of a rim is tissue that lost signal: necrosis, oedema
        border = Border.between(0.0, float(np.median(signals.enhancement[sure])), settings.enhancement_border_level)
        enhancing = grow_lesion(signals.enhancement, sure, region, border, signals.grid, settings)
    if not sure.any() and not flair_lesion.any():
        problem = "nothing stands out from normal brain" + (" near the seeds" if place.seeds_mm else "")
        raise ImpastoError("lesions", problem, "give a seed or box in the lesion, or draw it")
    progress("necrosis and cavity", 0.9)
    labels = _labelled(enhancing > 0.5, flair_lesion, signals, settings)
    notes = list(_notes(images, place, flair_lesion, signals))
    if not sure.any() and flair_lesion.any():
        notes += _left_out(flair_lesion, signals, settings)
    return _result(images, signals, labels, (enhancing, bright), tuple(notes))


def _signals(images: LesionImages, brain: BoolArray, settings: LesionSettings, place: LesionPlace) -> LesionSignals:
    """Compare with normal brain twice, the second time without what the first showed as abnormal and its surround."""
    first = lesion_signals(images, brain, place, settings.t1c_above_normal)
    sure = flair_seeds(first, settings)
    if not sure.any():
        return first
    # tumour that is hardly brighter than normal brain on FLAIR would pass for it: take all between, and what enhances
    clear = strongly_enhancing_beside(sure, first, settings)
    abnormal = np.zeros(images.grid.shape, dtype=bool)
    abnormal[first.box] = grown(hull_of_parts(sure | clear, first), _SURROUND_MM, first.spacing_mm)
    return lesion_signals(images, brain, place, settings.t1c_above_normal, abnormal)


def _hyperintense(signals: LesionSignals, settings: LesionSettings) -> _Field:
    sure = flair_seeds(signals, settings)
    if not sure.any() or signals.flair is None:
        return np.zeros(signals.grid.shape, dtype=np.float32)
    spread = upper_spread(signals.flair, signals.brain)
    highest = max(settings.least_flair_contrast, settings.border_spreads * spread)
    level = deep_level(signals.flair, sure, signals.grid)
    border = Border.between(spread, level, settings.flair_border_level, highest)
    found = grow_lesion(signals.flair, sure, signals.brain & signals.allowed, border, signals.grid, settings)
    # rims of ventricles and cortex that merge with the lesion are thinner than it is
    thin = (found > 0.5) & ~opened(found > 0.5, settings.vessel_radius_mm, signals.spacing_mm) & ~sure
    return np.where(thin, np.float32(0.5) * found, found)


def _labelled(
    enhancing: BoolArray, flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings
) -> NDArray[np.uint8]:
    """Give every voxel its part; holes without a part of their own belong to the non-enhancing lesion."""
    labels = np.zeros(signals.grid.shape, dtype=np.uint8)
    fluid = enclosed_fluid(enhancing, flair_lesion, signals, settings)
    is_cavity = [is_free_fluid(part, signals, settings) for part in fluid]
    dead = [part for part, free in zip(fluid, is_cavity, strict=True) if not free]
    whole = np.logical_or.reduce([flair_lesion, enhancing, *dead])
    labels[ndimage.binary_fill_holes(whole) & signals.brain] = LesionPart.NON_ENHANCING
    for part, free in zip(fluid, is_cavity, strict=True):
        labels[part] = LesionPart.CAVITY if free else LesionPart.NECROSIS
    labels[enhancing] = LesionPart.ENHANCING
    parts, sizes = components(labels > 0)
    labels[(sizes * signals.grid.voxel_volume_ml < settings.least_volume_ml)[parts]] = 0
    return labels


def _result(
    images: LesionImages,
    signals: LesionSignals,
    labels: NDArray[np.uint8],
    probabilities: tuple[_Field, _Field],
    notes: tuple[str, ...],
) -> FoundLesions:
    def whole(values: NDArray[np.generic]) -> NDArray[np.generic]:
        full = np.zeros(images.grid.shape, dtype=values.dtype)
        full[signals.box] = values
        return full

    enhancement = np.zeros(labels.shape, dtype=np.float32) if signals.enhancement is None else signals.enhancement
    return FoundLesions(
        LesionParts(np.asarray(whole(labels), dtype=np.uint8), images.grid),
        Image(whole(probabilities[0]), images.grid, "probability of CEL", "1"),
        Image(whole(probabilities[1]), images.grid, "probability of T2L", "1"),
        Image(whole(np.where(signals.brain, enhancement, 0.0)), images.grid, "contrast enhancement", "1"),
        notes,
    )


def _left_out(flair_lesion: BoolArray, signals: LesionSignals, settings: LesionSettings) -> list[str]:
    """Say what enhances beside the T2/FLAIR lesion where none of it was taken for lesion."""
    beside = strongly_enhancing_beside(flair_lesion, signals, settings)
    volume_ml = float(np.count_nonzero(beside)) * signals.grid.voxel_volume_ml
    if volume_ml < settings.least_volume_ml:
        return []
    return [
        f"{volume_ml:.1f} ml beside the T2/FLAIR lesion enhance, but touch it with as little of their border as "
        "vessels do: they are not taken for lesion. If they are, give a seed in them."
    ]


def _notes(
    images: LesionImages, place: LesionPlace, flair_lesion: BoolArray, signals: LesionSignals
) -> tuple[str, ...]:
    notes = []
    if not place.seeds_mm and place.box_mm is None:
        parts = int(np.count_nonzero(components(flair_lesion)[1]))
        more = f" with {parts - 1} more" if parts > 1 else ""
        what = f"the brightest FLAIR lesion{more}" if parts else "what enhances below the brain's surface"
        notes.append(f"No seed was given: {what} was taken. Look at it before use.")
    if images.t1 is None and images.t1c is not None:
        notes.append("No T1 before contrast: what is bright on it (blood, fat, calcium) counts as enhancing.")
    if images.flair is None:
        notes.append("No FLAIR: there is no T2/FLAIR lesion, and fluid counts as necrosis unless said otherwise.")
    if images.t1c is None:
        notes.append("No T1c: there is no contrast-enhancing lesion.")
    if images.flair is not None and not flair_lesion.any():
        notes.append("Nothing on FLAIR stands out from normal brain.")
    return tuple(notes)
