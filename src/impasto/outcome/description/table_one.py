"""Table 1: characteristics of patients by group, missing values counted, each test named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.description.named_tests import (
    NamedTest,
    chi_square_test,
    fisher_exact_test,
    kruskal_wallis_test,
    mann_whitney_test,
)
from impasto.outcome.description.rounding import HalfRule, percentage

__all__ = ["CategoricalRow", "CategoryTest", "ContinuousRow", "describe_categories", "describe_values"]

CategoryTest = Literal["chi-square", "chi-square corrected", "fisher", "none"]


@dataclass(frozen=True, eq=False)
class CategoricalRow:
    """One variable in categories.

    Parameters
    ----------
    name : str
    groups, categories : tuple of str
    counts : ndarray of int, shape (category, group)
        Without those missing.
    missing : tuple of int
        Patients of each group without a value.
    test : NamedTest, optional
        None where fewer than two groups or categories have patients.
    """

    name: str
    groups: tuple[str, ...]
    categories: tuple[str, ...]
    counts: NDArray[np.int64]
    missing: tuple[int, ...]
    test: NamedTest | None

    def cells(self, decimals: int = 1, half: HalfRule = "half-up") -> list[list[str]]:
        """Write ``count (per cent)`` of those not missing, by category and group."""
        wholes = [int(of) for of in self.counts.sum(axis=0)]
        shares = [[(int(count), of) for count, of in zip(row, wholes, strict=True)] for row in self.counts]
        return [
            [f"{count} ({percentage(count, of, decimals, half)})" if of else "0" for count, of in row] for row in shares
        ]


@dataclass(frozen=True)
class ContinuousRow:
    """One measured variable.

    Parameters
    ----------
    name : str
    groups : tuple of str
    counts, missing : tuple of int
        Patients of each group with and without a value.
    medians, lower_quartiles, upper_quartiles, minima, maxima, means, deviations : tuple of float
        Of each group; NaN where no patient has a value, or for a deviation fewer than two.
    test : NamedTest, optional
        Mann-Whitney of two groups, Kruskal-Wallis of more; None where there is nothing to compare.
    """

    name: str
    groups: tuple[str, ...]
    counts: tuple[int, ...]
    missing: tuple[int, ...]
    medians: tuple[float, ...]
    lower_quartiles: tuple[float, ...]
    upper_quartiles: tuple[float, ...]
    minima: tuple[float, ...]
    maxima: tuple[float, ...]
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    test: NamedTest | None


def describe_categories(
    name: str, values: Sequence[str], groups: Sequence[str], test: CategoryTest = "chi-square"
) -> CategoricalRow:
    """Count categories by group.

    Parameters
    ----------
    name : str
    values, groups : sequence of str, one for each patient
        An empty value is missing.
    test : {"chi-square", "chi-square corrected", "fisher", "none"}
        Nothing is chosen by the data: a test that depends on the counts has no stated level.

    Raises
    ------
    ImpastoError
        When values and groups differ in length or there are none.
    """
    given, arms = np.asarray(values, dtype=np.str_), np.asarray(groups, dtype=np.str_)
    _check(name, given.shape, arms.shape)
    named = _in_order(set(arms.tolist()))
    categories = tuple(_in_order({value for value in given.tolist() if value}))
    counts = np.array([[np.sum((given == one) & (arms == arm)) for arm in named] for one in categories], dtype=np.int64)
    counts = counts.reshape(len(categories), len(named))
    missing = tuple(int(np.sum((given == "") & (arms == arm))) for arm in named)
    is_table = test != "none" and np.count_nonzero(counts.sum(axis=0)) > 1 and len(categories) > 1
    tested: NamedTest | None = None
    if is_table:
        tested = fisher_exact_test(counts) if test == "fisher" else chi_square_test(counts, test != "chi-square")
    return CategoricalRow(name, tuple(named), categories, counts, missing, tested)


def describe_values(name: str, values: FloatArray, groups: Sequence[str]) -> ContinuousRow:
    """Describe a measured variable by group.

    Parameters
    ----------
    name : str
    values : ndarray, shape (patient,)
        NaN where missing.
    groups : sequence of str, one for each patient

    Raises
    ------
    ImpastoError
        When values and groups differ in length or there are none.
    """
    given, arms = np.asarray(values, dtype=np.float64), np.asarray(groups, dtype=np.str_)
    _check(name, given.shape, arms.shape)
    named = _in_order(set(arms.tolist()))
    parts = [given[(arms == arm) & np.isfinite(given)] for arm in named]
    filled = [part for part in parts if part.size]
    tested: NamedTest | None = None
    if len(filled) > 1 and len(np.unique(np.concatenate(filled))) > 1:
        tested = mann_whitney_test(filled[0], filled[1]) if len(filled) == 2 else kruskal_wallis_test(filled)
    quantiles = [np.percentile(part, [50, 25, 75, 0, 100]) if part.size else np.full(5, np.nan) for part in parts]
    medians, lower, upper, minima, maxima = (tuple(float(row[place]) for row in quantiles) for place in range(5))
    means = tuple(float(part.mean()) if part.size else float("nan") for part in parts)
    deviations = tuple(float(part.std(ddof=1)) if part.size > 1 else float("nan") for part in parts)
    missing = tuple(int(np.sum(arms == arm)) - part.size for arm, part in zip(named, parts, strict=True))
    counts = tuple(part.size for part in parts)
    return ContinuousRow(
        name, tuple(named), counts, missing, medians, lower, upper, minima, maxima, means, deviations, tested
    )


def _in_order(names: set[str]) -> list[str]:
    """Sort names, as numbers where all are: grade 10 comes after grade 2."""
    try:
        return sorted(names, key=float)
    except ValueError:
        return sorted(names)


def _check(name: str, values: tuple[int, ...], groups: tuple[int, ...]) -> None:
    if len(values) != 1 or values != groups or not values[0]:
        problem = f"values of shape {values} for groups of shape {groups}"
        raise ImpastoError(name, problem, "give one value for each patient, empty or NaN where it is missing")
