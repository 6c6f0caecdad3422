"""Normal-appearing tissue that a patient's own maps are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import ndimage

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.core.arrays import BoolArray, FloatArray
from impasto.register.anatomy.midsagittal import MidsagittalPlane, mirrored_mask
from impasto.register.anatomy.tissue import TissueMap

__all__ = ["ReferenceSettings", "contralateral_white_matter", "normal_appearing_tissue"]

_COLOUR = (163, 163, 163)


@dataclass(frozen=True)
class ReferenceSettings:
    """What counts as normal-appearing white matter opposite a lesion.

    Parameters
    ----------
    least_white : float
        Probability of white matter.
    edge_mm : float
        Left out along the edge of white matter, where voxels are mixed.
    lesion_margin_mm : float
        Left out around the lesion: what infiltrates looks normal.
    midline_margin_mm : float
        Left out beside the mid-sagittal plane: what crosses it is on neither side.
    reach_mm : tuple of float
        How far around the mirrored lesion white matter is taken: the first that yields enough.
    least_volume_ml : float
        What is enough.
    both_sides_share : float
        Share of the lesion on its smaller side from which it lies on both sides.

    Raises
    ------
    ImpastoError
        When no reach is given, or a number is out of range.
    """

    least_white: float = 0.9
    edge_mm: float = 1.0
    lesion_margin_mm: float = 15.0
    midline_margin_mm: float = 8.0
    reach_mm: tuple[float, ...] = (0.0, 5.0, 10.0, 20.0)
    least_volume_ml: float = 4.0
    both_sides_share: float = 0.2

    def __post_init__(self) -> None:
        numbers = (self.edge_mm, self.lesion_margin_mm, self.midline_margin_mm, self.least_volume_ml, *self.reach_mm)
        shares_fit = 0.0 < self.least_white < 1.0 and 0.0 < self.both_sides_share <= 0.5
        if not self.reach_mm or min(numbers) < 0.0 or not shares_fit:
            raise ImpastoError("reference tissue", "a setting is out of range", "give a reach, and shares below one")


def contralateral_white_matter(
    tissue: TissueMap,
    plane: MidsagittalPlane,
    lesion: BoolArray,
    when_on_both_sides: Literal["stop", "smaller side"] = "stop",
    settings: ReferenceSettings | None = None,
) -> Structure:
    """Take the white matter at the lesion's mirror place.

    Parameters
    ----------
    tissue : TissueMap
    plane : MidsagittalPlane
    lesion : ndarray of bool, shape of the tissue map's grid
        All that is abnormal: enhancement, necrosis, cavity, oedema.
    when_on_both_sides : {"stop", "smaller side"}
        A lesion on both sides has no normal mirror place: raise, or take what is far enough from all of it in the
        hemisphere that holds less of it.
    settings : ReferenceSettings, optional

    Returns
    -------
    Structure
        ``NAWM contralateral``, a mask on the tissue map's grid.

    Raises
    ------
    ImpastoError
        When the lesion is empty, has another shape, lies on both sides, or too little white matter is left.
    """
    settings = settings or ReferenceSettings()
    grid = tissue.white.grid
    if lesion.shape != grid.shape or not lesion.any():
        raise ImpastoError("NAWM contralateral", "no lesion on the tissue map's voxels", "give its mask, not empty")
    distance = plane.grid_distance_mm(grid)
    side, is_on_both = _side(distance[lesion], settings)
    if is_on_both and when_on_both_sides == "stop":
        problem = "the lesion lies on both sides of the mid-sagittal plane"
        raise ImpastoError(
            "NAWM contralateral", problem, 'draw the reference, or give when_on_both_sides="smaller side"'
        )
    white = _normal_white(tissue, lesion, settings) & (distance * side < -settings.midline_margin_mm)
    found = white
    if not is_on_both:
        from_mirrored = _distance_to(mirrored_mask(lesion, grid, plane), grid)
        for reach in settings.reach_mm:
            found = white & (from_mirrored <= reach)
            if found.sum() * grid.voxel_volume_ml >= settings.least_volume_ml:
                break
    volume = float(found.sum() * grid.voxel_volume_ml)
    if volume < settings.least_volume_ml:
        problem = f"{volume:.1f} ml of white matter opposite the lesion, {settings.least_volume_ml:g} are wanted"
        raise ImpastoError("NAWM contralateral", problem, "draw the reference, or give a longer reach")
    return _structure("NAWM contralateral", found, grid)


def normal_appearing_tissue(
    tissue: TissueMap, lesion: BoolArray | None = None, settings: ReferenceSettings | None = None
) -> Structure:
    """Take all white and grey matter away from the lesion: maps are normalised to their mode in it.

    Returns
    -------
    Structure
        ``Normal-appearing brain``.
    """
    settings = settings or ReferenceSettings()
    parenchyma = tissue.white.data + tissue.grey.data > settings.least_white
    if lesion is not None:
        parenchyma = parenchyma & (_distance_to(lesion, tissue.white.grid) > settings.lesion_margin_mm)
    return _structure("Normal-appearing brain", parenchyma, tissue.white.grid)


def _side(distances_mm: FloatArray, settings: ReferenceSettings) -> tuple[float, bool]:
    """1 for a lesion on the left, -1 on the right, by volume; and whether it lies on both sides."""
    left = float(np.mean(distances_mm > 0.0))
    return (1.0 if left >= 0.5 else -1.0), min(left, 1.0 - left) >= settings.both_sides_share


def _normal_white(tissue: TissueMap, lesion: BoolArray, settings: ReferenceSettings) -> BoolArray:
    grid = tissue.white.grid
    white = tissue.white.data > settings.least_white
    kept: BoolArray = white & (_distance_to(~white, grid) > settings.edge_mm)
    return kept & (_distance_to(lesion, grid) > settings.lesion_margin_mm)


def _distance_to(mask: BoolArray, grid: Grid) -> FloatArray:
    """Distance of each voxel to the nearest of a mask in mm, 0 in it, infinite when it is empty."""
    if not mask.any():
        return np.full(grid.shape, np.inf)
    distance: FloatArray = ndimage.distance_transform_edt(~mask, sampling=grid.spacing_mm)
    return distance


def _structure(name: str, mask: BoolArray, grid: Grid) -> Structure:
    return Structure(name, Role.OTHER, mask=Image(mask.astype(np.float32), grid, "occupancy", "1"), colour=_COLOUR)
