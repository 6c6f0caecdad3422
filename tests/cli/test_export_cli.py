"""``impasto export``: what it prints of files whose structures are not what they were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from impasto import files, workflow
from impasto.cli.main import application
from impasto.workflow import ExportedFile


@pytest.fixture
def exporting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    note = "zone [2]: 0.400 ml, as drawn 0.100 ml: it is thinner than a slice"
    written = (ExportedFile(tmp_path / "RTSTRUCT.dcm", "RTSTRUCT", "2 structures", (note,)),)
    monkeypatch.setattr(files, "open_case", lambda folder: folder)
    monkeypatch.setattr(workflow, "export_case", lambda *_: written)
    return ["export", str(tmp_path), str(tmp_path / "out")]


def test_volumes_that_change_are_printed_after_the_table(exporting: list[str]) -> None:
    result = CliRunner().invoke(application, exporting)
    assert result.exit_code == 0, result.output
    last = " ".join(result.output.split("note RTSTRUCT.dcm:")[1].split())
    assert last == "zone [2]: 0.400 ml, as drawn 0.100 ml: it is thinner than a slice"


def test_json_has_them_with_their_file(exporting: list[str]) -> None:
    result = CliRunner().invoke(application, [*exporting, "--json"])
    (file,) = json.loads(result.stdout)
    assert file["modality"] == "RTSTRUCT"
    assert file["notes"] == ["zone [2]: 0.400 ml, as drawn 0.100 ml: it is thinner than a slice"]


def test_help_names_all_that_is_written() -> None:
    said = CliRunner().invoke(application, ["export", "--help"]).output
    assert all(kind in said for kind in ("RTSTRUCT", "RTPLAN", "RTDOSE"))
