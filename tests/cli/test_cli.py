"""The command line as a user meets it: exit codes, one-line errors, JSON; whole processes where they differ."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.cli.command import impasto, impasto_process

from impasto.core import Grid, Image, Role, Structure, StructureSet
from impasto.files import dicom


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    grid = Grid.centred((34, 40, 30), (6, 6, 7))
    points = grid.voxel_centres_mm()
    head = np.linalg.norm(points / np.array([80.0, 100.0, 90.0]), axis=-1) <= 1.0
    ct = Image(np.where(head, 40.0, -1000.0), grid, "CT number", "[hnsf'U]")
    drawn = StructureSet(
        (
            Structure.from_mask("EXTERNAL", Role.EXTERNAL, head, grid),
            Structure.from_mask("GTV", Role.GTV, np.linalg.norm(points, axis=-1) <= 25.0, grid),
        )
    )
    reference = dicom.write_series(ct, dicom.new_reference("CT", "CLI", "Command^Line", ("cli",)), folder / "scans")
    dicom.write_structures(drawn, reference, grid, folder / "scans" / "structures.dcm")
    impasto("import", str(folder / "scans"), str(folder / "case"))
    return folder / "case"


def test_help_loads_no_science() -> None:
    # so that it starts in under a second
    code = "import sys; import impasto.cli.main; print('numpy' in sys.modules, 'pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_version_prints_what_it_runs_on() -> None:
    printed = impasto_process("--version").stdout
    assert printed.startswith("impasto ")
    assert "numpy" in printed
    assert "pydicom" in printed


def test_info_prints_units_and_json(case: Path) -> None:
    printed = impasto("info", str(case)).stdout
    assert "volume" in printed
    assert "[ml]" in printed
    record = json.loads(impasto_process("info", str(case), "--json").stdout)
    names = [row[0] for row in record["structures"]["structures-ct"]]
    assert "GTV" in names


def test_protocols_show_every_setting_with_its_default() -> None:
    assert "pet-painting" in impasto("protocols").stdout
    shown = json.loads(impasto("protocols", "pet-painting", "--json").stdout)
    assert shown["settings"]["targets"]["margin_mm"] == 5.0
    assert shown["settings"]["painted"]["bixel_width_mm"] == 5.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["info", "nowhere"], "error: nowhere: is not a case"),
        (["run", "pet-painting", "CASE"], "pet-painting needs PT image, and the case has none"),
        (["run", "painting", "CASE"], "no protocol has this name"),
        (["run", "pet-painting", "CASE", "--set", "a.b=1"], "begin with one of"),
        (["report", "CASE"], "no protocol was run"),
        (["export", "CASE", "out"], "no protocol was run"),
        (["import", "nowhere", "new"], "nowhere: is not there"),
        (["import", "CASE", "CASE"], "exists and is not empty"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(case: Path, arguments: list[str], said: str) -> None:
    done = impasto(*(str(case) if word == "CASE" else word for word in arguments), code=1)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_process_ends_with_the_same_line_and_code() -> None:
    inside, whole = (run("info", "nowhere", code=1) for run in (impasto, impasto_process))
    assert (whole.stdout, whole.stderr) == (inside.stdout, inside.stderr)


def test_wrong_usage_exits_with_2(case: Path) -> None:
    assert "KEY=VALUE" in impasto("run", "pet-painting", str(case), "--set", "margin", code=2).stderr
    impasto("paint", code=2)
