"""Gray's test of the cumulative incidence of one kind of event in several groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.competing_risks import CompetingFollowUp
from impasto.outcome.survival.follow_up import group_labels
from impasto.outcome.survival.tested import Tested, chi_square_tested, quadratic_form

__all__ = ["gray_test"]


@dataclass(frozen=True, eq=False)
class _Counts:
    """Shape (group, time) each: at risk, events of the cause and of others, survival before and from the time on."""

    at_risk: FloatArray
    own: FloatArray
    other: FloatArray
    before: FloatArray
    survival: FloatArray
    incidence_before: FloatArray


def gray_test(follow_up: CompetingFollowUp, groups: Sequence[Any] | NDArray[Any], cause: str) -> Tested:
    r"""Compare subdistribution hazards of one cause between groups (Gray 1988, with rho = 0).

    The score compares each group's :math:`dF_k/(1-F_k)` with the pooled one, weighted by
    :math:`R_k = Y_k (1-F_k)/S_k`. Its variance follows from writing the score as a sum over the martingales of the
    own and the other events; without other events it is a log-rank test.

    Raises
    ------
    ImpastoError
        When there is one group only, or no event of the cause.
    """
    names, group = group_labels(groups, follow_up.patients, "groups of Gray's test")
    number = follow_up.number(cause)
    events = int((follow_up.cause == number).sum())
    if len(names) < 2:
        raise ImpastoError("Gray's test", f"there is one group ({names[0]})", "give two or more")
    if not events:
        raise ImpastoError("Gray's test", f"there is no event {cause!r}", "wait for events")
    counts = _counted(follow_up, group, number, len(names))
    score, covariance = _score_and_covariance(counts)
    statistic, freedom = quadratic_form(score, covariance)
    null = f"equal cumulative incidence of {cause} in {', '.join(names)}"
    return chi_square_tested("Gray's test", statistic, freedom, null, (follow_up.patients, events),
                             "hypergeometric variance")  # fmt: skip


def _counted(follow_up: CompetingFollowUp, group: IntArray, number: int, group_count: int) -> _Counts:
    moments = np.unique(follow_up.time[follow_up.cause > 0])
    shape = (group_count, len(moments))
    at_risk, own, other = np.empty(shape), np.zeros(shape), np.zeros(shape)
    for one in range(group_count):
        mine = group == one
        at_risk[one] = mine.sum() - np.searchsorted(np.sort(follow_up.time[mine]), moments, side="left")
    failed = follow_up.cause > 0
    place = np.searchsorted(moments, follow_up.time[failed])
    is_own = follow_up.cause[failed] == number
    np.add.at(own, (group[failed][is_own], place[is_own]), 1.0)
    np.add.at(other, (group[failed][~is_own], place[~is_own]), 1.0)
    known = np.maximum(at_risk, 1.0)
    survival = np.asarray(np.cumprod(1.0 - (own + other) / known, axis=1), dtype=np.float64)
    before = np.ones(shape)
    before[:, 1:] = survival[:, :-1]
    incidence_before = np.zeros(shape)
    incidence_before[:, 1:] = np.cumsum(before * own / known, axis=1)[:, :-1]
    return _Counts(at_risk, own, other, before, survival, incidence_before)


def _score_and_covariance(counts: _Counts) -> tuple[FloatArray, FloatArray]:
    """Score of each group and its covariance under the null hypothesis.

    Writing W for the error of a group's incidence, the score is the integral of (a + C) dW with a the weight at the
    time and C what later pooled events add; W splits into the martingales of own events, which enter with
    a + C (1 - (1-F)/S), and of other events, with -C (1-F)/S (derived from Gray 1988, section 3).
    """
    groups = len(counts.at_risk)
    pooled_events = counts.own.sum(axis=0)
    exposure = np.where(counts.at_risk > 0.0, counts.at_risk / np.maximum(counts.before, 1e-300), 0.0)
    total = exposure.sum(axis=0)
    weight = exposure * (1.0 - counts.incidence_before)
    score = (counts.own - weight / weight.sum(axis=0) * pooled_events).sum(axis=1)
    step = pooled_events / total
    pooled = np.cumsum(step)
    pooled_before = np.append(0.0, pooled[:-1])
    # (i, k, t): weight of group k's incidence in the score of group i
    own_weight = np.eye(groups)[:, :, None] * exposure[None] - exposure[:, None] * (exposure / total)[None]
    rising = np.cumsum(own_weight * step / (1.0 - pooled_before), axis=2)
    later = rising[:, :, -1:] - rising
    alive = np.maximum(counts.survival, 1e-300)
    ratio = np.where(counts.survival > 0.0, (1.0 - pooled) / alive, 0.0)
    present = counts.at_risk > 0.0
    tied = 1.0 - np.maximum(pooled_events - 1.0, 0.0) / np.maximum(total * counts.before - 1.0, 1.0)
    own_variance = np.where(present, tied * counts.before * step / np.maximum(counts.at_risk, 1.0), 0.0)
    tied = 1.0 - np.maximum(counts.other - 1.0, 0.0) / np.maximum(counts.at_risk - 1.0, 1.0)
    other_variance = tied * counts.before**2 * counts.other / np.maximum(counts.at_risk, 1.0) ** 2
    other_variance = np.where(counts.survival > 0.0, other_variance, 0.0)
    by_own, by_other = own_weight + later * (1.0 - ratio), later * ratio
    covariance = np.einsum("ikt,jkt,kt->ij", by_own, by_own, own_variance)
    covariance += np.einsum("ikt,jkt,kt->ij", by_other, by_other, other_variance)
    return score, covariance
