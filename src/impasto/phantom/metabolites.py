"""What metabolites a digital patient's tissue holds, and how tumour cells change it: the truth that spectra see.

Tissue is divided into compartments (neurons, their host, tumour cells, necrosis, ...), each with fixed concentrations,
so that every map is one matrix product and spectra are linear in the compartments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.phantom.anatomy import Anatomy, Tissue, tissue_mean
from impasto.phantom.oxygen import oxygen_pressure_mmhg

__all__ = [
    "METABOLITES",
    "Compartment",
    "choline_naa_truth",
    "compartment_maps",
    "concentration_table",
    "concentrations",
]


class Compartment(StrEnum):
    """Parts of tissue with a chemistry of their own."""

    GREY_NEURONS = "neurons of grey matter"
    WHITE_NEURONS = "axons of white matter"
    GREY_HOST = "other cells of grey matter"
    WHITE_HOST = "other cells of white matter"
    GLIOSIS = "reactive glia"
    TUMOUR_CELLS = "tumour cells"
    HYPOXIC_CELLS = "tumour cells that lack oxygen"
    NECROSIS = "necrosis"
    FLUID = "fluid"
    TREATMENT_EFFECT = "treatment effect"


_GN, _WN, _GH, _WH, _GL, _TC, _HC, _NE, _FL, _TE = tuple(Compartment)

METABOLITES = MappingProxyType(
    {
        "NAA": {_GN: 8.4, _WN: 8.1, _NE: 0.4, _TE: 1.9},
        "NAAG": {_GN: 1.1, _WN: 2.0, _TE: 0.4},
        "Cr": {_GH: 3.4, _WH: 2.9, _TC: 2.3, _NE: 0.3, _FL: 0.05, _TE: 1.5},
        "PCr": {_GH: 3.2, _WH: 2.7, _TC: 1.7, _NE: 0.2, _TE: 1.2},
        "GPC": {_GH: 0.80, _WH: 1.05, _TC: 2.0, _NE: 0.5, _TE: 0.55},
        "PCh": {_GH: 0.50, _WH: 0.70, _TC: 4.0, _NE: 0.2, _TE: 0.35},
        "Ins": {_GH: 4.4, _WH: 3.6, _GL: 2.0, _TC: 3.6, _NE: 0.5, _TE: 2.5},
        "sIns": {_GH: 0.30, _WH: 0.25, _GL: 0.1, _TC: 0.1, _TE: 0.15},
        "Glu": {_GN: 6.2, _WN: 4.4, _GH: 2.5, _WH: 1.8, _TC: 1.7, _NE: 0.5, _TE: 2.0},
        "Gln": {_GH: 3.2, _WH: 1.9, _GL: 0.5, _TC: 4.5, _NE: 0.5, _FL: 0.5, _TE: 1.5},
        "Asp": {_GN: 1.6, _WN: 1.2, _TC: 0.4, _TE: 0.3},
        "GABA": {_GN: 1.3, _WN: 0.7, _TC: 0.1, _TE: 0.2},
        "GSH": {_GH: 1.5, _WH: 1.2, _GL: 0.3, _TC: 2.0, _TE: 0.6},
        "Tau": {_GH: 1.4, _WH: 1.0, _TC: 2.2, _TE: 0.6},
        "PE": {_GH: 1.2, _WH: 0.8, _TC: 2.5, _TE: 0.5},
        "Gly": {_GH: 0.6, _WH: 0.4, _TC: 2.5, _NE: 0.5, _TE: 0.5},
        "Glc": {_GH: 1.0, _WH: 1.0, _TC: 0.4, _FL: 3.0, _TE: 0.5},
        "Lac": {_GH: 0.6, _WH: 0.5, _TC: 2.0, _HC: 10.0, _NE: 9.0, _FL: 1.5, _TE: 5.0},
        "Ala": {_GH: 0.30, _WH: 0.25, _TC: 0.9, _NE: 0.5, _TE: 0.3},
        "2HG": {_TC: 6.0},
        "MM09": {_GH: 10.8, _WH: 9.0, _TC: 9.9, _NE: 5.0, _TE: 6.0},
        "MM12": {_GH: 3.2, _WH: 2.7, _TC: 3.0, _NE: 1.5, _TE: 1.8},
        "MM14": {_GH: 8.2, _WH: 6.8, _TC: 7.5, _NE: 3.7, _TE: 4.5},
        "MM17": {_GH: 4.1, _WH: 3.4, _TC: 3.7, _NE: 1.9, _TE: 2.3},
        "MM20": {_GH: 13.0, _WH: 10.8, _TC: 11.9, _NE: 5.9, _TE: 7.2},
        "MM23": {_GH: 4.3, _WH: 3.6, _TC: 4.0, _NE: 2.0, _TE: 2.4},
        "MM26": {_GH: 1.8, _WH: 1.5, _TC: 1.7, _NE: 0.8, _TE: 1.0},
        "MM30": {_GH: 4.3, _WH: 3.6, _TC: 4.0, _NE: 2.0, _TE: 2.4},
        "MM32": {_GH: 3.2, _WH: 2.7, _TC: 3.0, _NE: 1.5, _TE: 1.8},
        "MM38": {_GH: 7.6, _WH: 6.3, _TC: 6.9, _NE: 3.5, _TE: 4.2},
        "Lip09": {_HC: 6.0, _NE: 15.0, _TE: 7.0},
        "Lip13": {_HC: 35.0, _NE: 100.0, _TE: 45.0},
        "Lip20": {_HC: 3.0, _NE: 8.0, _TE: 4.0},
    }
)
"""Concentration in each compartment when it fills the voxel, mmol/L.

Normal grey and white matter: N-acetyl compounds, creatine, choline, inositol, glutamate and glutamine near Pouwels 1998
(2 T, single voxels), the rest within the ranges that Govindaraju 2000 collects. Macromolecules keep the proportions
commonly taken as prior knowledge (Provencher 1993). Tumour cells: choline several times normal, mostly phosphocholine,
with glycine, alanine, taurine and glutamine raised and creatine lowered (Howe 2003; Opstad 2008); necrosis holds
mobile lipids and lactate (Howe 2003). Treatment effect: N-acetyl compounds a quarter, creatine and choline half of
white matter's, so that peak areas of choline are 1.2 times those of N-acetyl compounds and once those of creatine, as
in radiation injury (1.3 and 1.6, beside 3.5 and 2.5 in tumour; Weybright 2005), with lipids and lactate of partial
necrosis; the split among other metabolites is assumed. 2-hydroxyglutarate only where IDH is mutated (Choi 2012). Units
of macromolecules and lipids are those of :mod:`impasto.phantom.mrsi_basis`, before their decay to the echo.
"""

_NEURON_LOSS_PER_DENSITY = 5.0
_OEDEMA_DILUTION = 0.85
_GLIOSIS_IN_OEDEMA = 0.3
_HALF_HYPOXIC_MMHG = 5.0


def compartment_maps(anatomy: Anatomy) -> Iterator[tuple[Compartment, RealArray]]:
    """Give the share of each voxel filled by each compartment, one after the other to spare memory.

    With tumour-cell density c, neurons fall as exp(-5 c), faster than cells replace them, for neurons die around an
    infiltrating tumour; their host falls as 1 - c; reactive glia are most where c is about a half. A solid tumour
    stands in white matter; oedema is white matter diluted by water.

    Parameters
    ----------
    anatomy : Anatomy

    Yields
    ------
    compartment : Compartment
    share : ndarray of float32, shape `anatomy.grid.shape`
        Neurons and host fill the same place: each is one in its normal tissue.
    """
    cells = np.clip(anatomy.tumour_cells, 0.0, 1.0).astype(np.float32, copy=False)
    grey = anatomy.share(Tissue.GREY_MATTER)
    oedema = anatomy.share(Tissue.OEDEMA)
    white = tissue_mean(
        anatomy,
        {
            Tissue.WHITE_MATTER: 1.0,
            Tissue.OPTIC_NERVE: 1.0,
            Tissue.TUMOUR: 1.0,
            Tissue.FAINT_TUMOUR: 1.0,
            Tissue.OEDEMA: _OEDEMA_DILUTION,
        },
    )
    brain = grey + white
    neurons = np.exp(-_NEURON_LOSS_PER_DENSITY * cells)
    yield Compartment.GREY_NEURONS, grey * neurons
    yield Compartment.WHITE_NEURONS, white * neurons
    yield Compartment.GREY_HOST, grey * (1.0 - cells)
    yield Compartment.WHITE_HOST, white * (1.0 - cells)
    yield Compartment.GLIOSIS, 4.0 * brain * cells * (1.0 - cells) + _GLIOSIS_IN_OEDEMA * oedema
    yield Compartment.TUMOUR_CELLS, brain * cells
    oxygen = oxygen_pressure_mmhg(anatomy).data
    yield Compartment.HYPOXIC_CELLS, brain * cells * (_HALF_HYPOXIC_MMHG / (_HALF_HYPOXIC_MMHG + oxygen))
    yield Compartment.NECROSIS, anatomy.share(Tissue.NECROSIS)
    yield Compartment.FLUID, tissue_mean(anatomy, {Tissue.CSF: 1.0, Tissue.CAVITY: 1.0})
    leaky, slow = Tissue.LEAKY_TREATMENT_EFFECT, Tissue.SLOW_TREATMENT_EFFECT
    yield Compartment.TREATMENT_EFFECT, tissue_mean(anatomy, {leaky: 1.0, slow: 1.0})


def concentration_table(names: Sequence[str], idh_mutant: bool) -> FloatArray:
    """Concentration of metabolites in each compartment.

    Parameters
    ----------
    names : sequence of str
        Of :data:`METABOLITES`.
    idh_mutant : bool
        Whether tumour cells make 2-hydroxyglutarate.

    Returns
    -------
    ndarray, shape (name, compartment)
        In mmol/L, compartments in the order of :class:`Compartment`.

    Raises
    ------
    ImpastoError
        When a metabolite is unknown.
    """
    unknown = [name for name in names if name not in METABOLITES]
    if unknown:
        raise ImpastoError(", ".join(unknown), "is not a known metabolite", f"known are: {', '.join(METABOLITES)}")
    table = np.array([[METABOLITES[name].get(part, 0.0) for part in Compartment] for name in names])
    absent = np.array([name == "2HG" and not idh_mutant for name in names])
    table[absent] = 0.0
    return table


def concentrations(anatomy: Anatomy, names: Sequence[str], idh_mutant: bool) -> dict[str, Image]:
    """Truth maps of metabolites on the anatomy's grid.

    Parameters
    ----------
    anatomy : Anatomy
    names : sequence of str
        Of :data:`METABOLITES`.
    idh_mutant : bool

    Returns
    -------
    dict of str to Image
        In mmol/L of voxel.
    """
    table = concentration_table(names, idh_mutant).astype(np.float32)
    maps = np.zeros((len(names), *anatomy.grid.shape), dtype=np.float32)
    for part, (_, share) in enumerate(compartment_maps(anatomy)):
        for index in np.flatnonzero(table[:, part]):
            maps[index] += table[index, part] * share
    pairs = zip(names, maps, strict=True)
    return {name: Image(values, anatomy.grid, f"concentration of {name}", "mmol/L") for name, values in pairs}


def choline_naa_truth(anatomy: Anatomy) -> Image:
    """Total choline over total N-acetylaspartate (with NAAG), a ratio of concentrations, on the anatomy's grid.

    It rises steadily with the density c of tumour cells: in white matter .17 without any, .36 at c = .1, .70 at .2,
    1.3 at .3, 2.5 at .4; it passes 2 at c = .36. A ratio of peak areas, as older consoles print it, is three times as
    high: nine protons in choline's peak, three in that of N-acetylaspartate. Zero where neither is found.

    Parameters
    ----------
    anatomy : Anatomy

    Returns
    -------
    Image
        Ratio, unit ``1``.
    """
    names = ("GPC", "PCh", "NAA", "NAAG")
    found = concentrations(anatomy, names, idh_mutant=False)
    choline = found["GPC"].data + found["PCh"].data
    naa = found["NAA"].data + found["NAAG"].data
    ratio = np.divide(choline, naa, out=np.zeros_like(choline), where=naa > 1e-3)
    return Image(ratio, anatomy.grid, "Cho/NAA", "1")
