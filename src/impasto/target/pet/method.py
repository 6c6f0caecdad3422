"""What a method that delineates a lesion in PET is: a function of the lesion and the scanner, with its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.structures import Role, Structure
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.scanner import PetScanner

__all__ = ["PetMethod", "PetSegmentation"]


@dataclass(frozen=True, eq=False)
class PetSegmentation:
    """What a method found of one lesion.

    Parameters
    ----------
    occupancy : ndarray, shape of the lesion's image
        Share of every voxel that belongs to the lesion, 0 to 1.
    figures : mapping of str to float
        What the method decided on its way, units in the keys, such as ``threshold_suv``.
    notes : tuple of str
        Plain sentences that a reader must see.
    """

    occupancy: FloatArray
    figures: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def structure(self, lesion: PetLesion, name: str, role: Role = Role.GTV) -> Structure:
        """Return what was found as a structure on the voxels of the lesion's image."""
        return Structure.from_mask(name, role, np.asarray(self.occupancy, dtype=np.float64), lesion.image.grid)

    def volume_ml(self, lesion: PetLesion) -> float:
        """Volume of what was found in millilitres."""
        return float(np.sum(self.occupancy, dtype=np.float64)) * lesion.image.grid.voxel_volume_ml


@dataclass(frozen=True)
class PetMethod:
    """One way to delineate a lesion.

    Parameters
    ----------
    name : str
        Short, kebab-case: ``"iterative-threshold"``.
    title : str
        As a table's row.
    source : str
        Paper (author year) that the method comes from.
    published : str
        The accuracy that its paper or a comparison states, with what it was measured on; empty where none is known.
    run : function of (lesion, scanner) to PetSegmentation
    needs_anatomy : bool
        Whether it needs the lesion's CT or MR beside the PET.
    """

    name: str
    title: str
    source: str
    published: str
    run: Callable[[PetLesion, PetScanner], PetSegmentation]
    needs_anatomy: bool = False
