"""Kaplan-Meier, reverse Kaplan-Meier, restricted means and landmarks: printed values, exact cases, simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.outcome.survival.known_trials import PLACEBO, SIX_MP, lung

from impasto.core import ImpastoError
from impasto.outcome.survival import (
    FollowUp,
    kaplan_meier,
    landmark,
    restricted_mean,
    restricted_mean_difference,
    reverse_kaplan_meier,
)


def test_freireich_is_as_printed() -> None:
    curve = kaplan_meier(SIX_MP)
    assert curve.at(10.0) == pytest.approx(0.75294, abs=5e-6)
    assert (curve.median().time, kaplan_meier(PLACEBO).median().time) == (23.0, 8.0)
    assert reverse_kaplan_meier(SIX_MP).median().time == 25.0
    # R: survfit(..., conf.type = "log-log")
    assert (curve.median().lower, curve.median().upper) == (13.0, np.inf)
    assert (kaplan_meier(PLACEBO).median().lower, kaplan_meier(PLACEBO).median().upper) == (4.0, 11.0)
    assert curve.at_risk_at([0.0, 6.0, 10.0, 35.0, 36.0]).tolist() == [21, 21, 15, 1, 0]


def test_lung_medians_are_those_of_r() -> None:
    follow_up, columns = lung()
    found = [kaplan_meier(follow_up, interval="log").median()]
    found += [kaplan_meier(follow_up.of(columns["sex"] == sex), interval="log").median() for sex in (1.0, 2.0)]
    assert [(one.time, one.lower, one.upper) for one in found] == [(310, 285, 363), (270, 212, 310), (426, 348, 550)]


def test_without_censoring_survival_is_the_share_alive_with_its_binomial_error() -> None:
    time = np.random.default_rng(1).exponential(5.0, 60)
    curve = kaplan_meier(FollowUp(time, np.ones(60)))
    share = np.array([(time > moment).mean() for moment in curve.time])
    np.testing.assert_allclose(curve.survival, share, atol=1e-12)
    np.testing.assert_allclose(curve.standard_error, np.sqrt(share * (1.0 - share) / 60.0), atol=1e-12)


def test_a_median_on_a_level_is_its_middle() -> None:
    assert kaplan_meier(FollowUp([1, 2, 3, 4], [1, 1, 1, 1])).median().time == 2.5


def test_curve_ends_where_follow_up_does() -> None:
    assert np.isnan(kaplan_meier(SIX_MP).at(36.0))
    assert kaplan_meier(PLACEBO).at(36.0) == 0.0


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=2, max_size=40))
def test_limits_enclose_a_falling_curve(rows: list[tuple[int, bool]]) -> None:
    follow_up = FollowUp([time for time, _ in rows], [event for _, event in rows])
    for interval in ("log-log", "log", "plain"):
        curve = kaplan_meier(follow_up, interval=interval)
        assert (np.diff(curve.survival) <= 1e-12).all()
        known = ~np.isnan(curve.lower)
        assert (curve.lower[known] <= curve.survival[known] + 1e-12).all()
        assert (curve.survival[known] <= curve.upper[known] + 1e-12).all()
    assert curve.events.sum() + curve.censored.sum() == follow_up.patients


def test_restricted_means_are_as_printed() -> None:
    six_mp, placebo = restricted_mean(SIX_MP, 20.0), restricted_mean(PLACEBO, 20.0)
    assert six_mp.mean == pytest.approx(16.1165, abs=5e-5)
    assert six_mp.standard_error == pytest.approx(1.25156, abs=5e-6)
    assert placebo.mean == pytest.approx(8.4286, abs=5e-5)
    assert placebo.standard_error == pytest.approx(1.26808, abs=5e-6)
    difference = restricted_mean_difference(SIX_MP, PLACEBO, 20.0)
    assert difference.difference == pytest.approx(7.6879, abs=1e-4)
    assert difference.tested.statistic == pytest.approx(difference.difference / np.hypot(1.25156, 1.26808), abs=1e-4)


def test_restricted_mean_without_censoring_is_a_mean_with_its_error() -> None:
    time = np.random.default_rng(2).exponential(10.0, 80)
    found = restricted_mean(FollowUp(time, np.ones(80)), 12.0)
    assert found.mean == pytest.approx(np.minimum(time, 12.0).mean())
    assert found.standard_error == pytest.approx(np.minimum(time, 12.0).std() / np.sqrt(80.0))


def test_standard_error_of_the_restricted_mean_is_that_of_repeated_samples() -> None:
    generator = np.random.default_rng(3)
    means, errors = [], []
    for _ in range(400):
        event, end = generator.exponential(10.0, 100), generator.uniform(2.0, 30.0, 100)
        found = restricted_mean(FollowUp(np.append(np.minimum(event, end), 30.0), np.append(event <= end, 0)), 15.0)
        means.append(found.mean)
        errors.append(found.standard_error)
    assert np.mean(errors) == pytest.approx(np.std(means), rel=0.08)
    assert np.mean(means) == pytest.approx(10.0 * (1.0 - np.exp(-1.5)), rel=0.02)


def test_restricted_mean_stops_at_the_known_curve() -> None:
    with pytest.raises(ImpastoError, match="beyond the last follow-up 35"):
        restricted_mean(SIX_MP, 40.0)
    assert restricted_mean(PLACEBO, 40.0).mean == pytest.approx(PLACEBO.time.mean())


def test_landmark_leaves_out_those_who_did_not_reach_it() -> None:
    found = landmark(SIX_MP, 6.0)
    assert (found.follow_up.patients, found.events_before, found.censored_before) == (17, 3, 1)
    whole, part = kaplan_meier(SIX_MP), kaplan_meier(found.follow_up)
    assert part.at(10.0) == pytest.approx(float(whole.at(16.0) / whole.at(6.0)))
    with pytest.raises(ImpastoError, match="nobody is at risk after 35"):
        landmark(SIX_MP, 35.0)


@pytest.mark.parametrize(
    ("time", "event", "problem"),
    [
        ([1.0, 2.0], [1], "do not go with"),
        ([1.0, -2.0], [1, 0], "time of patient 2 is -2"),
        ([1.0, float("nan")], [1, 0], "patient 2"),
        ([1.0, 2.0], [1, 2], "neither 0 nor 1"),
        ([], [], "do not go with"),
    ],
)
def test_follow_up_refuses_what_it_cannot_use(time: list[float], event: list[int], problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        FollowUp(time, event)
