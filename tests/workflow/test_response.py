"""Response from a table of scans: what is measured from label maps and cases, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.files import CaseEntry, EntryKind, create_case, native, save_case, write_nifti
from impasto.workflow import analyse_response, read_response_table, write_response_report

GRID = Grid.centred((40, 40, 6), (1.0, 1.0, 3.0))


def blocks(*places: tuple[int, int, int, int]) -> np.ndarray:
    """Squares (i, j, side, value) in slices 1 to 4."""
    values = np.zeros(GRID.shape, dtype=np.uint8)
    for i, j, side, value in places:
        values[i : i + side, j : j + side, 1:5] = value
    return values


def label_map(folder: Path, name: str, *places: tuple[int, int, int, int]) -> None:
    write_nifti(Image(blocks(*places), GRID, "lesion part", "1"), folder / name)


def table(folder: Path, head: str, *names: str) -> Path:
    dates = ("2026-02-01", "2026-04-01", "2026-06-01", "2026-08-01")
    scans = "".join(f'[[scan]]\ndate = {day}\nlabels = "{name}"\n' for day, name in zip(dates, names, strict=False))
    path = folder / "scans.toml"
    path.write_text(f"{head}\n{scans}", encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    label_map(tmp_path, "a.nii.gz", (2, 2, 24, 2), (5, 5, 16, 3))
    label_map(tmp_path, "b.nii.gz", (2, 2, 24, 2), (8, 8, 8, 3))
    label_map(tmp_path, "c.nii.gz", (2, 2, 24, 2))
    label_map(tmp_path, "d.nii.gz", (5, 5, 6, 3), (25, 25, 12, 3))
    return tmp_path


def shorts(source: Path) -> list[list[str]]:
    found = analyse_response(read_response_table(source, {}), source)
    return [[one.response.short for one in course.assessments] for course in found.courses]


def test_label_maps_are_understood_together_and_measured_twice(folder: Path) -> None:
    source = table(folder, "radiotherapy_end = 2025-01-01", "a.nii.gz", "b.nii.gz", "c.nii.gz", "c.nii.gz")
    found = analyse_response(read_response_table(source, {}), source)
    # the diagonals of squares; 8 mm is measurable by its diagonals of 11.3 mm
    products = [one.size for one in found.courses[0].assessments]
    assert products == pytest.approx([2 * 16**2, 2 * 8**2, 0.0, 0.0], rel=2e-3)
    volumes = [one.size for one in found.courses[1].assessments]
    assert volumes == pytest.approx([16**2 * 12e-3, 8**2 * 12e-3, 0.0, 0.0])
    assert [one.response.short for one in found.courses[0].assessments] == ["baseline", "PR", "CR", "CR"]
    said = " ".join(found.notes)
    assert "brats-2023: 3 is enhancing" in said
    assert "measured one by one" in said
    assert "Corticosteroids are not known" in said


def test_in_one_frame_targets_are_followed_and_new_lesions_seen(folder: Path) -> None:
    source = table(folder, "same_frame = true\nradiotherapy_end = 2025-01-01", "a.nii.gz", "b.nii.gz", "d.nii.gz")
    found = analyse_response(read_response_table(source, {}), source)
    products = [one.size for one in found.courses[0].assessments]
    assert products == pytest.approx([2 * 16**2, 2 * 8**2, 2 * (6**2 + 12**2)], rel=2e-3)
    assert any("not counted: say new_lesion" in note for note in found.notes)
    alone = table(folder, "radiotherapy_end = 2025-01-01", "a.nii.gz", "b.nii.gz", "d.nii.gz")
    last = analyse_response(read_response_table(alone, {}), alone).courses[0].assessments[-1]
    assert last.size == pytest.approx(2 * 12**2, rel=2e-3)


def test_one_frame_means_one_grid(folder: Path) -> None:
    moved = Grid(GRID.shape, GRID.affine + np.array([[0, 0, 0, 9.0], *[[0, 0, 0, 0]] * 3]))
    write_nifti(Image(blocks((5, 5, 16, 3)), moved, "lesion part", "1"), folder / "m.nii.gz")
    source = table(folder, "same_frame = true", "a.nii.gz", "m.nii.gz")
    with pytest.raises(ImpastoError, match="grids differ"):
        shorts(source)


def test_a_label_may_be_named_and_one_value_is_the_tumour(folder: Path) -> None:
    label_map(folder, "x.nii.gz", (5, 5, 16, 7), (25, 25, 4, 9))
    assert shorts(table(folder, "label = 7", "x.nii.gz", "x.nii.gz"))[0] == ["baseline", "SD"]
    label_map(folder, "y.nii.gz", (5, 5, 16, 1))
    assert shorts(table(folder, "", "y.nii.gz", "y.nii.gz"))[1] == ["baseline", "SD"]
    with pytest.raises(ImpastoError, match="BraTS"):
        shorts(table(folder, "", "x.nii.gz", "y.nii.gz"))


def test_cases_give_the_enhancing_lesion_or_none(tmp_path: Path) -> None:
    for name, present in (("first", True), ("second", False)):
        case = create_case(tmp_path / name, "P")
        names = ("CEL", "T2L") if present else ("T2L",)
        parts = [Structure.from_mask(one, Role.GTV, blocks((5, 5, 16, 1)) > 0, GRID) for one in names]
        entry = CaseEntry("lesions", EntryKind.STRUCTURES, "SEG")
        native.write_structures(StructureSet(tuple(parts)), case.path(entry))
        save_case(case.with_entry(entry))
    path = tmp_path / "scans.csv"
    path.write_text("date,case,steroid_mg\n2026-01-01,first,0\n2026-03-01,second,0\n", encoding="utf-8")
    found = analyse_response(read_response_table(path, {"radiotherapy_end": "2025-01-01"}), path)
    assert [one.size for one in found.courses[0].assessments] == pytest.approx([512.0, 0.0], rel=2e-3)
    assert any("taken as none left" in note for note in found.notes)


def test_sizes_may_be_given_and_one_measure_missing(tmp_path: Path) -> None:
    path = tmp_path / "scans.csv"
    path.write_text("date,product_mm2\n2026-01-01,400\n2026-03-01,520\n", encoding="utf-8")
    found = analyse_response(read_response_table(path, {}), path)
    assert [course.criteria.measure for course in found.courses] == ["product"]
    assert found.courses[0].assessments[-1].response.short == "PD"
    assert any("Not judged by volume" in note for note in found.notes)


def test_how_a_spreadsheet_was_read_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "scans.csv"
    path.write_text("date;product_mm2\n2026-01-01;400,5\n2026-03-01;520,5\n", encoding="utf-8")
    found = analyse_response(read_response_table(path, {}), path)
    assert [one.size for one in found.courses[0].assessments] == [400.5, 520.5]
    assert found.notes[:2] == (
        "scans.csv has its cells separated by semicolons.", "Decimal commas were read as points in product_mm2.",
    )  # fmt: skip
    page = write_response_report(found, tmp_path / "out")[0].read_text(encoding="utf-8")
    assert "Decimal commas were read as points in product_mm2." in page


def test_rules_that_disagree_about_early_growth_are_named(tmp_path: Path) -> None:
    path = tmp_path / "scans.csv"
    dates = ("2026-01-01", "2026-02-15", "2026-03-20", "2026-05-20")
    rows = [f"{day},{size}" for day, size in zip(dates, (400, 520, 540, 700), strict=True)]
    path.write_text("\n".join(["date,product_mm2", *rows]), encoding="utf-8")

    def said(radiotherapy_end: str) -> str:
        found = analyse_response(read_response_table(path, {"radiotherapy_end": radiotherapy_end}), path)
        page = write_response_report(found, tmp_path / radiotherapy_end)[0].read_text(encoding="utf-8")
        assert "Pseudoprogression, suspected on 2026-02-15" in page
        return page

    # within 12 weeks RANO waits: its progression is that of May, which nobody calls pseudoprogression
    assert "The two rules disagree" not in said("2026-01-05")
    assert "The two rules disagree: RANO 2010 by products of diameters (2026-02-15)" in said("2025-10-01")


def test_the_page_says_responses_reasons_and_that_it_is_research(folder: Path) -> None:
    head = 'patient = "P07"\nsimulated = true\nradiotherapy_end = 2025-12-01\ncriteria = "rano-2"'
    source = table(folder, head, "b.nii.gz", "a.nii.gz", "b.nii.gz", "c.nii.gz")
    found = analyse_response(read_response_table(source, {}), source)
    written = write_response_report(found, folder / "out")
    page = written[0].read_text(encoding="utf-8").replace("\u00a0", " ")
    for said in (
        "Research use only", "simulated", "Response of P07", "RANO 2.0", "Wen 2023", "products of diameters",
        "progressive disease", "above the smallest", "both diameters", "Pseudoprogression, suspected on 2026-04-01",
    ):  # fmt: skip
        assert said in page, said
    assert [path.name for path in written] == ["response.html", "response.pdf", "response.png"]
    assert all(path.stat().st_size > 5000 for path in written)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[scan]]\ndate = 2026-01-01\n", "no source of its size"),
        ('[[scan]]\ndate = 2026-01-01\nlabels = "a"\nvolume_ml = 1\n', "more than one source"),
        ("[[scan]]\ndate = 2026-01-01\nvolume_ml = 1\nclinical = 'poor'\n", "clinical"),
        ("scan = []\n", "no scan"),
        ("= 3", "TOML"),
        ("[[scan]]\ndate = 2026-01-01\nlabels = 'gone.nii.gz'\n", "is not there"),
    ],
)
def test_a_table_that_is_wrong_says_where(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "scans.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ImpastoError, match=problem):
        shorts(path)
