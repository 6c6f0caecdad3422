from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.report.known_spectra import metabolite_maps, spectrum

from impasto.report import CoverageRow, ReportContent, SpectroscopyFindings, Verdict, render_html
from impasto.report.spectroscopy_section import coverage_table, spectroscopy_section
from impasto.report.theme import figure_style

COVERAGE = (CoverageRow("Fitted", 256), CoverageRow("Accepted", 192), CoverageRow("Rejected: linewidth", 64))


@pytest.fixture(scope="module")
def findings() -> SpectroscopyFindings:
    other = spectrum("Contralateral", verdict=Verdict(False, "signal-to-noise ratio below 5"))
    return SpectroscopyFindings(metabolite_maps(), (spectrum(), other), COVERAGE, "EPSI, echo time 50 ms.")


def test_report_shows_maps_spectra_and_coverage(single: ReportContent, findings: SpectroscopyFindings) -> None:
    before, html = render_html(single), render_html(replace(single, spectroscopy=findings))
    assert "spectroscopy" not in re.findall(r'<section id="([^"]+)"', before)
    sections = re.findall(r'<section id="([^"]+)"', html)
    assert sections == ["summary", "dose", "delivery", "spectroscopy", "histograms", "tables"]
    part = html.split('<section id="spectroscopy">')[1].split("</section>")[0]
    assert part.count("<img ") == 3
    assert "EPSI, echo time 50&nbsp;ms." in part or "EPSI, echo time 50 ms." in part
    assert "Cho/NAA and tNAA over FLAIR" in part
    assert re.search(r"Accepted</th>\s*<td class=\"number\">192</td>\s*<td class=\"number\">75.0</td>", part)
    assert len(html) - len(before) < 2_500_000


def test_all_that_stands_outside_the_section_is_as_before(
    single: ReportContent, findings: SpectroscopyFindings
) -> None:
    def rest(html: str) -> str:
        body = re.sub(r'<section id="spectroscopy">.*?</section>\s*', "", html.split("<body>")[1], flags=re.S)
        return re.sub(r'<a href="#spectroscopy">.*?</a>\s*|\s+', "", body)

    assert rest(render_html(replace(single, spectroscopy=findings))) == rest(render_html(single))


def test_nothing_found_makes_no_section() -> None:
    assert spectroscopy_section(None) is None
    assert spectroscopy_section(SpectroscopyFindings()) is None


def test_single_voxel_has_no_maps(findings: SpectroscopyFindings) -> None:
    with figure_style():
        section = spectroscopy_section(replace(findings, maps=None, coverage=()))
    assert section is not None
    assert len(section.figures) == 2
    assert not section.tables


def test_many_maps_go_on_several_figures(findings: SpectroscopyFindings) -> None:
    maps = metabolite_maps()
    many = {f"{name} {n}": image for n in range(3) for name, image in maps.maps.items()}
    with figure_style():
        section = spectroscopy_section(SpectroscopyFindings(replace(maps, maps=many, thresholds={})))
    assert section is not None
    assert len(section.figures) == 2
    assert max(figure.height_px / figure.width_px for figure in section.figures) < 1.4


def test_shares_are_of_the_first_row() -> None:
    table = coverage_table(COVERAGE)
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["Fitted", "256", "100.0"],
        ["Accepted", "192", "75.0"],
        ["Rejected: linewidth", "64", "25.0"],
    ]
    assert "fitted" in table.note
    assert coverage_table((CoverageRow("Fitted", 0),)).rows[0][2].text == "\u2013"
