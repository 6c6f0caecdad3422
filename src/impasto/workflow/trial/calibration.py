"""Growth fitted so that the control arm has the medians that the trial printed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray
from impasto.phantom.glioma_population import draw_luck
from impasto.radiobiology import regrowth_time
from impasto.workflow.trial.assumptions import Assumptions
from impasto.workflow.trial.course import Growth, PatientGroup, outcome_of

__all__ = ["Calibration", "calibrated_growth"]

_MOST_LOG_KILL = 15.0
_TRIED = 13


@dataclass(frozen=True)
class Calibration:
    """A fit and what it reaches.

    Parameters
    ----------
    growth : Growth
    survival, methylated_survival, unmethylated_survival, progression_free : float
        Medians of the control arm, months.
    cured_share : float
        Patients in whom nothing survived.
    """

    growth: Growth
    survival: float
    methylated_survival: float
    unmethylated_survival: float
    progression_free: float
    cured_share: float


def calibrated_growth(assumptions: Assumptions, seed: int) -> Calibration:
    """Fit doubling time, effect of temozolomide and threshold of imaging, in this order, to three medians.

    Parameters
    ----------
    assumptions : Assumptions
    seed : int

    Raises
    ------
    ImpastoError
        When no growth gives the medians.
    """
    target = assumptions.calibration
    luck = draw_luck((int(target.patients.value),), np.random.default_rng([seed, 0]))
    group = PatientGroup.drawn(assumptions, luck)
    survivors = group.control_log_survivors()
    kill, doubling = _fit_survival(group, survivors)

    def progression(log_burden: float) -> float:
        outcome = outcome_of(group, survivors, Growth(doubling, kill, log_burden))
        return float(np.median(outcome.progression_free)) - target.progression_free_months.value

    limits = (0.0, float(np.log(assumptions.tumour.lethal_burden.value)))
    burden = _root(progression, limits, "median progression-free survival")
    growth = Growth(doubling, kill, burden)
    outcome, methylated = outcome_of(group, survivors, growth), group.patients.is_methylated
    return Calibration(
        growth, float(np.median(outcome.survival)), float(np.median(outcome.survival[methylated])),
        float(np.median(outcome.survival[~methylated])), float(np.median(outcome.progression_free)),
        float(np.isinf(outcome.survival).mean()),
    )  # fmt: skip


def _fit_survival(group: PatientGroup, survivors: FloatArray) -> tuple[float, float]:
    """Effect of temozolomide and doubling time that give the median of all and of the methylated."""
    target, methylated = group.assumptions.calibration, group.patients.is_methylated
    end = group.assumptions.course.radiotherapy_end_months.value
    lethal = np.log(group.assumptions.tumour.lethal_burden.value * group.patients.relative_burden)

    def doublings(kill: float) -> FloatArray:
        left = survivors - kill * methylated
        return regrowth_time(left, lethal, group.patients.relative_growth, group.luck.uniform["cure"])

    def ratio(kill: float) -> float:
        found = doublings(kill)
        middle, of_methylated = np.median(found), np.median(found[methylated])
        if not np.isfinite(middle):
            return float("nan")
        return min(float(of_methylated / middle), 1e3) - wanted

    wanted = (target.methylated_survival_months.value - end) / (target.overall_survival_months.value - end)
    kill = _root(ratio, (-_MOST_LOG_KILL, _MOST_LOG_KILL), "median survival of methylated tumours")
    return kill, (target.overall_survival_months.value - end) / float(np.median(doublings(kill)))


def _root(function: Callable[[float], float], limits: tuple[float, float], what: str) -> float:
    tried = np.linspace(*limits, _TRIED)
    found = np.array([function(one) for one in tried])
    usable = np.flatnonzero((found[:-1] < 0.0) & (found[1:] >= 0.0))
    if not len(usable):
        problem = f"no growth gives the {what} of the control arm"
        raise ImpastoError("calibration", problem, "take a lower radiosensitivity or spread, or other medians")
    first = int(usable[0])
    return float(brentq(function, float(tried[first]), float(tried[first + 1]), xtol=1e-6))
