"""Landmark analysis: groups that form during follow-up, compared among those who got that far."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.follow_up import FollowUp

__all__ = ["Landmark", "landmark"]


@dataclass(frozen=True, eq=False)
class Landmark:
    """Follow-up counted from a landmark.

    Parameters
    ----------
    time : float
        The landmark, from the origin.
    follow_up : FollowUp
        Of those still at risk after it, counted from it.
    is_included : ndarray of bool, shape (patient,)
        To be applied to groups known at the landmark.
    events_before, censored_before : int
        Patients left out, and why.
    """

    time: float
    follow_up: FollowUp
    is_included: BoolArray
    events_before: int
    censored_before: int


def landmark(follow_up: FollowUp, time: float) -> Landmark:
    """Keep those at risk after a landmark and count their time from it (Anderson, Cain and Gelber 1983).

    A group that a patient joins by living long enough (responders, pseudoprogression) is otherwise favoured by
    immortal time. Events and censoring at the landmark itself come before it.

    Raises
    ------
    ImpastoError
        When nobody is left.

    Examples
    --------
    >>> landmark(FollowUp([2.0, 7.0, 12.0], [1, 0, 1]), 6.0).follow_up.time.tolist()
    [1.0, 6.0]
    """
    if time < 0.0:
        raise ImpastoError("landmark", f"it lies at {time:g}", "give a time from 0 on")
    included = follow_up.time > time
    if not included.any():
        problem = f"nobody is at risk after {time:g} {follow_up.time_unit}"
        raise ImpastoError("landmark", problem, f"take one before {follow_up.time.max():g}")
    kept = FollowUp(follow_up.time[included] - time, follow_up.event[included], follow_up.time_unit)
    left = follow_up.event[~included]
    return Landmark(time, kept, included, int(left.sum()), int((~left).sum()))
