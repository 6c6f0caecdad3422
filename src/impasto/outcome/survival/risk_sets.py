"""Sums over the patients at risk at each event: what the partial likelihood and its diagnostics are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.outcome.survival.follow_up import FollowUp

__all__ = ["EventTerms", "Ties", "event_terms"]

Ties = Literal["efron", "breslow"]
"""How events at the same time are dealt with."""


@dataclass(frozen=True, eq=False)
class EventTerms:
    """One row for each event, in order of stratum and time.

    Parameters
    ----------
    patient : ndarray of int, shape (event,)
        Row of the patient who had it.
    log_denominator : ndarray, shape (event,)
        Logarithm of the weight of those at risk.
    mean : ndarray, shape (event, column)
        Weighted mean of the covariates of those at risk.
    variance : ndarray, shape (event, column, column)
        Weighted covariance of the same.
    """

    patient: IntArray
    log_denominator: FloatArray
    mean: FloatArray
    variance: FloatArray


def event_terms(
    follow_up: FollowUp, strata: IntArray, values: FloatArray, coefficient: FloatArray, ties: Ties
) -> EventTerms:
    """Weigh those at risk by their relative hazard at every event.

    With Efron's (1977) rule the k-th of d events at one time sees those who had one with weight 1 - k/d;
    with Breslow's (1974) each sees all of them in full.

    Parameters
    ----------
    follow_up : FollowUp
    strata : ndarray of int, shape (patient,)
        Those at risk are of the same stratum.
    values : ndarray, shape (patient, column)
    coefficient : ndarray, shape (column,)
    ties : {"efron", "breslow"}
    """
    linear = values @ coefficient
    parts = [
        _stratum_terms(np.flatnonzero(strata == one), follow_up, values, linear, ties) for one in np.unique(strata)
    ]
    patient, log_denominator, mean, variance = (np.concatenate(joined) for joined in zip(*parts, strict=True))
    return EventTerms(patient, log_denominator, mean, variance)


def _stratum_terms(
    rows: IntArray, follow_up: FollowUp, values: FloatArray, linear: FloatArray, ties: Ties
) -> tuple[IntArray, FloatArray, FloatArray, FloatArray]:
    rows = rows[np.argsort(follow_up.time[rows], kind="stable")]
    time, event, x = follow_up.time[rows], follow_up.event[rows], values[rows]
    top = linear[rows].max()
    weight = np.exp(linear[rows] - top)
    moments = np.column_stack([weight, weight[:, None] * x, _outer(x) * weight[:, None]])
    at_risk = np.cumsum(moments[::-1], axis=0)[::-1]
    events = np.flatnonzero(event)
    moment, place, tied = np.unique(time[events], return_inverse=True, return_counts=True)
    sums = at_risk[np.searchsorted(time, moment, side="left")][place]
    if ties == "efron" and len(events):
        own = np.zeros((len(moment), moments.shape[1]))
        np.add.at(own, place, moments[events])
        rank = np.arange(len(events)) - np.searchsorted(time[events], moment, side="left")[place]
        sums = sums - (rank / tied[place])[:, None] * own[place]
    columns = x.shape[1]
    mean = sums[:, 1 : 1 + columns] / sums[:, :1]
    square = (sums[:, 1 + columns :] / sums[:, :1]).reshape(-1, columns, columns)
    return rows[events], np.log(sums[:, 0]) + top, mean, square - mean[:, :, None] * mean[:, None, :]


def _outer(x: FloatArray) -> FloatArray:
    return (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
