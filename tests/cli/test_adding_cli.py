"""``impasto add`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from tests.cli.command import impasto

from impasto.core import Grid, Image, Spectra
from impasto.files import create_case, save_case, write_nifti, write_nifti_mrs

GRID = Grid.centred((2, 2, 1), (10, 10, 10))


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adding")
    save_case(create_case(folder / "case", "subject"))
    write_nifti_mrs(Spectra(np.ones((2, 2, 1, 8), dtype=complex), GRID, 1e-3, 127.7, 0.03), folder / "mrsi.nii.gz")
    write_nifti(Image(np.ones(GRID.shape), GRID, "", ""), folder / "map.nii.gz")
    return folder / "case"


def test_spectra_maps_and_masks_are_added_and_shown(case: Path) -> None:
    beside = case.parent
    shown = json.loads(impasto("add", str(case), str(beside / "mrsi.nii.gz"), "--json").stdout)
    assert shown == [{"kind": "spectra", "name": "mrsi", "modality": "MRS", "source": "mrsi.nii.gz"}]
    said = ("--name", "ratio", "--quantity", "Cho/NAA", "--unit", "1")
    assert "ratio" in impasto("add", str(case), str(beside / "map.nii.gz"), *said).stdout
    impasto("add", str(case), str(beside / "map.nii.gz"), "--structure", "tumour", "--role", "GTV")
    summary = json.loads(impasto("info", str(case), "--json").stdout)
    assert summary["spectra"] == [["mrsi", "2 x 2 x 1", "10 x 10 x 10", 8, 1000, "1H 127.70", 30.0, "no"]]
    assert summary["images"][0][:4] == ["ratio", "", "Cho/NAA", "1"]
    assert summary["structures"]["map"][0][:2] == ["tumour", "GTV"]
    settings = json.loads(impasto("maps", str(case), "--set", "mrsi.sequence=STEAM", "--show", "--json").stdout)
    assert settings["mrsi"]["sequence"] == "STEAM"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "nowhere", "x.nii.gz"], "nowhere: is not a case"),
        (["add", "CASE", "CASE/case.toml"], "holds no image series"),
    ],
)
def test_errors_are_one_line(case: Path, arguments: list[str], said: str) -> None:
    done = impasto(*(word.replace("CASE", str(case)) for word in arguments), code=1)
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_wrong_usage_exits_with_2(case: Path) -> None:
    impasto("add", str(case), "x.nii.gz", "--role", "tumour", code=2)
