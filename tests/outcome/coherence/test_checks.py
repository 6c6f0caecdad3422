"""Checks of printed numbers: hand counts, bounds that hold for all data, tables true and corrupted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from benchmarks.coherence import checked
from benchmarks.coherent_tables import coherent_table, corrupted
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import ImpastoError
from impasto.outcome.coherence import (
    Check,
    Printed,
    PrintedEstimate,
    PrintedFlow,
    PrintedSummary,
    PrintedTable,
    Rounding,
    Severity,
    Verdict,
    baseline_coupling,
    check_estimate,
    check_flow,
    check_items,
    check_share,
    check_summary,
    check_table,
    findings,
    parse_share,
    progression_coverage,
)
from impasto.outcome.coherence.digits import digit_slip
from impasto.workflow.outcome.coherence_table import read_printed_tables


def _found(checks: list[Check]) -> list[str]:
    return [check.quantity for check in findings(checks)]


@pytest.mark.parametrize(
    ("text", "low", "high"), [("0.10", 0.095, 0.105), (".5461", 0.54605, 0.54615), ("−.841", -0.8415, -0.8405),
                              ("7", 6.5, 7.5), ("2.7e-6", 2.65e-6, 2.75e-6), ("<0.001", -np.inf, 0.001)]
)  # fmt: skip
def test_printed_numbers_stand_for_an_interval(text: str, low: float, high: float) -> None:
    assert (Printed(text).low, Printed(text).high) == pytest.approx((low, high), rel=1e-12)


def test_words_are_no_numbers() -> None:
    with pytest.raises(ImpastoError, match="no printed number"):
        Printed("n.a.")


@given(number=st.floats(-1e4, 1e4), decimals=st.integers(0, 4))
@settings(max_examples=30, deadline=None)
def test_a_number_lies_in_what_prints_it(number: float, decimals: int) -> None:
    assert Printed(f"{number:.{decimals}f}").is_rounded(number)


def test_percentages_by_rule() -> None:
    assert not findings(check_share("3 of 24", parse_share("3 (13)"), 24))
    assert not findings(check_share("3 of 24", parse_share("3 (12)"), 24))
    [stated] = check_share("3 of 24", parse_share("3 (13)"), 24, Rounding.HALF_EVEN)
    assert stated.severity is Severity.ERROR
    [cut] = check_share("108 of 113", parse_share("108 (95.5%)"), 113)
    assert "cut" in cut.why
    assert cut.severity is Severity.WARNING
    [neither] = check_share("108 of 113", parse_share("108 (95.3%)"), 113)
    assert neither.severity is Severity.ERROR
    [more] = check_share("5 of 4", parse_share("5/4 (99)"), 0)
    assert more.verdict is Verdict.IMPOSSIBLE


def test_cells_as_they_are_printed() -> None:
    for text in ("36 (40.0%)", "36/90 [40.0]", "40.0% (36/90)", "36 40.0"):
        assert parse_share(text).count == 36
        assert parse_share(text).percent == Printed("40.0")


def test_named_test_is_held_to_its_name() -> None:
    rows = {"yes": (parse_share("52"), parse_share("37")), "no": (parse_share("36"), parse_share("47"))}
    cases: list[tuple[str, str, Severity | None]] = [("", ".0484", None), ("fisher", ".0667", None)]
    cases += [("fisher", ".0484", Severity.NOTE), ("", ".02", Severity.WARNING)]
    for test, p, expected in cases:
        checks = check_table(PrintedTable("headache", ("A", "B"), rows, p=Printed(p), test=test))
        assert checks[-1].severity is expected


def test_interval_p_and_events() -> None:
    def estimate(value: str, low: str, high: str, p: str, events: int = 0) -> list[str]:
        numbers = [Printed(text) for text in (value, low, high)]
        return _found(
            check_estimate(PrintedEstimate("x", numbers[0], numbers[1], numbers[2], Printed(p), events=events,
                                           covariate="binary"))
        )  # fmt: skip

    # log 0.66 = -0.4155, SE 0.15: 0.492 to 0.886, p 0.0056
    assert estimate("0.66", "0.49", "0.89", "0.006", 186) == []
    assert estimate("0.66", "0.49", "0.89", "0.06") == ["p"]
    assert estimate("0.66", "0.49", "0.98", "0.02") == ["estimate and interval"]
    assert estimate("0.66", "0.49", "0.89", "0.006", 100) == ["width of the interval"]
    assert estimate("0.96", "0.49", "0.89", "0.006") == ["interval"]


@given(seed=st.integers(0, 10_000), size=st.integers(2, 40))
@settings(max_examples=30, deadline=None)
def test_summaries_of_any_whole_numbers_are_possible(seed: int, size: int) -> None:
    values = np.random.default_rng(seed).integers(0, 30, size)
    printed = {"mean": values.mean(), "sd": values.std(ddof=1), "median": np.median(values), "minimum": values.min(),
               "maximum": values.max()}  # fmt: skip
    texts = {name: Printed(f"{number:.2f}") for name, number in printed.items()}
    assert not findings(check_summary(PrintedSummary("score", size, **texts, whole_numbers=True)))


def test_impossible_summaries() -> None:
    def found(**printed: str) -> list[str]:
        texts = {name: Printed(text) for name, text in printed.items()}
        return _found(check_summary(PrintedSummary("age", 20, **texts, whole_numbers=True)))

    assert found(mean="5.19") == ["mean"]  # 20 whole numbers have means in steps of 0.05
    assert found(mean="70.0", minimum="22", maximum="65") == ["mean"]
    assert found(mean="50.0", sd="25.0", minimum="30", maximum="70") == ["SD"]  # at most 20 sqrt(20/19) = 20.5
    assert found(mean="50.0", sd="3.0", minimum="30", maximum="70") == ["SD"]  # at least 40 / sqrt(38) = 6.5
    assert found(mean="50.0", median="40", sd="5.0") == ["mean and median"]


def test_flow_says_how_many_are_missing() -> None:
    assert not findings(check_flow(PrintedFlow("screened", 264, {"out": 84, "in": 180})))
    [wrong] = findings(check_flow(PrintedFlow("screened", 264, {"out": 81, "in": 180})))
    assert "3 not accounted for" in wrong.why


@pytest.mark.parametrize(
    ("printed", "number", "slip"), [("13", 13.9, "cut"), ("0.08", 0.00765, "decimal point"), ("23.4", 24.31, "swapped"),
                                    ("23.4", 24.41, "one digit"), ("5.0", 9.7, "")]
)  # fmt: skip
def test_slips(printed: str, number: float, slip: str) -> None:
    found = digit_slip(Printed(printed), number)
    assert slip in found
    assert bool(found) == bool(slip)


def test_coupling_without_any_effect_is_strong() -> None:
    generator = np.random.default_rng(3)
    before, after = generator.normal(size=(2, 100))
    found = baseline_coupling(before, after)
    # unrelated values: r = -SD before / SD of the difference, and little by Oldham
    expected = -before.std() / np.hypot(before.std(), after.std())
    assert found.null_mean == pytest.approx(expected, abs=0.01)
    assert abs(found.oldham_r) < 0.2


def test_progression_coverage_is_exact_for_each_patient() -> None:
    lesion, brain, hit, wrong = 400.0, 9600.0, 330.0, 700.0
    beta = 1.0 / (lesion / brain + 1.0)
    counted = hit / (hit + (1.0 - beta) * wrong + beta * (lesion - hit))
    found = progression_coverage(hit / lesion, 1.0 - wrong / brain, lesion / brain)
    assert found == pytest.approx(counted, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_true_tables_are_passed_in_silence(seed: int) -> None:
    assert [alarm.sentence() for alarm in checked(coherent_table(seed))] == []


_PLACES = [
    ("table", 0, "p"), ("table", 1, "sizes", 0), ("table", 2, "rows", "category 1", 0), ("comparison", 0, "p"),
    ("comparison", 0, "groups", 1, "mean"), ("comparison", 1, "groups", 0, "maximum"), ("pool", 0, "whole", "mean"),
    ("estimate", 0, "interval", 0), ("estimate", 1, "p"), ("flow", 0, "into", "part 1"), ("flow", 1, "count"),
    ("derived", 0, "printed"),
]  # fmt: skip


@pytest.mark.parametrize("place", _PLACES, ids=lambda place: ".".join(map(str, place)))
def test_one_changed_leading_digit_is_found(place: tuple[str | int, ...]) -> None:
    document: Any = coherent_table(1)
    holder = document
    for step in place[:-1]:
        holder = holder[step]
    text = holder[place[-1]]
    at = next(at for at, one in enumerate(text) if one in "123456789")
    holder[place[-1]] = text[:at] + str(int(text[at]) % 9 + 1) + text[at + 1 :]
    kept = {kind: lines if kind == place[0] else [] for kind, lines in document.items()}
    assert checked(kept)


def test_corruption_changes_one_character() -> None:
    before = coherent_table(2)
    after, _ = corrupted(before, 5)
    one, other = json.dumps(before), json.dumps(after)
    assert len(one) == len(other)
    assert sum(a != b for a, b in zip(one, other, strict=True)) == 1


def test_csv_of_estimates_shares_and_summaries(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "name,value,low,high,p,count,of,percent,n,mean,sd\n"
        "Male,1.25,0.72,2.14,0.42,,,,,,\nFemale,,,,,3,24,14,,,\nAge,,,,,,,,20,50.1,9.9\n",
        encoding="utf-8",
    )
    assert [(one.item.strip(", "), one.quantity) for one in findings(check_items(read_printed_tables(path).items))] == [
        ("Female", "percentage")
    ]


def test_csv_pasted_from_a_table_of_characteristics(tmp_path: Path) -> None:
    path = tmp_path / "table1.csv"
    path.write_text(
        "variable,category,Total (n=180),Standard (n = 90),High (n=90),p\n"
        "IDH,Wild type,108 (95.6),56 (94.9),52 (96.3),.7060\n,Mutated,5 (4.4),3 (5.1),2 (3.7),\n"
        ",Missing,67,31,36,\nSex,Female,76,37,40,\n,Male,104,54,50,\n",
        encoding="utf-8",
    )
    found = [one.item for one in findings(check_items(read_printed_tables(path).items))]
    assert found == ["Sex, Standard", "Sex, Female", "IDH"]


@pytest.mark.parametrize(
    ("text", "told"), [("[[estimates]]\nname = 'x'", "no kind of line"), ("[[estimate]]\nname = 'x'\nhr = 1.0", "hr"),
                       ("[[flow]]\nname = 'x'", "not understood"), ("p = .5", "no TOML"),
                       ("[[summary]]\nname = 'x'\nvalues = 'age'", "no file of rows is named; name one at the top"),
                       ("rows = 'rows.csv'\n[[summary]]\nname = 'x'\nvalues = 'ages'", "they have age, sex .text."),
                       ("rows = 'rows.csv'\n[[summary]]\nname = 'x'\nvalues = 'sex'", "column of rows.csv has text")]
)  # fmt: skip
def test_bad_tables_name_the_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "table.toml"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "rows.csv").write_text("age,sex\n50,M\n61,F\n", encoding="utf-8")
    with pytest.raises(ImpastoError, match=told):
        read_printed_tables(path)
