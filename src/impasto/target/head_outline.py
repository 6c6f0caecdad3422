"""The head's outline from MR, and around a brain whose skull was removed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage.filters import threshold_otsu

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure

__all__ = ["head_around_brain", "head_from_mr", "is_skull_stripped"]

_WORKING_MM = 2.0
_STRIPPED_ZERO_SHARE = 0.5
_LEAST_HEAD_ML = 500.0


def is_skull_stripped(image: Image) -> bool:
    """Say whether more than half of an image is exactly zero, as where all but the brain was set to it."""
    return bool(np.mean(image.data == 0) > _STRIPPED_ZERO_SHARE)


def head_from_mr(image: Image, signal_share: float = 0.12, closed_mm: float = 8.0, name: str = "EXTERNAL") -> Structure:
    """Outline a head in an MR image: the largest part with signal, its dark gaps (bone, sinuses) closed.

    Parameters
    ----------
    image : Image
        Any contrast in which the scalp has signal.
    signal_share : float
        Of the median of what Otsu's threshold takes for bright: less is background.
    closed_mm : float
        Gaps up to about twice as wide are closed.
    name : str

    Returns
    -------
    Structure
        Role EXTERNAL, Boolean mask on voxels of about 2 mm.

    Raises
    ------
    ImpastoError
        When no part of at least half a litre has signal.
    """
    grid = image.grid.with_spacing(np.maximum(image.grid.spacing_mm, _WORKING_MM))
    values = np.nan_to_num(image.resampled_conserving(grid).data)
    bright = values[values > threshold_otsu(values)] if values.max() > values.min() else values[:0]
    has_signal = values > signal_share * float(np.median(bright)) if bright.size else np.zeros(grid.shape, dtype=bool)
    opened = ndimage.binary_opening(has_signal, _cross(1))
    pad = int(np.ceil(closed_mm / _WORKING_MM)) + 1
    # the image's faces may cut the head: its last voxels are continued for closing, and cut off again
    wide = np.pad(opened, pad, mode="edge")
    open_air = _within(~_within(wide, closed_mm, grid), closed_mm, grid)
    # closed before the largest part is chosen: a dark skull divides brain from scalp
    head = _largest(~open_air[tuple(slice(pad, -pad) for _ in range(3))] | opened)
    if head.sum() * grid.voxel_volume_ml < _LEAST_HEAD_ML:
        raise ImpastoError(image.quantity, "no head stands out from its background", "draw the outline (EXTERNAL)")
    return Structure.from_mask(name, Role.EXTERNAL, _filled(head), grid)


def head_around_brain(brain: Structure, thickness_mm: float = 14.0, name: str = "EXTERNAL") -> Structure:
    """Grow a brain by fluid, skull and scalp: a stand-in for the head where these were cut away.

    Parameters
    ----------
    brain : Structure
    thickness_mm : float
        From the brain's surface to the skin.
    name : str

    Returns
    -------
    Structure
        Role EXTERNAL, Boolean mask on voxels of 2 mm, as far beyond the image as needed.

    Raises
    ------
    ImpastoError
        When the brain is empty, or the thickness is not positive.
    """
    if not thickness_mm > 0.0:
        raise ImpastoError(name, f"skull and scalp of {thickness_mm:g} mm", "give a positive thickness")
    low, high = brain.bounds_mm()
    shape = np.ceil((high - low + 2.0 * thickness_mm) / _WORKING_MM).astype(int) + 4
    grid = Grid.centred(shape.tolist(), (_WORKING_MM,) * 3, 0.5 * (low + high))
    return Structure.from_mask(name, Role.EXTERNAL, _filled(_within(brain.voxels(grid), thickness_mm, grid)), grid)


def _within(mask: BoolArray, reach_mm: float, grid: Grid) -> BoolArray:
    away: NDArray[np.float64] = ndimage.distance_transform_edt(~mask, sampling=grid.spacing_mm)
    return np.asarray(away <= reach_mm)


def _largest(mask: BoolArray) -> BoolArray:
    parts, _ = ndimage.label(mask)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((parts == int(np.argmax(sizes))) & (parts > 0))


def _filled(mask: BoolArray) -> BoolArray:
    """Fill what slices of any of the three directions enclose."""
    filled = mask
    for axis in range(3):
        layers = np.moveaxis(filled, axis, 0)
        filled = np.moveaxis(np.stack([ndimage.binary_fill_holes(layer) for layer in layers]), 0, axis)
    return np.asarray(filled)


def _cross(reach: int) -> BoolArray:
    return np.asarray(ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), reach))
