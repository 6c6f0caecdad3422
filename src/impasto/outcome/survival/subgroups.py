"""Subgroups: the treatment's hazard ratio in each, and whether it differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.covariates import Covariates, covariates
from impasto.outcome.survival.cox import CoxTerm, cox_model
from impasto.outcome.survival.follow_up import FollowUp, group_labels
from impasto.outcome.survival.risk_sets import Ties
from impasto.outcome.survival.tested import Tested, chi_square_tested

__all__ = ["Subgroup", "SubgroupFactor", "Subgroups", "subgroup_hazard_ratios"]


@dataclass(frozen=True)
class Subgroup:
    """The treatment's effect among patients with one value of a factor.

    Parameters
    ----------
    level : str
    patients, events : tuple of int
        In the reference arm and in the other.
    effect : CoxTerm or None
        None where it cannot be estimated; `problem` says why.
    problem : str
    """

    level: str
    patients: tuple[int, int]
    events: tuple[int, int]
    effect: CoxTerm | None
    problem: str = ""


@dataclass(frozen=True)
class SubgroupFactor:
    """One factor: its subgroups, and the test of whether the treatment's effect differs between them."""

    name: str
    subgroups: tuple[Subgroup, ...]
    interaction: Tested | None
    """None where fewer than two subgroups have an effect that can be estimated; others are left out of it."""


@dataclass(frozen=True)
class Subgroups:
    """What a forest plot shows.

    Parameters
    ----------
    arms : tuple of str
        Reference and the arm compared with it.
    everyone : Subgroup
    factors : tuple of SubgroupFactor
    confidence : float
    """

    arms: tuple[str, str]
    everyone: Subgroup
    factors: tuple[SubgroupFactor, ...]
    confidence: float


@dataclass(frozen=True, eq=False)
class _Comparison:
    follow_up: FollowUp
    treated: BoolArray
    arm: Covariates
    strata: NDArray[Any] | None
    ties: Ties
    confidence: float


def subgroup_hazard_ratios(
    follow_up: FollowUp,
    arm: Sequence[Any] | NDArray[Any],
    factors: Mapping[str, Sequence[Any] | NDArray[Any]],
    reference: str | None = None,
    strata: Sequence[Any] | NDArray[Any] | None = None,
    confidence: float = 0.95,
    ties: Ties = "efron",
) -> Subgroups:
    """Estimate the hazard ratio of two arms in subgroups, with a test of interaction for each factor.

    The test compares Cox models with and without the product of arm and factor (likelihood ratio). It is not
    corrected for the number of factors. A subgroup's own p-value is no evidence that it differs from the others.

    Parameters
    ----------
    follow_up : FollowUp
    arm : array_like, shape (patient,)
        Two arms.
    factors : mapping of str to array_like, shape (patient,)
        Categories.
    reference : str, optional
        Arm to compare with; the first in sorted order by default.
    strata : array_like, shape (patient,), optional
    confidence : float
    ties : {"efron", "breslow"}

    Raises
    ------
    ImpastoError
        When there are not two arms.
    """
    names, _ = group_labels(arm, follow_up.patients, "arms")
    if len(names) != 2:
        raise ImpastoError("arms", f"there are {len(names)}", "compare two at a time")
    base = names[0] if reference is None else reference
    texts = np.array([str(value) for value in np.asarray(arm)])
    columns = covariates({"arm": texts}, {"arm": base})
    layers = None if strata is None else np.asarray(strata)
    comparison = _Comparison(follow_up, texts != base, columns, layers, ties, confidence)
    everyone = _subgroup(comparison, np.ones(follow_up.patients, dtype=bool), "all patients")
    found = tuple(_factor(comparison, name, np.asarray(values)) for name, values in factors.items())
    return Subgroups((base, next(name for name in names if name != base)), everyone, found, confidence)


def _factor(comparison: _Comparison, name: str, values: NDArray[Any]) -> SubgroupFactor:
    levels, index = group_labels(values, comparison.follow_up.patients, name)
    subgroups = tuple(_subgroup(comparison, index == place, level) for place, level in enumerate(levels))
    estimable = [place for place, one in enumerate(subgroups) if one.effect is not None]
    if len(estimable) < 2:
        return SubgroupFactor(name, subgroups, None)
    compared = np.isin(index, estimable)
    try:
        return SubgroupFactor(name, subgroups, _interaction(comparison, name, np.array(levels)[index], compared))
    except ImpastoError:
        return SubgroupFactor(name, subgroups, None)


def _interaction(comparison: _Comparison, name: str, values: NDArray[Any], compared: BoolArray) -> Tested:
    """Compare models with and without the product of arm and factor, among levels whose effect can be estimated."""
    follow_up, values = comparison.follow_up.of(compared), values[compared]
    levels = sorted(set(values.tolist()))
    treated = {"arm": comparison.treated[compared].astype(float)}
    both = covariates({**treated, name: values}, {name: levels[0]})
    products = both.values[:, 1:] * both.values[:, :1]
    strata = None if comparison.strata is None else comparison.strata[compared]
    # a factor that the strata are made of has its main effect in the baseline hazards
    main = covariates(treated) if strata is not None and _is_constant_within(values, strata) else both
    full = main.with_columns([f"arm x {column}" for column in both.names[1:]], products, "interaction")
    simpler, richer = (cox_model(follow_up, one, strata, comparison.ties) for one in (main, full))
    return chi_square_tested(
        f"likelihood-ratio test of arm x {name} in Cox regression",
        2.0 * (richer.log_likelihood - simpler.log_likelihood), len(levels) - 1,
        f"the same hazard ratio for {name} {', '.join(levels)}", (follow_up.patients, follow_up.events),
        comparison.ties,
    )  # fmt: skip


def _is_constant_within(values: NDArray[Any], strata: NDArray[Any]) -> bool:
    return all(len(set(values[strata == one].tolist())) == 1 for one in set(strata.tolist()))


def _subgroup(comparison: _Comparison, chosen: BoolArray, level: str) -> Subgroup:
    arms = (~comparison.treated & chosen, comparison.treated & chosen)
    patients = (int(arms[0].sum()), int(arms[1].sum()))
    events = (int(comparison.follow_up.event[arms[0]].sum()), int(comparison.follow_up.event[arms[1]].sum()))
    if not all(patients) or not all(events):
        return Subgroup(level, patients, events, None, "no patient or no event in an arm")
    strata = None if comparison.strata is None else comparison.strata[chosen]
    try:
        model = cox_model(comparison.follow_up.of(chosen), comparison.arm.of(chosen), strata, comparison.ties)
    except ImpastoError as error:
        return Subgroup(level, patients, events, None, error.problem)
    return Subgroup(level, patients, events, model.terms(comparison.confidence)[0])
