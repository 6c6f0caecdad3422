"""How a design behaves: its chance to reject, to stop early, and what it estimates, over many simulated trials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.outcome.design.boundaries import Boundaries
from impasto.outcome.design.futility import FutilityBoundaries
from impasto.outcome.design.looks import look_at
from impasto.outcome.design.simulated_trials import TrialScenario, simulate_trials

__all__ = ["OperatingCharacteristics", "Share", "operating_characteristics"]

_BATCH = 1000


@dataclass(frozen=True)
class Share:
    """A share of simulated trials with its exact 95 % interval (Clopper and Pearson 1934)."""

    count: int
    trials: int

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.trials

    @property
    def limits(self) -> tuple[float, float]:
        """Monte Carlo limits."""
        low = float(beta.ppf(0.025, self.count, self.trials - self.count + 1)) if self.count else 0.0
        high = float(beta.ppf(0.975, self.count + 1, self.trials - self.count)) if self.count < self.trials else 1.0
        return low, high


@dataclass(frozen=True, eq=False)
class OperatingCharacteristics:
    """What came of the simulated trials.

    Parameters
    ----------
    scenario : TrialScenario
    events_at_looks : ndarray of int, shape (look,)
    rejected, for_benefit, for_harm : Share
        Trials that crossed a boundary, and which.
    stopped_at : tuple of Share
        Trials that stopped at each look, by whatever boundary.
    hazard_ratio : ndarray, shape (trial,)
        Estimated where each trial ended.
    duration : ndarray, shape (trial,)
    unfinished : int
        Trials whose events never came, from patients lost; they count as not rejecting at the looks they miss.
    seed : int
    for_futility : Share
        Trials that stopped at or below a boundary of futility.
    """

    scenario: TrialScenario
    events_at_looks: IntArray
    rejected: Share
    for_benefit: Share
    for_harm: Share
    stopped_at: tuple[Share, ...]
    hazard_ratio: FloatArray
    duration: FloatArray
    unfinished: int
    seed: int
    for_futility: Share


def operating_characteristics(
    scenario: TrialScenario,
    boundaries: Boundaries,
    events: int,
    trials: int,
    seed: int,
    progress: Progress = silent,
    futility: FutilityBoundaries | None = None,
) -> OperatingCharacteristics:
    """Simulate trials from entry to the last look and judge each by the boundaries.

    Parameters
    ----------
    scenario : TrialScenario
        With a hazard ratio of 1 the share that rejects is the type I error.
    boundaries : Boundaries
    events : int
        At full information; looks are at its shares, rounded up.
    trials : int
    seed : int
    progress : Progress
    futility : FutilityBoundaries, optional
        Followed: a trial stops where its statistic is at or below them.
    """
    if trials < 1:
        raise ImpastoError("simulated trials", f"{trials} of them", "ask for at least one")
    wanted = boundaries.events_at_looks(events)
    children = np.random.SeedSequence(seed).generate_state(-(-trials // _BATCH))
    parts = []
    for batch, child in enumerate(children):
        count = min(_BATCH, trials - batch * _BATCH)
        looks = look_at(simulate_trials(scenario, count, int(child)), wanted)
        parts.append((looks.z, looks.hazard_ratio, looks.time))
        progress("simulated trials", (batch * _BATCH + count) / trials)
    z, ratio, time = (np.concatenate(joined) for joined in zip(*parts, strict=True))
    up = z >= boundaries.z
    down = z <= boundaries.lower_z
    given_up = np.zeros_like(up)
    if futility is not None:
        # the last look decides for or against benefit; nothing is given up there
        given_up[:, :-1] = (z <= futility.z)[:, :-1] & ~down[:, :-1]
    crossed = up | down | given_up
    last = (~np.isnan(z)).sum(axis=1) - 1
    ended = np.where(crossed.any(axis=1), crossed.argmax(axis=1), np.maximum(last, 0))
    rows = np.arange(trials)
    first = crossed & (np.cumsum(crossed, axis=1) == 1)
    return OperatingCharacteristics(
        scenario, wanted, Share(int((up | down)[rows, ended].sum()), trials), Share(int(up[rows, ended].sum()), trials),
        Share(int(down[rows, ended].sum()), trials),
        tuple(Share(int(count), trials) for count in first.sum(axis=0)), ratio[rows, ended], time[rows, ended],
        int((last < z.shape[1] - 1).sum()), seed,
        Share(int(given_up[rows, ended].sum()), trials),
    )  # fmt: skip
