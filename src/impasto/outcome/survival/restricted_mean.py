"""The restricted mean survival time and its difference between two groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from impasto.core.errors import ImpastoError
from impasto.outcome.survival.follow_up import FollowUp
from impasto.outcome.survival.kaplan_meier import kaplan_meier
from impasto.outcome.survival.tested import Tested, normal_tested

__all__ = ["RestrictedMean", "RestrictedMeanDifference", "restricted_mean", "restricted_mean_difference"]


@dataclass(frozen=True)
class RestrictedMean:
    """Mean survival up to a horizon: the area below the curve.

    Parameters
    ----------
    horizon, mean, standard_error, lower, upper : float
        In the follow-up's unit of time.
    confidence : float
    patients, events : int
        Events up to the horizon.
    """

    horizon: float
    mean: float
    standard_error: float
    lower: float
    upper: float
    confidence: float
    patients: int
    events: int


@dataclass(frozen=True)
class RestrictedMeanDifference:
    """How much longer, on average up to the horizon, patients of one group live than those of the other."""

    first: RestrictedMean
    second: RestrictedMean
    difference: float
    standard_error: float
    lower: float
    upper: float
    tested: Tested


def restricted_mean(follow_up: FollowUp, horizon: float, confidence: float = 0.95) -> RestrictedMean:
    r"""Area below the survival curve up to a horizon, with its standard error.

    The variance is :math:`\sum_j A_j^2 d_j / (n_j (n_j - d_j))`, where :math:`A_j` is the area right of the event time
    up to the horizon (Irwin 1949; Klein and Moeschberger 2003, section 4.5).

    Raises
    ------
    ImpastoError
        When the horizon lies beyond the last time and patients are still event-free there: the curve is not known.

    Examples
    --------
    >>> restricted_mean(FollowUp([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1]), 4.0).mean
    2.5
    """
    curve = kaplan_meier(follow_up, confidence)
    if horizon <= 0.0:
        raise ImpastoError("restricted mean", f"a horizon of {horizon:g}", "give one above 0")
    if horizon > curve.time[-1] and curve.survival[-1] > 0.0:
        problem = f"the horizon {horizon:g} lies beyond the last follow-up {curve.time[-1]:g}"
        raise ImpastoError("restricted mean", problem, f"take a horizon of at most {curve.time[-1]:g}")
    inside = (curve.time < horizon) & (curve.events > 0)
    edges = np.concatenate([[0.0], curve.time[inside], [horizon]])
    areas = np.diff(edges) * np.append(1.0, curve.survival[inside])
    later = np.cumsum(areas[::-1])[::-1][1:]
    at_risk, events = curve.at_risk[inside].astype(float), curve.events[inside].astype(float)
    surviving = at_risk - events
    terms = np.where(surviving > 0.0, later**2 * events / (at_risk * np.maximum(surviving, 1.0)), 0.0)
    mean, error = float(areas.sum()), float(np.sqrt(terms.sum()))
    reach = float(norm.isf(0.5 - 0.5 * confidence)) * error
    counted = int((follow_up.event & (follow_up.time <= horizon)).sum())
    return RestrictedMean(horizon, mean, error, mean - reach, mean + reach, confidence, follow_up.patients, counted)


def restricted_mean_difference(
    first: FollowUp, second: FollowUp, horizon: float, confidence: float = 0.95
) -> RestrictedMeanDifference:
    """Difference of restricted means, first minus second, with a Wald interval and test (Royston and Parmar 2013)."""
    one, other = restricted_mean(first, horizon, confidence), restricted_mean(second, horizon, confidence)
    difference = one.mean - other.mean
    error = float(np.hypot(one.standard_error, other.standard_error))
    if error == 0.0:
        raise ImpastoError("restricted mean", f"no event before {horizon:g} in either group", "take a later horizon")
    reach = float(norm.isf(0.5 - 0.5 * confidence)) * error
    counts = (one.patients + other.patients, one.events + other.events)
    null = f"equal restricted means to {horizon:g} {first.time_unit}"
    tested = normal_tested("Wald test of restricted means", difference / error, null, counts)
    return RestrictedMeanDifference(one, other, difference, error, difference - reach, difference + reach, tested)
