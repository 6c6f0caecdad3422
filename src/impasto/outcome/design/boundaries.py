"""Boundaries of group-sequential tests: by spending functions, and the classic ones of O'Brien-Fleming and Pocock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.design.crossing import Continuing, continue_to, crossing_probabilities, start_at
from impasto.outcome.design.events import Sidedness
from impasto.outcome.design.spending import Spending, checked_information

__all__ = [
    "Boundaries",
    "BoundaryFamily",
    "equal_looks",
    "named_boundaries",
    "spending_boundaries",
    "wang_tsiatis_boundaries",
]

BoundaryFamily = Literal["obrien-fleming", "pocock", "hwang-shih-decani", "classic-obrien-fleming", "classic-pocock"]
"""Spending functions by Lan and DeMets or Hwang, Shih and DeCani, and the classic designs."""

_HIGHEST_Z = 38.0
"""Above it a normal tail is zero in double precision."""


@dataclass(frozen=True, eq=False)
class Boundaries:
    """Boundaries of a group-sequential test for superiority.

    Parameters
    ----------
    name : str
        Of the spending function or of the classic design.
    information : ndarray, shape (look,)
        Shares of the information at the looks.
    z : ndarray, shape (look,)
        The trial stops when the statistic reaches it; on either side when two-sided.
    alpha : float
        Of both sides together when two-sided.
    sided : {"two-sided", "one-sided"}
    alpha_spent : ndarray, shape (look,)
        Up to and with each look, both sides together.
    """

    name: str
    information: FloatArray
    z: FloatArray
    alpha: float
    sided: Sidedness
    alpha_spent: FloatArray

    @property
    def nominal_p(self) -> FloatArray:
        """The p-value that each boundary corresponds to, on as many sides as the test has, shape (look,)."""
        p: FloatArray = norm.sf(self.z) * (2.0 if self.sided == "two-sided" else 1.0)
        return p

    @property
    def lower_z(self) -> FloatArray:
        """Boundaries of the other side: mirrored when two-sided, else none."""
        return -self.z if self.sided == "two-sided" else np.full(len(self.z), -np.inf)

    def events_at_looks(self, events: float) -> IntArray:
        """Whole events at each look, rounded up, when `events` are the full information, shape (look,)."""
        # 93.00000000000001 events are 93
        return np.ceil(np.round(events * self.information, 9)).astype(np.int64)

    def hazard_ratios(self, events: float, allocation: float = 0.5) -> FloatArray:
        """Hazard ratio that meets each boundary after the whole events of its look (Schoenfeld 1981), shape (look,).

        Parameters
        ----------
        events : float
            At full information; see :meth:`events_at_looks`.
        allocation : float
        """
        counts = self.events_at_looks(events) * allocation * (1.0 - allocation)
        ratios: FloatArray = np.exp(-self.z / np.sqrt(counts))
        return ratios

    def power_by_look(self, drift: float) -> FloatArray:
        """Chance to have rejected the null hypothesis by each look, on either side when two-sided.

        Parameters
        ----------
        drift : float
            Expected z at full information.
        """
        lower, upper = crossing_probabilities(self.information, self.lower_z, self.z, drift)
        stopped: FloatArray = np.cumsum(lower + upper)
        return stopped

    def drift_for(self, power: float) -> float:
        """Find the expected z at full information that gives a power.

        Raises
        ------
        ImpastoError
            When the power is not between alpha and 1.
        """
        if not self.alpha_spent[-1] < power < 1.0:
            raise ImpastoError("power", f"it is {power:g}", f"give one between {self.alpha_spent[-1]:g} and 1")
        return float(brentq(lambda drift: self.power_by_look(drift)[-1] - power, 0.0, 12.0, xtol=1e-12))

    def inflation(self, power: float) -> float:
        """Information of this design over that of a trial with one look, for the same power.

        Examples
        --------
        >>> round(spending_boundaries([0.5, 1.0]).inflation(0.8), 6)
        1.003722
        """
        side = self.alpha / 2.0 if self.sided == "two-sided" else self.alpha
        return float((self.drift_for(power) / (norm.isf(side) + norm.ppf(power))) ** 2)

    def expected_information(self, drift: float) -> float:
        """Mean share of the information at which the trial stops."""
        lower, upper = crossing_probabilities(self.information, self.lower_z, self.z, drift)
        stops = (lower + upper)[:-1]
        return float(stops @ self.information[:-1] + (1.0 - stops.sum()) * self.information[-1])


def equal_looks(looks: int) -> FloatArray:
    """Shares of the information at equally spaced looks."""
    if looks < 1:
        raise ImpastoError("looks", f"there are {looks}", "have at least one")
    return np.arange(1, looks + 1) / looks


def spending_boundaries(
    information: Sequence[float] | FloatArray,
    alpha: float = 0.05,
    sided: Sidedness = "two-sided",
    spending: Spending | None = None,
    spend_all_at_last: bool = False,
) -> Boundaries:
    """Boundaries that spend the type I error along a function (Lan and DeMets 1983).

    Parameters
    ----------
    information : sequence of float
        Share of the planned information at each look, ascending; below 1 at the last for a trial stopped early.
    alpha : float
        Of both sides together when two-sided; each side then spends half.
    sided : {"two-sided", "one-sided"}
    spending : Spending, optional
        O'Brien-Fleming by default.
    spend_all_at_last : bool
        Spend what is left at the last look even when it comes before full information.

    Examples
    --------
    >>> spending_boundaries([0.5, 1.0]).z.round(4).tolist()
    [2.9626, 1.9686]
    """
    shares = checked_information(information)
    side = _side(alpha, sided)
    function = Spending() if spending is None else spending
    spent = function.spent(shares, side)
    if spend_all_at_last:
        spent[-1] = side
    z = _solved(shares, np.diff(spent, prepend=0.0), sided)
    total = spent * (2.0 if sided == "two-sided" else 1.0)
    return Boundaries(function.name, shares, z, alpha, sided, total)


def wang_tsiatis_boundaries(
    information: Sequence[float] | FloatArray, shape: float, alpha: float = 0.05, sided: Sidedness = "two-sided"
) -> Boundaries:
    r"""Boundaries :math:`c\, t^{\Delta - 1/2}` (Wang and Tsiatis 1987): the classic designs.

    Parameters
    ----------
    information : sequence of float
        Shares at the looks; equally spaced in the classic designs.
    shape : float
        Delta: 0 is O'Brien and Fleming (1979), 0.5 Pocock (1977).
    alpha : float
    sided : {"two-sided", "one-sided"}

    Examples
    --------
    >>> wang_tsiatis_boundaries([0.5, 1.0], 0.0).z.round(4).tolist()
    [2.7965, 1.9774]
    """
    shares = checked_information(information)
    side = _side(alpha, sided)
    form = shares ** (shape - 0.5)

    def crossed(constant: float) -> FloatArray:
        z = constant * form
        low = -z if sided == "two-sided" else np.full(len(z), -np.inf)
        return crossing_probabilities(shares, low, z, 0.0)[1]

    constant = float(brentq(lambda c: crossed(c).sum() - side, 0.5, 12.0, xtol=1e-12))
    name = {0.0: "O'Brien-Fleming", 0.5: "Pocock"}.get(shape, f"Wang-Tsiatis (Delta = {shape:g})")
    total = np.cumsum(crossed(constant)) * (2.0 if sided == "two-sided" else 1.0)
    return Boundaries(name, shares, constant * form, alpha, sided, total)


def named_boundaries(
    family: BoundaryFamily,
    information: Sequence[float] | FloatArray,
    alpha: float = 0.05,
    sided: Sidedness = "two-sided",
    gamma: float = -4.0,
) -> Boundaries:
    """Boundaries by the name of their family; `gamma` is of Hwang-Shih-DeCani only."""
    if family == "classic-obrien-fleming":
        return wang_tsiatis_boundaries(information, 0.0, alpha, sided)
    if family == "classic-pocock":
        return wang_tsiatis_boundaries(information, 0.5, alpha, sided)
    return spending_boundaries(information, alpha, sided, Spending(family, gamma))


def _solved(information: FloatArray, increments: FloatArray, sided: Sidedness) -> FloatArray:
    """Boundary at each look that is crossed first there with the chance it may spend."""
    now = start_at(0.0, 0.0, 0.0)
    z = np.empty(len(information))
    for look, share in enumerate(information):
        z[look] = _boundary(now, share, increments[look])
        high = z[look] * np.sqrt(share)
        now = continue_to(now, share, -high if sided == "two-sided" else -np.inf, high)
    return z


def _boundary(now: Continuing, share: float, increment: float) -> float:
    if increment <= 0.0 or now.beyond(share, _HIGHEST_Z * np.sqrt(share)) >= increment:
        return float("inf")
    return float(
        brentq(
            lambda z: np.log(max(now.beyond(share, z * np.sqrt(share)), 1e-320)) - np.log(increment),
            -10.0, _HIGHEST_Z, xtol=1e-12, rtol=1e-13,
        )
    )  # fmt: skip


def _side(alpha: float, sided: Sidedness) -> float:
    if not 0.0 < alpha < 0.5:
        raise ImpastoError("alpha", f"it is {alpha:g}", "give one between 0 and 0.5")
    if sided not in ("two-sided", "one-sided"):
        raise ImpastoError("test", f"{sided!r} is no side", "take two-sided or one-sided")
    return alpha / 2.0 if sided == "two-sided" else alpha
