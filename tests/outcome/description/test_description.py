"""Descriptions against published tables, R's documented values and enumeration."""

from __future__ import annotations

import itertools
from math import comb

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.outcome.description import (
    chi_square_test,
    describe_categories,
    describe_values,
    exact_share,
    fisher_exact_test,
    grade_table,
    percentage,
)


def test_percentages_round_halves_as_asked() -> None:
    assert [percentage(3, 24, 0), percentage(21, 24, 0)] == ["13", "88"]
    assert [percentage(3, 24, 0, "half-even"), percentage(21, 24, 0, "half-even")] == ["12", "88"]
    assert percentage(1, 1000, 2) == "0.10"
    with pytest.raises(ImpastoError, match="5 of 4"):
        percentage(5, 4)


def test_tests_of_a_published_trial() -> None:
    """Laprie 2024: sex, headache; R gives the same to all digits."""
    assert chi_square_test(np.array([[36, 40], [54, 50]])).p_value == pytest.approx(0.5461, abs=5e-5)
    headache = np.array([[52, 37], [36, 47]])
    assert chi_square_test(headache).p_value == pytest.approx(0.0484, abs=5e-5)
    assert fisher_exact_test(headache).p_value == pytest.approx(0.0667, abs=5e-5)
    assert "without continuity correction" in chi_square_test(headache).sentence()


def test_fisher_says_when_there_are_too_many_tables() -> None:
    with pytest.raises(ImpastoError, match="too many tables"):
        fisher_exact_test(np.full((6, 4), 20))


def test_fisher_by_enumeration() -> None:
    table = np.array([[3, 0], [1, 4], [2, 5]])
    rows, first = table.sum(axis=1), int(table[:, 0].sum())
    chances = {
        split: comb(rows[0], split[0]) * comb(rows[1], split[1]) * comb(rows[2], split[2])
        for split in itertools.product(*(range(row + 1) for row in rows))
        if sum(split) == first
    }
    seen = chances[tuple(int(count) for count in table[:, 0])]
    expected = sum(chance for chance in chances.values() if chance <= seen) / sum(chances.values())
    assert fisher_exact_test(table).p_value == pytest.approx(expected, rel=1e-9)


def test_table_one_counts_who_is_missing() -> None:
    values, arms = ["wt", "wt", "mut", "", "wt", ""], ["A", "A", "A", "A", "B", "B"]
    row = describe_categories("IDH", values, arms, "fisher")
    assert (row.groups, row.categories, row.missing) == (("A", "B"), ("mut", "wt"), (1, 1))
    assert row.cells(0) == [["1 (33)", "0 (0)"], ["2 (67)", "1 (100)"]]
    assert row.test is not None
    assert (row.test.name, row.test.counts) == ("Fisher's exact test", (3, 1))


def test_values_by_two_and_three_groups() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 10.0, 11.0, np.nan, 12.0])
    two = describe_values("age", values, list("AAAABBBB"))
    assert (two.counts, two.missing, two.medians) == ((4, 3), (0, 1), (2.5, 11.0))
    assert two.test is not None
    # U = 0 of 4 and 3: mean 6, variance 8, p = 2 Phi(-6 / sqrt(8))
    assert (two.test.name, two.test.p_value) == ("Mann-Whitney test", pytest.approx(0.033895, abs=1e-6))
    three = describe_values("age", values, list("AABBCCCC"))
    assert three.test is not None
    # ranks 1 2 | 3 4 | 5 6 7: H = 12 / 56 (9/2 + 49/2 + 324/3) - 24 = 5.357, 2 df
    assert three.test.statistic == pytest.approx(12 / 56 * 137 - 24)
    assert three.test.p_value == pytest.approx(np.exp(-three.test.statistic / 2))
    assert describe_values("age", values, ["A"] * 8).test is None


def test_exact_limits() -> None:
    none = exact_share(0, 24)
    assert (none.low, none.high) == pytest.approx((0.0, 1.0 - 0.025 ** (1 / 24)))
    assert none.high == pytest.approx(0.142, abs=5e-4)
    # R: binom.test(7, 20): 0.1539 to 0.5922
    some = exact_share(7, 20)
    assert (some.low, some.high) == pytest.approx((0.1539, 0.5922), abs=5e-5)


def test_grades_at_and_above() -> None:
    [row] = grade_table({"headache": [0, 1, 2, 3, 3, None]})
    assert row.missing == 1
    assert [row.at_grade[grade].count for grade in range(6)] == [1, 1, 1, 2, 0, 0]
    assert [row.at_least[grade].count for grade in range(1, 6)] == [4, 3, 2, 0, 0]
    with pytest.raises(ImpastoError, match="CTCAE"):
        grade_table({"headache": [7]})
