"""Reports of biological targets on a sphere in a cube: what is said must be what was found."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.report import Heading, MapsOverAnatomy, TargetFindings, TargetReportContent, render_html
from impasto.report.figures.targets import target_slices_figure
from impasto.report.target_tables import checks_table, comparison_table, volumes_table
from impasto.report.theme import target_colours
from impasto.target import Check, Compared, VolumeInterval

GRID = Grid.centred((40, 40, 30), (2.0, 2.0, 2.0))


@pytest.fixture(scope="module")
def found() -> TargetFindings:
    distance = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
    uptake = Image((1.0 + 7.0 * (distance < 12.0)).astype(np.float32), GRID, "SUV body weight", "g/mL")
    sphere = Structure.from_mask("Avid", Role.GTV, np.clip(6.5 - 0.5 * distance, 0.0, 1.0), GRID)
    probability = Image((distance < 14.0) * 0.5 + (distance < 10.0) * 0.5, GRID, "probability of Avid", "1")
    structures = StructureSet((sphere,))
    return TargetFindings(
        step="pet",
        title="Target from PET",
        notes=("Drawn by 41 % of the maximum.",),
        images={"fdg": uptake},
        structures=structures,
        volumes=(VolumeInterval("Avid", 7.24, "41 % of maximum", 6.5, 8.0, 0.9),),
        checks=(
            Check("Largest diameter", 24.0, "mm", "<= 50", True, "Laprie 2024"),
            Check("Distance to chiasm", None, "mm", ">= 20", None, "no chiasm is drawn"),
        ),
        comparison=(
            Compared("41 %", {"Volume [ml]": 7.24, "Dice": 0.912}, "Boellaard 2015", is_chosen=True),
            Compared("SUV 2.5", {"Volume [ml]": 12.0, "Dice": None}, "Paulino 2004"),
        ),
        probabilities=MapsOverAnatomy(
            uptake, {"probability of Avid": probability}, distance < 14.0, structures=structures
        ),
    )


def content(*findings: TargetFindings) -> TargetReportContent:
    return TargetReportContent(Heading("Target from PET", "P1", "pet-target", "2026-01-01", True), findings)


def test_the_page_says_volumes_conditions_methods_and_that_it_is_research(found: TargetFindings) -> None:
    page = render_html(content(found)).replace("\u00a0", " ")
    for said in (
        "Research use only", "simulated", "Drawn by 41 % of the maximum.", "Interval (90 %)", "6.5 to 8.0",
        "24.0 mm  \u2713 met", "no chiasm is drawn", "\u2264 50 mm", "Boellaard 2015", "0.91",
    ):  # fmt: skip
        assert said in page, said
    assert page.count("<figure") == 3


def test_a_report_without_targets_is_refused() -> None:
    with pytest.raises(ImpastoError, match="no targets"):
        content()


def test_volumes_have_no_interval_where_none_is_known() -> None:
    table = volumes_table((VolumeInterval("GTV", 3.0, "drawn"),), {})
    assert [column.name for column in table.columns] == ["Target", "Volume", "Rule"]
    assert table.columns[1].unit == "ml"


def test_what_could_not_be_judged_is_neither_met_nor_not() -> None:
    rows = checks_table((Check("Distance", None, "mm", ">= 20", None, "not drawn"),)).rows
    assert rows[0][1].met is None
    assert "met" not in rows[0][1].text


def test_units_of_compared_values_stand_in_the_head(found: TargetFindings) -> None:
    table = comparison_table(found.comparison)
    assert [(column.name, column.unit) for column in table.columns[1:3]] == [("Volume", "ml"), ("Dice", "")]
    assert table.rows[1][2].text == "\u2013"
    assert [row[0].text for row in table.rows] == ["41 % (chosen)", "SUV 2.5"]


def test_uptake_is_dark_where_it_is_high(found: TargetFindings) -> None:
    colours = target_colours(found.structures.names)
    figure = target_slices_figure(found.images, found.structures, colours)
    picture = np.asarray(figure.axes[1].images[0].get_array()).astype(float).mean(axis=-1)
    middle, corner = picture[picture.shape[0] // 2, picture.shape[1] // 2], picture[3, 3]
    assert middle < 60.0 < 180.0 < corner
