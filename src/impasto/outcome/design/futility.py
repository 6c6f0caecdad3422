"""Boundaries of futility: by a beta spending function, not binding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.design.boundaries import Boundaries
from impasto.outcome.design.crossing import Continuing, continue_to, crossing_probabilities, start_at
from impasto.outcome.design.spending import Spending

__all__ = ["FutilityBoundaries", "futility_boundaries"]

_LEAST_Z, _LARGEST_DRIFT = -30.0, 14.0
_LEAST_INCREMENT = 1e-9
"""Type II error below which a look has no boundary."""


@dataclass(frozen=True, eq=False)
class FutilityBoundaries:
    """At or below which statistic a trial may stop because benefit has become unlikely.

    Parameters
    ----------
    name : str
        Of the spending function.
    boundaries : Boundaries
        For superiority; not moved by these, so the type I error holds whether or not they are followed.
    z : ndarray, shape (look,)
        Negatively infinite where less than 1e-9 is to be spent; at the last look the boundary for superiority.
    beta : float
        Type II error under the planned effect when they are followed.
    beta_spent : ndarray, shape (look,)
        Up to and with each look.
    drift : float
        Expected z at full information that gives the power 1 - beta.
    """

    name: str
    boundaries: Boundaries
    z: FloatArray
    beta: float
    beta_spent: FloatArray
    drift: float

    @property
    def inflation(self) -> float:
        """Information of this design over that of a trial with one look, for the same power."""
        side = self.boundaries.alpha / (2.0 if self.boundaries.sided == "two-sided" else 1.0)
        return float((self.drift / (norm.isf(side) + norm.isf(self.beta))) ** 2)

    def hazard_ratios(self, events: float, allocation: float = 0.5) -> FloatArray:
        """Hazard ratio that meets each boundary after the whole events of its look (Schoenfeld 1981), shape (look,).

        Parameters
        ----------
        events : float
            At full information; looks are at its shares, rounded up.
        allocation : float
        """
        counts = self.boundaries.events_at_looks(events) * allocation * (1.0 - allocation)
        with np.errstate(over="ignore"):
            ratios: FloatArray = np.exp(-self.z / np.sqrt(counts))
        return ratios

    def chances(self, drift: float) -> tuple[FloatArray, FloatArray]:
        """Chance to have stopped for futility, and for benefit, by each look when they are followed, shape (look,)."""
        lower, upper = crossing_probabilities(self.boundaries.information, self.z, self.boundaries.z, drift)
        return np.cumsum(lower), np.cumsum(upper)

    def expected_information(self, drift: float) -> float:
        """Mean share of the information at which the trial stops when they are followed."""
        information = self.boundaries.information
        lower, upper = crossing_probabilities(information, self.z, self.boundaries.z, drift)
        stops = (lower + upper)[:-1]
        return float(stops @ information[:-1] + (1.0 - stops.sum()) * information[-1])


def futility_boundaries(
    boundaries: Boundaries, beta: float = 0.2, spending: Spending | None = None
) -> FutilityBoundaries:
    """Spend the type II error along a function (Pampallona, Tsiatis and Kim 2001; Lan and DeMets 1983).

    At each look the chance to fall to the boundary for the first time, under the effect that the trial is planned for,
    is what the function adds. The planned drift is the one under which both boundaries meet at the last look. The
    boundaries for superiority stay as they are: who goes on in spite of futility keeps the type I error. Of a two-sided
    test, benefit is meant; the chance of showing harm under the planned effect is neglected.

    Parameters
    ----------
    boundaries : Boundaries
    beta : float
        One minus power.
    spending : Spending, optional
        O'Brien-Fleming by default.

    Raises
    ------
    ImpastoError
        When beta is not between 0 and one minus alpha.

    Examples
    --------
    >>> from impasto.outcome.design.boundaries import spending_boundaries
    >>> futility_boundaries(spending_boundaries([0.5, 1.0]), 0.2).z.round(3).tolist()
    [0.559, 1.969]
    """
    if not 0.0 < beta < 1.0 - boundaries.alpha:
        raise ImpastoError("beta", f"it is {beta:g}", f"give one between 0 and {1.0 - boundaries.alpha:g}")
    if not np.isfinite(boundaries.z[-1]):
        raise ImpastoError("futility", "the last look cannot reject", "let the looks reach full information")
    function = Spending() if spending is None else spending
    spent = function.spent(boundaries.information, beta)
    spent[-1] = beta
    increments = np.diff(spent, prepend=0.0)

    def unspent(drift: float) -> float:
        return float(_below_last(boundaries, increments, drift)[1] - increments[-1])

    drift = float(brentq(unspent, 0.01, _LARGEST_DRIFT, xtol=1e-12))
    z, _ = _below_last(boundaries, increments, drift)
    return FutilityBoundaries(function.name, boundaries, z, beta, spent, drift)


def _below_last(boundaries: Boundaries, increments: FloatArray, drift: float) -> tuple[FloatArray, float]:
    """Boundaries up to the last look but one, and the chance to get to the last and miss superiority there."""
    now = start_at(0.0, 0.0, drift)
    z = np.append(np.empty(len(increments) - 1), boundaries.z[-1])
    for look, share in enumerate(boundaries.information[:-1]):
        # no higher than superiority: a drift that would want it is too large, and misses too little at the last look
        z[look] = min(_boundary(now, share, increments[look]), boundaries.z[look])
        now = continue_to(now, share, z[look] * np.sqrt(share), boundaries.z[look] * np.sqrt(share))
    last = boundaries.information[-1]
    return z, now.below(last, boundaries.z[-1] * np.sqrt(last))


def _boundary(now: Continuing, share: float, increment: float) -> float:
    scale = np.sqrt(share)
    if increment <= _LEAST_INCREMENT:
        return -np.inf
    high = 40.0
    if now.below(share, high * scale) <= increment:
        return high
    return float(
        brentq(
            lambda z: np.log(max(now.below(share, z * scale), 1e-320)) - np.log(increment),
            _LEAST_Z, high, xtol=1e-12, rtol=1e-13,
        )
    )  # fmt: skip
