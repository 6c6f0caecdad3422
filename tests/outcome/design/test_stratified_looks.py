"""Stratified looks, looks at given times and medians, each as single trials are analysed."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.outcome.design import TrialScenario, look_at, look_when, median_when, simulate_trials
from impasto.outcome.survival import FollowUp, covariates, cox_model, kaplan_meier, log_rank

_SCENARIO = TrialScenario(140, 36.0, 0.05, 0.7, dropout_hazard=0.01)


def test_stratified_looks_are_those_of_single_trials() -> None:
    trials = simulate_trials(_SCENARIO, 3, seed=4)
    strata = np.random.default_rng(5).integers(0, 4, trials.entry.shape)
    looks = look_at(trials, [80], strata)
    for trial, now in enumerate(looks.time[:, 0]):
        follow_up, entered = _standing(trials, trial, now)
        treated, layers = trials.treated[trial][entered], strata[trial][entered]
        assert looks.z[trial, 0] ** 2 == pytest.approx(log_rank(follow_up, treated, layers).tested.statistic)
        model = cox_model(follow_up, covariates({"arm": treated.astype(float)}), layers)
        assert looks.hazard_ratio[trial, 0] == pytest.approx(model.terms()[0].hazard_ratio, rel=1e-6)
        for arm in (False, True):
            members = np.broadcast_to(trials.treated == arm, trials.treated.shape)
            found = median_when(trials, looks.time[:, 0], members)[trial]
            single = kaplan_meier(follow_up.of(treated == arm)).median().time
            assert found == pytest.approx(single)


def test_a_look_does_not_wait_longer_than_it_may() -> None:
    trials = simulate_trials(_SCENARIO, 4, seed=6)
    looks = look_at(trials, [30, 130], latest=40.0)
    assert (looks.time[:, 1] == 40.0).all()
    again = look_when(trials, looks.time)
    assert again.z == pytest.approx(looks.z)
    assert again.hazard_ratio == pytest.approx(looks.hazard_ratio)


def test_one_stratum_is_no_stratum() -> None:
    trials = simulate_trials(_SCENARIO, 4, seed=7)
    plain, layered = look_at(trials, [70]), look_at(trials, [70], np.zeros(trials.entry.shape, dtype=np.int64))
    assert layered.z == pytest.approx(plain.z)
    assert layered.hazard_ratio == pytest.approx(plain.hazard_ratio)


def _standing(trials, trial: int, now: float):  # type: ignore[no-untyped-def]
    entered = trials.entry[trial] < now
    seen = np.minimum(np.minimum(trials.event, trials.dropout)[trial], now - trials.entry[trial])[entered]
    event = ((trials.entry + trials.event)[trial] <= now) & (trials.event <= trials.dropout)[trial]
    return FollowUp(seen, event[entered]), entered
