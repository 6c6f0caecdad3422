"""By how much paired values differ: the Hodges-Lehmann estimate and its interval; the rank-biserial correlation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.paired.signed_rank import MOST_EXACT, SignedRank, signed_rank_sum_counts

__all__ = ["LocationShift", "hodges_lehmann", "matched_pairs_rank_biserial", "walsh_averages"]


@dataclass(frozen=True)
class LocationShift:
    """A pseudomedian with a confidence interval.

    Parameters
    ----------
    estimate, low, high : float
        In the unit of the differences.
    confidence : float
        Asked for.
    reached : float
        Of the interval: ranks are whole, so it holds at least what was asked for.
    pairs : int
    """

    estimate: float
    low: float
    high: float
    confidence: float
    reached: float
    pairs: int


def walsh_averages(differences: FloatArray) -> FloatArray:
    """Average every two differences, and each with itself, ascending, shape (n (n + 1) / 2,).

    Examples
    --------
    >>> walsh_averages(np.array([0.0, 2.0, 4.0])).tolist()
    [0.0, 1.0, 2.0, 2.0, 3.0, 4.0]
    """
    first, second = np.triu_indices(len(differences))
    return np.asarray(np.sort(0.5 * (differences[first] + differences[second])))


def hodges_lehmann(differences: FloatArray, confidence: float = 0.95) -> LocationShift:
    """Estimate the centre of paired differences: the median of all Walsh averages (Hodges and Lehmann 1963).

    The interval holds the shifts that the signed-rank test would not reject (Tukey 1949), by the exact distribution of
    the rank sum without ties up to 60 pairs, by the normal approximation beyond.

    Parameters
    ----------
    differences : ndarray, shape (pair,)
        Zeros are kept.
    confidence : float

    Raises
    ------
    ImpastoError
        When there is no pair, a difference is not finite, or the confidence is not between 0 and 1.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ImpastoError("paired differences", "are empty or not all finite", "give one number a pair")
    if not 0.0 < confidence < 1.0:
        raise ImpastoError("confidence", f"{confidence:g}", "give a share between 0 and 1, such as 0.95")
    averages = walsh_averages(values)
    left_out, reached = _left_out(len(values), 1.0 - confidence)
    return LocationShift(
        float(np.median(averages)),
        float(averages[left_out]),
        float(averages[len(averages) - 1 - left_out]),
        confidence,
        reached,
        len(values),
    )


def matched_pairs_rank_biserial(tested: SignedRank) -> float:
    """Favourable minus unfavourable share of the rank sum (Kerby 2014): -1 where every difference is negative.

    NaN where no pair differs.
    """
    whole = tested.positive_sum + tested.negative_sum
    return (tested.positive_sum - tested.negative_sum) / whole if whole else float("nan")


def _left_out(pairs: int, error: float) -> tuple[int, float]:
    """How many averages lie outside the interval at each end, and the confidence that it reaches."""
    if pairs <= MOST_EXACT:
        at_most = np.cumsum(signed_rank_sum_counts(np.arange(1.0, pairs + 1.0))[::2])
        # with few pairs even all averages together hold less than was asked for
        left_out = max(int(np.searchsorted(at_most, 0.5 * error, side="right")) - 1, 0)
        return left_out, 1.0 - 2.0 * float(at_most[left_out])
    mean = 0.25 * pairs * (pairs + 1)
    spread = float(np.sqrt(mean * (2 * pairs + 1) / 6.0))
    left_out = int(np.floor(mean - float(norm.isf(0.5 * error)) * spread - 0.5))
    return left_out, float(1.0 - 2.0 * norm.cdf((left_out + 0.5 - mean) / spread))
