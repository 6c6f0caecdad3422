"""Patients, time and events: uniform accrual, exponential survival and dropout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from impasto.core.errors import ImpastoError

__all__ = [
    "AccrualPlan",
    "SampleSize",
    "event_probability",
    "expected_events",
    "exponential_hazard",
    "sample_size",
    "time_of_events",
]


@dataclass(frozen=True)
class AccrualPlan:
    """How patients come and how long they are followed.

    Parameters
    ----------
    accrual : float
        Patients come uniformly over this time.
    follow_up : float
        From the last patient to the analysis.
    control_hazard : float
        Events per unit of time in the control arm.
    hazard_ratio : float
        Experimental to control.
    dropout_hazard : float
        Losses to follow-up per unit of time, the same in both arms.
    allocation : float
        Share of patients in the experimental arm.

    Raises
    ------
    ImpastoError
        When a time or hazard is not usable.
    """

    accrual: float
    follow_up: float
    control_hazard: float
    hazard_ratio: float
    dropout_hazard: float = 0.0
    allocation: float = 0.5

    def __post_init__(self) -> None:
        if not (self.accrual > 0.0 and self.follow_up >= 0.0):
            problem = f"accrual {self.accrual:g}, follow-up {self.follow_up:g}"
            raise ImpastoError("accrual", problem, "give a positive accrual and a follow-up from 0 on")
        if not (self.control_hazard > 0.0 and self.hazard_ratio > 0.0 and self.dropout_hazard >= 0.0):
            raise ImpastoError("accrual", "a hazard is not positive", "give positive hazards; dropout may be 0")
        if not 0.0 < self.allocation < 1.0:
            raise ImpastoError("accrual", f"an allocation of {self.allocation:g}", "give a share between 0 and 1")

    @classmethod
    def from_survival(
        cls, accrual: float, follow_up: float, control_survival: float, at_time: float, hazard_ratio: float
    ) -> AccrualPlan:
        """Take the control arm's hazard from its survival at a time."""
        return cls(accrual, follow_up, exponential_hazard(control_survival, at_time), hazard_ratio)


@dataclass(frozen=True)
class SampleSize:
    """Patients that bring the events.

    Parameters
    ----------
    patients : float
        Not rounded.
    per_arm : tuple of int
        Control and experimental, rounded up.
    events : float
    event_probability : tuple of float
        Chance of an observed event in the control and the experimental arm.
    lost : float
        Expected losses to follow-up before an event, of all patients.
    plan : AccrualPlan
    """

    patients: float
    per_arm: tuple[int, int]
    events: float
    event_probability: tuple[float, float]
    lost: float
    plan: AccrualPlan


def exponential_hazard(survival: float, time: float) -> float:
    """Hazard with which a share is still event-free at a time.

    Examples
    --------
    >>> round(exponential_hazard(0.25, 24.0), 5)
    0.05776
    """
    if not (0.0 < survival <= 1.0 and time > 0.0):
        problem = f"a share of {survival:g} free of events at {time:g}"
        raise ImpastoError("survival probability", problem, "give a share above 0, at most 1, at a positive time")
    return abs(float(np.log(survival) / time))


def event_probability(hazard: float, accrual: float, follow_up: float, dropout_hazard: float = 0.0) -> float:
    r"""Chance that a patient's event is seen (Lachin and Foulkes 1986).

    :math:`\frac{h}{h+d} \left(1 - \frac{e^{-(h+d) F} - e^{-(h+d)(A+F)}}{(h+d) A}\right)` for hazard h, dropout d,
    accrual A and follow-up F.
    """
    total = hazard + dropout_hazard
    still = -np.exp(-total * follow_up) * np.expm1(-total * accrual) / (total * accrual)
    return float(hazard / total * (1.0 - still))


def expected_events(plan: AccrualPlan, patients: float, time: float | None = None) -> tuple[float, float]:
    """Count the events to expect in the control and the experimental arm.

    Parameters
    ----------
    plan : AccrualPlan
    patients : float
        Over the whole accrual.
    time : float, optional
        Since the first patient; the end of follow-up by default.
    """
    until = plan.accrual + plan.follow_up if time is None else time
    recruiting = min(until, plan.accrual)
    if recruiting <= 0.0:
        return 0.0, 0.0
    entered = patients * recruiting / plan.accrual
    hazards = (plan.control_hazard, plan.control_hazard * plan.hazard_ratio)
    shares = (1.0 - plan.allocation, plan.allocation)
    control, experimental = (
        entered * share * event_probability(hazard, recruiting, until - recruiting, plan.dropout_hazard)
        for share, hazard in zip(shares, hazards, strict=True)
    )
    return control, experimental


def sample_size(plan: AccrualPlan, events: float) -> SampleSize:
    """Patients to enter so that the expected events are there when follow-up ends.

    Examples
    --------
    >>> plan = AccrualPlan.from_survival(36, 24, control_survival=0.25, at_time=24, hazard_ratio=0.66096)
    >>> round(sample_size(plan, 186).patients, 1)
    221.8
    """
    if not events > 0.0:
        raise ImpastoError("events", f"there are {events:g}", "give a positive number")
    control, experimental = expected_events(plan, 1.0)
    patients = events / (control + experimental)
    per_arm = (int(np.ceil(patients * (1.0 - plan.allocation) - 1e-9)), int(np.ceil(patients * plan.allocation - 1e-9)))
    chances = (control / (1.0 - plan.allocation), experimental / plan.allocation)
    hazards = (plan.control_hazard, plan.control_hazard * plan.hazard_ratio)
    lost = patients * sum(
        share * chance * plan.dropout_hazard / hazard
        for share, chance, hazard in zip((1.0 - plan.allocation, plan.allocation), chances, hazards, strict=True)
    )
    return SampleSize(patients, per_arm, events, chances, lost, plan)


def time_of_events(plan: AccrualPlan, patients: float, events: float) -> float:
    """Time since the first patient at which so many events are expected; infinite where they never are."""
    if sum(expected_events(plan, patients, 1e6 * (plan.accrual + plan.follow_up))) <= events:
        return float("inf")
    longest = plan.accrual + plan.follow_up
    while sum(expected_events(plan, patients, longest)) < events:
        longest *= 2.0
    return float(brentq(lambda time: sum(expected_events(plan, patients, time)) - events, 0.0, longest, xtol=1e-9))
