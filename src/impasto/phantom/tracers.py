"""PET tracers: how they are given, and what uptake each tissue shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.oxygen import viable_tumour_cells

__all__ = ["FDG", "FET", "FMISO", "Tracer", "amino_acid_uptake", "glucose_uptake", "hypoxia_uptake"]

_FLUORINE_18_HALF_LIFE_S = 6586.2


@dataclass(frozen=True)
class Tracer:
    """A tracer and the usual way to image it.

    Parameters
    ----------
    name : str
        As clinics write it, for example ``"FET"``.
    radiopharmaceutical : str
        As DICOM headers write it.
    half_life_s : float
        Of the radionuclide.
    injected_dose_bq : float
        Activity at injection.
    uptake_time_s : float
        From injection to the start of the frame.
    frame_duration_s : float
    noise : float
        Standard deviation of the reconstructed uptake value where it is one; grows with its square root.

    Raises
    ------
    ImpastoError
        When a time or the dose is not positive or the noise is negative.
    """

    name: str
    radiopharmaceutical: str
    half_life_s: float
    injected_dose_bq: float
    uptake_time_s: float
    frame_duration_s: float
    noise: float

    def __post_init__(self) -> None:
        positive = (self.half_life_s, self.injected_dose_bq, self.frame_duration_s)
        if not (min(positive) > 0.0 and self.uptake_time_s >= 0.0 and self.noise >= 0.0):
            raise ImpastoError(self.name, "a time, the dose or the noise is not positive", "give seconds and Bq")


FET = Tracer("FET", "Fluoroethyltyrosine F^18^ (simulated)", _FLUORINE_18_HALF_LIFE_S, 200e6, 1200.0, 1200.0, 0.07)
"""Fluoroethyltyrosine, an amino acid: 20 to 40 min after injection (Law 2019)."""

FDG = Tracer("FDG", "Fluorodeoxyglucose F^18^ (simulated)", _FLUORINE_18_HALF_LIFE_S, 350e6, 3600.0, 600.0, 0.08)
"""Fluorodeoxyglucose: an hour after injection (Boellaard 2015)."""

FMISO = Tracer("FMISO", "Fluoromisonidazole F^18^ (simulated)", _FLUORINE_18_HALF_LIFE_S, 370e6, 7200.0, 1200.0, 0.09)
"""Fluoromisonidazole, retained in hypoxic cells: two hours and more after injection (Rajendran 2006)."""

_AMINO_ACID = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: 1.0,
        Tissue.FAT: 0.3,
        Tissue.BONE: 0.4,
        Tissue.MARROW: 0.8,
        Tissue.CSF: 0.5,
        Tissue.GREY_MATTER: 1.15,
        Tissue.WHITE_MATTER: 0.9,
        Tissue.VESSEL: 1.6,
        Tissue.EYE: 0.5,
        Tissue.OPTIC_NERVE: 0.8,
        Tissue.GLAND: 1.4,
        Tissue.OEDEMA: 0.9,
        Tissue.TUMOUR: 1.2,
        Tissue.NECROSIS: 0.7,
        Tissue.CAVITY: 0.5,
        Tissue.FAINT_TUMOUR: 1.2,
        Tissue.LEAKY_TREATMENT_EFFECT: 1.5,
        Tissue.SLOW_TREATMENT_EFFECT: 1.3,
    }
)

_GLUCOSE = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: 0.9,
        Tissue.FAT: 0.3,
        Tissue.BONE: 0.5,
        Tissue.MARROW: 1.3,
        Tissue.CSF: 1.0,
        Tissue.GREY_MATTER: 7.0,
        Tissue.WHITE_MATTER: 2.6,
        Tissue.VESSEL: 1.8,
        Tissue.EYE: 0.8,
        Tissue.OPTIC_NERVE: 2.0,
        Tissue.GLAND: 1.9,
        Tissue.OEDEMA: 2.0,
        Tissue.TUMOUR: 3.0,
        Tissue.NECROSIS: 1.0,
        Tissue.CAVITY: 0.8,
        Tissue.FAINT_TUMOUR: 3.0,
        Tissue.LEAKY_TREATMENT_EFFECT: 2.4,
        Tissue.SLOW_TREATMENT_EFFECT: 2.2,
    }
)

_HYPOXIA = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: 1.1,
        Tissue.FAT: 0.4,
        Tissue.BONE: 0.5,
        Tissue.MARROW: 0.9,
        Tissue.CSF: 0.6,
        Tissue.GREY_MATTER: 1.0,
        Tissue.WHITE_MATTER: 0.95,
        Tissue.VESSEL: 1.1,
        Tissue.EYE: 0.7,
        Tissue.OPTIC_NERVE: 0.9,
        Tissue.GLAND: 1.1,
        Tissue.OEDEMA: 0.9,
        Tissue.TUMOUR: 1.0,
        Tissue.NECROSIS: 0.6,
        Tissue.CAVITY: 0.6,
        Tissue.FAINT_TUMOUR: 1.0,
        Tissue.LEAKY_TREATMENT_EFFECT: 1.0,
        Tissue.SLOW_TREATMENT_EFFECT: 0.9,
    }
)

_AMINO_ACID_AT_FULL_DENSITY = 4.0
_GLUCOSE_AT_FULL_DENSITY = 11.0
_RETAINED_IN_ANOXIA = 3.2
_HALF_RETENTION_MMHG = 2.0


def amino_acid_uptake(anatomy: Anatomy) -> Image:
    """Uptake of an amino acid (FET): normal brain about one, in tumour rising linearly with the density of cells.

    Cells at their greatest density reach four; the clinical border of 1.6 times normal brain (Pauleit 2005) then
    lies near a fifth of that density. Treatment effect takes up 1.5 times as much as brain where it leaks, as late
    pseudoprogression does (Kebir 2016; early: 1.8, Galldiks 2015), and 1.3 times where it is slow, which is assumed.

    Returns
    -------
    Image
        Standardised uptake value by body weight, g/mL.
    """
    return _with_cells(anatomy, _AMINO_ACID, _AMINO_ACID_AT_FULL_DENSITY)


def glucose_uptake(anatomy: Anatomy) -> Image:
    """Uptake of glucose (FDG): grey matter as hot as many tumours, tumour rising with the density of cells.

    Returns
    -------
    Image
        Standardised uptake value by body weight, g/mL.
    """
    return _with_cells(anatomy, _GLUCOSE, _GLUCOSE_AT_FULL_DENSITY)


def hypoxia_uptake(anatomy: Anatomy, oxygen: Image) -> Image:
    """Uptake of a hypoxia tracer (FMISO): retained by living cells that lack oxygen.

    Retention falls hyperbolically with oxygen, to half near 2 mmHg (Rasey 1987), and needs living cells: necrosis
    stays cold.

    Parameters
    ----------
    anatomy : Anatomy
    oxygen : Image
        Partial pressure in mmHg on the anatomy's grid, see
        :func:`~impasto.phantom.oxygen.oxygen_pressure_mmhg`.

    Returns
    -------
    Image
        Standardised uptake value by body weight, g/mL.

    Raises
    ------
    ImpastoError
        When the oxygen lies on another grid.
    """
    if not oxygen.grid.matches(anatomy.grid):
        raise ImpastoError(oxygen.quantity, "lies on another grid than the anatomy", "resample it first")
    retained = _RETAINED_IN_ANOXIA * _HALF_RETENTION_MMHG / (_HALF_RETENTION_MMHG + oxygen.data)
    uptake = tissue_mean(anatomy, _HYPOXIA) + viable_tumour_cells(anatomy) * retained
    return _uptake_image(anatomy, uptake)


def _with_cells(anatomy: Anatomy, normal: Mapping[Tissue, float], at_full_density: float) -> Image:
    uptake = tissue_mean(anatomy, normal)
    uptake += viable_tumour_cells(anatomy) * (np.float32(at_full_density) - uptake)
    return _uptake_image(anatomy, uptake)


def _uptake_image(anatomy: Anatomy, uptake: RealArray) -> Image:
    return Image(uptake.astype(np.float32, copy=False), anatomy.grid, "standardised uptake value, body weight", "g/mL")
