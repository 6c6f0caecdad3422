"""The Wilcoxon signed-rank test with its zero rule, ties and correction stated; exact also where ranks are tied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.stats import norm, rankdata

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError

__all__ = ["MOST_EXACT", "SignedRank", "ZeroRule", "signed_rank_sum_counts", "signed_rank_test", "signed_ranks"]

MOST_EXACT = 60
"""Pairs up to which every assignment of signs is counted unless asked otherwise: milliseconds."""


class ZeroRule(StrEnum):
    """What becomes of pairs without a difference."""

    DROPPED = "dropped (Wilcoxon 1945)"
    RANKED = "ranked, then dropped (Pratt 1959)"


@dataclass(frozen=True)
class SignedRank:
    """A signed-rank test.

    Parameters
    ----------
    positive_sum, negative_sum : float
        Of the ranks of positive and of negative differences; equal ones share their mean rank.
    p_value : float
        Two-sided.
    is_exact : bool
        Whether every assignment of signs was counted, given the ranks as they are; else by the normal approximation.
    has_correction : bool
        Whether the approximation was corrected for continuity.
    zero_rule : ZeroRule
    pairs, zeros : int
        All pairs, and those of them without a difference.
    """

    positive_sum: float
    negative_sum: float
    p_value: float
    is_exact: bool
    has_correction: bool
    zero_rule: ZeroRule
    pairs: int
    zeros: int

    @property
    def statistic(self) -> float:
        """The smaller sum (W, or T)."""
        return min(self.positive_sum, self.negative_sum)

    def sentence(self) -> str:
        """Say the result in one line."""
        how = (
            "exact, all assignments of signs" if self.is_exact else "normal approximation, variance corrected for ties"
        )
        correction = "" if self.is_exact else f", continuity correction: {'yes' if self.has_correction else 'none'}"
        return (
            f"Wilcoxon signed-rank test, two-sided: W = {self.statistic:g}, p = {self.p_value:.4g} ({how}{correction}; "
            f"{self.pairs} pairs, {self.zeros} without a difference: {self.zero_rule.value})"
        )


def signed_rank_test(
    differences: FloatArray,
    zero_rule: ZeroRule = ZeroRule.DROPPED,
    is_exact: bool | None = None,
    has_correction: bool = False,
) -> SignedRank:
    """Test whether paired differences lie symmetrically about zero (Wilcoxon 1945).

    Parameters
    ----------
    differences : ndarray, shape (pair,)
    zero_rule : ZeroRule
    is_exact : bool, optional
        Whether to count all assignments of signs; when not given, up to 60 pairs.
    has_correction : bool
        Continuity correction of the normal approximation, 0.5 towards the mean.

    Returns
    -------
    SignedRank
        With p 1 where no pair differs.

    Raises
    ------
    ImpastoError
        When there is no pair or a difference is not finite.
    """
    ranks, signs = signed_ranks(differences, zero_rule)
    positive, negative = float(ranks[signs > 0].sum()), float(ranks[signs < 0].sum())
    exact = len(ranks) <= MOST_EXACT if is_exact is None else is_exact
    if not len(ranks):
        p_value = 1.0
    elif exact:
        p_value = _exact_p(ranks, min(positive, negative))
    else:
        p_value = _normal_p(ranks, positive, has_correction)
    zeros = int(np.count_nonzero(np.asarray(differences) == 0.0))
    return SignedRank(
        positive, negative, p_value, exact, has_correction and not exact, zero_rule, len(differences), zeros
    )


def signed_ranks(differences: FloatArray, zero_rule: ZeroRule) -> tuple[FloatArray, IntArray]:
    """Rank the sizes of differences.

    Returns
    -------
    ranks : ndarray, shape (difference that is not zero,)
        Mean ranks where sizes are equal.
    signs : ndarray of int, same shape

    Raises
    ------
    ImpastoError
        When there is no pair or a difference is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ImpastoError("paired differences", "are empty or not all finite", "give one number a pair")
    counted = values if zero_rule is ZeroRule.RANKED else values[values != 0.0]
    ranks = rankdata(np.abs(counted)) if counted.size else np.zeros(0)
    kept = counted != 0.0
    return np.asarray(ranks[kept], dtype=np.float64), np.sign(counted[kept]).astype(np.int64)


def signed_rank_sum_counts(ranks: FloatArray) -> FloatArray:
    """Count the assignments of signs by the sum of positive ranks.

    Parameters
    ----------
    ranks : ndarray, shape (pair,)
        Whole or half numbers.

    Returns
    -------
    ndarray
        Share of all assignments whose sum is half the index.

    Examples
    --------
    >>> signed_rank_sum_counts(np.array([1.0, 2.0])).tolist()
    [0.25, 0.0, 0.25, 0.0, 0.25, 0.0, 0.25]
    """
    doubled = np.rint(2.0 * ranks).astype(np.int64)
    shares = np.zeros(int(doubled.sum()) + 1)
    shares[0] = 1.0
    for rank in doubled:
        moved = np.zeros_like(shares)
        moved[rank:] = shares[: len(shares) - rank]
        shares = 0.5 * (shares + moved)
    return shares


def _exact_p(ranks: FloatArray, smaller: float) -> float:
    tail = signed_rank_sum_counts(ranks)[: round(2.0 * smaller) + 1].sum()
    return float(min(1.0, 2.0 * tail))


def _normal_p(ranks: FloatArray, positive: float, has_correction: bool) -> float:
    """Variance of the sum over all assignments of signs to these ranks: ties and zeros are in it."""
    away = abs(positive - 0.5 * float(ranks.sum()))
    spread = 0.5 * float(np.sqrt(np.sum(ranks**2)))
    return float(2.0 * norm.sf(max(away - (0.5 if has_correction else 0.0), 0.0) / spread))
