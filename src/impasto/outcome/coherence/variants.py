"""The same test as different programs do it: corrections, approximations, zero rules."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.stats import norm, pearsonr, spearmanr, ttest_rel

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.description.named_tests import (
    chi_square_test,
    fisher_exact_test,
    kruskal_wallis_test,
    mann_whitney_test,
    t_test,
)
from impasto.outcome.paired.signed_rank import ZeroRule, signed_rank_test

__all__ = ["CountTest", "ValueTest", "Variant", "count_variants", "value_variants"]

CountTest = Literal["chi-square", "chi-square corrected", "fisher"]
ValueTest = Literal["mann-whitney", "wilcoxon", "t", "welch", "paired t", "kruskal-wallis", "pearson", "spearman"]
_DECIMALS = 9
"""Differences of printed decimals are rounded to these, so that what is equal in print is tied."""


@dataclass(frozen=True)
class Variant:
    """One way to do a test.

    Parameters
    ----------
    test : str
        Family, as a paper names it.
    how : str
        What makes it this one.
    p_value : float
    """

    test: str
    how: str
    p_value: float


def count_variants(table: IntArray, with_large_exact: bool = True) -> list[Variant]:
    """Test a table of counts in every usual way, shape (category, group).

    Parameters
    ----------
    table : ndarray of int
    with_large_exact : bool
        Whether Fisher's test is also done of tables larger than 2 x 2, which takes time.

    Raises
    ------
    ImpastoError
        When fewer than two categories or groups have patients.
    """
    plain = chi_square_test(table)
    found = [Variant("chi-square", "uncorrected", plain.p_value)]
    if np.asarray(table).shape == (2, 2):
        found.append(Variant("chi-square corrected", "Yates's correction", chi_square_test(table, True).p_value))
        found.append(Variant("difference of shares", "unpooled standard error", _unpooled(np.asarray(table))))
    elif not with_large_exact:
        return found
    with contextlib.suppress(ImpastoError):  # too many tables: nobody could have printed it either
        found.append(Variant("fisher", "exact, two-sided", fisher_exact_test(table).p_value))
    return found


def value_variants(test: ValueTest, first: FloatArray, second: FloatArray, with_exact: bool = True) -> list[Variant]:
    """Do one family of tests on two groups or on pairs in every usual way.

    Parameters
    ----------
    test : str
        Its family.
    first, second : ndarray, shape (patient,)
        Pairs for wilcoxon, paired t, pearson and spearman.
    with_exact : bool
        Whether Mann-Whitney's exact distribution is among them, which takes time.

    Raises
    ------
    ImpastoError
        When the family is not known.
    """
    one, other = np.round(first, _DECIMALS), np.round(second, _DECIMALS)
    if test == "mann-whitney":
        ways = [mann_whitney_test(one, other), mann_whitney_test(one, other, True)]
        if with_exact and len(np.unique(np.concatenate([one, other]))) == len(one) + len(other):
            ways.append(mann_whitney_test(one, other, is_exact=True))
        return [Variant(test, way.how, way.p_value) for way in ways]
    if test == "kruskal-wallis":
        return [Variant(test, "ties corrected", kruskal_wallis_test([one, other]).p_value)]
    if test == "t":
        equal, welch = t_test(one, other, True), t_test(one, other)
        return [Variant(test, "equal variances", equal.p_value), Variant(test, "Welch's", welch.p_value)]
    if test == "welch":
        return [Variant(test, "variances may differ", t_test(one, other).p_value)]
    _need_pairs(test, one, other)
    if test == "wilcoxon":
        return _signed_rank(np.round(other - one, _DECIMALS))
    if test == "paired t":
        return [Variant(test, "", float(ttest_rel(one, other).pvalue))]
    if test == "pearson":
        return [Variant(test, "t distribution", float(pearsonr(one, other).pvalue))]
    if test == "spearman":
        return [Variant(test, "t distribution", float(spearmanr(one, other).pvalue))]
    raise ImpastoError(str(test), "no test has this name", f"name one of {', '.join(get_args(ValueTest))}")


def _signed_rank(differences: FloatArray) -> list[Variant]:
    found = []
    for rule, told in ((ZeroRule.DROPPED, "zeros dropped"), (ZeroRule.RANKED, "zeros ranked, then dropped")):
        if rule is ZeroRule.RANKED and np.all(differences != 0.0):
            continue
        for exact, correction, how in (
            (False, False, "normal approximation, without continuity correction"),
            (False, True, "normal approximation, with continuity correction"),
            (True, False, "exact"),
        ):
            p_value = signed_rank_test(differences, rule, exact, correction).p_value
            found.append(Variant("wilcoxon", f"{how}, {told}", p_value))
    return found


def _unpooled(table: IntArray) -> float:
    sizes = table.sum(axis=0)
    shares = table[0] / sizes
    error = float(np.sqrt(np.sum(shares * (1.0 - shares) / sizes)))
    away = abs(float(shares[0] - shares[1]))
    return float(2.0 * norm.sf(away / error)) if error > 0.0 else (1.0 if away == 0.0 else 0.0)


def _need_pairs(test: str, first: FloatArray, second: FloatArray) -> None:
    if first.shape != second.shape:
        problem = f"{len(first)} and {len(second)} values are no pairs"
        raise ImpastoError(test, problem, "give both values of every patient, in one order")
