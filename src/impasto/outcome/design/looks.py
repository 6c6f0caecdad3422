"""Looks at simulated trials: the data as they stand when so many events have come, and their log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.design.simulated_trials import SimulatedTrials

__all__ = ["Looks", "look_at"]

_NEWTON_STEPS = 25


@dataclass(frozen=True, eq=False)
class Looks:
    """What each look at each trial found.

    Parameters
    ----------
    z : ndarray, shape (trial, look)
        Log-rank statistic, positive when the treated do better; NaN where the events never came.
    hazard_ratio : ndarray, shape (trial, look)
        Cox regression with the arm as its only covariate; 0 or infinite where one arm has all the events.
    time : ndarray, shape (trial, look)
        Since the start of the trial.
    events : ndarray of int, shape (look,)
        That the looks waited for.
    """

    z: FloatArray
    hazard_ratio: FloatArray
    time: FloatArray
    events: IntArray


def look_at(trials: SimulatedTrials, events: ArrayLike) -> Looks:
    """Analyse every trial when it has so many events.

    All trials at once: times are sorted along the patients, and risk sets are what is left to the right. Times are
    taken as continuous, so no two events coincide.

    Parameters
    ----------
    trials : SimulatedTrials
    events : array_like of int, shape (look,)
        Ascending.

    Raises
    ------
    ImpastoError
        When more events are wanted than there are patients.
    """
    wanted = np.atleast_1d(np.asarray(events, dtype=np.int64))
    patients = trials.entry.shape[1]
    if wanted.min() < 1 or wanted.max() > patients:
        problem = f"{wanted.max()} events of {patients} patients"
        raise ImpastoError("look at a trial", problem, "wait for fewer events or enter more patients")
    calendar = np.where(trials.event <= trials.dropout, trials.entry + trials.event, np.inf)
    time = np.sort(calendar, axis=1)[:, wanted - 1]
    found = [_analysed(trials, calendar, time[:, look, None]) for look in range(len(wanted))]
    z, ratio = (np.stack(one, axis=1) for one in zip(*found, strict=True))
    reached = np.isfinite(time)
    known = [np.where(reached, one, np.nan) for one in (z, ratio, time)]
    return Looks(known[0], known[1], known[2], wanted)


def _analysed(trials: SimulatedTrials, calendar: FloatArray, now: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Log-rank z and hazard ratio of each trial, shape (trial,), as the data stand at `now`, shape (trial, 1)."""
    event = calendar <= now
    seen = np.minimum(np.minimum(trials.event, trials.dropout), now - trials.entry)
    # who has not entered yet leaves before the first event
    seen = np.where(trials.entry < now, seen, -1.0)
    order = np.argsort(seen, axis=1)
    event = np.take_along_axis(event, order, axis=1)
    treated = np.take_along_axis(trials.treated, order, axis=1)
    at_risk = np.arange(seen.shape[1], 0, -1, dtype=np.float64)[None, :]
    treated_at_risk = np.cumsum(treated[:, ::-1], axis=1)[:, ::-1].astype(np.float64)
    share = treated_at_risk / at_risk
    difference = (event * (treated - share)).sum(axis=1)
    variance = (event * share * (1.0 - share)).sum(axis=1)
    z = np.where(variance > 0.0, -difference / np.sqrt(np.where(variance > 0.0, variance, 1.0)), np.nan)
    return z, _hazard_ratio(event, treated, treated_at_risk / at_risk)


def _hazard_ratio(event: BoolArray, treated: BoolArray, share: FloatArray) -> FloatArray:
    """Maximise the partial likelihood of one indicator by Newton's method, all trials in step, shape (trial,)."""
    own = (event & treated).sum(axis=1).astype(np.float64)
    every = event.sum(axis=1).astype(np.float64)
    is_finite = (own > 0.0) & (own < every)
    beta = np.zeros(len(event))
    open_rows = np.flatnonzero(is_finite)
    for _ in range(_NEWTON_STEPS):
        weight = np.exp(beta[open_rows])[:, None]
        part = share[open_rows]
        expected = part * weight / (part * weight + 1.0 - part)
        score = own[open_rows] - (event[open_rows] * expected).sum(axis=1)
        information = (event[open_rows] * expected * (1.0 - expected)).sum(axis=1)
        step = np.clip(score / np.maximum(information, 1e-12), -2.0, 2.0)
        beta[open_rows] += step
        open_rows = open_rows[np.abs(step) > 1e-9]
        if not len(open_rows):
            break
    return np.where(is_finite, np.exp(beta), np.where(own > 0.0, np.inf, 0.0))
