"""How much of the type I error may be spent by a share of the information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["Spending", "SpendingKind", "checked_information"]

SpendingKind = Literal["obrien-fleming", "pocock", "hwang-shih-decani"]


@dataclass(frozen=True)
class Spending:
    """A spending function.

    Parameters
    ----------
    kind : {"obrien-fleming", "pocock", "hwang-shih-decani"}
        Lan and DeMets (1983) give the first two, after the designs whose boundaries they come close to; the third is
        of Hwang, Shih and DeCani (1990).
    gamma : float
        Of the third: -4 is close to O'Brien-Fleming, 1 to Pocock, 0 spends in proportion.

    Examples
    --------
    >>> round(float(2 * Spending("obrien-fleming").spent(0.5, 0.025)), 6)
    0.003051
    """

    kind: SpendingKind = "obrien-fleming"
    gamma: float = -4.0

    def __post_init__(self) -> None:
        if self.kind not in ("obrien-fleming", "pocock", "hwang-shih-decani"):
            known = "take obrien-fleming, pocock or hwang-shih-decani"
            raise ImpastoError("spending function", f"none is called {self.kind!r}", known)

    @property
    def name(self) -> str:
        """As a paper would name it."""
        if self.kind == "hwang-shih-decani":
            return f"Hwang-Shih-DeCani (gamma = {self.gamma:g})"
        return "Lan-DeMets O'Brien-Fleming" if self.kind == "obrien-fleming" else "Lan-DeMets Pocock"

    def spent(self, information: ArrayLike, alpha: float) -> FloatArray:
        """Error spent on one side by a share of the information; `alpha` is that side's."""
        share = np.minimum(np.asarray(information, dtype=np.float64), 1.0)
        if self.kind == "obrien-fleming":
            spent: FloatArray = 2.0 * norm.sf(norm.isf(alpha / 2.0) / np.sqrt(share))
        elif self.kind == "pocock":
            spent = alpha * np.log1p((np.e - 1.0) * share)
        elif self.gamma == 0.0:
            spent = alpha * share
        else:
            spent = alpha * np.expm1(-self.gamma * share) / np.expm1(-self.gamma)
        return spent


def checked_information(information: Sequence[float] | FloatArray) -> FloatArray:
    """Shares of the information at the looks.

    Raises
    ------
    ImpastoError
        When they do not rise from above 0 to 1.
    """
    shares = np.asarray(information, dtype=np.float64)
    if (
        shares.ndim != 1
        or not shares.size
        or not (np.diff(shares, prepend=0.0) > 0.0).all()
        or shares[-1] > 1.0 + 1e-12
    ):
        problem = f"shares of the information {', '.join(f'{share:g}' for share in np.ravel(shares))}"
        raise ImpastoError("looks", problem, "let them rise from above 0 to at most 1")
    return shares
