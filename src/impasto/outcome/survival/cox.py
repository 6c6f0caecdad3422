"""Cox's proportional-hazards regression, with strata, by Efron's or Breslow's rule for ties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.outcome.survival.covariates import Covariates
from impasto.outcome.survival.follow_up import FollowUp, group_labels
from impasto.outcome.survival.risk_sets import Ties, event_terms
from impasto.outcome.survival.tested import Tested, chi_square_tested, normal_tested

__all__ = ["CoxModel", "CoxTerm", "cox_model"]

_STEPS = 40
_DIVERGED = 15.0
"""Largest coefficient for one standard deviation that data can bear out: a hazard ratio of three million."""


@dataclass(frozen=True)
class CoxTerm:
    """One coefficient of a model, as a row of a paper's table."""

    name: str
    coefficient: float
    standard_error: float
    hazard_ratio: float
    lower: float
    upper: float
    confidence: float
    tested: Tested


@dataclass(frozen=True, eq=False)
class CoxModel:
    """A fitted model.

    Parameters
    ----------
    covariates : Covariates
    coefficient : ndarray, shape (column,)
    covariance : ndarray, shape (column, column)
        Inverse of the observed information.
    log_likelihood, null_log_likelihood : float
        Partial; the second with all coefficients 0.
    ties : {"efron", "breslow"}
    strata_count : int
    likelihood_ratio, score, wald : Tested
        Of all coefficients together.
    follow_up : FollowUp
    strata : ndarray of int, shape (patient,)
    """

    covariates: Covariates
    coefficient: FloatArray
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    ties: Ties
    strata_count: int
    likelihood_ratio: Tested
    score: Tested
    wald: Tested
    follow_up: FollowUp = field(repr=False)
    strata: IntArray = field(repr=False)

    @property
    def standard_error(self) -> FloatArray:
        """Standard errors of the coefficients, shape (column,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    def terms(self, confidence: float = 0.95) -> tuple[CoxTerm, ...]:
        """Hazard ratios with Wald intervals and tests."""
        reach = float(norm.isf(0.5 - 0.5 * confidence))
        counts = (self.follow_up.patients, self.follow_up.events)
        found = zip(self.covariates.names, self.coefficient.tolist(), self.standard_error.tolist(), strict=True)
        return tuple(
            CoxTerm(
                name, value, error, float(np.exp(value)), float(np.exp(value - reach * error)),
                float(np.exp(value + reach * error)), confidence,
                normal_tested("Wald test in Cox regression", value / error, f"hazard ratio of {name} is 1", counts,
                              self.ties),
            )
            for name, value, error in found
        )  # fmt: skip


def cox_model(
    follow_up: FollowUp,
    covariates: Covariates,
    strata: Sequence[Any] | NDArray[Any] | None = None,
    ties: Ties = "efron",
) -> CoxModel:
    """Fit hazard ratios by the partial likelihood (Cox 1972), each stratum with a baseline hazard of its own.

    Parameters
    ----------
    follow_up : FollowUp
    covariates : Covariates
    strata : array_like, shape (patient,), optional
    ties : {"efron", "breslow"}

    Raises
    ------
    ImpastoError
        When there are fewer events than coefficients, covariates say the same, or one separates the events so that
        its hazard ratio has no finite estimate.
    """
    if ties not in get_args(Ties):
        raise ImpastoError("Cox regression", f"no rule for ties is called {ties!r}", "take efron or breslow")
    if len(covariates.values) != follow_up.patients:
        problem = f"{len(covariates.values)} rows of covariates for {follow_up.patients} patients"
        raise ImpastoError("Cox regression", problem, "give one for each patient")
    if follow_up.events < len(covariates.names):
        problem = f"{follow_up.events} events for {len(covariates.names)} coefficients"
        raise ImpastoError("Cox regression", problem, "take fewer covariates")
    layers = np.zeros(follow_up.patients, dtype=np.int64)
    if strata is not None:
        layers = group_labels(strata, follow_up.patients, "strata")[1]
    centre, spread = covariates.values.mean(axis=0), covariates.values.std(axis=0)
    if not (spread > 0.0).all():
        raise ImpastoError(covariates.names[int(np.argmin(spread))], "it is the same for everyone", "leave it out")
    scaled = (covariates.values - centre) / spread
    start = _derivatives(follow_up, layers, scaled, np.zeros(len(spread)), ties)
    _refuse_redundancy(start[2], covariates.names)
    beta, (likelihood, _, information) = _maximum(follow_up, layers, scaled, ties, covariates.names)
    covariance = np.linalg.inv(information) / np.outer(spread, spread)
    quadratic = {
        "likelihood-ratio test": 2.0 * (likelihood - start[0]),
        "score test": float(start[1] @ np.linalg.solve(start[2], start[1])),
        "Wald test": float(beta @ information @ beta),
    }
    counts = (follow_up.patients, follow_up.events)
    ratio, score, wald = (
        chi_square_tested(f"{name} of the Cox model", value, len(beta), "all hazard ratios are 1", counts, ties)
        for name, value in quadratic.items()
    )
    return CoxModel(
        covariates, beta / spread, covariance, likelihood, start[0], ties, int(layers.max()) + 1, ratio, score, wald,
        follow_up, layers,
    )  # fmt: skip


def _maximum(
    follow_up: FollowUp, strata: IntArray, values: FloatArray, ties: Ties, names: Sequence[str]
) -> tuple[FloatArray, tuple[float, FloatArray, FloatArray]]:
    """Newton's method, with the step halved while the likelihood falls."""
    beta = np.zeros(values.shape[1])
    now = _derivatives(follow_up, strata, values, beta, ties)
    for _ in range(_STEPS):
        step = np.linalg.solve(now[2], now[1])
        decrement = float(step @ now[1])
        if decrement < 1e-18 * max(1.0, abs(now[0])):
            return beta, now
        for _ in range(20):
            tried = _derivatives(follow_up, strata, values, beta + step, ties)
            if tried[0] >= now[0] - 1e-12 * abs(now[0]):
                break
            step = 0.5 * step
        beta, now = beta + step, tried
        far = int(np.argmax(np.abs(beta)))
        if abs(beta[far]) > _DIVERGED or not np.isfinite(beta).all():
            break
        if decrement < 1e-12:
            return beta, now
    else:
        far = int(np.argmax(np.abs(beta)))
    problem = "its hazard ratio has no finite estimate: it separates those with an event from those without"
    raise ImpastoError(names[far], problem, "join categories, leave it out, or compare by the log-rank test")


def _derivatives(
    follow_up: FollowUp, strata: IntArray, values: FloatArray, beta: FloatArray, ties: Ties
) -> tuple[float, FloatArray, FloatArray]:
    """Partial log-likelihood, its gradient, and the information."""
    terms = event_terms(follow_up, strata, values, beta, ties)
    own = values[terms.patient]
    likelihood = float((own @ beta - terms.log_denominator).sum())
    return likelihood, (own - terms.mean).sum(axis=0), terms.variance.sum(axis=0)


def _refuse_redundancy(information: FloatArray, names: Sequence[str]) -> None:
    values, vectors = np.linalg.eigh(information)
    if values[0] > 1e-9 * max(values[-1], 1e-300):
        return
    involved = [name for name, share in zip(names, np.abs(vectors[:, 0]), strict=True) if share > 0.1]
    problem = (
        "the patients at risk do not tell their effects apart" if len(involved) > 1 else "it does not vary at risk"
    )
    raise ImpastoError(" and ".join(involved), problem, "leave one out")
