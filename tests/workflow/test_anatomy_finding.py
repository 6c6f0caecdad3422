"""Finding a head's anatomy: a digital glioma's brain and the white matter opposite its tumour, for maps to refer to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.workflow.perfusion_case import perfusion_case

from impasto.core import Grid, ImpastoError, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, open_case, save_case
from impasto.phantom import Anatomy, glioma_anatomy, t1_contrast_scan
from impasto.workflow import anatomy_protocol, find_anatomy, map_protocol, open_results, write_case_report
from impasto.workflow.artefacts import Figures
from impasto.workflow.importing.entries import with_image, with_structures

GRID = Grid.axis_aligned((64, 76, 62), (3, 3, 3), (-95, -112, -82))


@pytest.fixture(scope="module")
def anatomy() -> Anatomy:
    return glioma_anatomy(GRID, 0)


@pytest.fixture(scope="module")
def drawn(anatomy: Anatomy) -> StructureSet:
    return anatomy.structures


@pytest.fixture(scope="module")
def found(anatomy: Anatomy, drawn: StructureSet, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give a case with T1c and the outlines of the tumour, and what was found in it."""
    case = create_case(tmp_path_factory.mktemp("cases") / "case", "test", simulated=True)
    case.folder.mkdir(exist_ok=True)
    case = with_image(case, CaseEntry("t1c", EntryKind.IMAGE, "MR"), t1_contrast_scan(anatomy, GRID, 0))
    lesion = StructureSet(tuple(one for one in drawn if one.name in ("GTV", "Oedema")))
    case = with_structures(case, CaseEntry("contours", EntryKind.STRUCTURES, drawn_on="t1c"), lesion)
    save_case(case)
    find_anatomy(case, anatomy_protocol(case))
    return open_case(case.folder)


def anatomy_of(case: Case) -> StructureSet:
    return native.read_structures(case.path(case.entry(EntryKind.STRUCTURES, "anatomy")))


def test_the_brain_is_the_one_that_was_simulated(found: Case, drawn: StructureSet) -> None:
    brain, true = (structures["Brain"].voxels(GRID) for structures in (anatomy_of(found), drawn))
    assert 2.0 * np.sum(brain & true) / (brain.sum() + true.sum()) > 0.93


def test_reference_white_matter_lies_opposite_and_away_from_the_lesion(found: Case, drawn: StructureSet) -> None:
    reference = anatomy_of(found)["NAWM contralateral"].voxels(GRID)
    lesion = drawn["GTV"].voxels(GRID) | drawn["Oedema"].voxels(GRID)
    x = GRID.voxel_centres_mm()[..., 0]
    assert not np.any(reference & lesion)
    assert np.sign(np.mean(x[reference])) == -np.sign(np.mean(x[drawn["GTV"].voxels(GRID)]))
    assert np.sum(reference) * GRID.voxel_volume_ml > 1.0


def test_figures_and_page_are_left(found: Case) -> None:
    results = open_results(found, "anatomy")
    figures = results.load("head.figures")
    assert isinstance(figures, Figures)
    means = figures.values["tissue_mean"]
    assert means["csf"] < means["grey"] < means["white"]
    page = write_case_report(found, protocol="anatomy")[0].read_text()
    for said in ("Research use only", "not for treatment", "White matter", "NAWM contralateral"):
        assert said in page


def test_maps_refer_to_what_was_found(found: Case, drawn: StructureSet, tmp_path: Path) -> None:
    case = perfusion_case(tmp_path / "case")
    assert "anatomy" not in map_protocol(case).inputs
    extended = with_structures(case, CaseEntry("anatomy", EntryKind.STRUCTURES), anatomy_of(found))
    protocol = map_protocol(extended)
    assert protocol.inputs["anatomy"].name == "anatomy"
    assert all(step.inputs["anatomy"] == "anatomy" for step in protocol.steps if step.stage != "standardised-uptake")
    # nothing was drawn, and what was found is not taken for it
    assert "structures" not in protocol.inputs


def test_a_case_without_a_head_is_refused(case: Case) -> None:
    with pytest.raises(ImpastoError, match="no MR image of the head"):
        anatomy_protocol(case)
