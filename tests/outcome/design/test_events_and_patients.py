"""Events, power and patients: the trial that the house implements, closed forms, integrals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from impasto.core import ImpastoError
from impasto.outcome.design import (
    AccrualPlan,
    detectable_hazard_ratio,
    event_probability,
    expected_events,
    exponential_hazard,
    hazard_ratio_from_survival,
    power_of_events,
    required_events,
    sample_size,
    time_of_events,
)


def test_spectro_glio_events_are_as_recomputed() -> None:
    assert hazard_ratio_from_survival(0.25, 0.40) == pytest.approx(0.66096, abs=5e-6)
    assert required_events(0.66) == pytest.approx(181.84, abs=5e-3)
    assert required_events(0.66, formula="freedman") == pytest.approx(187.1, abs=0.05)
    # Freedman for the hazard ratio of the two survival probabilities
    assert required_events(0.66096, formula="freedman") == pytest.approx(188.4, abs=0.05)
    assert power_of_events(128, 0.66) == pytest.approx(0.652, abs=5e-4)
    assert detectable_hazard_ratio(128) == pytest.approx(0.609, abs=5e-4)
    plan = AccrualPlan.from_survival(36, 24, 0.25, 24, hazard_ratio_from_survival(0.25, 0.40))
    assert sample_size(plan, 186).patients == pytest.approx(221.8, abs=0.05)


def test_events_power_and_effect_are_one_equation() -> None:
    events = required_events(0.7, 0.9, 0.01, allocation=2 / 3)
    assert power_of_events(events, 0.7, 0.01, allocation=2 / 3) == pytest.approx(0.9)
    assert detectable_hazard_ratio(events, 0.9, 0.01, allocation=2 / 3) == pytest.approx(0.7)
    # turned round it is the same comparison
    assert required_events(1 / 0.7, 0.9, 0.01, allocation=2 / 3) == pytest.approx(events)


@pytest.mark.parametrize("dropout", [0.0, 0.02])
def test_event_probability_is_the_integral_over_entry_and_time(dropout: float) -> None:
    def seen_within(open_time: float) -> float:
        return quad(lambda time: 0.05 * np.exp(-(0.05 + dropout) * time), 0.0, open_time)[0]

    expected = quad(lambda entry: seen_within(60.0 - entry) / 36.0, 0.0, 36.0)[0]
    assert event_probability(0.05, 36.0, 24.0, dropout) == pytest.approx(expected)


def test_dropout_asks_for_more_patients_and_says_how_many_are_lost() -> None:
    control = exponential_hazard(0.25, 24.0)
    plain = sample_size(AccrualPlan(36.0, 24.0, control, 0.66), 186)
    losing = sample_size(AccrualPlan(36.0, 24.0, control, 0.66, exponential_hazard(0.9, 24.0)), 186)
    assert losing.patients > plain.patients
    assert plain.lost == 0.0
    assert 0.0 < losing.lost < 0.1 * losing.patients
    assert sum(expected_events(losing.plan, losing.patients)) == pytest.approx(186)


def test_time_of_events_inverts_expected_events() -> None:
    plan = AccrualPlan(36.0, 24.0, 0.0578, 0.66)
    for events in (20.0, 93.0, 186.0):
        assert sum(expected_events(plan, 222, time_of_events(plan, 222, events))) == pytest.approx(events)
    assert time_of_events(AccrualPlan(36.0, 24.0, 0.01, 0.66, 0.05), 100, 90.0) == np.inf


def test_unusable_numbers_are_named() -> None:
    with pytest.raises(ImpastoError, match="hazard ratio: it is 1"):
        required_events(1.0)
    with pytest.raises(ImpastoError, match="allocation"):
        required_events(0.7, allocation=1.0)
    with pytest.raises(ImpastoError, match="power"):
        required_events(0.7, power=1.2)
    with pytest.raises(ImpastoError, match="follow-up from 0 on"):
        AccrualPlan(36.0, -1.0, 0.05, 0.7)
