"""Doses of several phases in one frame: summed as physical dose with their fractions kept, then as EQD2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from impasto.adapt.correspondence import Correspondence, MappedDose
from impasto.core import Dose, DoseKind, Grid, Image, ImpastoError, StructureSet
from impasto.core.arrays import BoolArray, FloatArray
from impasto.radiobiology import eqd2_gy

__all__ = ["AccumulatedDose", "alpha_beta_map"]


@dataclass(frozen=True, eq=False)
class AccumulatedDose:
    """What a course gave to each voxel of the reference, phase by phase.

    Parameters
    ----------
    parts : tuple of MappedDose
        In the order of treatment, all on one grid.

    Raises
    ------
    ImpastoError
        When there is no part, or they lie on different grids.
    """

    parts: tuple[MappedDose, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ImpastoError("accumulated dose", "it has no part", "give one phase at least")
        if not all(part.grid.matches(self.grid) for part in self.parts):
            raise ImpastoError("accumulated dose", "its parts lie on different grids", "map all onto one grid")

    @property
    def grid(self) -> Grid:
        """Voxels of the reference."""
        return self.parts[0].grid

    @property
    def fractions(self) -> int:
        """Of all phases."""
        return sum(part.fractions for part in self.parts)

    @property
    def is_found(self) -> BoolArray:
        """Voxels to which every phase brought a dose."""
        found: BoolArray = np.all([part.is_found for part in self.parts], axis=0)
        return found

    @property
    def reason(self) -> NDArray[np.uint8]:
        """:class:`Correspondence` of each voxel: that of the first phase that brought nothing."""
        reason = np.zeros(self.grid.shape, dtype=np.uint8)
        for part in self.parts:
            reason = np.where(reason == Correspondence.FOUND, part.reason, reason).astype(np.uint8)
        return reason

    def physical(self, label: str = "accumulated dose") -> Dose:
        """Sum of the phases' physical doses, NaN where a phase has none; its fractions were not equal."""
        total = np.sum([part.gy.astype(np.float64) for part in self.parts], axis=0)
        return Dose(Image(total.astype(np.float32), self.grid, "dose", "Gy"), self.fractions, label=label)

    def eqd2_gy(self, alpha_beta_gy: ArrayLike) -> FloatArray:
        """Sum of each phase's EQD2 in its own fractions, ``sum_i D_i (D_i / n_i + ab) / (2 + ab)``.

        Parameters
        ----------
        alpha_beta_gy : array_like
            One value, or a map on the grid: see :func:`alpha_beta_map`.

        Returns
        -------
        ndarray, shape `grid.shape`
            NaN where a phase has no dose.
        """
        total: FloatArray = np.sum([eqd2_gy(part.gy, part.fractions, alpha_beta_gy) for part in self.parts], axis=0)
        return total

    def eqd2(self, alpha_beta_gy: float, label: str = "accumulated EQD2") -> Dose:
        """Sum of EQD2 for one alpha/beta, as a dose."""
        image = Image(self.eqd2_gy(alpha_beta_gy).astype(np.float32), self.grid, "EQD2", "Gy")
        return Dose(image, self.fractions, DoseKind.EQD2, alpha_beta_gy, label)


def alpha_beta_map(
    grid: Grid, structures: StructureSet, values_gy: Mapping[str, float], elsewhere_gy: float
) -> FloatArray:
    """Give each voxel the alpha/beta of the first named structure that holds at least half of it.

    Parameters
    ----------
    grid : Grid
    structures : StructureSet
    values_gy : mapping of str to float
        By structure, the most important first: tumour before the organs it grows in.
    elsewhere_gy : float
        Of all other tissue.

    Returns
    -------
    ndarray, shape `grid.shape`
    """
    ratios = np.full(grid.shape, elsewhere_gy, dtype=np.float64)
    for name in reversed(list(values_gy)):
        ratios[structures[name].voxels(grid)] = values_gy[name]
    return ratios
