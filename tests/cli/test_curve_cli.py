"""``impasto curve`` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.workflow.perfusion_case import AT_MM, perfusion_case
from typer.testing import CliRunner

from impasto.cli.main import application
from impasto.core import ImpastoError
from impasto.workflow import map_protocol, run_independent_steps

_AT = ",".join(f"{value:g}" for value in AT_MM)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = perfusion_case(tmp_path_factory.mktemp("curve") / "case")
    run_independent_steps(made, map_protocol(made).with_settings({"dwi.motion_correction": False}))
    return made.folder


def test_curve_prints_numbers_with_errors_and_writes_the_picture(case: Path, tmp_path: Path) -> None:
    picture = tmp_path / "voxel.png"
    done = CliRunner().invoke(
        application, ["curve", str(case), "--at", _AT, "--series", "dwi", "--output", str(picture)]
    )
    assert done.exit_code == 0, done.output
    for expected in ("dwi: voxel at", "ADC", "um2/ms", "FA", "Settings of maps", "against it: nothing"):
        assert expected in done.output
    assert picture.stat().st_size > 10_000
    options = ["--at", _AT, "--series", "dwi", "--output", str(picture), "--json"]
    told = json.loads(CliRunner().invoke(application, ["curve", str(case), *options]).output)
    assert {"quantity": "ADC", "unit": "um2/ms"}.items() <= told["parameters"][0].items()


def test_curve_needs_a_point_and_a_series(case: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(application, ["curve", str(case)]).exit_code == 2
    wrong = runner.invoke(application, ["curve", str(case), "--at", "1,2"])
    assert wrong.exit_code == 2
    assert "not X,Y,Z in mm" in wrong.output
    which = runner.invoke(application, ["curve", str(case), "--at", _AT, "--output", str(tmp_path / "voxel.png")])
    assert isinstance(which.exception, ImpastoError)
    assert "dce, dsc, dwi" in str(which.exception)
