"""Group-sequential boundaries against published values and against a multivariate normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.genz import probability_between
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from impasto.core import ImpastoError
from impasto.outcome.design import (
    BoundaryFamily,
    Spending,
    conditional_power,
    equal_looks,
    log_rank_drift,
    named_boundaries,
    sequential_power,
    sequential_trial,
    spending_boundaries,
    wang_tsiatis_boundaries,
)


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (2, [2.9625880, 1.9685956]),
        (3, [3.7103, 2.5114, 1.9930]),
        (4, [4.3326, 2.9631, 2.3590, 2.0141]),
        (5, [4.8769, 3.3570, 2.6803, 2.2898, 2.0310]),
    ],
)
def test_obrien_fleming_spending_is_as_published(looks: int, expected: list[float]) -> None:
    found = spending_boundaries(equal_looks(looks)).z
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=5e-8 if looks == 2 else 5.1e-5)


def test_classic_designs_are_as_published() -> None:
    # O'Brien and Fleming (1979), Pocock (1977); Jennison and Turnbull (2000), tables 2.1 and 2.3
    np.testing.assert_allclose(wang_tsiatis_boundaries(equal_looks(2), 0.0).z, [2.7965, 1.9774], atol=5e-5)
    np.testing.assert_allclose(wang_tsiatis_boundaries(equal_looks(2), 0.5).z, 2.1783, atol=5e-5)
    for looks, pocock, obrien_fleming in ((3, 2.289, 2.004), (4, 2.361, 2.024), (5, 2.413, 2.040), (10, 2.555, 2.087)):
        assert wang_tsiatis_boundaries(equal_looks(looks), 0.5).z[-1] == pytest.approx(pocock, abs=6e-4)
        assert wang_tsiatis_boundaries(equal_looks(looks), 0.0).z[-1] == pytest.approx(obrien_fleming, abs=6e-4)


_FAMILIES: list[tuple[BoundaryFamily, int]] = [("obrien-fleming", looks) for looks in range(2, 11)]
_FAMILIES += [("pocock", looks) for looks in (2, 3, 4, 6)] + [("hwang-shih-decani", looks) for looks in (2, 3, 5, 7)]


@pytest.mark.parametrize(("family", "looks"), _FAMILIES)
def test_boundaries_are_those_of_a_multivariate_normal_distribution(family: BoundaryFamily, looks: int) -> None:
    found = named_boundaries(family, equal_looks(looks))

    def spent_at(last: float) -> float:
        z = np.append(found.z[:-1], last)
        return 1.0 - probability_between(found.information, -z, z, 17 if looks < 10 else 18)

    # one integral over all looks; 1e-4 to either side of the last boundary spends more and less than alpha
    assert spent_at(found.z[-1] - 1e-4) > 0.05 > spent_at(found.z[-1] + 1e-4)


def test_the_second_method_is_a_multivariate_normal_distribution() -> None:
    found = spending_boundaries(equal_looks(3))
    share = found.information
    correlation = np.sqrt(np.minimum.outer(share, share) / np.maximum.outer(share, share))
    library = multivariate_normal(np.zeros(3), correlation, seed=1, abseps=1e-6, releps=1e-6)
    inside = probability_between(share, -found.z, found.z, 15)
    assert inside == pytest.approx(float(library.cdf(found.z, lower_limit=-found.z)), abs=2e-6)


def _spent_by_simpson(information: np.ndarray, z: np.ndarray, points: int = 301) -> float:
    """Chance to have crossed either boundary, by Simpson's rule on a fixed grid between them."""
    weight = np.where(np.arange(points) % 2, 4.0, 2.0)
    weight[[0, -1]] = 1.0
    limit = z * np.sqrt(information)
    score = np.linspace(-limit[0], limit[0], points)
    density = norm.pdf(score, 0.0, np.sqrt(information[0]))
    for look in range(1, len(z)):
        mass = density * weight * (score[1] - score[0]) / 3.0
        following = np.linspace(-limit[look], limit[look], points)
        density = norm.pdf(following[:, None], score, np.sqrt(information[look] - information[look - 1])) @ mass
        score = following
    return 1.0 - float(density @ weight * (score[1] - score[0]) / 3.0)


@pytest.mark.parametrize("family", ["obrien-fleming", "pocock", "hwang-shih-decani"])
def test_ten_looks_agree_with_simpsons_rule(family: BoundaryFamily) -> None:
    found = named_boundaries(family, equal_looks(10))
    assert _spent_by_simpson(found.information, found.z) == pytest.approx(0.05, abs=1e-8)


def test_spectro_glio_design_is_as_recomputed() -> None:
    boundaries = spending_boundaries([0.5, 1.0])
    assert boundaries.alpha_spent[0] == pytest.approx(0.003051, abs=5e-7)
    assert boundaries.hazard_ratios(186).round(3).tolist() == [0.541, 0.749]
    trial = sequential_trial(boundaries, 0.66)
    assert trial.events_at_looks.tolist() == [92, 183]
    # the estimate is judged after 92 events, not after 91.26: exp(-2 z / sqrt(92))
    assert trial.hazard_ratio_at_looks == pytest.approx([0.53915, 0.74749], abs=2e-5)
    assert trial.inflation == pytest.approx(1.003722, abs=5e-7)
    assert trial.events == pytest.approx(182.52, abs=5e-3)
    assert sequential_power(boundaries, 0.66, 186) == pytest.approx(0.807, abs=5e-4)
    assert trial.stopped_without[-1] == pytest.approx(0.05)
    stopped = spending_boundaries([0.5, 128 / 186], spend_all_at_last=True)
    assert stopped.z[1] == pytest.approx(1.9619, abs=5e-5)


def test_one_sided_boundaries_spend_alpha_on_one_side() -> None:
    one = spending_boundaries(equal_looks(3), 0.025, "one-sided")
    two = spending_boundaries(equal_looks(3), 0.05, "two-sided")
    # crossing one side after the other is too rare to tell them apart
    np.testing.assert_allclose(one.z, two.z, atol=1e-4)
    assert one.nominal_p[0] == pytest.approx(two.nominal_p[0] / 2, rel=1e-3)


_SHARES = st.lists(st.floats(0.02, 1.0), min_size=1, max_size=5, unique=True)


@settings(max_examples=25)
@given(_SHARES, st.sampled_from(["obrien-fleming", "pocock", "hwang-shih-decani"]))
def test_any_looks_spend_what_the_function_says(shares: list[float], kind: str) -> None:
    information = np.unique(np.round(shares, 3))
    found = spending_boundaries(information, spending=Spending(kind))  # type: ignore[arg-type]
    known = np.isfinite(found.z)
    np.testing.assert_allclose(found.power_by_look(0.0)[known], found.alpha_spent[known], atol=1e-8)
    assert found.alpha_spent[-1] <= 0.05 + 1e-12


def test_looks_close_together_and_a_look_too_early_are_borne() -> None:
    close = spending_boundaries([0.3, 0.3005, 0.301, 1.0])
    np.testing.assert_allclose(close.power_by_look(0.0), close.alpha_spent, atol=1e-9)
    # at 0.1 % of the events nothing is left to spend in double precision
    early = spending_boundaries([0.001, 1.0])
    assert early.z[0] > 30.0 or np.isinf(early.z[0])
    assert early.z[1] == pytest.approx(norm.isf(0.025), abs=1e-6)


def test_looks_must_rise() -> None:
    for shares in ([0.5, 0.5, 1.0], [0.0, 1.0], [0.5, 1.2]):
        with pytest.raises(ImpastoError, match="let them rise"):
            spending_boundaries(shares)


def test_conditional_power_is_that_of_simulated_trials() -> None:
    boundaries = spending_boundaries(equal_looks(3))
    drift = log_rank_drift(0.66, 186)
    found = conditional_power(boundaries, 1 / 3, 1.2, drift)
    generator = np.random.default_rng(1)
    for expected, effect in ((found.as_planned, drift), (found.as_seen, 1.2 * np.sqrt(3)), (found.without_effect, 0.0)):
        steps = effect / 3 + generator.normal(size=(100_000, 2)) / np.sqrt(3)
        z = (1.2 / np.sqrt(3) + np.cumsum(steps, axis=1)) / np.sqrt([2 / 3, 1.0])
        harmed = z[:, 0] <= -boundaries.z[1]
        benefit = (z[:, 0] >= boundaries.z[1]) | (~harmed & (z[:, 1] >= boundaries.z[2]))
        assert benefit.mean() == pytest.approx(expected, abs=0.006)
    # one look to come: closed forms of Lan and Wittes (1988) and of the predictive power
    last = conditional_power(spending_boundaries([0.5, 1.0]), 0.5, 1.0, drift)
    limit = spending_boundaries([0.5, 1.0]).z[1]
    score = np.sqrt(0.5)
    assert last.as_planned == pytest.approx(norm.cdf((score + drift / 2 - limit) / np.sqrt(0.5)))
    assert last.predictive == pytest.approx(norm.cdf((1.0 / np.sqrt(0.5) - limit) / 1.0), abs=1e-6)
    with pytest.raises(ImpastoError, match="no look is to come"):
        conditional_power(boundaries, 1.0, 1.0, drift)
