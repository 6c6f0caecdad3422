"""One lesion in PET: the part of the image around it, where it may lie, and the uptake around it."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.arrays import BoolArray
from impasto.core.image import Image

__all__ = ["Background", "PetLesion"]


@dataclass(frozen=True)
class Background:
    """Uptake of the tissue around a lesion.

    Parameters
    ----------
    mean, standard_deviation : float
        In the image's unit, robust against hot neighbours.
    voxels : int
        How many voxels they were taken from.
    """

    mean: float
    standard_deviation: float
    voxels: int


@dataclass(frozen=True, eq=False)
class PetLesion:
    """What every method works on.

    Parameters
    ----------
    image : Image
        Uptake (SUV, g/mL), cropped around the lesion; three axes.
    search : ndarray of bool, shape of the image
        Voxels that the lesion may fill: no method goes beyond.
    peak_index : (int, int, int)
        Hottest voxel of the lesion in `search`: what is found must hang together with it.
    background : Background
    anatomy : Image, optional
        CT or MR of the same frame, on its own grid.
    """

    image: Image
    search: BoolArray
    peak_index: tuple[int, int, int]
    background: Background
    anatomy: Image | None = None

    @property
    def maximum(self) -> float:
        """Uptake of the hottest voxel."""
        return float(self.image.data[self.peak_index])
