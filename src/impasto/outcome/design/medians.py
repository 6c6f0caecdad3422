"""Median survival in many simulated trials at once."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.outcome.design.simulated_trials import SimulatedTrials

__all__ = ["median_when"]


def median_when(trials: SimulatedTrials, time: FloatArray, is_member: BoolArray) -> FloatArray:
    """Median by the product limit (Kaplan and Meier 1958) as each trial stands at a time.

    The first time at which survival is at most one half; times are taken as continuous, so that it is never exactly
    one half over a span unless the group is even and uncensored, where the two middle times are averaged.

    Parameters
    ----------
    trials : SimulatedTrials
    time : ndarray, shape (trial,)
        Since the start of the trial.
    is_member : ndarray of bool, shape (trial, patient)
        Of the group.

    Returns
    -------
    ndarray, shape (trial,)
        Infinite where survival stays above one half.
    """
    now = time[:, None]
    seen = np.minimum(np.minimum(trials.event, trials.dropout), now - trials.entry)
    counts = is_member & (trials.entry < now)
    event = counts & (trials.event <= trials.dropout) & (trials.entry + trials.event <= now)
    order = np.argsort(np.where(counts, seen, np.inf), axis=1)
    seen, event, counts = (np.take_along_axis(one, order, axis=1) for one in (seen, event, counts))
    at_risk = np.maximum(np.cumsum(counts[:, ::-1], axis=1)[:, ::-1], 1)
    survival = np.cumprod(np.where(event, 1.0 - 1.0 / at_risk, 1.0), axis=1)
    padded = np.concatenate([seen, np.full((len(seen), 1), np.inf)], axis=1)
    reached, below = (
        np.where(found.any(axis=1), found.argmax(axis=1), seen.shape[1])
        for found in (event & (survival <= 0.5 + 1e-9), event & (survival < 0.5 - 1e-9))
    )
    rows = np.arange(len(seen))
    first, second = padded[rows, reached], padded[rows, below]
    median: FloatArray = np.where(np.isfinite(second), 0.5 * (first + second), first)
    return median
