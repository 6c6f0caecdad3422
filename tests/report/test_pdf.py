from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from impasto.core import ImpastoError
from impasto.report import ReportContent, render_html, write_pdf

BANNER = "Research use only. Not for clinical decisions."


def test_missing_weasyprint_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ImpastoError, match=r'pip install "impasto\[pdf\]"'):
        write_pdf("<p>text</p>", tmp_path / "report.pdf")
    assert not list(tmp_path.iterdir())


def test_every_page_carries_the_banner(content: ReportContent, tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    path = tmp_path / "report.pdf"
    write_pdf(render_html(content), path)
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.stat().st_size < 6e6
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler) reads the pages")
    text = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True, text=True).stdout
    pages = text.split("\f")[:-1]
    assert len(pages) >= 4
    assert all(BANNER in page for page in pages)
    assert all("Digital patient: simulated." in page for page in pages)
    assert "Boost by uptake" in pages[0]


def test_nothing_outside_the_page_is_fetched(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint")
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"not a picture")
    write_pdf(f'<img src="{secret.as_uri()}">{BANNER}', tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").exists()
