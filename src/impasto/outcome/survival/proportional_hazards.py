"""Whether a hazard ratio is constant in time: Schoenfeld residuals and the test of Grambsch and Therneau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.stats import rankdata

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.cox import CoxModel
from impasto.outcome.survival.follow_up import FollowUp
from impasto.outcome.survival.kaplan_meier import kaplan_meier
from impasto.outcome.survival.risk_sets import event_terms
from impasto.outcome.survival.tested import Tested, chi_square_tested, quadratic_form

__all__ = ["ProportionalHazards", "TimeScale", "proportional_hazards"]

TimeScale = Literal["km", "identity", "rank", "log"]
"""Function of time that a hazard ratio could change with; "km" is one minus survival just before."""


@dataclass(frozen=True, eq=False)
class ProportionalHazards:
    """Diagnostics of a Cox model.

    Parameters
    ----------
    event_time : ndarray, shape (event,)
        Ascending within each stratum.
    residual : ndarray, shape (event, column)
        Schoenfeld (1982): covariate of who had the event minus its mean over those at risk.
    scaled_residual : ndarray, shape (event, column)
        Grambsch and Therneau (1994): their trend is that of the coefficient over time.
    tested : dict of str to Tested
        For each variable, and "all" together.
    time_scale : {"km", "identity", "rank", "log"}
    """

    event_time: FloatArray
    residual: FloatArray
    scaled_residual: FloatArray
    tested: dict[str, Tested]
    time_scale: TimeScale


def proportional_hazards(model: CoxModel, time_scale: TimeScale = "km") -> ProportionalHazards:
    """Test whether each hazard ratio is constant in time.

    The score test of a coefficient that changes with a function of time (Grambsch and Therneau 1994), with the exact
    information at every event as in R's survival from version 3 on; older versions and lifelines take the average.

    Parameters
    ----------
    model : CoxModel
    time_scale : {"km", "identity", "rank", "log"}
    """
    follow_up = model.follow_up
    terms = event_terms(follow_up, model.strata, model.covariates.values, model.coefficient, model.ties)
    residual = model.covariates.values[terms.patient] - terms.mean
    time = follow_up.time[terms.patient]
    change = _time_function(follow_up, time, time_scale)
    change = change - change.mean()
    score = change @ residual
    linear = np.einsum("e,eij->ij", change, terms.variance)
    square = np.einsum("e,eij->ij", change**2, terms.variance)
    information = square - linear @ np.linalg.solve(terms.variance.sum(axis=0), linear)
    tested = {
        name: _tested(score, information, np.flatnonzero(model.covariates.terms == place), name, model)
        for place, name in enumerate(model.covariates.variables)
    }
    tested["all"] = _tested(score, information, np.arange(len(score)), "all covariates", model)
    scaled = follow_up.events * residual @ model.covariance + model.coefficient
    return ProportionalHazards(time, residual, scaled, tested, time_scale)


def _tested(
    score: FloatArray, information: FloatArray, columns: np.ndarray[tuple[int], np.dtype[np.intp]], name: str,
    model: CoxModel,
) -> Tested:  # fmt: skip
    part = information[np.ix_(columns, columns)]
    statistic, freedom = quadratic_form(score[columns], part)
    counts = (model.follow_up.patients, model.follow_up.events)
    null = f"hazard ratio constant in time: {name}"
    return chi_square_tested("score test on Schoenfeld residuals", statistic, freedom, null, counts, model.ties)


def _time_function(follow_up: FollowUp, time: FloatArray, time_scale: TimeScale) -> FloatArray:
    if time_scale == "identity":
        return time
    if time_scale == "log":
        return np.log(np.maximum(time, np.finfo(float).tiny))
    if time_scale == "rank":
        return np.asarray(rankdata(time), dtype=np.float64)
    if time_scale == "km":
        curve = kaplan_meier(follow_up)
        before = np.append(1.0, curve.survival)[np.searchsorted(curve.time, time, side="left")]
        passed: FloatArray = 1.0 - before
        return passed
    raise ImpastoError(
        "proportional hazards", f"no time scale is called {time_scale!r}", ", ".join(get_args(TimeScale))
    )
