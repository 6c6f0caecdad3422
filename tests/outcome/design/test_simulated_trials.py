"""Simulated trials: analysed as single trials are, alpha held, power as computed."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.outcome.design import (
    AccrualPlan,
    TrialScenario,
    exponential_hazard,
    look_at,
    operating_characteristics,
    sequential_power,
    simulate_trials,
    spending_boundaries,
    time_of_events,
)
from impasto.outcome.survival import FollowUp, covariates, cox_model, log_rank

_CONTROL = exponential_hazard(0.25, 24.0)


def test_batched_analysis_is_that_of_single_trials() -> None:
    scenario = TrialScenario(120, 36.0, _CONTROL, 0.66, dropout_hazard=0.01)
    trials = simulate_trials(scenario, 3, seed=1)
    looks = look_at(trials, [40, 70])
    for trial in range(3):
        for look, now in enumerate(looks.time[trial]):
            entered = trials.entry[trial] < now
            seen = np.minimum(np.minimum(trials.event, trials.dropout)[trial], now - trials.entry[trial])[entered]
            calendar = trials.entry[trial] + trials.event[trial]
            event = ((calendar <= now) & (trials.event <= trials.dropout)[trial])[entered]
            follow_up, treated = FollowUp(seen, event), trials.treated[trial][entered]
            assert follow_up.events == looks.events[look]
            single = log_rank(follow_up, treated)
            assert looks.z[trial, look] ** 2 == pytest.approx(single.tested.statistic)
            ratio = cox_model(follow_up, covariates({"arm": treated.astype(float)})).terms()[0].hazard_ratio
            assert looks.hazard_ratio[trial, look] == pytest.approx(ratio, rel=1e-6)
            better = single.groups[1].observed < single.groups[1].expected
            assert (looks.z[trial, look] > 0.0) == better


def test_ten_thousand_trials_hold_alpha() -> None:
    found = operating_characteristics(
        TrialScenario(180, 36.0, _CONTROL, 1.0), spending_boundaries([0.5, 1.0]), 128, 10_000, seed=1
    )
    low, high = found.rejected.limits
    assert low < 0.05 < high
    assert found.for_benefit.count + found.for_harm.count == found.rejected.count
    assert sum(share.count for share in found.stopped_at) == found.rejected.count
    first = found.stopped_at[0].limits
    assert first[0] < 0.003051 < first[1]
    assert np.median(found.hazard_ratio) == pytest.approx(1.0, abs=0.01)


def test_power_and_duration_are_as_computed() -> None:
    boundaries = spending_boundaries([0.5, 1.0])
    found = operating_characteristics(TrialScenario(220, 36.0, _CONTROL, 0.66), boundaries, 186, 4000, seed=2)
    # Schoenfeld's variance, a quarter for each event, is a little too large when the treated outlive the others
    assert found.rejected.value == pytest.approx(sequential_power(boundaries, 0.66, 186), abs=0.02)
    full = time_of_events(AccrualPlan(36.0, 24.0, _CONTROL, 0.66), 220, 186)
    assert np.median(found.duration[found.duration > 40.0]) == pytest.approx(full, rel=0.03)


def test_a_delayed_effect_costs_power_and_the_same_seed_repeats() -> None:
    boundaries = spending_boundaries([1.0])
    prompt, late, again = (
        operating_characteristics(TrialScenario(220, 36.0, _CONTROL, 0.66, delay), boundaries, 186, 1000, seed=3)
        for delay in (0.0, 6.0, 6.0)
    )
    assert late.rejected.value < prompt.rejected.value - 0.1
    np.testing.assert_array_equal(late.hazard_ratio, again.hazard_ratio)


def test_events_that_never_come_are_counted() -> None:
    scenario = TrialScenario(100, 12.0, 0.05, 1.0, dropout_hazard=0.05)
    found = operating_characteristics(scenario, spending_boundaries([0.5, 1.0]), 60, 200, seed=4)
    assert found.unfinished > 150
    with pytest.raises(ImpastoError, match="101 events of 100 patients"):
        look_at(simulate_trials(scenario, 2, 1), 101)
