"""Picking one lesion in an uptake image: by a click, a box, or the neighbourhood of something drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Structure
from impasto.target.pet.background import SHELL, BackgroundSettings, surrounding_background
from impasto.target.pet.iso_contour import connected_above
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.scanner import PetScanner

__all__ = ["ClickSettings", "lesion_at", "lesion_in_box", "lesion_near"]

_GROWTH = 1.5
_MOVES = 5


@dataclass(frozen=True)
class ClickSettings:
    """How a click becomes a region.

    Parameters
    ----------
    snap_mm : float
        The hottest voxel within this distance of the click is the lesion's.
    radius_mm : float
        The region starts as a ball of this radius around that voxel ...
    largest_radius_mm : float
        ... and grows by half until the half-maximum contour and the shell in which the background is measured lie
        inside, at most to this radius.
    background : BackgroundSettings
    """

    snap_mm: float = 8.0
    radius_mm: float = 35.0
    largest_radius_mm: float = 150.0
    background: BackgroundSettings = SHELL


def lesion_at(
    image: Image,
    point_mm: ArrayLike,
    scanner: PetScanner,
    settings: ClickSettings = ClickSettings(),
    anatomy: Image | None = None,
) -> PetLesion:
    """Pick the lesion at a click.

    Parameters
    ----------
    image : Image
        Uptake, three axes.
    point_mm : array_like, shape (3,)
        LPS.
    scanner : PetScanner
    settings : ClickSettings
    anatomy : Image, optional
        CT or MR for methods that use it.

    Returns
    -------
    PetLesion
        Its region is a ball, cut at the image's faces.

    Raises
    ------
    ImpastoError
        When the click lies outside the image or no uptake stands out there.
    """
    values, point = _uptake(image), np.asarray(point_mm, dtype=np.float64).reshape(3)
    index = np.round(image.grid.index_from_world(point)).astype(int)
    if np.any(index < 0) or np.any(index >= image.grid.shape):
        where = ", ".join(f"{x:g}" for x in point)
        raise ImpastoError("click", f"({where}) mm lies outside the PET", "give LPS millimetres inside the image")
    start, near = _ball(image.grid, point, max(settings.snap_mm, float(image.grid.spacing_mm.max())))
    box = tuple(slice(a, a + n) for a, n in zip(start, near.shape, strict=True))
    clicked = np.add(start, _hottest(values[box], near))
    centre = image.grid.world_from_index(clicked)
    rim_mm = settings.background.farthest_fwhm * scanner.fwhm_mm
    radius_mm = min(settings.radius_mm, settings.largest_radius_mm)
    while True:
        start, ball = _ball(image.grid, centre, radius_mm)
        part = image.cropped(start.tolist(), np.add(start, ball.shape).tolist())
        seed = tuple(int(n) for n in clicked - start)
        region = _Region(part, ball, (seed[0], seed[1], seed[2]))
        lesion = _lesion(region, scanner, settings.background, anatomy)
        if _reach_mm(lesion, centre, settings.background) + rim_mm <= radius_mm:
            return lesion
        if radius_mm >= settings.largest_radius_mm:
            return lesion
        radius_mm = min(_GROWTH * radius_mm, settings.largest_radius_mm)


def lesion_in_box(
    image: Image,
    low_mm: Sequence[float],
    high_mm: Sequence[float],
    scanner: PetScanner,
    background: BackgroundSettings = SHELL,
    anatomy: Image | None = None,
) -> PetLesion:
    """Pick the hottest lesion whose voxel centres lie in a box.

    Parameters
    ----------
    image : Image
    low_mm, high_mm : sequence of 3 floats
        Opposite corners, LPS.
    scanner : PetScanner
    background : BackgroundSettings
    anatomy : Image, optional

    Raises
    ------
    ImpastoError
        When the box holds no voxel.
    """
    _uptake(image)
    low, high = np.minimum(low_mm, high_mm), np.maximum(low_mm, high_mm)
    corners = np.stack(np.meshgrid(*np.stack([low, high], axis=1), indexing="ij"), axis=-1).reshape(-1, 3)
    index = image.grid.index_from_world(corners)
    start = np.clip(np.ceil(index.min(axis=0) - 1e-6).astype(int), 0, image.grid.shape)
    stop = np.clip(np.floor(index.max(axis=0) + 1e-6).astype(int) + 1, 0, image.grid.shape)
    if np.any(stop <= start):
        raise ImpastoError("box", "no voxel of the PET lies in it", "give two opposite corners in LPS mm")
    part = image.cropped(start.tolist(), stop.tolist())
    centres = part.grid.voxel_centres_mm() if not image.grid.is_axis_aligned else None
    search = np.ones(part.grid.shape, dtype=np.bool_)
    if centres is not None:
        search = np.all((centres >= low - 1e-6) & (centres <= high + 1e-6), axis=-1)
    peak = _hottest(part.data, search)
    return _lesion(_Region(part, search, peak), scanner, background, anatomy)


def lesion_near(
    image: Image,
    structure: Structure,
    scanner: PetScanner,
    margin_mm: float = 15.0,
    background: BackgroundSettings = SHELL,
    anatomy: Image | None = None,
) -> PetLesion:
    """Pick the hottest lesion in what was drawn, and let it reach a margin beyond.

    Parameters
    ----------
    image : Image
    structure : Structure
        Drawn roughly around or in the lesion; its hottest voxel belongs to the lesion.
    scanner : PetScanner
    margin_mm : float
        How far beyond the structure the lesion and its background may reach.
    background : BackgroundSettings
    anatomy : Image, optional

    Raises
    ------
    ImpastoError
        When no voxel of the image lies in the structure.
    """
    _uptake(image)
    inside = structure.voxels(image.grid)
    if not inside.any():
        raise ImpastoError(structure.name, "it holds no voxel of the PET", "choose a structure drawn on this patient")
    part = image.cropped_to(inside, margin_mm + float(image.grid.spacing_mm.max()))
    inside = structure.voxels(part.grid)
    distance_mm = ndimage.distance_transform_edt(~inside, sampling=part.grid.spacing_mm)
    peak = _hottest(part.data, inside)
    return _lesion(_Region(part, distance_mm <= margin_mm, peak, inside), scanner, background, anatomy)


def _uptake(image: Image) -> RealArray:
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "it is a time series", "give one frame or the mean of several")
    return np.asarray(image.data)


def _ball(grid: Grid, centre_mm: FloatArray, radius_mm: float) -> tuple[IntArray, BoolArray]:
    """First index of the box around a ball inside the grid, and which of the box's voxels lie in the ball."""
    middle = grid.index_from_world(centre_mm)
    half = np.linalg.norm(np.linalg.inv(grid.affine[:3, :3]), axis=1) * radius_mm
    start = np.clip(np.floor(middle - half).astype(np.int64), 0, np.array(grid.shape) - 1)
    stop = np.clip(np.ceil(middle + half).astype(np.int64) + 1, start + 1, grid.shape)
    centres = grid.cropped(start.tolist(), stop.tolist()).voxel_centres_mm()
    ball = np.linalg.norm(centres - centre_mm, axis=-1) <= radius_mm
    ball[tuple(np.clip(np.round(middle).astype(int), start, stop - 1) - start)] = True
    return start, ball


def _hottest(values: RealArray, search: BoolArray) -> tuple[int, int, int]:
    known = np.where(search & np.isfinite(values), values, -np.inf)
    i, j, k = np.unravel_index(int(np.argmax(known)), values.shape)
    return int(i), int(j), int(k)


@dataclass(frozen=True, eq=False)
class _Region:
    """Where a lesion is looked for, from which voxel on, and what of it was drawn."""

    part: Image
    search: BoolArray
    seed: tuple[int, int, int]
    drawn: BoolArray | None = None


def _lesion(region: _Region, scanner: PetScanner, settings: BackgroundSettings, anatomy: Image | None) -> PetLesion:
    """Measure the background around a seed, and move the seed to the hottest voxel of its lesion."""
    part, search, peak = region.part, region.search & np.isfinite(region.part.data), region.seed
    for _ in range(_MOVES):
        background = surrounding_background(
            part.data, search, peak, part.grid.spacing_mm, scanner.fwhm_mm, settings, region.drawn
        )
        threshold = settings.first_threshold(background, float(part.data[peak]))
        body, box = connected_above(part.data, search, threshold, peak)
        within = _hottest(part.data[box], body)
        hottest = tuple(int(box[axis].start + within[axis]) for axis in range(3))
        if hottest == peak:
            break
        peak = (hottest[0], hottest[1], hottest[2])
    if not float(part.data[peak]) > background.mean:
        raise ImpastoError("lesion", "its uptake does not stand out from what surrounds it", "pick another place")
    return PetLesion(part, search, peak, background, anatomy)


def _reach_mm(lesion: PetLesion, centre_mm: FloatArray, settings: BackgroundSettings) -> float:
    """Farthest distance from a point to the lesion's voxels above its first threshold."""
    threshold = settings.first_threshold(lesion.background, lesion.maximum)
    body, box = connected_above(lesion.image.data, lesion.search, threshold, lesion.peak_index)
    index = np.argwhere(body) + [part.start for part in box]
    return float(np.linalg.norm(lesion.image.grid.world_from_index(index) - centre_mm, axis=-1).max())
