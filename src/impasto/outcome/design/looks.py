"""Looks at simulated trials: the data as they stand when so many events have come, and their log-rank test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.design.simulated_trials import SimulatedTrials

__all__ = ["Looks", "look_at", "look_when"]

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
        That the looks waited for; 0 where they waited for a time.
    """

    z: FloatArray
    hazard_ratio: FloatArray
    time: FloatArray
    events: IntArray


def look_at(
    trials: SimulatedTrials, events: ArrayLike, strata: IntArray | None = None, latest: float = np.inf
) -> Looks:
    """Analyse every trial when it has so many events.

    All trials at once: times are sorted along the patients, and risk sets are what is left to the right. Times are
    taken as continuous, so no two events coincide.

    Parameters
    ----------
    trials : SimulatedTrials
    events : array_like of int, shape (look,)
        Ascending.
    strata : ndarray of int, shape (trial, patient), optional
        Risk sets are compared within a stratum.
    latest : float
        Time since the start of the trial at which a look takes place even if its events have not come.

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
    time = np.minimum(np.sort(calendar, axis=1)[:, wanted - 1], latest)
    return _looks(trials, calendar, time, wanted, strata)


def look_when(trials: SimulatedTrials, time: FloatArray, strata: IntArray | None = None) -> Looks:
    """Analyse every trial at given times since its start: another endpoint when the first one is looked at.

    Parameters
    ----------
    trials : SimulatedTrials
    time : ndarray, shape (trial, look)
    strata : ndarray of int, shape (trial, patient), optional
    """
    calendar = np.where(trials.event <= trials.dropout, trials.entry + trials.event, np.inf)
    return _looks(trials, calendar, time, np.zeros(time.shape[1], dtype=np.int64), strata)


def _looks(
    trials: SimulatedTrials, calendar: FloatArray, time: FloatArray, wanted: IntArray, strata: IntArray | None
) -> Looks:
    found = [_analysed(trials, calendar, time[:, look, None], strata) for look in range(len(wanted))]
    z, ratio = (np.stack(one, axis=1) for one in zip(*found, strict=True))
    reached = np.isfinite(time)
    known = [np.where(reached, one, np.nan) for one in (z, ratio, time)]
    return Looks(known[0], known[1], known[2], wanted)


def _analysed(
    trials: SimulatedTrials, calendar: FloatArray, now: FloatArray, strata: IntArray | None
) -> tuple[FloatArray, FloatArray]:
    """Log-rank z and hazard ratio of each trial, shape (trial,), as the data stand at `now`, shape (trial, 1)."""
    event = calendar <= now
    seen = np.minimum(np.minimum(trials.event, trials.dropout), now - trials.entry)
    # who has not entered yet leaves before the first event
    seen = np.where(trials.entry < now, seen, -1.0)
    order = np.argsort(seen, axis=1)
    event = np.take_along_axis(event, order, axis=1)
    treated = np.take_along_axis(trials.treated, order, axis=1)
    share = _treated_share(treated, None if strata is None else np.take_along_axis(strata, order, axis=1))
    difference = (event * (treated - share)).sum(axis=1)
    variance = (event * share * (1.0 - share)).sum(axis=1)
    z = np.where(variance > 0.0, -difference / np.sqrt(np.where(variance > 0.0, variance, 1.0)), np.nan)
    return z, _hazard_ratio(event, treated, share)


def _treated_share(treated: BoolArray, strata: IntArray | None) -> FloatArray:
    """Share of the treated among those at risk in a patient's stratum when that patient leaves."""
    if strata is None:
        at_risk = np.arange(treated.shape[1], 0, -1, dtype=np.float64)[None, :]
        return np.cumsum(treated[:, ::-1], axis=1)[:, ::-1] / at_risk
    share = np.empty(treated.shape)
    for one in np.unique(strata):
        mine = strata == one
        at_risk, own = (np.cumsum(part[:, ::-1], axis=1)[:, ::-1] for part in (mine, mine & treated))
        share[mine] = own[mine] / at_risk[mine]
    return share


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
