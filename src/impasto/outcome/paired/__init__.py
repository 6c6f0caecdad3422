"""Paired comparison of plans in the same patients."""

from impasto.outcome.paired.comparison import PairedComparison, PairedValues, RankSum, compare_pairs, rank_sum_test
from impasto.outcome.paired.location import LocationShift, hodges_lehmann, matched_pairs_rank_biserial, walsh_averages
from impasto.outcome.paired.sign_flips import SignFlips, sign_flip_test
from impasto.outcome.paired.signed_rank import SignedRank, ZeroRule, signed_rank_test

__all__ = [
    "LocationShift",
    "PairedComparison",
    "PairedValues",
    "RankSum",
    "SignFlips",
    "SignedRank",
    "ZeroRule",
    "compare_pairs",
    "hodges_lehmann",
    "matched_pairs_rank_biserial",
    "rank_sum_test",
    "sign_flip_test",
    "signed_rank_test",
    "walsh_averages",
]
