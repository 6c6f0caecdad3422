from __future__ import annotations

import pytest

from impasto.report import ReportContent
from impasto.report.key_figures import key_figures, prescription_text
from impasto.report.outcome_tables import (
    goals_table,
    indices_table,
    limits_table,
    organs_table,
    quality_table,
    targets_table,
)
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.tables import Table, number


def column(table: Table, name: str) -> int:
    return [head.name for head in table.columns].index(name)


def texts(table: Table) -> list[list[str]]:
    """Rows in full: a cell that spans rows is repeated."""
    rows: list[list[str]] = []
    for row in table.rows:
        missing = len(table.columns) - len(row)
        assert missing in (0, 1)
        rows.append([*(rows[-1][:1] if missing else []), *(cell.text for cell in row)])
    return rows


def test_target_figures_are_the_evaluated_ones_in_gray(content: ReportContent) -> None:
    table = targets_table(content)
    for row, plan in zip(texts(table), content.plans, strict=True):
        histogram = next(h for h in plan.evaluation.histograms if h.structure == "PTV")
        assert row[:2] == ["PTV", plan.name]
        assert row[column(table, "D98 %")] == f"{histogram.dose_at_volume_percent_gy(98):.1f}"
        assert row[column(table, "Mean")] == f"{histogram.mean_gy:.1f}"
        assert row[column(table, "Volume")] == f"{histogram.evaluated_volume_ml:.1f}"
    units = {head.name: head.unit for head in table.columns if head.is_number}
    assert units.pop("Volume") == "ml"
    assert set(units.values()) == {"Gy"}


def test_organs_leave_out_targets_and_the_body(content: ReportContent) -> None:
    table = organs_table(content)
    assert {row[0] for row in texts(table)} == {"Brainstem", "Chiasm"}
    assert all(head.unit for head in table.columns if head.is_number)


def test_limits_say_met_or_not_in_words_and_signs(content: ReportContent) -> None:
    table = limits_table(content)
    for row, limit in zip(table.rows, content.prescription.limits, strict=True):
        for cell, plan in zip(row[2:], content.plans, strict=True):
            outcome = next(o for o in plan.evaluation.limits if o.limit == limit)
            assert cell.met is outcome.is_met
            assert cell.text.endswith("\u2713 met" if outcome.is_met else "\u2717 not met")
            assert f"{outcome.achieved:.1f} {'%' if limit.volume_percent else 'Gy'}" in cell.text
    assert texts(table)[2][1] == "at most 10 % at 20 Gy or more"
    assert {cell.met for row in table.rows for cell in row[2:]} == {True, False}


def test_goals_state_their_rule(content: ReportContent) -> None:
    table = goals_table(content)
    assert texts(table)[0][1] == "its own dose in every voxel"
    reached = content.painted.evaluation.goals[0].reached_percent
    assert f"{reached:.1f} % reached" in texts(table)[0][2]
    assert "at least 98 % reached" in table.note


def test_quality_shares_add_up(content: ReportContent) -> None:
    table = quality_table(content)
    for row, plan in zip(texts(table), content.plans, strict=True):
        (histogram,) = plan.evaluation.quality
        assert row[column(table, "QF")] == f"{histogram.quality_factor:.4f}"
        enough, within, over = (float(text) for text in row[3:6])
        assert enough == pytest.approx(within + over, abs=0.11)


def test_indices_without_an_isodose_are_dashes(content: ReportContent) -> None:
    table = indices_table(content)
    assert texts(table)[0][column(table, "Paddick conformity")] == "\u2013"
    assert float(texts(table)[0][column(table, "Homogeneity index")]) > 0


def test_record_is_complete(content: ReportContent) -> None:
    assert texts(settings_table(content.settings)) == [["alpha/beta", "10", "Gy", "conventional for tumours"]]
    assert texts(provenance_table(content.provenance)) == [["prescription", "suv:12ab34cd", "linear 3 to 9", "0.1.0"]]


@pytest.mark.parametrize(("value", "text"), [(None, "\u2013"), (float("nan"), "\u2013"), (-1.26, "\u22121.3")])
def test_numbers(value: float | None, text: str) -> None:
    assert number(value, 1).text == text


def test_key_figures(content: ReportContent) -> None:
    figures = {figure.label: figure for figure in key_figures(content)}
    evaluation = content.painted.evaluation
    assert figures["Quality factor QF, PTV"].value == f"{evaluation.quality[0].quality_factor:.4f}"
    assert figures["Coverage, PTV"].unit == "%"
    assert figures["Mean dose, PTV"].unit == "Gy"
    kept = sum(outcome.is_met for outcome in evaluation.limits)
    assert figures["Organ limits met"].value == f"{kept} of 3"
    worst = min(evaluation.limits, key=lambda o: o.margin / (o.margin + o.achieved))
    assert worst.limit.structure in figures["Organ limits met"].detail
    assert prescription_text(content).startswith("linear in SUV: 60 to ")
    assert prescription_text(content).endswith("Gy in 30 fractions")
