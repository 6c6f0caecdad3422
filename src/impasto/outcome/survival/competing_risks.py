"""Cumulative incidence of events that exclude each other, by Aalen and Johansen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from impasto.core.arrays import BoolArray, FloatArray, IntArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["CompetingFollowUp", "CumulativeIncidence", "cumulative_incidence"]


@dataclass(frozen=True, eq=False)
class CompetingFollowUp:
    """Follow-up that ends by one of several events, or without any.

    Parameters
    ----------
    time : array_like, shape (patient,)
    cause : array_like of int, shape (patient,)
        0 where follow-up ended without an event, k for the k-th of `causes`.
    causes : sequence of str
        Names of the events, such as local failure and death without it.
    time_unit : str

    Raises
    ------
    ImpastoError
        When shapes disagree, a time is missing or negative, or a cause has no name.
    """

    time: FloatArray
    cause: IntArray
    causes: tuple[str, ...]
    time_unit: str = "months"

    def __init__(self, time: ArrayLike, cause: ArrayLike, causes: Sequence[str], time_unit: str = "months") -> None:
        times, found = np.array(time, dtype=np.float64), np.array(cause)
        if times.ndim != 1 or times.shape != found.shape or not times.size:
            problem = f"times of shape {times.shape} do not go with causes of shape {found.shape}"
            raise ImpastoError("competing risks", problem, "give one time and one cause for each patient")
        if not np.isfinite(times).all() or (times < 0.0).any():
            raise ImpastoError("competing risks", "a time is missing or negative", "give times from 0 on")
        if not np.isin(found, np.arange(len(causes) + 1)).all():
            problem = f"a cause is none of 0 to {len(causes)}"
            raise ImpastoError("competing risks", problem, "code censoring 0 and name every cause")
        object.__setattr__(self, "time", read_only(times))
        object.__setattr__(self, "cause", read_only(found.astype(np.int64)))
        object.__setattr__(self, "causes", tuple(causes))
        object.__setattr__(self, "time_unit", time_unit)

    @property
    def patients(self) -> int:
        """Number of patients."""
        return len(self.time)

    def number(self, cause: str) -> int:
        """Code of a cause.

        Raises
        ------
        ImpastoError
            When there is no such cause.
        """
        if cause not in self.causes:
            raise ImpastoError(
                "competing risks", f"there is no cause {cause!r}", f"take one of {', '.join(self.causes)}"
            )
        return self.causes.index(cause) + 1

    def of(self, chosen: BoolArray) -> CompetingFollowUp:
        """Return the follow-up of the chosen patients."""
        return CompetingFollowUp(self.time[chosen], self.cause[chosen], self.causes, self.time_unit)


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """Probability of having had one kind of event, as a step function.

    Parameters
    ----------
    cause : str
    time : ndarray, shape (time,)
        Distinct times of events of any cause or of censoring, ascending.
    at_risk : ndarray of int, shape (time,)
    events : ndarray of int, shape (time,)
        Of this cause.
    incidence, standard_error, lower, upper : ndarray, shape (time,)
        Limits symmetric on the scale log(-log).
    confidence : float
    time_unit : str
    """

    cause: str
    time: FloatArray
    at_risk: IntArray
    events: IntArray
    incidence: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    confidence: float
    time_unit: str

    def at(self, time: ArrayLike) -> FloatArray:
        """Incidence at given times; NaN beyond the last."""
        times = np.asarray(time, dtype=np.float64)
        found = np.append(0.0, self.incidence)[np.searchsorted(self.time, times, side="right")]
        return np.where(times <= self.time[-1], found, np.nan)

    def at_risk_at(self, time: ArrayLike) -> IntArray:
        """Count those still at risk just before given times."""
        place = np.searchsorted(self.time, np.asarray(time, dtype=np.float64), side="left")
        counts: IntArray = np.append(self.at_risk, 0)[place]
        return counts


def cumulative_incidence(follow_up: CompetingFollowUp, cause: str, confidence: float = 0.95) -> CumulativeIncidence:
    """Estimate how many have had one kind of event, where the others prevent it (Aalen and Johansen 1978).

    One minus a survival curve that censors the others would answer for a world without them, and be higher. The
    standard error is of Greenwood's kind (Andersen, Borgan, Gill and Keiding 1993, section IV.4): with a single
    cause it is that of the survival curve. Equal times are taken as they are, not jittered.

    Examples
    --------
    >>> found = CompetingFollowUp([1, 2, 3, 4], [1, 2, 1, 0], ["relapse", "death"])
    >>> cumulative_incidence(found, "relapse").incidence.tolist()
    [0.25, 0.25, 0.5, 0.5]
    """
    number = follow_up.number(cause)
    time, place = np.unique(follow_up.time, return_inverse=True)
    own = np.bincount(place, weights=follow_up.cause == number, minlength=len(time)).astype(np.float64)
    every = np.bincount(place, weights=follow_up.cause > 0, minlength=len(time)).astype(np.float64)
    at_risk = follow_up.patients - np.append(0, np.cumsum(np.bincount(place))[:-1])
    survival = np.cumprod(1.0 - every / at_risk)
    before = np.append(1.0, survival[:-1])
    incidence = np.cumsum(before * own / at_risk)
    error = np.sqrt(np.maximum(_variance(at_risk.astype(float), own, every - own, survival, incidence), 0.0))
    lower, upper = _limits(incidence, error, float(norm.isf(0.5 - 0.5 * confidence)))
    return CumulativeIncidence(
        cause, time, at_risk, own.astype(np.int64), incidence, error, lower, upper, confidence, follow_up.time_unit
    )


def _variance(
    at_risk: FloatArray, own: FloatArray, other: FloatArray, survival: FloatArray, incidence: FloatArray
) -> FloatArray:
    """Variance of the incidence at each time: a quadratic in the incidence reached, summed over earlier events.

    An own event at t raises the incidence at T by S(t-)(1 - g) per unit of hazard, another lowers it by S(t-) g, with
    g = (F(T) - F(t)) / S(t), the chance that a survivor of t has the event by T.
    """
    before = np.append(1.0, survival[:-1])
    inverse = np.where(survival > 0.0, 1.0 / np.where(survival > 0.0, survival, 1.0), 0.0)
    rest, gone = 1.0 + incidence * inverse, incidence * inverse
    weight = before**2 / at_risk**3
    own_variance, other_variance = weight * own * (at_risk - own), weight * other * (at_risk - other)
    shared = -weight * own * other
    constant = own_variance * rest**2 + other_variance * gone**2 + 2.0 * shared * rest * gone
    linear = own_variance * rest + other_variance * gone + shared * (rest + gone)
    square = own_variance + other_variance + 2.0 * shared
    sums = (np.cumsum(part) for part in (constant, linear * inverse, square * inverse**2))
    first, second, third = sums
    variance: FloatArray = first - 2.0 * incidence * second + incidence**2 * third
    return variance


def _limits(incidence: FloatArray, error: FloatArray, z: float) -> tuple[FloatArray, FloatArray]:
    inside = (incidence > 0.0) & (incidence < 1.0)
    f = np.where(inside, incidence, 0.5)
    spread = np.minimum(z * np.where(inside, error, 0.0) / (f * np.abs(np.log(f))), 500.0)
    return np.where(inside, f ** np.exp(spread), incidence), np.where(inside, f ** np.exp(-spread), incidence)
