"""The part of a mask that hangs together with a lesion's peak, and the neighbourhood of a lesion."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.target.pet.iso_contour import connected_above
from impasto.target.pet.lesion import PetLesion

__all__ = ["Neighbourhood", "neighbourhood", "part_with_peak"]

_TURNS = 30


def part_with_peak(inside: BoolArray, search: BoolArray, peak: tuple[int, int, int]) -> BoolArray:
    """Keep the connected part (by faces) that holds the peak, holes filled, within where the lesion is searched.

    Empty when the peak is not inside.
    """
    parts, _ = ndimage.label(inside & search)
    number = int(parts[peak])
    if number == 0:
        return np.zeros(inside.shape, dtype=np.bool_)
    part: BoolArray = np.equal(parts, number)
    where = ndimage.find_objects(part.astype(np.uint8))[0]
    part[where] = ndimage.binary_fill_holes(part[where]) & search[where]
    return part


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """A lesion and the tissue near it.

    Parameters
    ----------
    lesion : PetLesion
        Cropped; its search is what lies near.
    box : tuple of slice
        Where the cropped voxels lie in those of the whole lesion.
    shape : tuple of int
        Of the whole lesion's image.
    typical : float
        Mean uptake of the lesion's core.
    """

    lesion: PetLesion
    box: tuple[slice, slice, slice]
    shape: tuple[int, int, int]
    typical: float

    def back(self, occupancy: RealArray | BoolArray) -> FloatArray:
        """Put an occupancy of the cropped voxels back in its place, zero elsewhere."""
        whole = np.zeros(self.shape)
        whole[self.box] = occupancy
        return whole


def neighbourhood(lesion: PetLesion, reach_mm: float) -> Neighbourhood:
    """Find what lies within a reach of the lesion's core.

    The core reaches half way from the background to its own mean, found by turns (Ridler and Calvard 1978), so that
    one hot spot in an uneven lesion does not leave the rest out. Where three standard deviations of the background
    lie higher, they are the level: else its noise would hang together with the lesion. A method that compares lesion
    and surroundings must not see more of these the larger the region is drawn.

    Raises
    ------
    ImpastoError
        When the peak does not exceed the background.
    """
    background, peak = lesion.background.mean, lesion.maximum
    if not peak > background:
        problem = f"its peak of {peak:g} is not above the {background:g} around it"
        raise ImpastoError("PET lesion", problem, "click on uptake above its surroundings")
    half = 0.5 * (background + peak)
    noise = min(background + 3.0 * lesion.background.standard_deviation, 0.5 * (half + peak))
    level, typical = max(half, noise), peak
    for _ in range(_TURNS):
        core, box = connected_above(lesion.image.data, lesion.search, level, lesion.peak_index)
        typical = float(lesion.image.data[box][core].mean())
        following = max(0.5 * (background + typical), noise)
        if abs(following - level) < 0.005 * (peak - background):
            break
        level = following
    whole = np.zeros(lesion.image.grid.shape, dtype=np.bool_)
    whole[box] = core
    return _around(lesion, whole, reach_mm, typical)


def _around(lesion: PetLesion, core: BoolArray, reach_mm: float, typical: float) -> Neighbourhood:
    grid = lesion.image.grid
    pad = np.ceil(reach_mm / grid.spacing_mm).astype(int)
    rows = [np.flatnonzero(core.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    start = [max(int(r[0]) - int(p), 0) for r, p in zip(rows, pad, strict=True)]
    stop = [min(int(r[-1]) + 1 + int(p), n) for r, p, n in zip(rows, pad, core.shape, strict=True)]
    box = (slice(start[0], stop[0]), slice(start[1], stop[1]), slice(start[2], stop[2]))
    near = ndimage.distance_transform_edt(~core[box], sampling=tuple(grid.spacing_mm)) <= reach_mm
    peak = lesion.peak_index
    cropped = replace(
        lesion,
        image=lesion.image.cropped(start, stop),
        search=near & lesion.search[box],
        peak_index=(peak[0] - start[0], peak[1] - start[1], peak[2] - start[2]),
    )
    return Neighbourhood(cropped, box, grid.shape, typical)
