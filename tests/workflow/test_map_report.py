"""The report of a case's maps: what it gathers, from which files, and over which anatomy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, Role, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, open_case, save_case, write_diffusion
from impasto.report import MapReportContent
from impasto.workflow import map_protocol, open_results, run_independent_steps, write_case_report
from impasto.workflow.anatomy.choice import choose_anatomy
from impasto.workflow.maps.report import map_report_content

GRID = Grid.centred((24, 26, 8), (4.0, 4.0, 6.0))
DIRECTIONS = np.array([[1, 0, 1], [-1, 0, 1], [0, 1, 1], [0, 1, -1], [1, 1, 0], [-1, 1, 0]]) / np.sqrt(2.0)
ADC_UM2_PER_MS = {"Brain": 0.8, "GTV": 1.6}
DROWNED_MM = (-20.0, 0.0, 3.0)


def ball(centre_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    return np.linalg.norm(GRID.voxel_centres_mm() - np.array(centre_mm), axis=-1) < radius_mm


def entry(name: str, modality: str = "MR", source: str = "", kind: EntryKind = EntryKind.IMAGE) -> CaseEntry:
    return CaseEntry(name, kind, modality, source)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A head with isotropic diffusion of known speed; in one place it is so fast that only noise is left."""
    case = create_case(tmp_path_factory.mktemp("maps") / "case", "HEAD-0003", simulated=True)
    for kind in ("images", "diffusion", "structures"):
        (case.folder / kind).mkdir(parents=True)
    brain, target, drowned = ball((0.0, 0.0, 0.0), 42.0), ball((20.0, 4.0, 3.0), 14.0), ball(DROWNED_MM, 9.0)
    speed = np.where(target, ADC_UM2_PER_MS["GTV"], ADC_UM2_PER_MS["Brain"])
    speed = np.where(drowned, 3.3, speed)
    b_values = np.array([0.0, 0.0, *[1400.0] * 12])
    clean = np.where(brain, 1000.0, 0.0)[..., None] * np.exp(-1e-3 * b_values * speed[..., None])
    noise = np.random.default_rng(1).normal(0.0, 8.0, (2, *clean.shape))
    series = Image(
        np.hypot(clean + noise[0], noise[1]).astype(np.float32), GRID, "signal", "1", times_s=5.0 * np.arange(14)
    )
    gradients = GradientTable(b_values, np.concatenate([np.zeros((2, 3)), DIRECTIONS, DIRECTIONS]))
    write_diffusion(DiffusionSeries(series, gradients), case.folder / "diffusion" / "dwi")
    native.write_image(Image(np.where(brain, 100.0, 5.0), GRID, "signal", "1"), case.folder / "images" / "t1-gd")
    structures = StructureSet(
        (
            Structure.from_mask("Brain", Role.ORGAN, brain, GRID),
            Structure.from_mask("GTV", Role.GTV, target, GRID),
            Structure.from_mask("Elsewhere", Role.ORGAN, ball((44.0, 46.0, 0.0), 6.0), GRID),
        )
    )
    native.write_structures(structures, case.folder / "structures" / "drawn")
    for one in (
        entry("t1-gd"),
        entry("dwi", kind=EntryKind.DIFFUSION),
        entry("drawn", "RTSTRUCT", "", EntryKind.STRUCTURES),
    ):
        case = case.with_entry(one)
    save_case(case)
    made = run_independent_steps(case, map_protocol(case).with_settings({"dwi.motion_correction": False}))
    assert not made.failures
    return case


@pytest.fixture(scope="module")
def content(case: Case) -> MapReportContent:
    return map_report_content(open_results(case, "maps"))


def test_values_in_structures_are_the_truth(content: MapReportContent) -> None:
    (found,) = content.findings
    rows = {row.structure: row for row in found.regions}
    assert list(rows) == ["Brain", "GTV"]  # the third has no voxel that was mapped
    for name, truth in ADC_UM2_PER_MS.items():
        spread = rows[name].values["ADC"]
        assert spread.median == pytest.approx(truth, rel=0.02)
        assert spread.low < truth < spread.high
    assert rows["GTV"].values["ADC"].voxels == rows["GTV"].voxels
    assert found.units["ADC"] == "um2/ms"
    assert not {"reasons", "outliers"} & {name.lower() for name in found.units}


def test_doubted_voxels_are_left_out_striped_and_counted(content: MapReportContent) -> None:
    (found,) = content.findings
    assert found.maps is not None
    drowned = ball(DROWNED_MM, 5.0)
    assert found.maps.doubted["ADC"][drowned].mean() > 0.9
    assert not found.maps.doubted["ADC"][ball((20.0, 4.0, 3.0), 14.0)].any()
    brain = found.regions[0]
    assert brain.voxels - brain.values["ADC"].voxels == np.count_nonzero(found.maps.doubted["ADC"])
    counted = {row.fate: row.voxels for row in found.coverage}
    assert counted["mapped"] == brain.voxels
    assert counted["the strongest weighting leaves little but noise"] >= np.count_nonzero(drowned)


def test_maps_lie_over_contrast_enhanced_t1_with_the_target_outlined(content: MapReportContent) -> None:
    (found,) = content.findings
    assert found.maps is not None
    assert found.maps.anatomy.quantity == "t1-gd"
    assert found.maps.structures is not None
    assert found.maps.structures.names == ["GTV"]
    assert list(found.maps.maps) == ["ADC", "FA"]


def test_settings_and_hashes_of_inputs_are_told(case: Case, content: MapReportContent) -> None:
    told = {setting.name: setting.value for setting in content.settings[0].settings}
    assert told["motion_correction"] == "false"
    assert told["fit.greatest_b_s_per_mm2"] == "1500.0"
    record = open_results(case, "maps").records[0]
    assert f"dwi-diffusion {record.inputs['series'].sha256[:10]}" in content.provenance[0].inputs


def test_report_is_written_beside_the_maps_without_reading_the_series(case: Case, tmp_path: Path) -> None:
    series = case.folder / "diffusion" / "dwi.nii.gz"
    kept = series.read_bytes()
    series.unlink()
    try:
        (page,) = write_case_report(case)
    finally:
        series.write_bytes(kept)
    assert page == case.folder / "results" / "maps" / "report.html"
    html = page.read_text(encoding="utf-8")
    assert re.findall(r'<section id="([^"]+)"', html) == ["summary", "step-dwi", "provenance"]
    assert "Digital patient: simulated." in html
    assert "Diffusion: dwi" in html
    # maps stay current: the page is no part of them
    assert not any(outcome.ran for outcome in run_independent_steps(case, open_results(case, "maps").protocol).outcomes)


def test_what_was_not_mapped_is_said(case: Case) -> None:
    positron = entry("pet", "PT")
    grown = case.with_entry(positron)
    native.write_image(Image(np.ones(GRID.shape, np.float32), GRID, "activity", "Bq/mL"), grown.path(positron))
    save_case(grown)
    try:
        content = map_report_content(open_results(open_case(case.folder), "maps"))
    finally:
        save_case(case)
    assert "pet has no current maps: run impasto maps, which says why." in content.notes


@pytest.mark.parametrize(
    ("images", "chosen"),
    [
        ({"ct": ("CT", ""), "flair": ("MR", ""), "t1": ("MR", ""), "t1c": ("MR", "")}, "t1c"),
        ({"ct": ("CT", ""), "flair": ("MR", ""), "t1": ("MR", "")}, "t1"),
        ({"a": ("MR", "MR t1_mprage_sag_p2_iso"), "b": ("MR", "MR t1_mprage_tra post KM")}, "b"),
        ({"a": ("MR", "MR Ax T1 FLAIR+C"), "b": ("MR", "MR Ax T1")}, "a"),
        ({"ct": ("CT", ""), "flair": ("MR", "")}, "flair"),
        ({"ct": ("CT", ""), "t2": ("MR", "")}, "t2"),
        ({"ct": ("CT", ""), "pet": ("PT", "")}, "ct"),
        ({"pet": ("PT", "")}, None),
    ],
)
def test_anatomy_is_the_best_that_a_case_has(
    tmp_path: Path, images: dict[str, tuple[str, str]], chosen: str | None
) -> None:
    case = create_case(tmp_path / "case", "x")
    (case.folder / "images").mkdir(parents=True)
    for name, (modality, source) in images.items():
        one = entry(name, modality, source)
        case = case.with_entry(one)
        native.write_image(Image(np.zeros((2, 2, 2)), Grid.centred((2, 2, 2), (1, 1, 1)), name, "1"), case.path(one))
    found = choose_anatomy(case, [])
    assert (None if found is None else found.name) == chosen


def test_series_and_what_maps_are_made_of_are_no_anatomy(tmp_path: Path) -> None:
    case = create_case(tmp_path / "case", "x")
    (case.folder / "images").mkdir(parents=True)
    grid = Grid.centred((2, 2, 2), (1, 1, 1))
    for name, times in (("t1c-dynamic", np.arange(3.0)), ("t1-2deg", None), ("t2", None)):
        one = entry(name)
        case = case.with_entry(one)
        shape = grid.shape if times is None else (*grid.shape, len(times))
        native.write_image(Image(np.zeros(shape), grid, name, "1", times_s=times), case.path(one))
    found = choose_anatomy(case, [], left_out=[entry("t1-2deg")])
    assert found is not None
    assert found.name == "t2"
