"""What spectra hold besides metabolites: fat of the scalp and water; and how much of each signal lives to the echo."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.spectra import WATER_PPM
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.mrsi_acquisition import MrsiAcquisition
from impasto.phantom.relaxation import RELAXATION
from impasto.phantom.tissue_classes import TissueClass

__all__ = ["LORENTZIAN_HZ", "fat_density", "fat_signal", "metabolite_relaxation", "visible_water", "water_residue"]

_PROTONS_OF_PURE_WATER = 111_000.0

LORENTZIAN_HZ = MappingProxyType(
    {
        Tissue.GREY_MATTER: 3.0,
        Tissue.WHITE_MATTER: 3.4,
        Tissue.OEDEMA: 2.6,
        Tissue.TUMOUR: 3.2,
        Tissue.NECROSIS: 4.5,
        Tissue.OPTIC_NERVE: 3.4,
        Tissue.CSF: 1.5,
        Tissue.CAVITY: 1.5,
        Tissue.FAINT_TUMOUR: 3.2,
        Tissue.LEAKY_TREATMENT_EFFECT: 4.0,
        Tissue.SLOW_TREATMENT_EFFECT: 4.0,
    }
)
"""Lorentzian width of metabolites after the echo: T2 (1 to 2 Hz) and microscopic susceptibility."""

_T1_T2_S = MappingProxyType(
    {
        "NAA": (1.40, 0.26),
        "NAAG": (1.40, 0.26),
        "Cr": (1.35, 0.16),
        "PCr": (1.35, 0.16),
        "GPC": (1.15, 0.21),
        "PCh": (1.15, 0.21),
        "Lac": (1.50, 0.24),
    }
)
_OTHER_T1_T2_S = (1.25, 0.18)
"""At 3 T, near Mlynarik 2001 (singlets) and Ganji 2012 (coupled)."""

_WATER_OF = MappingProxyType(
    {
        Tissue.SOFT_TISSUE: TissueClass.SOFT_TISSUE,
        Tissue.CSF: TissueClass.FLUID,
        Tissue.GREY_MATTER: TissueClass.GREY_MATTER,
        Tissue.WHITE_MATTER: TissueClass.WHITE_MATTER,
        Tissue.VESSEL: TissueClass.VESSEL,
        Tissue.EYE: TissueClass.FLUID,
        Tissue.OPTIC_NERVE: TissueClass.WHITE_MATTER,
        Tissue.GLAND: TissueClass.GLAND,
        Tissue.OEDEMA: TissueClass.OEDEMA,
        Tissue.TUMOUR: TissueClass.DENSE_TUMOUR,
        Tissue.NECROSIS: TissueClass.NECROSIS,
        Tissue.CAVITY: TissueClass.FLUID,
        Tissue.FAINT_TUMOUR: TissueClass.FAINT_TUMOUR,
        Tissue.LEAKY_TREATMENT_EFFECT: TissueClass.LEAKY_TREATMENT_EFFECT,
        Tissue.SLOW_TREATMENT_EFFECT: TissueClass.SLOW_TREATMENT_EFFECT,
    }
)

_FAT_LINES = ((0.90, 0.088), (1.30, 0.64), (1.59, 0.07), (2.03, 0.06), (2.25, 0.05), (2.77, 0.012), (5.31, 0.045))
_FAT_T2_S = 0.06
_FAT_WIDTH_HZ = 14.0

_RESIDUE_SHAPES = ((0.0, 4.0), (7.0, 9.0), (-11.0, 14.0))


def metabolite_relaxation(names: Sequence[str], acquisition: MrsiAcquisition) -> FloatArray:
    """Share of each metabolite's signal left by T1 and T2: ``(1 - exp(-TR/T1)) exp(-TE/T2)``.

    One for macromolecules and lipids: their basis functions hold their decay.

    Parameters
    ----------
    names : sequence of str
    acquisition : MrsiAcquisition

    Returns
    -------
    ndarray, shape (name,)
    """
    echo_time_s, repetition_time_s = acquisition.sequence.echo_time_s, acquisition.repetition_time_s
    shares = []
    for name in names:
        t1_s, t2_s = _T1_T2_S.get(name, _OTHER_T1_T2_S)
        share = (1.0 - np.exp(-repetition_time_s / t1_s)) * np.exp(-echo_time_s / t2_s)
        shares.append(1.0 if name.startswith(("MM", "Lip")) else share)
    return np.array(shares)


def visible_water(anatomy: Anatomy, acquisition: MrsiAcquisition) -> RealArray:
    """Water protons seen at the echo in each voxel of the anatomy, mmol/L: content, T1 and T2 of each tissue."""
    echo_time_s, repetition_time_s = acquisition.sequence.echo_time_s, acquisition.repetition_time_s
    seen = {}
    for tissue, kind in _WATER_OF.items():
        water = RELAXATION[kind]
        left = (1.0 - np.exp(-repetition_time_s / water.t1_s)) * np.exp(-echo_time_s / water.t2_s)
        seen[tissue] = float(_PROTONS_OF_PURE_WATER * water.proton_density * left)
    return tissue_mean(anatomy, seen)


def fat_density(anatomy: Anatomy) -> RealArray:
    """Fat protons in each voxel of the anatomy, mmol/L."""
    return tissue_mean(
        anatomy,
        {
            tissue: _PROTONS_OF_PURE_WATER * RELAXATION[kind].proton_density
            for tissue, kind in ((Tissue.FAT, TissueClass.FAT), (Tissue.MARROW, TissueClass.MARROW))
        },
    )


def fat_signal(acquisition: MrsiAcquisition) -> NDArray[np.complex64]:
    """Signal of one fat proton: triglyceride's lines (shares near Hamilton 2011), T2 until the echo, shape (time,)."""
    times_s = acquisition.times_s()
    signal = np.zeros(len(times_s), dtype=complex)
    for shift_ppm, share in _FAT_LINES:
        turning = 2j * np.pi * (WATER_PPM - shift_ppm) * acquisition.frequency_mhz
        signal += share * np.exp((turning - np.pi * _FAT_WIDTH_HZ) * times_s)
    signal *= np.exp(-acquisition.sequence.echo_time_s / _FAT_T2_S)
    return signal.astype(np.complex64)


def water_residue(acquisition: MrsiAcquisition) -> NDArray[np.complex64]:
    """Signals that residual water is a mixture of, one proton each, shape (shape, time).

    Suppression leaves water of places off resonance, so its line is a sum of shifted and broadened ones whose phases
    differ.
    """
    times_s = acquisition.times_s()
    shapes = [np.exp((2j * np.pi * shift - np.pi * width) * times_s) for shift, width in _RESIDUE_SHAPES]
    return np.array(shapes, dtype=np.complex64)
