"""What a report says of radiosurgery plans: their own key figures and their shots, nothing on evenness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from impasto.core import Shot
from impasto.evaluate import RadiosurgeryQuestion, summarise_radiosurgery
from impasto.report import ReportContent, render_html
from impasto.report.key_figures import key_figures
from impasto.report.shot_tables import shot_tables

SHOTS = (
    Shot((30.0, -25.0, 20.0), (16.0,) * 8, 4.25),
    Shot((30.0, -25.0, 20.0), (8.0, 0.0, 8.0, 4.0, 8.0, 8.0, 8.0, 8.0), 1.0),
    Shot((34.5, -25.0, 18.0), (4.0,) * 8, 2.5),
)


@pytest.fixture(scope="module")
def radiosurgery(content: ReportContent) -> ReportContent:
    question = RadiosurgeryQuestion("BODY", "PTV", "BODY", reference_gy=60.0, isodose=0.9, high_gy=12.0, tolerance=1.25)
    found = tuple(
        summarise_radiosurgery(plan.dose, content.prescription, content.images.structures, question)
        for plan in content.plans
    )
    plans = (replace(content.plans[0], shots=SHOTS), replace(content.plans[1], shots=SHOTS[:1]))
    return replace(content, plans=plans, radiosurgery=found)


def test_key_figures_are_those_of_radiosurgery(radiosurgery: ReportContent) -> None:
    zones, paddick, high, time, limits = key_figures(radiosurgery)
    painted, uniform = radiosurgery.radiosurgery
    assert zones.value == f"{int(painted.zones[0].is_kept)} of 1"
    assert paddick.value == f"{painted.indices.paddick_conformity_index:.2f}"
    assert paddick.detail.endswith(f"Uniform: {uniform.indices.paddick_conformity_index:.2f}")
    assert (high.label, high.unit) == ("V12 outside the target", "ml")
    assert (time.value, time.unit, time.detail) == ("8", "min", "3 shots; Uniform: 4 min")
    assert limits.label == "Organ limits met"


def test_shots_are_listed_by_isocentre_with_sectors_and_minutes(radiosurgery: ReportContent) -> None:
    table, other = shot_tables(radiosurgery)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows[0] == ["1", "1", "30.0", "\u221225.0", "20.0", *["16"] * 8, "4.25"]
    # the same isocentre is not written again
    assert rows[1] == ["2", "", "", "", "", "8", "B", "8", "4", "8", "8", "8", "8", "1.00"]
    assert rows[2][:2] == ["3", "2"]
    assert {len(row) for row in rows} == {len(table.columns)}
    assert [head.unit for head in table.columns] == ["", "", *["mm"] * 11, "min"]
    assert "7.8 min beam-on time" in table.note
    assert len(other.rows) == 1


def test_the_page_leaves_out_what_judges_an_even_dose(radiosurgery: ReportContent) -> None:
    images = replace(radiosurgery.images, functional=None)
    one = replace(radiosurgery, plans=radiosurgery.plans[:1], radiosurgery=radiosurgery.radiosurgery[:1], images=images)
    page = render_html(one)
    assert "Shots of Painted" in page
    assert "Quality factor" not in page
    assert "Prescription against delivery" not in page
    assert "Homogeneity index" not in page
