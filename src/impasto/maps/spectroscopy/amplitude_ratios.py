"""What is known of amplitudes before a fit: weakly seen functions keep near a usual ratio to strong ones.

Without it noise is shared out among overlapping functions that no spectrum tells apart (soft constraints, Provencher
1993). Metabolites are held to the sum of the three great singlets, macromolecules to the one at 0.91 ppm.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["BRAIN_RATIOS", "GREAT_SINGLETS", "RatioRules", "UsualRatio", "ratio_rules"]

GREAT_SINGLETS: Mapping[str, float] = {"NAA": 1.0, "NAAG": 1.0, "Cr": 1.0, "PCr": 1.0, "GPC": 3.0, "PCh": 3.0}
"""tNAA + tCr + 3 tCho: what is seen best in any brain spectrum."""

_FIRST_MACROMOLECULE: Mapping[str, float] = {"MM09": 1.0}


@dataclass(frozen=True, eq=False)
class UsualRatio:
    """A basis function's usual amplitude relative to a weighted sum of others.

    Parameters
    ----------
    name : str
    mean, spread : float
        Usual ratio, and its standard deviation.
    reference : mapping of str to float
        Weights of the functions it is relative to.
    """

    name: str
    mean: float
    spread: float
    reference: Mapping[str, float]

    def __post_init__(self) -> None:
        if not self.spread > 0.0:
            raise ImpastoError(self.name, "a usual ratio with no spread is not soft", "give a positive spread")


BRAIN_RATIOS: tuple[UsualRatio, ...] = (
    *(
        UsualRatio(name, mean, mean, GREAT_SINGLETS)
        for name, mean in (("Ala", 0.04), ("Asp", 0.05), ("GABA", 0.04), ("Glc", 0.1), ("sIns", 0.02), ("Tau", 0.04))
    ),
    *(
        UsualRatio(name, mean, spread, _FIRST_MACROMOLECULE)
        for name, mean, spread in (
            ("MM12", 0.3, 0.15),
            ("MM14", 0.75, 0.45),
            ("MM17", 0.375, 0.24),
            ("MM20", 1.2, 0.4),
            ("MM23", 0.4, 0.25),
            ("MM30", 0.4, 0.2),
            ("MM32", 0.3, 0.15),
            ("MM38", 0.7, 0.35),
        )
    ),
)
"""Usual ratios in brain at short echo time.

Metabolites and macromolecules below 2 ppm: LCModel's defaults (Provencher, user's manual), the spread of MM12 widened;
above: areas relative to the line at 0.91 ppm of the order found by Behar 1994, with spreads of half of them.
"""


@dataclass(frozen=True, eq=False)
class RatioRules:
    """Usual ratios written as sums of amplitudes that should vanish.

    Parameters
    ----------
    rules : ndarray, shape (rule, name)
    references : ndarray, shape (rule, name)
        Weights of the sums that the spreads are relative to.
    spreads : ndarray, shape (rule,)
    """

    rules: FloatArray
    references: FloatArray
    spreads: FloatArray

    def weights(self, amplitudes: FloatArray, noise: FloatArray) -> FloatArray:
        """Weights of the rules' squares in units of the squared residual.

        Parameters
        ----------
        amplitudes : ndarray, shape (voxel, name)
            First estimate, from which the references are taken.
        noise : ndarray, shape (voxel,)
            Noise of the spectrum, and the least that a reference counts as.

        Returns
        -------
        ndarray, shape (voxel, rule)
        """
        reference = np.maximum(amplitudes @ self.references.T, noise[:, None] + 1e-6)
        weights: FloatArray = (noise[:, None] / (self.spreads * reference)) ** 2
        return weights


def ratio_rules(names: tuple[str, ...], ratios: tuple[UsualRatio, ...]) -> RatioRules:
    """Write down the rules for a basis set; ratios of functions that it does not have are left out.

    Parameters
    ----------
    names : tuple of str
    ratios : tuple of UsualRatio

    Returns
    -------
    RatioRules
    """
    known = [ratio for ratio in ratios if ratio.name in names and set(names) & set(ratio.reference)]
    references = np.array([[ratio.reference.get(name, 0.0) for name in names] for ratio in known])
    references = references.reshape(len(known), len(names))
    rules = -np.array([ratio.mean for ratio in known])[:, None] * references
    for row, ratio in enumerate(known):
        rules[row, names.index(ratio.name)] += 1.0
    return RatioRules(rules, references, np.array([ratio.spread for ratio in known]))
