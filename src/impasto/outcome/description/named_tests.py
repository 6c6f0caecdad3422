"""Tests of a table of patients, each with its name, correction and counts."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln
from scipy.stats import chi2_contingency, fisher_exact, kruskal, mannwhitneyu, ttest_ind

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError

__all__ = [
    "NamedTest",
    "chi_square_test",
    "fisher_exact_test",
    "kruskal_wallis_test",
    "mann_whitney_test",
    "t_test",
]

_MOST_TABLES = 500_000


@dataclass(frozen=True)
class NamedTest:
    """A p-value and all that one must know to repeat it.

    Parameters
    ----------
    name : str
    p_value : float
        Two-sided where that has a meaning.
    statistic : float
        NaN where the test has none.
    how : str
        Correction, approximation, degrees of freedom.
    counts : tuple of int
        Patients of each group that went into it.
    """

    name: str
    p_value: float
    statistic: float
    how: str
    counts: tuple[int, ...]

    def sentence(self) -> str:
        """Say the result in one line."""
        p = f"p = {self.p_value:.4f}" if self.p_value >= 1e-4 else f"p = {self.p_value:.2e}"
        sizes = " / ".join(map(str, self.counts))
        return f"{self.name} ({self.how}; n = {sizes}): {p}"


def chi_square_test(table: IntArray, has_correction: bool = False) -> NamedTest:
    """Pearson's chi-square test of independence (Pearson 1900).

    Parameters
    ----------
    table : ndarray of int, shape (category, group)
        Empty categories are left out.
    has_correction : bool
        Yates's for continuity; of a 2 x 2 table only.

    Raises
    ------
    ImpastoError
        When fewer than two categories or groups have patients.
    """
    counts = _counted(table)
    corrected = has_correction and counts.shape == (2, 2)
    found = chi2_contingency(counts, correction=corrected)
    how = f"{int(found.dof)} df, {'with' if corrected else 'without'} continuity correction"
    return NamedTest("chi-square test", float(found.pvalue), float(found.statistic), how, _sizes(counts))


def fisher_exact_test(table: IntArray) -> NamedTest:
    """Fisher's exact test; of larger tables by Freeman and Halton (1951).

    The p-value sums the tables with the same margins that are no likelier than the one seen.

    Parameters
    ----------
    table : ndarray of int, shape (category, group)

    Raises
    ------
    ImpastoError
        When fewer than two categories or groups have patients, or there are too many tables to count.
    """
    counts = _counted(table)
    p_value = float(fisher_exact(counts).pvalue) if counts.shape == (2, 2) else _freeman_halton(counts)
    return NamedTest("Fisher's exact test", p_value, float("nan"), "two-sided", _sizes(counts))


def mann_whitney_test(
    first: FloatArray, second: FloatArray, has_correction: bool = False, is_exact: bool = False
) -> NamedTest:
    """Mann-Whitney test of two independent groups (Mann and Whitney 1947).

    Parameters
    ----------
    first, second : ndarray, shape (patient,)
    has_correction : bool
        For continuity.
    is_exact : bool
        By the exact distribution without ties, else the normal approximation with the variance corrected for ties.
    """
    found = mannwhitneyu(
        first, second, use_continuity=has_correction, alternative="two-sided",
        method="exact" if is_exact else "asymptotic",
    )  # fmt: skip
    correction = f"normal approximation, {'with' if has_correction else 'without'} continuity correction"
    how = "exact" if is_exact else correction
    return NamedTest("Mann-Whitney test", float(found.pvalue), float(found.statistic), how, (len(first), len(second)))


def kruskal_wallis_test(groups: Sequence[FloatArray]) -> NamedTest:
    """Kruskal-Wallis test of independent groups (Kruskal and Wallis 1952), chi-square approximation, ties corrected.

    Raises
    ------
    ImpastoError
        When all values are equal.
    """
    if len(np.unique(np.concatenate(groups))) < 2:
        raise ImpastoError("Kruskal-Wallis test", "all values are equal", "leave this variable untested")
    found = kruskal(*groups)
    sizes = tuple(len(group) for group in groups)
    how = f"{len(groups) - 1} df, ties corrected"
    return NamedTest("Kruskal-Wallis test", float(found.pvalue), float(found.statistic), how, sizes)


def t_test(first: FloatArray, second: FloatArray, has_equal_variances: bool = False) -> NamedTest:
    """Student's t-test, or Welch's where variances may differ."""
    found = ttest_ind(first, second, equal_var=has_equal_variances)
    name = "Student's t-test" if has_equal_variances else "Welch's t-test"
    sizes = (len(first), len(second))
    return NamedTest(name, float(found.pvalue), float(found.statistic), f"{found.df:.1f} df, two-sided", sizes)


def _counted(table: IntArray) -> IntArray:
    counts = np.asarray(table)
    if counts.ndim != 2 or (counts < 0).any() or not np.equal(counts, np.round(counts)).all():
        raise ImpastoError("table of counts", "is no table of whole numbers", "give one row a category")
    kept: IntArray = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0].astype(np.int64)
    if min(kept.shape) < 2:
        raise ImpastoError("table of counts", "has fewer than two rows or columns", "leave this variable untested")
    return kept


def _sizes(counts: IntArray) -> tuple[int, ...]:
    return tuple(int(size) for size in counts.sum(axis=0))


def _freeman_halton(counts: IntArray) -> float:
    """Walk through all tables, one column after the other."""
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    constant = gammaln(rows + 1.0).sum() + gammaln(columns + 1.0).sum() - gammaln(counts.sum() + 1.0)
    observed = float(constant - gammaln(counts + 1.0).sum())
    tables = np.zeros((1, len(rows)), dtype=np.int64)
    weights = np.zeros(1)
    for column in columns[:-1]:
        ways = _splits(int(column), rows)
        if len(tables) * len(ways) > _MOST_TABLES:
            raise ImpastoError("Fisher's exact test", "has too many tables to count", "use the chi-square test")
        sums = (tables[:, None, :] + ways[None]).reshape(-1, len(rows))
        total = (weights[:, None] - gammaln(ways + 1.0).sum(axis=1)[None]).ravel()
        fits = (sums <= rows).all(axis=1)
        tables, weights = sums[fits], total[fits]
    logs = constant + weights - gammaln(rows - tables + 1.0).sum(axis=1)
    chances = np.exp(logs)
    return float(min(1.0, chances[logs <= observed + 1e-7].sum()))


def _splits(total: int, most: IntArray) -> IntArray:
    """All ways to split a total over rows that hold at most so many, shape (way, row)."""
    heads = [range(min(total, int(limit)) + 1) for limit in most[:-1]]
    if float(np.prod([float(len(head)) for head in heads])) > _MOST_TABLES:
        raise ImpastoError("Fisher's exact test", "has too many tables to count", "use the chi-square test")
    first = np.array(list(itertools.product(*heads)), dtype=np.int64).reshape(-1, len(most) - 1)
    last = total - first.sum(axis=1)
    fits = (last >= 0) & (last <= most[-1])
    return np.column_stack([first[fits], last[fits]])
