"""The log-rank test of two or more groups, plain or stratified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.follow_up import FollowUp, group_labels
from impasto.outcome.survival.tested import Tested, chi_square_tested, quadratic_form

__all__ = ["GroupEvents", "LogRank", "log_rank"]


@dataclass(frozen=True)
class GroupEvents:
    """Events of one group, observed, and expected if all groups had the same hazard."""

    name: str
    patients: int
    observed: int
    expected: float


@dataclass(frozen=True, eq=False)
class LogRank:
    """A log-rank test.

    Parameters
    ----------
    tested : Tested
    groups : tuple of GroupEvents
    covariance : ndarray, shape (group, group)
        Of observed minus expected, hypergeometric.
    """

    tested: Tested
    groups: tuple[GroupEvents, ...]
    covariance: FloatArray


def log_rank(
    follow_up: FollowUp,
    groups: Sequence[Any] | NDArray[Any],
    strata: Sequence[Any] | NDArray[Any] | None = None,
) -> LogRank:
    """Test whether groups have the same hazard (Mantel 1966), within strata where there are some.

    Parameters
    ----------
    follow_up : FollowUp
    groups : array_like, shape (patient,)
        Label of each patient's group.
    strata : array_like, shape (patient,), optional
        Label of each patient's stratum: risk sets are compared within a stratum, observed and expected events added.

    Raises
    ------
    ImpastoError
        When there is one group only, or no event.

    Examples
    --------
    >>> found = log_rank(FollowUp([1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 0]), list("aaabbb"))
    >>> round(found.tested.statistic, 3)
    5.052
    """
    names, group = group_labels(groups, follow_up.patients, "groups of a log-rank test")
    if len(names) < 2:
        raise ImpastoError("log-rank test", f"there is one group ({names[0]})", "give two or more")
    if not follow_up.events:
        raise ImpastoError("log-rank test", "there is no event", "wait for events")
    everyone = np.zeros(follow_up.patients, dtype=np.int64)
    layers = everyone if strata is None else group_labels(strata, follow_up.patients, "strata")[1]
    observed, expected = np.zeros(len(names)), np.zeros(len(names))
    covariance = np.zeros((len(names), len(names)))
    for layer in range(int(layers.max()) + 1):
        inside = layers == layer
        seen, due, spread = _moments(follow_up.time[inside], follow_up.event[inside], group[inside], len(names))
        observed, expected, covariance = observed + seen, expected + due, covariance + spread
    statistic, freedom = quadratic_form(observed - expected, covariance)
    name = "log-rank test" if strata is None else f"log-rank test stratified in {int(layers.max()) + 1}"
    tested = chi_square_tested(
        name, statistic, freedom, f"equal hazards of {', '.join(names)}", (follow_up.patients, follow_up.events),
        "hypergeometric variance",
    )  # fmt: skip
    counts = np.bincount(group, minlength=len(names))
    found = zip(names, counts, observed, expected, strict=True)
    return LogRank(tested, tuple(GroupEvents(n, int(c), round(o), float(e)) for n, c, o, e in found), covariance)


def _moments(
    time: FloatArray, event: NDArray[np.bool_], group: IntArray, group_count: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Observed and expected events of each group and their covariance in one stratum."""
    moments = np.unique(time[event])
    at_risk = np.empty((group_count, len(moments)))
    events = np.empty((group_count, len(moments)))
    for one in range(group_count):
        mine = group == one
        at_risk[one] = mine.sum() - np.searchsorted(np.sort(time[mine]), moments, side="left")
        events[one] = np.bincount(np.searchsorted(moments, time[mine & event]), minlength=len(moments))
    all_at_risk, all_events = at_risk.sum(axis=0), events.sum(axis=0)
    share = at_risk / np.maximum(all_at_risk, 1.0)
    spread = all_events * (all_at_risk - all_events) / np.maximum(all_at_risk - 1.0, 1.0)
    covariance = np.diag((spread * share).sum(axis=1)) - (spread * share) @ share.T
    return events.sum(axis=1), (share * all_events).sum(axis=1), covariance
