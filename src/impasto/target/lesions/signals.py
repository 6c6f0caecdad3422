"""The images lesions are found in, brought to one grid and to multiples of normal brain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray
from impasto.target.lesions.morphology import box_of
from impasto.target.lesions.normal_level import contrast_enhancement, relative_signal
from impasto.target.lesions.settings import LesionPlace

__all__ = ["LesionImages", "LesionSignals", "lesion_signals"]

_Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LesionImages:
    """MR images of one head in one frame; grids may differ, the first one given carries the result.

    Parameters
    ----------
    t1c, flair, t1, t2 : Image, optional
        T1-weighted after contrast, T2-FLAIR, T1-weighted before contrast, T2-weighted; T1c or FLAIR must be there.

    Raises
    ------
    ImpastoError
        When neither T1c nor FLAIR is given.
    """

    t1c: Image | None = None
    flair: Image | None = None
    t1: Image | None = None
    t2: Image | None = None

    def __post_init__(self) -> None:
        if self.t1c is None and self.flair is None:
            raise ImpastoError("lesions", "neither T1c nor FLAIR is given", "give one of them, better both")

    @property
    def grid(self) -> Grid:
        """Voxels of the result: T1c's, or else FLAIR's."""
        first = self.t1c or self.flair
        assert first is not None
        return first.grid


@dataclass(frozen=True, eq=False)
class LesionSignals:
    """Signals in the box around the brain, as multiples of normal brain.

    Parameters
    ----------
    grid : Grid
        Of the box.
    box : tuple of slice
        Where it lies on the images' grid.
    brain : ndarray of bool
    enhancement : ndarray, optional
        What contrast agent added; 0 in normal brain.
    flair : ndarray, optional
        FLAIR above normal brain; 0 in normal brain.
    t1c : ndarray, optional
        1 in normal brain.
    marked, allowed : ndarray of bool
        Voxels near the user's seeds, and in the user's box.
    """

    grid: Grid
    box: tuple[slice, slice, slice]
    brain: BoolArray
    enhancement: _Field | None
    flair: _Field | None
    t1c: _Field | None
    marked: BoolArray
    allowed: BoolArray

    @property
    def spacing_mm(self) -> FloatArray:
        """Of the box's voxels."""
        return self.grid.spacing_mm


def lesion_signals(
    images: LesionImages,
    brain: BoolArray,
    place: LesionPlace,
    t1c_above_normal: float = -0.1,
    abnormal: BoolArray | None = None,
) -> LesionSignals:
    """Crop to the brain and compare every image with normal brain.

    Enhancement never exceeds by how much T1c is brighter than normal brain less `t1c_above_normal`: sequences of
    different contrast else show sulci and cortex as enhancing. Without T1 it is just that.

    Parameters
    ----------
    images : LesionImages
    brain : ndarray of bool, shape of the images' grid
    place : LesionPlace
    t1c_above_normal : float
    abnormal : ndarray of bool, shape of the images' grid, optional
        What normal brain is not judged from, where it is known already.

    Raises
    ------
    ImpastoError
        When the brain is empty, or no place was given inside it.
    """
    if not brain.any():
        raise ImpastoError("Brain", "holds no voxel of the image", "give the brain's mask in the frame of the images")
    box = box_of(brain, images.grid.spacing_mm, 2.0)
    grid = images.grid.cropped([side.start for side in box], [side.stop for side in box])
    inside = brain[box]
    normal = inside if abnormal is None else inside & ~abnormal[box]
    t1c, t1, flair = (_relative(image, normal, grid) for image in (images.t1c, images.t1, images.flair))
    enhancement = None
    if t1c is not None:
        enhancement = t1c - np.float32(1.0 + t1c_above_normal)
        if t1 is not None:
            enhancement = np.minimum(contrast_enhancement(t1, t1c, normal), enhancement)
        else:
            enhancement = t1c - np.float32(1.0)
    marked, allowed = _where(place, grid, inside)
    return LesionSignals(
        grid, box, inside, enhancement, None if flair is None else flair - np.float32(1.0), t1c, marked, allowed
    )


def _relative(image: Image | None, normal: BoolArray, grid: Grid) -> _Field | None:
    if image is None:
        return None
    values = image.resampled_linear(grid).data
    # where the image does not reach there is nothing to judge
    return relative_signal(np.nan_to_num(values), normal & (values > 0), grid)


def _where(place: LesionPlace, grid: Grid, brain: BoolArray) -> tuple[BoolArray, BoolArray]:
    marked, allowed = np.zeros(grid.shape, dtype=bool), np.ones(grid.shape, dtype=bool)
    if not place.seeds_mm and place.box_mm is None:
        return marked, allowed
    centres = grid.voxel_centres_mm()
    for seed in place.seeds_mm:
        near = ((centres - np.asarray(seed)) ** 2).sum(axis=-1) <= place.seed_reach_mm**2
        if not (near & brain).any():
            said = ", ".join(f"{x:g}" for x in seed)
            raise ImpastoError("lesion seed", f"({said}) mm lies outside the brain", "give LPS mm of the first image")
        marked |= near
    if place.box_mm is not None:
        low, high = np.min(place.box_mm, axis=0), np.max(place.box_mm, axis=0)
        allowed = np.all((centres >= low) & (centres <= high), axis=-1)
        if not (allowed & brain).any():
            raise ImpastoError("lesion box", "holds no brain", "give two corners in LPS mm of the first image")
    return marked, allowed
