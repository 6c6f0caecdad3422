"""Which voxels of the reference a dose was brought to, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError
from impasto.core.arrays import BoolArray

__all__ = ["Correspondence", "MappedDose"]


class Correspondence(IntEnum):
    """Why a voxel has a dose, or has none."""

    FOUND = 0
    OUTSIDE_DOSE = 1
    NO_TISSUE = 2
    ABSENT = 3

    @property
    def stated(self) -> str:
        """Say it in words."""
        return _STATED[self]


_STATED = {
    Correspondence.FOUND: "dose brought here",
    Correspondence.OUTSIDE_DOSE: "its place lies outside the grid of the dose",
    Correspondence.NO_TISSUE: "no mass was brought here",
    Correspondence.ABSENT: "the registration says that its tissue is not there",
}


@dataclass(frozen=True, eq=False)
class MappedDose:
    """Dose of one phase, voxel by voxel of the reference image.

    Parameters
    ----------
    gy : ndarray of float32, shape `grid.shape`
        Physical dose over the phase; NaN where no voxel of the phase corresponds: nothing is filled in.
    grid : Grid
        Of the reference.
    fractions : int
        Of the phase.
    reason : ndarray of uint8, shape `grid.shape`
        :class:`Correspondence` of each voxel.
    label : str

    Raises
    ------
    ImpastoError
        When shapes disagree, or a voxel has a dose but no correspondence or the reverse.
    """

    gy: NDArray[np.float32]
    grid: Grid
    fractions: int
    reason: NDArray[np.uint8]
    label: str = ""

    def __post_init__(self) -> None:
        if self.gy.shape != self.grid.shape or self.reason.shape != self.grid.shape:
            raise ImpastoError(self.label or "mapped dose", "dose, reasons and grid differ in shape", "give them alike")
        if np.any(np.isnan(self.gy) == (self.reason == Correspondence.FOUND)):
            problem = "dose and reasons do not agree on where there is none"
            raise ImpastoError(self.label or "mapped dose", problem, "mark what is missing as NaN with its reason")

    @property
    def is_found(self) -> BoolArray:
        """Voxels with a dose."""
        return np.asarray(self.reason == Correspondence.FOUND)

    def missing_percent(self, inside: BoolArray) -> float:
        """Share of marked voxels without a dose."""
        return 100.0 * float(np.mean(~self.is_found[inside])) if inside.any() else 0.0

    def image(self) -> Image:
        """Dose with NaN where it is missing."""
        return Image(self.gy, self.grid, "dose", "Gy")
