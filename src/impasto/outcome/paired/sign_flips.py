"""The permutation test of a mean paired difference: if plans did not differ, each sign could as well be the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["SignFlips", "sign_flip_test"]

_MOST_COUNTED = 20
_DRAWS = 100_000
_BLOCK = 10_000


@dataclass(frozen=True)
class SignFlips:
    """A permutation test of the mean difference.

    Parameters
    ----------
    mean : float
        Difference, in its unit.
    p_value : float
        Two-sided.
    flips : int
        Assignments of signs that were looked at.
    is_exact : bool
        Whether these were all there are.
    """

    mean: float
    p_value: float
    flips: int
    is_exact: bool

    def sentence(self) -> str:
        """Say the result in one line."""
        how = "all" if self.is_exact else "random"
        return (
            f"sign-flip permutation test of the mean difference, two-sided: {self.mean:.4g}, p = {self.p_value:.4g} "
            f"({self.flips} {how} flips)"
        )


def sign_flip_test(differences: FloatArray, draws: int = _DRAWS, seed: int = 1) -> SignFlips:
    """Test whether the mean of paired differences is zero (Fisher 1935).

    Parameters
    ----------
    differences : ndarray, shape (pair,)
    draws : int
        Random flips where there are more than 20 pairs; the observed signs count as one of them.
    seed : int

    Raises
    ------
    ImpastoError
        When there is no pair or a difference is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ImpastoError("paired differences", "are empty or not all finite", "give one number a pair")
    observed = abs(float(values.sum()))
    nearly = observed - 1e-12 * float(np.abs(values).sum())
    if values.size <= _MOST_COUNTED:
        sums = np.zeros(1)
        for value in values:
            sums = np.concatenate([sums + value, sums - value])
        return SignFlips(float(values.mean()), float(np.mean(np.abs(sums) >= nearly)), sums.size, True)
    generator = np.random.default_rng(seed)
    as_far = 1
    for start in range(0, draws, _BLOCK):
        signs = generator.integers(0, 2, (min(_BLOCK, draws - start), values.size), dtype=np.int8) * 2 - 1
        as_far += int(np.count_nonzero(np.abs(signs @ values) >= nearly))
    return SignFlips(float(values.mean()), as_far / (draws + 1), draws + 1, False)
