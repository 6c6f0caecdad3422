"""The product-limit estimate of survival, its confidence limits, quantiles and numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.follow_up import FollowUp

__all__ = ["Interval", "SurvivalCurve", "SurvivalTime", "kaplan_meier", "reverse_kaplan_meier"]

Interval = Literal["log-log", "log", "plain"]
"""Scale on which a confidence interval of survival is symmetric."""


@dataclass(frozen=True)
class SurvivalTime:
    """The time by which a share of patients had the event; infinite where that is not reached.

    Parameters
    ----------
    share : float
    time, lower, upper : float
        Limits by inverting the pointwise limits of the curve (Brookmeyer and Crowley 1982).
    confidence : float
    """

    share: float
    time: float
    lower: float
    upper: float
    confidence: float


@dataclass(frozen=True, eq=False)
class SurvivalCurve:
    """A survival curve as a step function, one entry for each distinct time of an event or of censoring.

    Parameters
    ----------
    time : ndarray, shape (time,)
        Ascending.
    at_risk, events, censored : ndarray of int, shape (time,)
        At risk just before the time; events and censored at it (censored patients were at risk of the events).
    survival, standard_error : ndarray, shape (time,)
        From the time on; the error is Greenwood's.
    lower, upper : ndarray, shape (time,)
        Pointwise limits; NaN where survival is 0.
    confidence : float
    interval : {"log-log", "log", "plain"}
    time_unit : str
    """

    time: FloatArray
    at_risk: IntArray
    events: IntArray
    censored: IntArray
    survival: FloatArray
    standard_error: FloatArray
    lower: FloatArray
    upper: FloatArray
    confidence: float
    interval: Interval
    time_unit: str

    def at(self, time: ArrayLike) -> FloatArray:
        """Survival at given times; 1 before the first, NaN beyond the last unless it is 0 by then."""
        return self._step(self.survival, time, 1.0)

    def limits_at(self, time: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limit at given times."""
        return self._step(self.lower, time, 1.0), self._step(self.upper, time, 1.0)

    def at_risk_at(self, time: ArrayLike) -> IntArray:
        """Count those still at risk just before given times, as printed below a curve."""
        place = np.searchsorted(self.time, np.asarray(time, dtype=np.float64), side="left")
        counts: IntArray = np.append(self.at_risk, 0)[place]
        return counts

    def time_by(self, share: float) -> SurvivalTime:
        """Time by which a share of patients had the event.

        Where the curve is level exactly at the wanted survival, the middle of the level is taken (as R's survfit).
        """
        if not 0.0 < share < 1.0:
            raise ImpastoError("quantile of survival", f"a share of {share:g}", "give one between 0 and 1")
        bounds = [self._crossing(curve, 1.0 - share) for curve in (self.survival, self.lower, self.upper)]
        return SurvivalTime(share, bounds[0], bounds[1], bounds[2], self.confidence)

    def median(self) -> SurvivalTime:
        """Median survival time with its limits."""
        return self.time_by(0.5)

    def _step(self, values: FloatArray, time: ArrayLike, before: float) -> FloatArray:
        times = np.asarray(time, dtype=np.float64)
        place = np.searchsorted(self.time, times, side="right")
        found = np.append(before, values)[place]
        is_known = (times <= self.time[-1]) | (self.survival[-1] <= 0.0)
        return np.where(is_known, found, np.nan)

    def _crossing(self, curve: FloatArray, level: float) -> float:
        below = np.flatnonzero(curve < level + 1e-12)
        if not below.size:
            return float("inf")
        first = int(below[0])
        under = np.flatnonzero(curve < level - 1e-12)
        if abs(curve[first] - level) > 1e-12 or not under.size:
            return float(self.time[first])
        return float(0.5 * (self.time[first] + self.time[under[0]]))


def kaplan_meier(follow_up: FollowUp, confidence: float = 0.95, interval: Interval = "log-log") -> SurvivalCurve:
    """Estimate survival by the product limit (Kaplan and Meier 1958).

    Parameters
    ----------
    follow_up : FollowUp
    confidence : float
        Of the pointwise limits.
    interval : {"log-log", "log", "plain"}
        Complementary log-log keeps limits within 0 and 1 (Kalbfleisch and Prentice 1980); "log" is R's default.

    Returns
    -------
    SurvivalCurve

    Examples
    --------
    >>> kaplan_meier(FollowUp([1.0, 2.0, 3.0, 4.0], [1, 0, 1, 0])).survival.round(4).tolist()
    [0.75, 0.75, 0.375, 0.375]
    """
    if interval not in get_args(Interval):
        raise ImpastoError(
            "survival curve", f"no interval is called {interval!r}", f"take {', '.join(get_args(Interval))}"
        )
    if not 0.0 < confidence < 1.0:
        raise ImpastoError("survival curve", f"a confidence of {confidence:g}", "give one between 0 and 1")
    time, place = np.unique(follow_up.time, return_inverse=True)
    events = np.bincount(place, weights=follow_up.event, minlength=len(time)).astype(np.int64)
    leaving = np.bincount(place, minlength=len(time))
    at_risk = follow_up.patients - np.append(0, np.cumsum(leaving)[:-1])
    survival = np.cumprod(1.0 - events / at_risk)
    relative_variance = _greenwood(at_risk, events)
    error = np.where(survival > 0.0, survival * np.sqrt(np.where(survival > 0.0, relative_variance, 0.0)), 0.0)
    lower, upper = _limits(survival, error, float(norm.isf(0.5 - 0.5 * confidence)), interval)
    return SurvivalCurve(
        time,
        at_risk,
        events,
        leaving - events,
        survival,
        error,
        lower,
        upper,
        confidence,
        interval,
        follow_up.time_unit,
    )


def reverse_kaplan_meier(
    follow_up: FollowUp, confidence: float = 0.95, interval: Interval = "log-log"
) -> SurvivalCurve:
    """Estimate how long patients would have been followed, had nobody had the event (Schemper and Smith 1996).

    The end of observation is the event and the event censors; the median of the curve is the median follow-up.
    """
    return kaplan_meier(follow_up.reversed(), confidence, interval)


def _greenwood(at_risk: IntArray, events: IntArray) -> FloatArray:
    """Variance of the logarithm of survival (Greenwood 1926), infinite from where nobody survives."""
    surviving = (at_risk - events).astype(np.float64)
    with np.errstate(divide="ignore"):
        terms = np.where(events > 0, events / (at_risk * surviving), 0.0)
    summed: FloatArray = np.cumsum(terms)
    return summed


def _limits(survival: FloatArray, error: FloatArray, z: float, interval: Interval) -> tuple[FloatArray, FloatArray]:
    inside = (survival > 0.0) & (survival < 1.0)
    s, se = np.where(inside, survival, 0.5), np.where(inside, error, 0.0)
    if interval == "log-log":
        spread = np.minimum(z * se / (s * np.abs(np.log(s))), 500.0)
        lower, upper = s ** np.exp(spread), s ** np.exp(-spread)
    elif interval == "log":
        lower, upper = s * np.exp(-z * se / s), np.minimum(s * np.exp(z * se / s), 1.0)
    else:
        lower, upper = np.maximum(s - z * se, 0.0), np.minimum(s + z * se, 1.0)
    edge = np.where(survival >= 1.0, 1.0, np.nan)
    return np.where(inside, lower, edge), np.where(inside, upper, edge)
