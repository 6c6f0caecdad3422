"""Log-rank tests, Cox regression and its diagnostics: R's values, a second method, properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm
from tests.outcome.survival.known_trials import (
    FREIREICH,
    FREIREICH_ARM,
    OVARIAN,
    OVARIAN_AGE,
    OVARIAN_ECOG,
    OVARIAN_RX,
    lung,
)

from impasto.core import ImpastoError
from impasto.outcome.survival import (
    FollowUp,
    covariates,
    cox_model,
    log_rank,
    proportional_hazards,
    subgroup_hazard_ratios,
)


def test_log_rank_of_freireich_is_as_printed() -> None:
    found = log_rank(FREIREICH, FREIREICH_ARM)
    assert found.tested.statistic == pytest.approx(16.79294, abs=5e-6)
    assert found.tested.p_value == pytest.approx(4.1688e-5, abs=5e-10)
    assert [round(one.expected, 2) for one in found.groups] == [19.25, 10.75]
    for said in ("log-rank test", "two-sided", "correction: none", "n = 42, 30 events"):
        assert said in found.tested.sentence()


def test_log_rank_is_that_of_r() -> None:
    # survdiff(Surv(futime, fustat) ~ rx, ovarian); survdiff(Surv(time, status) ~ sex, lung)
    ovarian = log_rank(OVARIAN, OVARIAN_RX)
    assert round(ovarian.tested.statistic, 2) == 1.06
    assert [(one.observed, round(one.expected, 2)) for one in ovarian.groups] == [(7, 5.23), (5, 6.77)]
    follow_up, columns = lung()
    sexes = log_rank(follow_up, columns["sex"])
    assert sexes.tested.statistic == pytest.approx(10.3267, abs=5e-5)
    assert [(one.observed, round(one.expected, 1)) for one in sexes.groups] == [(112, 91.6), (53, 73.4)]


def test_stratified_log_rank_is_the_score_test_of_the_stratified_model() -> None:
    generator = np.random.default_rng(4)
    time, arm = generator.exponential(10.0, 90), generator.integers(0, 3, 90)
    stratum, event = generator.integers(0, 4, 90), generator.random(90) < 0.7
    follow_up = FollowUp(time, event)
    texts = np.array(["a", "b", "c"])[arm]
    model = cox_model(follow_up, covariates({"arm": texts}), stratum)
    assert log_rank(follow_up, arm, stratum).tested.statistic == pytest.approx(model.score.statistic)
    assert "stratified in 4" in log_rank(follow_up, arm, stratum).tested.name


def test_log_rank_needs_groups_and_events() -> None:
    with pytest.raises(ImpastoError, match="there is one group"):
        log_rank(FREIREICH, ["a"] * 42)
    with pytest.raises(ImpastoError, match="no event"):
        log_rank(FollowUp([1.0, 2.0], [0, 0]), ["a", "b"])


def test_cox_of_freireich_is_as_printed() -> None:
    efron = cox_model(FREIREICH, covariates({"arm": FREIREICH_ARM})).terms()[0]
    # 1.5721251 in full
    assert efron.coefficient == pytest.approx(1.57212, abs=1e-5)
    assert round(efron.standard_error, 5) == 0.41240
    assert efron.name == "arm: placebo vs 6-MP"
    breslow = cox_model(FREIREICH, covariates({"arm": FREIREICH_ARM}), ties="breslow").terms()[0]
    assert breslow.coefficient == pytest.approx(1.50919, abs=5e-6)
    turned = cox_model(FREIREICH, covariates({"arm": FREIREICH_ARM}, {"arm": "placebo"})).terms()[0]
    assert turned.hazard_ratio == pytest.approx(1.0 / efron.hazard_ratio)


def test_cox_is_that_of_r() -> None:
    treatment = cox_model(OVARIAN, covariates({"rx": OVARIAN_RX}))
    assert (round(treatment.coefficient[0], 4), round(treatment.standard_error[0], 4)) == (-0.5964, 0.5870)
    assert round(treatment.likelihood_ratio.statistic, 2) == 1.05
    age = cox_model(OVARIAN, covariates({"age": OVARIAN_AGE}))
    assert (round(age.coefficient[0], 5), round(age.standard_error[0], 5)) == (0.16162, 0.04974)
    follow_up, columns = lung()
    known = ~np.isnan(columns["ph.ecog"])
    three = {name: columns[name][known] for name in ("age", "sex", "ph.ecog")}
    model = cox_model(follow_up.of(known), covariates(three))
    assert model.coefficient.round(6).tolist() == [0.011067, -0.552612, 0.463728]
    assert model.standard_error.round(6).tolist() == [0.009267, 0.167739, 0.113577]
    assert round(model.likelihood_ratio.statistic, 1) == round(model.score.statistic, 1) == 30.5
    assert round(model.wald.statistic, 2) == 29.93


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_maximises_the_likelihood_as_it_is_written(ties: str) -> None:
    generator = np.random.default_rng(5)
    time, event = generator.integers(1, 9, 40).astype(float), generator.random(40) < 0.7
    values, stratum = generator.normal(size=(40, 2)), generator.integers(0, 2, 40)

    def negative(beta: np.ndarray) -> float:
        total = 0.0
        for layer in (0, 1):
            for moment in np.unique(time[event & (stratum == layer)]):
                dead = (time == moment) & event & (stratum == layer)
                risk = np.exp(values[(time >= moment) & (stratum == layer)] @ beta).sum()
                own = np.exp(values[dead] @ beta).sum()
                count = int(dead.sum())
                total += float((values[dead] @ beta).sum())
                total -= sum(np.log(risk - (k / count * own if ties == "efron" else 0.0)) for k in range(count))
        return -total

    best = minimize(negative, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-11})
    model = cox_model(FollowUp(time, event), covariates({"x": values[:, 0], "y": values[:, 1]}), stratum, ties)
    np.testing.assert_allclose(model.coefficient, best.x, atol=1e-5)
    assert model.log_likelihood == pytest.approx(-best.fun)


@settings(max_examples=8)
@given(st.floats(0.1, 50.0), st.floats(-100.0, 100.0))
def test_cox_does_not_depend_on_units(scale: float, shift: float) -> None:
    plain = cox_model(OVARIAN, covariates({"age": OVARIAN_AGE}))
    moved = cox_model(OVARIAN, covariates({"age": OVARIAN_AGE * scale + shift}))
    assert moved.coefficient[0] * scale == pytest.approx(plain.coefficient[0], rel=1e-6)
    assert moved.wald.statistic == pytest.approx(plain.wald.statistic, rel=1e-6)


def test_cox_says_which_covariate_it_cannot_use() -> None:
    separating = np.where(OVARIAN.event, 1.0, 0.0)
    with pytest.raises(ImpastoError, match="dead: its hazard ratio has no finite estimate"):
        cox_model(OVARIAN, covariates({"dead": separating}))
    with pytest.raises(ImpastoError, match="age and twice"):
        cox_model(OVARIAN, covariates({"age": OVARIAN_AGE, "twice": 2.0 * OVARIAN_AGE}))
    with pytest.raises(ImpastoError, match="rx: every patient has the value 1"):
        covariates({"rx": np.ones(26)})
    with pytest.raises(ImpastoError, match="nobody has the reference value 'C'"):
        covariates({"arm": ["A", "B"]}, {"arm": "C"})


def test_proportional_hazards_test_is_that_of_r() -> None:
    # cox.zph of survival 3: ovarian ~ age + ecog.ps; lung ~ age + sex + wt.loss
    ovarian = proportional_hazards(cox_model(OVARIAN, covariates({"age": OVARIAN_AGE, "ecog": OVARIAN_ECOG})))
    assert [round(one.statistic, 3) for one in ovarian.tested.values()] == [0.698, 2.371, 3.633]
    assert [round(one.p_value, 2) for one in ovarian.tested.values()] == [0.40, 0.12, 0.16]
    follow_up, columns = lung()
    known = ~np.isnan(columns["wt.loss"])
    three = {name: columns[name][known] for name in ("age", "sex", "wt.loss")}
    found = proportional_hazards(cox_model(follow_up.of(known), covariates(three)))
    assert [round(one.statistic, 4) for one in found.tested.values()] == [0.5077, 2.5489, 0.0144, 3.0051]


def test_schoenfeld_residuals_sum_to_zero_and_see_a_fading_effect() -> None:
    generator = np.random.default_rng(6)
    treated = np.repeat([0.0, 1.0], 150)
    needed = generator.exponential(10.0, 300)
    # hazard ratio 0.3 for the first 5, then 2.5
    late = np.where(needed * (1 / 0.3) < 5.0, needed / 0.3, 5.0 + (needed - 1.5) / 2.5)
    follow_up = FollowUp(np.where(treated == 1.0, late, needed), np.ones(300))
    for scale in ("km", "identity", "rank", "log"):
        found = proportional_hazards(cox_model(follow_up, covariates({"arm": treated})), scale)
        assert found.residual.sum() == pytest.approx(0.0, abs=1e-8)
        assert found.tested["arm"].p_value < 1e-3


def test_subgroups_are_models_of_their_own_with_a_test_between_them() -> None:
    follow_up, columns = lung()
    age = np.where(columns["age"] > 65.0, "older", "younger")
    sex = np.where(columns["sex"] == 1.0, "men", "women")
    found = subgroup_hazard_ratios(follow_up, sex, {"age": age}, "men")
    factor = found.factors[0]
    alone = cox_model(follow_up.of(age == "older"), covariates({"sex": sex[age == "older"]}))
    assert factor.subgroups[0].effect is not None
    assert factor.subgroups[0].effect.hazard_ratio == pytest.approx(alone.terms()[0].hazard_ratio)
    assert sum(sum(one.events) for one in factor.subgroups) == follow_up.events == sum(found.everyone.events)
    # likelihood ratio against Wald's test of the product in one model
    is_old, is_woman = (age == "older").astype(float), (sex == "women").astype(float)
    product = cox_model(follow_up, covariates({"w": is_woman, "o": is_old, "p": is_woman * is_old})).terms()[2]
    assert factor.interaction is not None
    assert factor.interaction.p_value == pytest.approx(2 * norm.sf(abs(product.tested.statistic)), abs=0.01)


def test_a_subgroup_without_events_is_said_to_be_so() -> None:
    follow_up = FollowUp([1, 2, 3, 4, 5, 6, 7, 8], [1, 1, 1, 1, 0, 1, 0, 1])
    found = subgroup_hazard_ratios(follow_up, list("abababab"), {"site": list("xxxxyyyy")})
    assert found.factors[0].subgroups[1].effect is None
    assert "no event" in found.factors[0].subgroups[1].problem
    assert found.factors[0].interaction is None


def test_a_group_never_at_risk_of_an_event_does_not_count() -> None:
    time, event = np.append(FREIREICH.time, [0.1, 0.2]), np.append(FREIREICH.event, [False, False])
    found = log_rank(FollowUp(time, event), [*FREIREICH_ARM, "left at once", "left at once"])
    assert found.tested.distribution == "chi-square(1)"
    assert found.tested.statistic == pytest.approx(16.79294, abs=5e-6)


def test_one_event_leaves_nothing_to_diagnose() -> None:
    model = cox_model(FollowUp([1, 2, 3, 4], [0, 1, 0, 0]), covariates({"age": [50.0, 60.0, 70.0, 55.0]}))
    assert np.isnan(proportional_hazards(model).tested["age"].p_value)
