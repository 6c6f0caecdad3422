"""What is where in a digital patient: the truth that scanners then see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from impasto.core.arrays import RealArray
from impasto.core.grid import Grid
from impasto.core.structures import StructureSet

__all__ = ["Anatomy", "Tissue", "tissue_mean"]


class Tissue(StrEnum):
    """Kinds of tissue a voxel of a digital patient can be filled with."""

    AIR = "air"
    SOFT_TISSUE = "soft tissue"
    FAT = "fat"
    BONE = "bone"
    MARROW = "marrow"
    CSF = "cerebrospinal fluid"
    GREY_MATTER = "grey matter"
    WHITE_MATTER = "white matter"
    VESSEL = "vessel"
    EYE = "eye"
    LENS = "lens"
    OPTIC_NERVE = "optic nerve"
    GLAND = "gland"
    OEDEMA = "oedema"
    TUMOUR = "solid tumour"
    NECROSIS = "necrosis"
    CAVITY = "resection cavity"
    FAINT_TUMOUR = "faintly enhancing tumour"
    LEAKY_TREATMENT_EFFECT = "leaky treatment effect"
    SLOW_TREATMENT_EFFECT = "slow treatment effect"


@dataclass(frozen=True, eq=False)
class Anatomy:
    """A digital patient's anatomy.

    Parameters
    ----------
    grid : Grid
    tissues : mapping of Tissue to ndarray, shape `grid.shape`
        Share of each voxel, float32; the shares sum to one everywhere. Tissues that do not occur may be left out.
    tumour_cells : ndarray, shape `grid.shape`
        Density of tumour cells as a share of the greatest possible, 0 to 1, float32; also where the brain looks normal.
    structures : StructureSet
        EXTERNAL, targets and organs at risk as a clinic would draw them, and reference tissue.
    t1_texture : ndarray, shape `grid.shape`, optional
        Natural logarithm of T1 relaxation time over the mean of the voxel's tissues: deep nuclei, myelination.
    """

    grid: Grid
    tissues: Mapping[Tissue, RealArray]
    tumour_cells: RealArray
    structures: StructureSet
    t1_texture: RealArray | None = None

    def share(self, tissue: Tissue) -> RealArray:
        """Share of each voxel filled by a tissue; zeros where it does not occur."""
        found = self.tissues.get(tissue)
        return np.zeros(self.grid.shape, dtype=np.float32) if found is None else found


def tissue_mean(anatomy: Anatomy, values: Mapping[Tissue, float]) -> RealArray:
    """Mean of a property over the tissues in each voxel, weighted by their share.

    Parameters
    ----------
    anatomy : Anatomy
    values : mapping of Tissue to float
        Tissues that are not named count as zero.

    Returns
    -------
    ndarray, shape `anatomy.grid.shape`
    """
    mean: RealArray = np.zeros(anatomy.grid.shape, dtype=np.float32)
    for tissue, share in anatomy.tissues.items():
        value = values.get(tissue, 0.0)
        if value:
            mean += np.float32(value) * share
    return mean
