"""Trials drawn at random, many at a time: when patients enter, have the event, and are lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["SimulatedTrials", "TrialScenario", "simulate_trials"]


@dataclass(frozen=True)
class TrialScenario:
    """What is true in a simulated world.

    Parameters
    ----------
    patients : int
        Entered over the accrual, uniformly.
    accrual : float
    control_hazard : float
        Exponential.
    hazard_ratio : float
        Experimental to control, from `effect_delay` after entry on; 1 before.
    effect_delay : float
    dropout_hazard : float
        Exponential, the same in both arms.
    allocation : float
        Share of patients in the experimental arm, kept to the nearest patient.

    Raises
    ------
    ImpastoError
        When a number is not usable.
    """

    patients: int
    accrual: float
    control_hazard: float
    hazard_ratio: float
    effect_delay: float = 0.0
    dropout_hazard: float = 0.0
    allocation: float = 0.5

    def __post_init__(self) -> None:
        if self.patients < 2 or not 0.0 < self.allocation < 1.0:
            raise ImpastoError("simulated trial", "an arm would be empty", "give patients to both")
        rates = (self.control_hazard, self.hazard_ratio)
        if min(rates) <= 0.0 or min(self.accrual, self.effect_delay, self.dropout_hazard) < 0.0:
            raise ImpastoError("simulated trial", "a rate or time is negative", "give positive ones")


@dataclass(frozen=True, eq=False)
class SimulatedTrials:
    """Trials before anybody looks, times since each patient's entry.

    Parameters
    ----------
    entry, event, dropout : ndarray, shape (trial, patient)
        Entry counts from the start of the trial; dropout is infinite where nobody is lost.
    treated : ndarray of bool, shape (trial, patient)
        In order of entry.
    """

    entry: FloatArray
    event: FloatArray
    dropout: FloatArray
    treated: NDArray[np.bool_]


def simulate_trials(scenario: TrialScenario, trials: int, seed: int) -> SimulatedTrials:
    """Draw trials.

    Parameters
    ----------
    scenario : TrialScenario
    trials : int
    seed : int
    """
    if trials < 1:
        raise ImpastoError("simulated trials", f"{trials} of them", "ask for at least one")
    generator = np.random.default_rng(seed)
    shape = (trials, scenario.patients)
    entry = np.sort(generator.uniform(0.0, scenario.accrual, shape), axis=1)
    arms = np.arange(scenario.patients) < round(scenario.allocation * scenario.patients)
    treated = generator.permuted(np.broadcast_to(arms, shape), axis=1)
    needed = generator.exponential(1.0 / scenario.control_hazard, shape)
    late = scenario.effect_delay + (needed - scenario.effect_delay) / scenario.hazard_ratio
    event = np.where(treated & (needed > scenario.effect_delay), late, needed)
    if scenario.dropout_hazard > 0.0:
        dropout = generator.exponential(1.0 / scenario.dropout_hazard, shape)
    else:
        dropout = np.full(shape, np.inf)
    return SimulatedTrials(entry, event, dropout, treated)
