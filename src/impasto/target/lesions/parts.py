"""The parts of a lesion, one label per voxel, and the structures they make."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, Role, Structure, StructureSet
from impasto.core.arrays import BoolArray
from impasto.target.lesions.morphology import grown

__all__ = ["LesionPart", "LesionParts", "lesion_structures"]


class LesionPart(IntEnum):
    """Values of a lesion label map: those of BraTS since 2023, with its resection cavity of 2024."""

    NECROSIS = 1
    NON_ENHANCING = 2
    ENHANCING = 3
    CAVITY = 4


@dataclass(frozen=True, eq=False)
class LesionParts:
    """A label map of lesions.

    Parameters
    ----------
    labels : ndarray of uint8, shape of the grid
        :class:`LesionPart` values, 0 elsewhere.
    grid : Grid
    """

    labels: NDArray[np.uint8]
    grid: Grid

    def of(self, *parts: LesionPart) -> BoolArray:
        """Voxels of any of the parts."""
        return np.isin(self.labels, parts)

    def as_image(self) -> Image:
        """Return the label map as an image."""
        return Image(self.labels, self.grid, "lesion part", "1")

    @property
    def abnormal(self) -> BoolArray:
        """Voxels of any part."""
        return self.labels > 0


def lesion_structures(parts: LesionParts, brain: BoolArray | None, normal_margin_mm: float) -> StructureSet:
    """Make the structures that targets are built from; empty ones are left out.

    ``CEL``: contrast-enhancing lesion. ``T2L``: T2/FLAIR lesion, with the enhancement and necrosis it surrounds.
    ``NEL``: non-enhancing lesion, T2L minus CEL and what CEL encloses. ``Necrosis``. ``Cavity``. ``NAB``:
    normal-appearing brain, a margin away from all of them.

    Parameters
    ----------
    parts : LesionParts
    brain : ndarray of bool, optional
        Without it there is no normal-appearing brain.
    normal_margin_mm : float

    Returns
    -------
    StructureSet
    """
    p = LesionPart
    masks: list[tuple[str, Role, tuple[int, int, int], BoolArray]] = [
        ("CEL", Role.GTV, (239, 68, 68), parts.of(p.ENHANCING)),
        ("T2L", Role.GTV, (59, 130, 246), parts.of(p.ENHANCING, p.NON_ENHANCING, p.NECROSIS)),
        ("NEL", Role.GTV, (45, 212, 191), parts.of(p.NON_ENHANCING)),
        ("Necrosis", Role.OTHER, (168, 85, 247), parts.of(p.NECROSIS)),
        ("Cavity", Role.CAVITY, (250, 204, 21), parts.of(p.CAVITY)),
    ]
    if brain is not None:
        around = grown(parts.abnormal, normal_margin_mm, parts.grid.spacing_mm)
        masks.append(("NAB", Role.CONTROL, (163, 163, 163), brain & ~around))
    made = [
        Structure(name, role, mask=Image(mask.astype(np.float32), parts.grid, "occupancy", "1"), colour=colour)
        for name, role, colour, mask in masks
        if mask.any()
    ]
    return StructureSet(tuple(made))
