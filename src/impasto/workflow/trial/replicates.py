"""Many trials of one world: digital patients enter, are treated, followed, and looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.outcome.design import SimulatedTrials, look_at, look_when, median_when
from impasto.phantom.glioma_population import Luck, draw_luck
from impasto.workflow.trial.assumptions import Assumptions, Design
from impasto.workflow.trial.course import Growth, PatientGroup, outcome_of

__all__ = ["QUANTITIES", "Enrolled", "follow_design", "luck_of_replicates", "simulated_world"]

_BLOCK = 4

QUANTITIES = (
    "z interim", "z final", "hazard ratio interim", "hazard ratio", "unadjusted hazard ratio",
    "progression hazard ratio", "months", "deaths control", "deaths boost", "survival control", "survival boost",
    "progression-free control", "progression-free boost", "modified share", "boost ml", "bed ml",
)  # fmt: skip
"""What is kept of a trial."""


@dataclass(frozen=True, eq=False)
class Enrolled:
    """Patients of many trials and what becomes of them, all of shape (replicate, patient), in order of entry.

    Parameters
    ----------
    treated : ndarray of bool
    strata : ndarray of int
    survival, progression_free : ndarray
        Months from entry, were everyone followed to the end.
    """

    treated: BoolArray
    strata: IntArray
    survival: FloatArray
    progression_free: FloatArray


def luck_of_replicates(first: int, count: int, patients: int, seed: int) -> Luck:
    """Draw replicates ``first`` to ``first + count - 1``, each from a seed of its own, shape (replicate, patient)."""
    drawn = [draw_luck((patients,), np.random.default_rng([seed, 1, first + place])) for place in range(count)]
    return Luck(
        {name: np.stack([one.uniform[name] for one in drawn]) for name in drawn[0].uniform},
        np.stack([one.infiltration for one in drawn]), np.stack([one.marking for one in drawn]),
    )  # fmt: skip


def simulated_world(assumptions: Assumptions, growth: Growth, luck: Luck) -> dict[str, FloatArray]:
    """Run every design in one world.

    Parameters
    ----------
    assumptions : Assumptions
    growth : Growth
    luck : Luck
        Shape (replicate, patient), with the patients of the larger design; smaller ones take the first.

    Returns
    -------
    dict of str to ndarray, shape (replicate, quantity)
        By the name of the design; see `QUANTITIES`.
    """
    group = PatientGroup.drawn(assumptions, luck)
    marked = group.marked()
    control = outcome_of(group, group.control_log_survivors(), growth)
    boosted = outcome_of(group, group.boosted_log_survivors(marked), growth)
    gets_boost = luck.uniform["omitted"] >= assumptions.dose.not_boosted.value
    volumes = np.stack(
        [marked.any(axis=-1), group.boost_ml(marked), group.boost_ml(np.zeros_like(marked))], axis=-1
    ).astype(np.float64)
    found = {}
    for name, design in assumptions.designs().items():
        treated = _treated(luck.uniform["arm"][:, : int(design.patients.value)])
        patients = treated.shape[1]
        given = treated & gets_boost[:, :patients]
        times = [
            np.where(given, after[:, :patients], before[:, :patients])
            for after, before in (
                (boosted.survival, control.survival), (boosted.progression_free, control.progression_free)
            )
        ]  # fmt: skip
        strata = 2 * group.patients.is_biopsied[:, :patients] + group.patients.is_methylated[:, :patients]
        enrolled = Enrolled(treated, strata, times[0], times[1])
        spread = [np.where(treated, volumes[:, :patients, place], np.nan) for place in range(volumes.shape[-1])]
        found[name] = np.column_stack(
            [*follow_design(design, enrolled, luck), *(np.nanmean(one, axis=1) for one in spread)]
        )
    return found


def _treated(uniform: FloatArray) -> BoolArray:
    """Allocate in permuted blocks of four, in order of entry."""
    trials, patients = uniform.shape
    filled = np.pad(uniform, ((0, 0), (0, -patients % _BLOCK)), constant_values=0.5)
    rank = filled.reshape(trials, -1, _BLOCK).argsort(axis=-1).argsort(axis=-1)
    treated: BoolArray = (rank < _BLOCK // 2).reshape(trials, -1)[:, :patients]
    return treated


def follow_design(design: Design, enrolled: Enrolled, luck: Luck) -> list[FloatArray]:
    """Let patients enter, follow them, and look: the quantities of each trial in their order, but for the volumes."""
    patients = enrolled.treated.shape[1]
    entry = np.sort(luck.uniform["entry"][:, :patients], axis=1) * design.accrual_months.value
    lost = np.full(entry.shape, design.longest_follow_up_months.value)
    if design.lost_per_month.value > 0.0:
        leaves = -np.log(luck.uniform["loss"][:, :patients]) / design.lost_per_month.value
        lost = np.minimum(lost, leaves)
    survival, progression = (
        SimulatedTrials(entry, time, lost, enrolled.treated) for time in (enrolled.survival, enrolled.progression_free)
    )
    wanted = [int(design.interim_events.value), int(design.events.value)]
    looks = look_at(survival, wanted, enrolled.strata, design.last_analysis_months.value)
    now, treated = looks.time[:, -1], enrolled.treated
    dead = (survival.event <= survival.dropout) & (entry + survival.event <= now[:, None])
    medians = [median_when(endpoint, now, arm) for endpoint in (survival, progression) for arm in (~treated, treated)]
    return [
        looks.z[:, 0], looks.z[:, 1], looks.hazard_ratio[:, 0], looks.hazard_ratio[:, 1],
        look_when(survival, now[:, None]).hazard_ratio[:, 0],
        look_when(progression, now[:, None], enrolled.strata).hazard_ratio[:, 0], now,
        (dead & ~treated).sum(axis=1).astype(np.float64), (dead & treated).sum(axis=1).astype(np.float64), *medians,
    ]  # fmt: skip
