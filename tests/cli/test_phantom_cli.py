"""``impasto phantom``: what it says before it makes a patient."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from impasto.cli.main import application
from impasto.core import ImpastoError

RUNNER = CliRunner()


def test_help_says_that_all_is_simulated() -> None:
    printed = RUNNER.invoke(application, ["phantom", "--help"]).output
    assert "simulated" in printed
    assert "make" in printed
    assert "cohort" in printed
    for verb in ("make", "cohort"):
        printed = " ".join(RUNNER.invoke(application, ["phantom", verb, "--help"]).output.split())
        assert "Simulated" in printed
        assert "head-neck" in printed


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    said = RUNNER.invoke(application, ["phantom", "make", str(tmp_path), "--kind", "head-neck"])
    assert isinstance(said.exception, ImpastoError)
    assert "not empty" in str(said.exception)


@pytest.mark.parametrize("kind", ["glioma", "recurrent-glioma", "head-neck"])
def test_a_finished_cohort_is_kept(kind: str, tmp_path: Path) -> None:
    for number in (1, 2):
        patient = tmp_path / f"patient-{number:03d}"
        patient.mkdir()
        (patient / "README.txt").write_text(f"Digital patient ({kind}, seed {4 + number})")
    said = RUNNER.invoke(application, ["phantom", "cohort", str(tmp_path), "--n", "2", "--kind", kind, "--seed", "5"])
    assert said.exit_code == 0
    assert "0 patients made, 2 kept (simulated)" in " ".join(said.output.split())


def test_an_unknown_kind_is_wrong_usage() -> None:
    assert RUNNER.invoke(application, ["phantom", "make", "out", "--kind", "knee"]).exit_code == 2


@pytest.mark.parametrize("share", ["1.5", "-0.1", "some", "nan"])
def test_a_share_that_is_none_is_wrong_usage(share: str) -> None:
    said = RUNNER.invoke(application, ["phantom", "make", "out", "--treatment-effect", share])
    assert said.exit_code == 2
    assert "neither a share" in " ".join(said.output.split())


def test_head_and_neck_has_no_treatment_effect(tmp_path: Path) -> None:
    said = RUNNER.invoke(
        application, ["phantom", "make", str(tmp_path / "new"), "--kind", "head-neck", "--treatment-effect", "drawn"]
    )
    assert isinstance(said.exception, ImpastoError)
    assert "gliomas" in str(said.exception)
    assert not (tmp_path / "new").exists()


def test_a_cohort_of_other_shares_is_not_continued(tmp_path: Path) -> None:
    patient = tmp_path / "patient-001"
    (patient / "truth").mkdir(parents=True)
    (patient / "README.txt").write_text("Digital patient (glioma, seed 0)")
    (patient / "truth" / "patient.json").write_text('{"examination": {"treatment_effect_share": 0.4}}')
    call = ["phantom", "cohort", str(tmp_path), "--n", "1"]
    assert isinstance(RUNNER.invoke(application, call).exception, ImpastoError)
    assert "1 kept" in RUNNER.invoke(application, [*call, "--treatment-effect", "0.4"]).output
