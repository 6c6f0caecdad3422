"""Cumulative incidence and Gray's test: exact cases, what they become with one cause, simulation."""

from __future__ import annotations

import numpy as np
import pytest
from tests.outcome.survival.known_trials import FREIREICH, FREIREICH_ARM, SIX_MP

from impasto.core import ImpastoError
from impasto.outcome.survival import (
    CompetingFollowUp,
    FollowUp,
    cumulative_incidence,
    gray_test,
    kaplan_meier,
    log_rank,
)

_CAUSES = ("relapse", "death")


def _simulated(seed: int, patients: int, relapse: float = 0.1, death: float = 0.05) -> CompetingFollowUp:
    generator = np.random.default_rng(seed)
    times = np.stack([generator.uniform(0.0, 25.0, patients), generator.exponential(1.0 / relapse, patients),
                      generator.exponential(1.0 / death, patients)])  # fmt: skip
    return CompetingFollowUp(times.min(axis=0), times.argmin(axis=0), _CAUSES)


def test_with_one_cause_it_is_one_minus_survival_with_its_error() -> None:
    only = CompetingFollowUp(SIX_MP.time, SIX_MP.event.astype(int), _CAUSES)
    found, curve = cumulative_incidence(only, "relapse"), kaplan_meier(SIX_MP)
    np.testing.assert_allclose(found.incidence, 1.0 - curve.survival, atol=1e-12)
    np.testing.assert_allclose(found.standard_error, curve.standard_error, atol=1e-12)


def test_causes_and_survival_add_up_and_ties_are_taken_as_they_are() -> None:
    rough = _simulated(1, 200)
    tied = CompetingFollowUp(np.ceil(rough.time), rough.cause, _CAUSES)
    parts = [cumulative_incidence(tied, cause).incidence for cause in _CAUSES]
    np.testing.assert_allclose(sum(parts), 1.0 - kaplan_meier(FollowUp(tied.time, tied.cause > 0)).survival)


def test_without_censoring_it_is_a_share_with_its_binomial_error() -> None:
    whole = CompetingFollowUp([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 1, 1, 2, 2, 1, 2], _CAUSES)
    found = cumulative_incidence(whole, "relapse")
    assert found.at([2.0, 4.0, 8.0]).tolist() == [0.125, 0.375, 0.5]
    np.testing.assert_allclose(found.standard_error, np.sqrt(found.incidence * (1.0 - found.incidence) / 8.0))


def test_it_meets_the_true_incidence_with_its_stated_error() -> None:
    found = [cumulative_incidence(_simulated(seed, 150), "relapse") for seed in range(200)]
    values = np.array([one.at(10.0) for one in found])
    errors = np.array([one.standard_error[np.searchsorted(one.time, 10.0) - 1] for one in found])
    assert values.mean() == pytest.approx(0.1 / 0.15 * (1.0 - np.exp(-1.5)), abs=0.01)
    assert errors.mean() == pytest.approx(values.std(), rel=0.12)


def test_gray_without_other_events_is_the_log_rank_test() -> None:
    only = CompetingFollowUp(FREIREICH.time, FREIREICH.event.astype(int), _CAUSES)
    gray = gray_test(only, FREIREICH_ARM, "relapse")
    plain = log_rank(FREIREICH, FREIREICH_ARM).tested
    # same score; the variances differ in how they estimate the pooled hazard
    assert gray.statistic == pytest.approx(plain.statistic, rel=0.25)
    mild = _simulated(2, 500)
    group = np.arange(500) % 2
    one = CompetingFollowUp(mild.time, (mild.cause > 0).astype(int), _CAUSES)
    expected = log_rank(FollowUp(mild.time, mild.cause > 0), group).tested.statistic
    assert gray_test(one, group, "relapse").statistic == pytest.approx(expected, rel=0.01)


def test_gray_holds_its_level_and_finds_a_difference() -> None:
    generator = np.random.default_rng(7)
    p_values = np.array(
        [gray_test(_simulated(seed, 120), generator.integers(0, 3, 120), "relapse").p_value for seed in range(300)]
    )
    assert (p_values < 0.05).mean() == pytest.approx(0.05, abs=0.03)
    assert np.median(p_values) == pytest.approx(0.5, abs=0.07)
    slow, fast = _simulated(8, 150, relapse=0.05), _simulated(9, 150, relapse=0.15)
    both = CompetingFollowUp(
        np.append(slow.time, fast.time), np.append(slow.cause, fast.cause), _CAUSES
    )  # fmt: skip
    assert gray_test(both, np.repeat([0, 1], 150), "relapse").p_value < 1e-4


def test_causes_need_names() -> None:
    with pytest.raises(ImpastoError, match="none of 0 to 1"):
        CompetingFollowUp([1.0, 2.0], [1, 2], ["relapse"])
    with pytest.raises(ImpastoError, match="no cause 'stroke'"):
        cumulative_incidence(_simulated(1, 10), "stroke")
