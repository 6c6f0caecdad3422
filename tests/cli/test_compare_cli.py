"""``impasto compare`` on the published cohort of radiosurgery, however its table is laid out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from tests.cli.command import impasto

from impasto.workflow.radiosurgery_cohort import published_cohort

_MEASURES = {"brain_mean_gy": "mean dose [Gy]", "integral_dose_j": "integral dose [J]", "v12_ml": "V12 [ml]"}
_BOTH = ("--first", "uniform", "--second", "painted", "--patient", "patient")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plans")
    cohort = published_cohort()
    plans = {"uniform": cohort.uniform, "painted": cohort.painted}
    people = [f"p{place + 1}" for place in range(len(cohort.uniform["v12_ml"]))]
    with (folder / "wide.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["patient", *(f"{head}, {plan}" for head in _MEASURES.values() for plan in plans)])
        for place, name in enumerate(people):
            writer.writerow([name, *(plans[plan][key][place] for key in _MEASURES for plan in plans)])
    with (folder / "long.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["patient", "plan", *_MEASURES.values()])
        for plan, values in plans.items():
            for place, name in reversed(list(enumerate(people))):
                writer.writerow([name, plan, *(values[key][place] for key in _MEASURES)])
    return folder


def test_published_values_come_from_either_layout(tables: Path, tmp_path: Path) -> None:
    wide = json.loads(impasto("compare", str(tables / "wide.csv"), *_BOTH, "--mann-whitney", "--json").stdout)
    asked = ("compare", str(tables / "long.csv"), *_BOTH, "--plan", "plan", "--output", str(tmp_path / "out"))
    long = json.loads(impasto(*asked, "--json").stdout)
    # reference values of statistics.md; exact p by counting all signs
    shifts = {
        "mean dose": (-0.05, -0.10, -0.05),
        "integral dose": (-0.10, -0.15, -0.05),
        "V12": (-0.255, -0.79, -0.065),
    }
    for found in (wide, long):
        measured = {one["name"]: one for one in found["measures"]}
        for name, shift in shifts.items():
            assert [measured[name]["shift"][key] for key in ("estimate", "low", "high")] == pytest.approx(shift)
        assert measured["V12"]["signed_rank"]["p_value"] == pytest.approx(0.00344, abs=5e-6)
        assert measured["V12"]["unit"] == "ml"
        assert [measured[name]["rank_biserial"] for name in shifts] == pytest.approx([-1.0, -0.848, -0.674], abs=5e-4)
    assert wide["measures"][0]["mann_whitney"]["p_value"] == pytest.approx(0.71635, abs=5e-6)
    assert long["measures"][0]["mann_whitney"] is None
    assert not (tmp_path / "out").exists()
    impasto(*asked)
    page = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    for text in ("Hodges-Lehmann", "dropped (Wilcoxon 1945)", "rank-biserial", "Research use only"):
        assert text in page
    assert "Mann-Whitney" not in page
    assert (tmp_path / "out" / "comparison.png").stat().st_size > 20_000
    with (tmp_path / "out" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 3 * 23


def test_an_unpaired_test_of_paired_rows_is_refused_unless_asked_for(tables: Path, tmp_path: Path) -> None:
    asked = ("describe", str(tables / "long.csv"), "--by", "plan", "--output", str(tmp_path / "out"))
    assert "23 patients have rows in several groups of plan" in impasto(*asked, code=1).stderr
    assert "p = 0.7163" in impasto(*asked, "--unpaired").stdout


def test_what_is_wrong_with_pairs_is_named(tmp_path: Path) -> None:
    table = tmp_path / "plans.csv"
    plan = ("--first", "a", "--second", "b", "--plan", "plan", "--patient", "id", "--output", str(tmp_path / "out"))
    for rows, options, problem in (
        ("1,a,2\n1,a,3\n1,b,2\n", (), "'1' has 2 rows (2, 3)"),
        ("1,a,2\n2,b,2\n", (), "no patient has dose of both a and b"),
        ("1,a,2\n1,c,2\n", (), "nobody has plan = b"),
        ("1,a,two\n1,b,2\n1,c,3\n", ("--measure", "dose"), "'two' is no number"),
        ("1,a,2\n1,b,2\n", ("--measure", "dosis"), "did you mean 'dose'"),
    ):
        table.write_text("id,plan,dose\n" + rows, encoding="utf-8")
        assert problem in impasto("compare", str(table), *plan, *options, code=1).stderr
    table.write_text("id,plan,dose\n1,a,2\n1,b,2\n2,a,1\n", encoding="utf-8")
    said = impasto("compare", str(table), *plan).stdout
    assert "left out without both values: 2 (1 of 2)" in said
    assert "cannot give 95 % limits" in said
    assert (
        "no two columns differ only in"
        in impasto("compare", str(table), "--first", "a", "--second", "b", code=1).stderr
    )
