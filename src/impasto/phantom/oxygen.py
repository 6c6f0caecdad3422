"""Oxygen in a digital patient: what is left of it where tumour cells lie dense and near necrosis."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from scipy import ndimage

from impasto.core.arrays import RealArray
from impasto.core.image import Image
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean

__all__ = ["oxygen_pressure_mmhg", "viable_tumour_cells"]

_NORMAL_MMHG = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: 40.0,
        Tissue.FAT: 50.0,
        Tissue.BONE: 30.0,
        Tissue.MARROW: 45.0,
        Tissue.CSF: 45.0,
        Tissue.GREY_MATTER: 36.0,
        Tissue.WHITE_MATTER: 28.0,
        Tissue.VESSEL: 60.0,
        Tissue.EYE: 25.0,
        Tissue.OPTIC_NERVE: 30.0,
        Tissue.GLAND: 40.0,
        Tissue.OEDEMA: 24.0,
        Tissue.TUMOUR: 30.0,
        Tissue.NECROSIS: 1.0,
        Tissue.CAVITY: 40.0,
        Tissue.FAINT_TUMOUR: 30.0,
        Tissue.LEAKY_TREATMENT_EFFECT: 15.0,
        Tissue.SLOW_TREATMENT_EFFECT: 15.0,
    }
)

_CONSUMED_AT_FULL_DENSITY = 0.75
_DEPLETED_AT_NECROSIS = 0.9
_REACH_MM = 4.0


def viable_tumour_cells(anatomy: Anatomy) -> RealArray:
    """Density of living tumour cells: none in the necrotic share of a voxel nor in a cavity, 0 to 1, float32."""
    dead = anatomy.share(Tissue.NECROSIS) + anatomy.share(Tissue.CAVITY)
    cells: RealArray = np.clip(anatomy.tumour_cells * (1.0 - dead), 0.0, 1.0).astype(np.float32)
    return cells


def oxygen_pressure_mmhg(anatomy: Anatomy) -> Image:
    """Mean oxygen partial pressure of each voxel.

    Normal tissue has 25 to 50 mmHg. Where cells lie at their greatest density three quarters are consumed (medians
    of 5 to 15 mmHg in gliomas and head-and-neck cancers; Vaupel 2007), and of the rest up to nine tenths within a few
    millimetres of necrosis, which lies where oxygen did not reach. Treatment effect is assumed to have 15 mmHg, for its
    vessels are few.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    Image
        In mmHg (UCUM ``mm[Hg]``), zero in air.
    """
    pressure = tissue_mean(anatomy, _NORMAL_MMHG)
    cells = viable_tumour_cells(anatomy)
    pressure *= 1.0 - _CONSUMED_AT_FULL_DENSITY * cells
    pressure *= 1.0 - _DEPLETED_AT_NECROSIS * np.minimum(2.0 * cells, 1.0) * _nearness_of_necrosis(anatomy)
    return Image(pressure, anatomy.grid, "oxygen partial pressure", "mm[Hg]")


def _nearness_of_necrosis(anatomy: Anatomy) -> RealArray:
    """One at the border of necrosis and inside, falling to zero within about a centimetre."""
    necrosis = anatomy.share(Tissue.NECROSIS)
    nearness: RealArray = np.zeros(anatomy.grid.shape, dtype=np.float32)
    if not necrosis.any():
        return nearness
    sigma = _REACH_MM / anatomy.grid.spacing_mm
    pad = np.ceil(4.0 * sigma).astype(int)
    box = tuple(
        slice(max(0, int(found.start) - int(p)), int(found.stop) + int(p))
        for found, p in zip(ndimage.find_objects((necrosis > 0.0).astype(np.int8))[0], pad, strict=True)
    )
    nearness[box] = np.minimum(3.0 * ndimage.gaussian_filter(necrosis[box], sigma), 1.0)
    return nearness
