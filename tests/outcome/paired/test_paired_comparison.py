"""Paired tests against the values recomputed from a published table, enumeration, and their symmetries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import wilcoxon

from impasto.core import ImpastoError
from impasto.outcome.paired import (
    PairedValues,
    ZeroRule,
    compare_pairs,
    hodges_lehmann,
    matched_pairs_rank_biserial,
    rank_sum_test,
    sign_flip_test,
    signed_rank_test,
)

# Seyithanoglu 2025, table 1: whole-brain mean dose (Gy), integral dose (J), V12 (cc) of both plans
TABLE = {
    "mean dose": (
        "2.2 2.7 2.9 2.1 3 3 1.5 2.4 1.4 1.5 2.5 .9 1.2 1.5 3.1 1.1 2.2 2.4 3.8 1.3 3.6 1.9 3",
        "2.1 2.6 2.8 2.1 3 3 1.5 2.4 1.3 1.5 2.5 .8 1.1 1.4 2.9 1 2.1 2.3 3.7 1.2 3.5 1.8 3",
    ),
    "integral dose": (
        "5.8 8.9 8.9 7.9 9.9 9.9 5 8.4 4.6 4.7 7.5 2.9 3.4 4.7 9.3 2.5 7 8.2 13.9 5 12 6.1 9.4",
        "5.8 8.6 8.7 7.9 9.8 10 4.9 8.5 4.3 4.7 7.4 2.8 3.3 4.6 8.7 2.4 7 8.1 13.7 5 11.9 6 9.2",
    ),
    "V12": (
        "71.4 116.58 126.03 85.35 163 134 550.9 104.13 14.92 58.55 130.39 24.26 32.11 60.33 91.47 14.87 91.39 93.28 "
        "239.75 45.71 250.21 63.28 126.49",
        "70.25 110.61 124.57 85.41 162.97 136.4 55.04 105.46 13.92 57.36 130.11 23.92 32.09 60.28 91.32 14.48 91.3 "
        "93.15 238.25 45.68 250.18 63.2 126.38",
    ),
}


def paired(name: str) -> PairedValues:
    first, second = (np.array(column.split(), dtype=float) for column in TABLE[name])
    return PairedValues(name, "", ("uniform", "painted"), first, second)


@pytest.mark.parametrize(
    ("name", "p_value", "zeros", "shift", "rank_biserial", "unpaired"),
    [
        ("mean dose", 0.000162, 8, (-0.05, -0.10, -0.05), -1.0, 0.71635),
        ("integral dose", 0.001067, 5, (-0.10, -0.15, -0.05), -0.848, 0.7835),
        ("V12", 0.00467, 0, (-0.255, -0.79, -0.065), -0.674, 0.5457),
    ],
)
def test_the_published_table_gives_what_was_recomputed_from_it(
    name: str, p_value: float, zeros: int, shift: tuple[float, float, float], rank_biserial: float, unpaired: float
) -> None:
    values = paired(name)
    approximate = signed_rank_test(values.differences, is_exact=False)
    found = compare_pairs(values)
    assert approximate.p_value == pytest.approx(p_value, rel=4e-3)
    assert approximate.zeros == zeros
    assert (found.shift.estimate, found.shift.low, found.shift.high) == pytest.approx(shift, abs=1e-9)
    assert found.rank_biserial == pytest.approx(rank_biserial, abs=5e-4)
    assert rank_sum_test(values, ignoring_pairs=True).p_value == pytest.approx(unpaired, abs=5e-5)


def test_tied_ranks_are_counted_exactly() -> None:
    """The table's V12 has three equal differences: all 2^23 signs were enumerated once."""
    assert signed_rank_test(paired("V12").differences).p_value == pytest.approx(28880 / 2**23, rel=1e-12)


@given(arrays(np.float64, st.integers(2, 9), elements=st.integers(-4, 4).map(float)))
@settings(max_examples=30, deadline=None)
def test_exact_p_is_the_share_of_all_signs(differences: np.ndarray) -> None:
    for rule in ZeroRule:
        found = signed_rank_test(differences, rule)
        counted = differences if rule is ZeroRule.RANKED else differences[differences != 0.0]
        sizes = np.abs(counted)
        ranks = np.array([np.mean(np.flatnonzero(np.sort(sizes) == size)) + 1.0 for size in sizes])[counted != 0.0]
        signs = (np.arange(2 ** len(ranks))[:, None] >> np.arange(len(ranks))) & 1
        sums = signs @ ranks if len(ranks) else np.zeros(1)
        assert found.p_value == pytest.approx(min(1.0, 2.0 * np.mean(sums <= found.statistic + 1e-9)))


def test_without_ties_it_is_the_usual_exact_test() -> None:
    differences = np.random.default_rng(3).normal(0.4, 1.0, 25)
    expected = wilcoxon(differences, method="exact")
    found = signed_rank_test(differences)
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


@given(arrays(np.float64, st.integers(6, 25), elements=st.floats(-10, 10)), st.floats(-5, 5))
@settings(max_examples=30, deadline=None)
def test_the_estimate_moves_with_the_differences_and_turns_with_their_sign(values: np.ndarray, moved: float) -> None:
    here, there, turned = hodges_lehmann(values), hodges_lehmann(values + moved), hodges_lehmann(-values)
    assert there.estimate == pytest.approx(here.estimate + moved, abs=1e-9)
    assert (turned.low, turned.high) == pytest.approx((-here.high, -here.low), abs=1e-9)
    assert here.low <= here.estimate <= here.high


def test_the_interval_covers_as_often_as_it_says() -> None:
    generator = np.random.default_rng(5)
    for pairs, trials in ((7, 4000), (61, 400)):
        shifts = [hodges_lehmann(generator.laplace(0.0, 1.0, pairs)) for _ in range(trials)]
        share = np.mean([one.low <= 0.0 <= one.high for one in shifts])
        spread = np.sqrt(shifts[0].reached * (1.0 - shifts[0].reached) / trials)
        assert abs(share - shifts[0].reached) < 3.5 * spread


def test_few_pairs_say_that_they_reach_less() -> None:
    assert hodges_lehmann(np.array([1.0, 2.0, 3.0])).reached == pytest.approx(0.75)


def test_sign_flips_are_counted_or_drawn_alike() -> None:
    differences = np.random.default_rng(8).normal(0.35, 1.0, 18)
    counted = sign_flip_test(differences)
    drawn = sign_flip_test(np.concatenate([differences, np.zeros(4)]))
    assert counted.is_exact
    assert not drawn.is_exact
    assert drawn.p_value == pytest.approx(counted.p_value, abs=4.0 * np.sqrt(0.25 / 100_000))


def test_plans_that_do_not_differ_have_p_one_and_no_direction() -> None:
    tested = signed_rank_test(np.zeros(5))
    assert tested.p_value == 1.0
    assert np.isnan(matched_pairs_rank_biserial(tested))


def test_the_unpaired_test_is_refused_unless_asked_for() -> None:
    with pytest.raises(ImpastoError, match="paired"):
        rank_sum_test(paired("V12"))


@pytest.mark.parametrize(("first", "second"), [([1.0, 2.0], [1.0]), ([], []), ([1.0, np.nan], [1.0, 2.0])])
def test_values_that_are_no_pairs_are_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(ImpastoError, match="V12"):
        PairedValues("V12", "mL", ("a", "b"), np.array(first), np.array(second))
