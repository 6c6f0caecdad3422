"""What is known of amplitudes before a fit: weakly seen functions keep near a usual ratio to strong ones.

Without it noise is shared out among overlapping functions that no spectrum tells apart. The usual ratios and their
spreads are those of Provencher's manual for brain at short echo time, relative to the sum of the three great singlets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray

__all__ = ["BRAIN_RATIOS", "UsualRatio", "ratio_rules"]

_GREAT_SINGLETS = {"NAA": 1.0, "NAAG": 1.0, "Cr": 1.0, "PCr": 1.0, "GPC": 3.0, "PCh": 3.0, "Cho": 3.0}


@dataclass(frozen=True)
class UsualRatio:
    """A basis function's usual amplitude relative to the great singlets (tNAA + tCr + 3 tCho), and its spread."""

    name: str
    mean: float
    spread: float


BRAIN_RATIOS: tuple[UsualRatio, ...] = (
    UsualRatio("Ala", 0.04, 0.04),
    UsualRatio("Asp", 0.05, 0.05),
    UsualRatio("GABA", 0.04, 0.04),
    UsualRatio("Glc", 0.10, 0.10),
    UsualRatio("sIns", 0.02, 0.02),
    UsualRatio("Tau", 0.04, 0.04),
)


def ratio_rules(names: tuple[str, ...], ratios: tuple[UsualRatio, ...]) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Write usual ratios as sums of amplitudes that should vanish.

    Parameters
    ----------
    names : tuple of str
        The basis functions; ratios of others are left out.
    ratios : tuple of UsualRatio

    Returns
    -------
    rules : ndarray, shape (rule, name)
    spreads : ndarray, shape (rule,)
        In units of the great singlets' sum.
    singlets : ndarray, shape (name,)
        Weights that give that sum.
    """
    singlets = np.array([_GREAT_SINGLETS.get(name, 0.0) for name in names])
    known = [ratio for ratio in ratios if ratio.name in names]
    rules = np.zeros((len(known), len(names)))
    for row, ratio in enumerate(known):
        rules[row] = -ratio.mean * singlets
        rules[row, names.index(ratio.name)] += 1.0
    return rules, np.array([ratio.spread for ratio in known]), singlets
