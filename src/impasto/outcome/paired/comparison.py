"""Two plans of the same patients compared: everything a paired comparison should print, and the test it should not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import mannwhitneyu

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError
from impasto.outcome.paired.location import LocationShift, hodges_lehmann, matched_pairs_rank_biserial
from impasto.outcome.paired.sign_flips import SignFlips, sign_flip_test
from impasto.outcome.paired.signed_rank import SignedRank, ZeroRule, signed_rank_test

__all__ = ["PairedComparison", "PairedValues", "RankSum", "compare_pairs", "rank_sum_test"]

_DECIMALS = 9
"""Differences of printed decimals are rounded to these, so that what is equal in print is tied."""


@dataclass(frozen=True, eq=False)
class PairedValues:
    """One figure of two plans in each patient.

    Parameters
    ----------
    quantity, unit : str
        What was measured: ``"Mean dose of the brain"``, ``"Gy"``.
    names : tuple of str
        Of the two plans.
    first, second : ndarray, shape (patient,)

    Raises
    ------
    ImpastoError
        When there are no patients, the plans have different numbers of them, or a value is not finite.
    """

    quantity: str
    unit: str
    names: tuple[str, str]
    first: FloatArray
    second: FloatArray

    def __post_init__(self) -> None:
        first, second = (np.asarray(values, dtype=np.float64) for values in (self.first, self.second))
        if first.ndim != 1 or first.shape != second.shape or not first.size:
            problem = f"{first.size} values for {self.names[0]}, {second.size} for {self.names[1]}"
            raise ImpastoError(self.quantity, problem, "give both plans of every patient, in one order")
        if not (np.isfinite(first).all() and np.isfinite(second).all()):
            raise ImpastoError(self.quantity, "a value is missing or infinite", "leave out that patient, and say so")
        object.__setattr__(self, "first", read_only(first))
        object.__setattr__(self, "second", read_only(second))

    @property
    def differences(self) -> FloatArray:
        """Second minus first, shape (patient,)."""
        return np.asarray(np.round(self.second - self.first, _DECIMALS))


@dataclass(frozen=True, eq=False)
class PairedComparison:
    """What a paired comparison prints.

    Parameters
    ----------
    values : PairedValues
    signed_rank : SignedRank
    shift : LocationShift
        Of second minus first.
    rank_biserial : float
        Negative where the second plan gives less.
    sign_flips : SignFlips
        Of the mean difference.
    """

    values: PairedValues
    signed_rank: SignedRank
    shift: LocationShift
    rank_biserial: float
    sign_flips: SignFlips


@dataclass(frozen=True)
class RankSum:
    """A Mann-Whitney test of paired values as if they were of different patients.

    Parameters
    ----------
    statistic : float
        U of the first sample.
    p_value : float
        Two-sided, by the normal approximation.
    has_correction : bool
        Whether corrected for continuity.
    counts : tuple of int
    """

    statistic: float
    p_value: float
    has_correction: bool
    counts: tuple[int, int]

    def sentence(self) -> str:
        """Say the result, and what is wrong with it, in one line."""
        correction = "with" if self.has_correction else "without"
        return (
            f"Mann-Whitney test, two-sided, normal approximation {correction} continuity correction: "
            f"U = {self.statistic:g}, p = {self.p_value:.4g}; it ignores that the values are paired"
        )


def compare_pairs(
    values: PairedValues, zero_rule: ZeroRule = ZeroRule.DROPPED, confidence: float = 0.95, seed: int = 1
) -> PairedComparison:
    """Compare two plans of the same patients.

    Parameters
    ----------
    values : PairedValues
    zero_rule : ZeroRule
        For the signed-rank test.
    confidence : float
        Of the interval of the Hodges-Lehmann estimate.
    seed : int
        For the test of the mean difference, where its sign flips are too many to count.
    """
    tested = signed_rank_test(values.differences, zero_rule)
    return PairedComparison(
        values,
        tested,
        hodges_lehmann(values.differences, confidence),
        matched_pairs_rank_biserial(tested),
        sign_flip_test(values.differences, seed=seed),
    )


def rank_sum_test(values: PairedValues, *, ignoring_pairs: bool = False, has_correction: bool = False) -> RankSum:
    """Test paired values as if they were not (Mann and Whitney 1947): only to reproduce what others printed.

    Parameters
    ----------
    values : PairedValues
    ignoring_pairs : bool
        Must be True: differences between patients hide those between plans.
    has_correction : bool
        For continuity.

    Raises
    ------
    ImpastoError
        Unless `ignoring_pairs`.
    """
    if not ignoring_pairs:
        problem = "the values are paired, and an unpaired test loses what pairing shows"
        raise ImpastoError(values.quantity, problem, "use compare_pairs, or ask for it with ignoring_pairs=True")
    first, second = _as_printed(values.first), _as_printed(values.second)
    found = mannwhitneyu(first, second, use_continuity=has_correction, alternative="two-sided", method="asymptotic")
    return RankSum(float(found.statistic), float(found.pvalue), has_correction, (len(first), len(second)))


def _as_printed(values: Sequence[float] | FloatArray) -> FloatArray:
    return np.asarray(np.round(values, _DECIMALS))
