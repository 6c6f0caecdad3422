"""A group-sequential trial with a survival endpoint: events, boundaries, power, stopping."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.outcome.design.boundaries import Boundaries
from impasto.outcome.design.events import EventFormula, required_events
from impasto.outcome.design.futility import FutilityBoundaries, futility_boundaries
from impasto.outcome.design.spending import Spending

__all__ = ["SequentialTrial", "log_rank_drift", "sequential_power", "sequential_trial"]


@dataclass(frozen=True, eq=False)
class SequentialTrial:
    """A planned trial.

    Parameters
    ----------
    boundaries : Boundaries
    hazard_ratio : float
    power : float
        At `events`.
    allocation : float
    fixed_events : float
        Of a trial with one look.
    inflation : float
    events : float
        At full information, not rounded.
    events_at_looks : ndarray of int, shape (look,)
        Rounded up.
    hazard_ratio_at_looks : ndarray, shape (look,)
        Estimated hazard ratio at which each boundary is met, after `events_at_looks`.
    stopped_under_effect, stopped_without : ndarray, shape (look,)
        Chance to have rejected equal hazards by each look under the planned and under no effect.
    expected_events : float
        Under the planned effect.
    formula : {"schoenfeld", "freedman"}
    futility : FutilityBoundaries, optional
        With them, power, inflation and chances are those of a trial that follows them; the type I error does not need
        that.
    """

    boundaries: Boundaries
    hazard_ratio: float
    power: float
    allocation: float
    fixed_events: float
    inflation: float
    events: float
    events_at_looks: IntArray
    hazard_ratio_at_looks: FloatArray
    stopped_under_effect: FloatArray
    stopped_without: FloatArray
    expected_events: float
    formula: EventFormula
    futility: FutilityBoundaries | None = None


def log_rank_drift(hazard_ratio: float, events: float, allocation: float = 0.5) -> float:
    """Give the log-rank z to expect, positive for benefit, after so many events (Schoenfeld 1981)."""
    return float(-np.log(hazard_ratio) * np.sqrt(events * allocation * (1.0 - allocation)))


def sequential_trial(
    boundaries: Boundaries,
    hazard_ratio: float,
    power: float = 0.8,
    allocation: float = 0.5,
    formula: EventFormula = "schoenfeld",
    futility: Spending | None = None,
) -> SequentialTrial:
    """Find the events that give a group-sequential log-rank test its power.

    Parameters
    ----------
    boundaries : Boundaries
    hazard_ratio, power, allocation : float
    formula : {"schoenfeld", "freedman"}
    futility : Spending, optional
        Spend the type II error along it: boundaries of futility, not binding, and the events that make up for them.

    Examples
    --------
    >>> from impasto.outcome.design.boundaries import spending_boundaries
    >>> round(sequential_trial(spending_boundaries([0.5, 1.0]), 0.66).events, 2)
    182.52
    """
    fixed = required_events(hazard_ratio, power, boundaries.alpha, boundaries.sided, allocation, formula)
    limits = None if futility is None else futility_boundaries(boundaries, 1.0 - power, futility)
    inflation = boundaries.inflation(power) if limits is None else limits.inflation
    events = fixed * inflation
    drift = boundaries.drift_for(power) if limits is None else limits.drift
    stopped = [boundaries.power_by_look(one) if limits is None else limits.chances(one)[1] for one in (drift, 0.0)]
    design: Boundaries | FutilityBoundaries = boundaries if limits is None else limits
    return SequentialTrial(
        boundaries, hazard_ratio, power, allocation, fixed, inflation, events, boundaries.events_at_looks(events),
        boundaries.hazard_ratios(events, allocation), stopped[0], stopped[1],
        events * design.expected_information(drift), formula, limits,
    )  # fmt: skip


def sequential_power(boundaries: Boundaries, hazard_ratio: float, events: float, allocation: float = 0.5) -> float:
    """Power of the sequential test when full information is so many events."""
    benefit = min(hazard_ratio, 1.0 / hazard_ratio)
    return float(boundaries.power_by_look(log_rank_drift(benefit, events, allocation))[-1])
