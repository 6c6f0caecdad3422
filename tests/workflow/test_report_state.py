"""A page that shows what the case holds is left alone; anything that it was made of makes it old."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.command import impasto as impasto_command
from tests.workflow.test_results import leave

import impasto
from impasto.files import Case
from impasto.workflow import open_results, reporting
from impasto.workflow.report_state import shows, with_state
from impasto.workflow.results import keep_protocol


def test_a_page_is_current_until_what_it_was_made_of_changes(
    case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave(case, "mine")
    results, page = open_results(case), tmp_path / "report.html"
    assert not shows(page, results)
    page.write_text("<html></html>")
    assert not shows(page, results)
    page.write_text(with_state("<html></html>\n", results))
    assert shows(page, open_results(case))
    with monkeypatch.context() as other:
        other.setattr(impasto, "__version__", "99")
        assert not shows(page, results)
    keep_protocol(case, results.protocol.model_copy(update={"title": "changed"}))
    assert not shows(page, open_results(case))


_PROTOCOL = """
format = 1
name = "mine"
title = "Mine"
about = "A test"
[inputs.pet]
kind = "image"
modality = "PT"
[[steps]]
name = "suv"
stage = "standardised-uptake"
inputs = { image = "pet" }
[report]
ct = "pet"
structures = "pet"
prescription = "pet"
plans = []
with_run = true
"""


def test_a_second_run_leaves_the_report_alone(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporting, "_rendered", lambda *_: "<html></html>")
    path, folder = tmp_path / "mine.toml", str(case.folder)
    path.write_text(_PROTOCOL)
    page = case.folder / "report.html"
    assert f"wrote {page}." in impasto_command("run", str(path), folder).stdout
    written = page.stat().st_mtime_ns
    assert f"{page} is current." in impasto_command("run", str(path), folder).stdout
    assert page.stat().st_mtime_ns == written
    setting = "suv.normalisation=body surface area"
    assert f"wrote {page}." in impasto_command("run", str(path), folder, "--set", setting).stdout
