from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from tests.report.known_maps import map_content

from impasto.core import ImpastoError
from impasto.report import MapReportContent, Spread, render_html
from impasto.report.map_sections import map_sections
from impasto.report.map_tables import region_tables, rounded, settings_in_pairs
from impasto.report.theme import figure_style


@pytest.fixture(scope="module")
def content() -> MapReportContent:
    return map_content()


@pytest.fixture(scope="module")
def page(content: MapReportContent) -> str:
    return render_html(content)


def test_page_has_a_section_for_each_step_and_one_of_how_they_came_about(page: str) -> None:
    sections = re.findall(r'<section id="([^"]+)"', page)
    assert sections == ["summary", "step-mrsi", "step-dwi", "provenance"]
    summary = page.split('<section id="summary">')[1].split("</section>")[0]
    assert "Cho/NAA and ADC on one transverse slice" in summary
    assert "dsc has no current maps." in summary
    part = page.split('<section id="step-dwi">')[1].split("</section>")[0]
    assert "b-values: 0, 1000 s/mm2. Motion was corrected." in part
    assert "ADC and FA over t1c, transverse. Striped: no value, or one that should not be believed." in part
    assert "Yellow" not in part


def test_page_says_what_it_is_and_fetches_nothing(page: str) -> None:
    assert page.count("Research use only. Not for clinical decisions.") >= 2
    assert "Digital patient: simulated." in page
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "http://" not in re.sub(r"data:[^\"']+", "", page).replace("http://www.w3.org", "")
    assert len(page) < 2_000_000


def test_measured_data_are_not_called_simulated(content: MapReportContent) -> None:
    bare = replace(content, heading=replace(content.heading, is_simulated=False), findings=content.findings[1:])
    page = render_html(bare)
    assert "simulated" not in re.sub(r"<style>.*?</style>", "", page, flags=re.S)
    assert "on one transverse slice" not in page  # one map alone needs no overview


def test_table_gives_median_spread_and_what_share_of_voxels_they_are_of(content: MapReportContent) -> None:
    (table,) = region_tables(content.findings[1])
    assert [(column.name, column.unit) for column in table.columns] == [
        ("Structure", ""), ("Voxels", ""), ("ADC", "\u00b5m\u00b2/ms"), ("FA", ""),
    ]  # fmt: skip
    assert [[(cell.text, cell.detail) for cell in row] for row in table.rows] == [
        [("GTV", ""), ("40", ""), ("2.4", "[2.3, 2.5]"), ("0.061", "[0.029, 0.102]\n75 %")],
        [("Lens", ""), ("2", ""), ("\u2013", ""), ("0.061", "[0.029, 0.102]")],
    ]
    assert "left out" in table.note


def test_many_maps_go_in_several_tables_with_one_note(content: MapReportContent) -> None:
    found = content.findings[1]
    units = {f"map {n}": "1" for n in range(19)}
    rows = tuple(replace(row, values=dict.fromkeys(units, Spread(1.0, 0.5, 2.0, 2))) for row in found.regions)
    tables = region_tables(replace(found, units=units, regions=rows))
    assert [len(table.columns) - 2 for table in tables] == [7, 7, 5]
    assert [bool(table.note) for table in tables] == [False, False, True]
    assert [column.name for table in tables for column in table.columns[2:]] == list(units)


def test_reasons_are_counted_and_settings_and_hashes_listed(page: str, content: MapReportContent) -> None:
    assert re.search(r"signal would grow along some direction</th>\s*<td class=\"number\">13</td>", page)
    (table,) = settings_in_pairs(content.settings)
    assert [[cell.text for cell in row] for row in table.rows] == [["fit.a", "a", "fit.c", "c"], ["fit.b", "b", "", ""]]
    assert "dwi-diffusion 12ab34cd" in page


@pytest.mark.parametrize(
    ("value", "leading", "text"),
    [(0.00041234, 0.00041234, "0.00041"), (181.9, 181.9, "182"), (0.0, 0.0, "0.00"), (np.inf, 1.0, "\u2013")],
)
def test_two_digits_are_kept(value: float, leading: float, text: str) -> None:
    assert rounded(value, leading) == text


def test_each_drawn_step_has_its_figure(page: str) -> None:
    counts = [part.split("</section>")[0].count("<img ") for part in page.split("<section ")[1:]]
    assert counts == [1, 1, 1, 0]


def test_single_voxel_has_a_table_but_no_picture(content: MapReportContent) -> None:
    with figure_style():
        section = map_sections(replace(content, findings=(replace(content.findings[1], maps=None),)))[0]
    assert not section.figures
    assert section.tables


def test_nothing_to_show_is_refused(content: MapReportContent) -> None:
    with pytest.raises(ImpastoError, match="there are no maps"):
        replace(content, findings=())
