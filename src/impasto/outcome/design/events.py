"""Events that a comparison of survival needs, and the power that given events have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import norm

from impasto.core.errors import ImpastoError

__all__ = [
    "EventFormula",
    "Sidedness",
    "detectable_hazard_ratio",
    "hazard_ratio_from_survival",
    "power_of_events",
    "required_events",
]

EventFormula = Literal["schoenfeld", "freedman"]
Sidedness = Literal["two-sided", "one-sided"]


@dataclass(frozen=True)
class _Error:
    """Quantiles of the two kinds of error."""

    alpha: float
    beta: float


def required_events(
    hazard_ratio: float,
    power: float = 0.8,
    alpha: float = 0.05,
    sided: Sidedness = "two-sided",
    allocation: float = 0.5,
    formula: EventFormula = "schoenfeld",
) -> float:
    r"""Events for a log-rank test to find a hazard ratio; not rounded.

    Schoenfeld (1981): :math:`(z_\alpha + z_\beta)^2 / (p (1-p) \ln^2 HR)`.
    Freedman (1982): :math:`(z_\alpha + z_\beta)^2 (1 + k HR)^2 / (k (1 - HR)^2)` with k the ratio of patients,
    experimental to control.

    Parameters
    ----------
    hazard_ratio : float
        Experimental to control.
    power, alpha : float
    sided : {"two-sided", "one-sided"}
    allocation : float
        Share of patients in the experimental arm.
    formula : {"schoenfeld", "freedman"}

    Examples
    --------
    >>> round(required_events(0.66), 2), round(required_events(0.66, formula="freedman"), 2)
    (181.84, 187.1)
    """
    _check(hazard_ratio, allocation)
    error = _error(power, alpha, sided)
    square = (error.alpha + error.beta) ** 2
    if formula == "schoenfeld":
        return float(square / (allocation * (1.0 - allocation) * np.log(hazard_ratio) ** 2))
    if formula == "freedman":
        ratio = allocation / (1.0 - allocation)
        return float(square * (1.0 + ratio * hazard_ratio) ** 2 / (ratio * (1.0 - hazard_ratio) ** 2))
    raise ImpastoError("events", f"no formula is called {formula!r}", "take schoenfeld or freedman")


def power_of_events(
    events: float, hazard_ratio: float, alpha: float = 0.05, sided: Sidedness = "two-sided", allocation: float = 0.5
) -> float:
    """Power of a log-rank test after so many events (Schoenfeld 1981); the far tail does not count.

    Examples
    --------
    >>> round(power_of_events(186, 0.66), 3), round(power_of_events(128, 0.66), 3)
    (0.809, 0.652)
    """
    _check(hazard_ratio, allocation)
    _check_events(events)
    drift = abs(np.log(hazard_ratio)) * np.sqrt(events * allocation * (1.0 - allocation))
    return float(norm.cdf(drift - _error(0.8, alpha, sided).alpha))


def detectable_hazard_ratio(
    events: float, power: float = 0.8, alpha: float = 0.05, sided: Sidedness = "two-sided", allocation: float = 0.5
) -> float:
    """Hazard ratio below 1 that so many events find with a power (Schoenfeld 1981).

    Examples
    --------
    >>> round(detectable_hazard_ratio(128), 3)
    0.609
    """
    _check(0.5, allocation)
    _check_events(events)
    error = _error(power, alpha, sided)
    return float(np.exp(-(error.alpha + error.beta) / np.sqrt(events * allocation * (1.0 - allocation))))


def hazard_ratio_from_survival(control: float, experimental: float) -> float:
    """Hazard ratio that two survival probabilities at one time mean, if hazards are proportional.

    Examples
    --------
    >>> round(hazard_ratio_from_survival(0.25, 0.40), 5)
    0.66096
    """
    if not (0.0 < control < 1.0 and 0.0 < experimental < 1.0):
        raise ImpastoError("survival probabilities", f"{control:g} and {experimental:g}", "give both between 0 and 1")
    return float(np.log(experimental) / np.log(control))


def _error(power: float, alpha: float, sided: Sidedness) -> _Error:
    if not (0.0 < alpha < 0.5 and 0.0 < power < 1.0):
        raise ImpastoError("errors of a trial", f"alpha {alpha:g}, power {power:g}", "give alpha < 0.5 and power < 1")
    if sided not in ("two-sided", "one-sided"):
        raise ImpastoError("errors of a trial", f"{sided!r} is no side", "take two-sided or one-sided")
    return _Error(float(norm.isf(alpha / 2 if sided == "two-sided" else alpha)), float(norm.ppf(power)))


def _check(hazard_ratio: float, allocation: float) -> None:
    if not hazard_ratio > 0.0 or hazard_ratio == 1.0:
        raise ImpastoError("hazard ratio", f"it is {hazard_ratio:g}", "give a positive one other than 1")
    if not 0.0 < allocation < 1.0:
        raise ImpastoError("allocation", f"a share of {allocation:g}", "give the experimental arm's share, 0 to 1")


def _check_events(events: float) -> None:
    if not events > 0.0:
        raise ImpastoError("events", f"there are {events:g}", "give a positive number")
