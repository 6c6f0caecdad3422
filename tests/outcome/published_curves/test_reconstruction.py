"""Reconstruction of patient data: known trials digitised without and with error."""

from __future__ import annotations

import numpy as np
import pytest
from tests.outcome.survival.known_trials import FREIREICH, FREIREICH_ARM, PLACEBO, SIX_MP, lung

from impasto.core import ImpastoError
from impasto.outcome.published_curves import AtRisk, DigitisedCurve, compare_reconstructed, reconstruct
from impasto.outcome.survival import FollowUp, covariates, cox_model, kaplan_meier, log_rank


def _at_risk(follow_up: FollowUp, step: float) -> AtRisk:
    times = np.arange(0.0, follow_up.time.max(), step)
    return AtRisk(times, kaplan_meier(follow_up).at_risk_at(times), follow_up.events)


def test_a_curve_without_censoring_comes_back_exactly() -> None:
    curve = kaplan_meier(PLACEBO)
    found = reconstruct(DigitisedCurve(curve.time, curve.survival), _at_risk(PLACEBO, 5.0), "weeks")
    assert sorted(found.follow_up.time.tolist()) == sorted(PLACEBO.time.tolist())
    assert found.follow_up.event.all()
    assert found.error.largest < 1e-12


def test_freireich_comes_back_in_all_that_is_reported() -> None:
    arms = {}
    for name, follow_up in (("6-MP", SIX_MP), ("placebo", PLACEBO)):
        curve = kaplan_meier(follow_up)
        arms[name] = reconstruct(DigitisedCurve(curve.time, curve.survival), _at_risk(follow_up, 5.0), "weeks")
    error = arms["6-MP"].error
    assert error.reconstructed_median == error.digitised_median == 23.0
    assert error.largest < 0.02
    assert error.events_reconstructed == error.events_printed == 9
    np.testing.assert_array_equal(error.at_risk_reconstructed, error.at_risk_printed)
    found = compare_reconstructed(arms)
    truth = log_rank(FREIREICH, FREIREICH_ARM).tested
    assert found.log_rank.tested.statistic == pytest.approx(truth.statistic, rel=0.08)
    model = cox_model(FREIREICH, covariates({"arm": FREIREICH_ARM}))
    assert found.hazard_ratios[0].hazard_ratio == pytest.approx(np.exp(model.coefficient[0]), rel=0.08)


def test_a_figure_clicked_with_an_unsteady_hand_gives_the_hazard_ratio() -> None:
    follow_up, columns = lung()
    generator = np.random.default_rng(1)
    arms = {}
    for sex, name in ((1.0, "men"), (2.0, "women")):
        one = follow_up.of(columns["sex"] == sex)
        clicks = np.linspace(1.0, one.time.max(), 150)
        height = np.clip(kaplan_meier(one).at(clicks) + generator.normal(0.0, 0.003, 150), 0.0, 1.0)
        shaken = np.clip(clicks + generator.normal(0.0, 1.0, 150), 0.0, one.time.max())
        arms[name] = reconstruct(DigitisedCurve(shaken, height), _at_risk(one, 100.0), "days")
        assert arms[name].error.mean_absolute < 0.01
        assert arms[name].error.largest_rise > 0.0
        np.testing.assert_array_equal(arms[name].error.at_risk_reconstructed, arms[name].error.at_risk_printed)
    found = compare_reconstructed(arms)
    assert found.hazard_ratios[0].hazard_ratio == pytest.approx(0.588, abs=0.02)
    assert found.log_rank.tested.statistic == pytest.approx(10.33, abs=0.7)


def test_without_a_total_of_events_censoring_goes_on_as_before() -> None:
    curve = kaplan_meier(SIX_MP)
    times = np.array([0.0, 10.0, 20.0])
    found = reconstruct(DigitisedCurve(curve.time, curve.survival), AtRisk(times, curve.at_risk_at(times)), "weeks")
    assert found.follow_up.patients == 21
    assert found.error.events_printed is None
    assert found.follow_up.events == pytest.approx(9, abs=1)


def test_points_are_cleaned_and_nonsense_is_refused() -> None:
    curve = DigitisedCurve([5.0, 1.0, 3.0], [0.6, 0.9, 0.92])
    assert curve.survival.tolist() == [1.0, 0.9, 0.9, 0.6]
    assert curve.largest_rise == pytest.approx(0.02)
    with pytest.raises(ImpastoError, match="not in percent"):
        DigitisedCurve([1.0, 2.0], [90.0, 80.0])
    with pytest.raises(ImpastoError, match="does not start at time 0"):
        AtRisk([6.0, 12.0], [20, 10])
    with pytest.raises(ImpastoError, match="a number rises"):
        AtRisk([0.0, 6.0], [20, 21])
    with pytest.raises(ImpastoError, match="ends at 5, before 6"):
        reconstruct(curve, AtRisk([0.0, 6.0], [20, 10]))
