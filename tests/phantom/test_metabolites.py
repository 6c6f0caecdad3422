"""Metabolites: normal brain as published, and the changes by tumour cells in the direction biology takes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError
from impasto.core.structures import StructureSet
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.metabolites import METABOLITES, choline_naa_truth, concentrations


def line(tissue: Tissue, cells: np.ndarray) -> Anatomy:
    grid = Grid.centred((len(cells), 1, 1), (2, 2, 2))
    share = np.ones(grid.shape, dtype=np.float32)
    return Anatomy(grid, {tissue: share}, cells.astype(np.float32).reshape(grid.shape), StructureSet(()))


def sums(anatomy: Anatomy) -> dict[str, np.ndarray]:
    found = {name: image.data.ravel() for name, image in concentrations(anatomy, tuple(METABOLITES), False).items()}
    return found | {
        "tNAA": found["NAA"] + found["NAAG"],
        "tCr": found["Cr"] + found["PCr"],
        "tCho": found["GPC"] + found["PCh"],
    }


@pytest.mark.parametrize("tissue", [Tissue.GREY_MATTER, Tissue.WHITE_MATTER])
def test_normal_brain_lies_within_published_ranges(tissue: Tissue) -> None:
    # ranges over cortical regions of Pouwels and Frahm (1997, 1998), in mmol/L
    grey = tissue is Tissue.GREY_MATTER
    published = {
        "NAA": (8.0, 10.1),
        "NAAG": (0.6, 1.5) if grey else (1.5, 2.7),
        "tCr": (6.4, 7.0) if grey else (5.5, 5.7),
        "tCho": (1.0, 1.4) if grey else (1.6, 1.8),
    }
    found = sums(line(tissue, np.zeros(1)))
    for name, (low, high) in published.items():
        assert low <= found[name][0] <= high, name
    assert 1.0 < found["tNAA"][0] / found["tCr"][0] < 2.0
    assert 0.15 < found["tCho"][0] / found["tCr"][0] < 0.4


def test_tumour_cells_shift_metabolites_as_they_do_in_gliomas() -> None:
    found = sums(line(Tissue.WHITE_MATTER, np.linspace(0, 1, 21)))
    for name in ("tCho", "Gly", "Lac", "Ala", "Gln"):
        assert np.all(np.diff(found[name]) > 0), name
    for name in ("tNAA", "tCr", "Glu"):
        assert np.all(np.diff(found[name]) < 0), name
    assert found["Ins"][1:20].max() > 1.2 * found["Ins"][0]  # gliosis around the dense part
    assert not found["2HG"].any()


@given(
    low=st.floats(0, 1),
    high=st.floats(0, 1),
    tissue=st.sampled_from([Tissue.GREY_MATTER, Tissue.WHITE_MATTER, Tissue.OEDEMA, Tissue.TUMOUR]),
)
def test_choline_over_naa_rises_with_tumour_cells(low: float, high: float, tissue: Tissue) -> None:
    ratio = choline_naa_truth(line(tissue, np.sort([low, high]))).data.ravel()
    assert ratio[1] >= ratio[0] * (1 - 1e-5)


def test_choline_over_naa_passes_two_where_cells_are_dense() -> None:
    cells = np.linspace(0, 1, 101)
    ratio = choline_naa_truth(line(Tissue.WHITE_MATTER, cells)).data.ravel()
    assert ratio[0] == pytest.approx(1.75 / 10.1, rel=1e-3)
    assert 0.3 < np.interp(2.0, ratio, cells) < 0.5


def test_necrosis_holds_lipid_and_lactate_and_hardly_anything_else() -> None:
    found = sums(line(Tissue.NECROSIS, np.ones(1)))
    assert found["Lip13"][0] > 10 * found["Lac"][0]
    assert found["Lac"][0] > 5
    assert found["tNAA"][0] + found["tCho"][0] < 1.5


def test_hydroxyglutarate_needs_the_mutation() -> None:
    anatomy = line(Tissue.WHITE_MATTER, np.ones(1))
    assert concentrations(anatomy, ["2HG"], idh_mutant=True)["2HG"].data.item() > 1.0
    with pytest.raises(ImpastoError, match="known metabolite"):
        concentrations(anatomy, ["Unobtainium"], idh_mutant=False)
