"""Boundaries of futility against published ones, a multivariate normal distribution, and simulated trials."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from impasto.core import ImpastoError
from impasto.outcome.design import (
    FutilityBoundaries,
    Spending,
    TrialScenario,
    equal_looks,
    exponential_hazard,
    futility_boundaries,
    log_rank_drift,
    named_boundaries,
    operating_characteristics,
    sequential_trial,
    spending_boundaries,
)


def test_default_design_of_gsdesign_is_reproduced() -> None:
    # Anderson's gsDesign, three looks, one-sided .025, power .9, Hwang-Shih-DeCani -4 and -2, not binding
    upper = named_boundaries("hwang-shih-decani", equal_looks(3), 0.025, "one-sided", -4.0)
    found = futility_boundaries(upper, 0.1, Spending("hwang-shih-decani", -2.0))
    np.testing.assert_allclose(upper.z, [3.0107, 2.5465, 1.9992], atol=5.1e-5)
    np.testing.assert_allclose(found.z, [-0.2387, 0.9411, 1.9992], atol=5.1e-5)
    np.testing.assert_allclose(np.diff(found.beta_spent, prepend=0.0), [0.0148, 0.0289, 0.0563], atol=5.1e-5)
    assert found.inflation == pytest.approx(1.070, abs=5e-4)


@pytest.mark.parametrize(("kind", "looks"), [("obrien-fleming", [0.5, 1.0]), ("pocock", [0.3, 0.6, 1.0])])
def test_chances_are_those_of_a_multivariate_normal_distribution(kind: str, looks: list[float]) -> None:
    found = futility_boundaries(spending_boundaries(looks), 0.2, Spending(kind))  # type: ignore[arg-type]
    information, upper = found.boundaries.information, found.boundaries.z
    spread = np.sqrt(np.minimum.outer(information, information) / np.maximum.outer(information, information))
    mean = found.drift * np.sqrt(information)
    before = 0.0
    for look in range(len(looks)):
        # chance to be between the boundaries at the looks before and below at this one
        low = np.append(found.z[:look], -np.inf)
        high = np.append(upper[:look], found.z[look])
        law = multivariate_normal(mean[: look + 1], spread[: look + 1, : look + 1], seed=1)
        here = law.cdf(high, lower_limit=low)
        before += here
        assert before == pytest.approx(found.beta_spent[look], abs=2e-5)
    assert found.chances(found.drift)[1][-1] == pytest.approx(0.8, abs=1e-8)


def test_one_look_has_no_futility_and_superiority_stays() -> None:
    alone = futility_boundaries(spending_boundaries([1.0]), 0.1)
    assert alone.inflation == pytest.approx(1.0)
    assert alone.drift == pytest.approx(norm.isf(0.025) + norm.isf(0.1))
    plain = sequential_trial(spending_boundaries([0.5, 1.0]), 0.66)
    with_futility = sequential_trial(spending_boundaries([0.5, 1.0]), 0.66, futility=Spending("pocock"))
    np.testing.assert_array_equal(plain.boundaries.z, with_futility.boundaries.z)
    assert with_futility.events > plain.events
    assert with_futility.stopped_under_effect[-1] == pytest.approx(0.8)
    assert with_futility.stopped_without[-1] < 0.025
    assert isinstance(with_futility.futility, FutilityBoundaries)


def test_simulated_trials_stop_for_futility_as_often_as_computed() -> None:
    trial = sequential_trial(spending_boundaries([0.5, 1.0]), 0.6, 0.8, futility=Spending("pocock"))
    events = int(trial.events_at_looks[-1])
    assert trial.futility is not None
    for ratio in (1.0, 0.6):
        scenario = TrialScenario(2 * events, 24.0, exponential_hazard(0.5, 12.0), ratio)
        found = operating_characteristics(scenario, trial.boundaries, events, 1500, 5, futility=trial.futility)
        stopped, benefit = trial.futility.chances(log_rank_drift(ratio, events))
        # five standard errors, and what the normal approximation of the log-rank test costs
        assert found.for_futility.value == pytest.approx(stopped[-2], abs=0.03)
        assert found.for_benefit.value == pytest.approx(benefit[-1], abs=0.05)


def test_a_beta_that_cannot_be_is_refused() -> None:
    with pytest.raises(ImpastoError, match="between 0 and"):
        futility_boundaries(spending_boundaries([0.5, 1.0]), 0.97)
