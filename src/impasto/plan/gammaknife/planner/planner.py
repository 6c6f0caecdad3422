"""A radiosurgery plan: shots placed, timed, sequenced, and scaled to coverage."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.plan import Shot
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress, silent
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.aims import TargetLevels, planning_points, target_levels
from impasto.plan.gammaknife.planner.coverage import coverage_samples
from impasto.plan.gammaknife.planner.isodose import steered_points
from impasto.plan.gammaknife.planner.placement import PackingSettings, packed_isocentres
from impasto.plan.gammaknife.planner.scaled_search import ScaledSearch
from impasto.plan.gammaknife.planner.settings import PlannerSettings

__all__ = ["PlannedShots", "plan_shots"]

_ONE = PackingSettings(most=1)


@dataclass(frozen=True, eq=False)
class PlannedShots:
    """What the planner found.

    Parameters
    ----------
    shots : tuple of Shot
        Locked ones first.
    objective : float
        Before times were scaled.
    packed : int
        Isocentres that were tried.
    scale : float
        Factor on all times that were not locked, from the optimum to the asked coverage or isodose.
    notes : tuple of str
    """

    shots: tuple[Shot, ...]
    objective: float
    packed: int
    scale: float
    notes: tuple[str, ...]


def plan_shots(
    prescription: Prescription,
    structures: StructureSet,
    grid: Grid,
    machine: GammaKnife,
    head: Head,
    settings: PlannerSettings | None = None,
    progress: Progress = silent,
) -> PlannedShots:
    """Plan shots for a prescription.

    Isocentres are packed into the target; sector durations are optimised for all of them; those that hardly count are
    dropped and the others moved downhill, as long as it pays. Moves of sectors are then merged into few shots, and
    those timed anew. At last all times are scaled by the full beam sum until every goal has its coverage. For a fixed
    isodose the optimiser is asked for a peak in the depth of the highest level, as high as makes the scaled plan's
    largest dose the level over the isodose.

    Parameters
    ----------
    prescription : Prescription
        One fraction.
    structures : StructureSet
    grid : Grid
        Planning grid of 1 to 2 mm, with room for the rings around the targets.
    machine : GammaKnife
    head : Head
    settings : PlannerSettings, optional
    progress : Progress

    Raises
    ------
    ImpastoError
        When a target is empty or outside the head, or locked shots alone cover it.
    """
    chosen = settings or PlannerSettings()
    levels = target_levels(prescription, structures, grid)
    near = levels.near_targets(structures[goal.structure] for goal in prescription.goals)
    samples = coverage_samples(prescription, structures, near, chosen.least_scaling_ml)
    task = ScaledSearch(near, samples, machine, head, chosen)
    points, notes = planning_points(levels, prescription.limits, structures, chosen.aims)
    notes = (*notes, *_scaled_together(near, samples.targets, chosen.least_scaling_ml))
    with threadpool_limits(1, user_api="blas"):
        start = _isocentres(near, _in_head(near, samples.targets, head, chosen), chosen.packing)
        sequence, scale = task.planned(steered_points(points, near, chosen.isodose), start, progress)
    scaled = tuple(replace(shot, minutes=scale.factor * shot.minutes) for shot in sequence.shots)
    notes = (*notes, *scale.notes(chosen.isodose))
    return PlannedShots((*chosen.locked, *scaled), sequence.value, len(start), scale.factor, notes)


def _in_head(levels: TargetLevels, targets: tuple[str, ...], head: Head, settings: PlannerSettings) -> BoolArray:
    """Find target voxels that a shot may be placed in; refuse targets too much of which lies outside."""
    voxels = np.argwhere(levels.target)
    inside = head.contains(levels.grid.world_from_index(voxels))
    goal = levels.goal[levels.target]
    for number, target in enumerate(targets):
        outside = float(np.mean(~inside[goal == number]))
        if outside > 1.0 - settings.coverage:
            problem = f"{100.0 * outside:.0f} % of it lies outside the head"
            raise ImpastoError(target, problem, "correct the target or the head's outline (role EXTERNAL)")
    found = np.zeros(levels.grid.shape, dtype=bool)
    found[tuple(voxels[inside].T)] = True
    return found


def _isocentres(levels: TargetLevels, inside: BoolArray, packing: PackingSettings) -> FloatArray:
    """Pack isocentres; a target apart from the others that got none has one in its depth instead of the last."""
    group = levels.groups()[levels.goal]
    packed = packed_isocentres(inside, levels.grid, packing)
    index = np.rint(levels.grid.index_from_world(packed)).astype(int)
    missed = np.setdiff1d(group[inside], group[tuple(index.T)])
    deepest = [packed_isocentres(inside & (group == number), levels.grid, _ONE)[0] for number in missed]
    return np.concatenate([packed[: max(packing.most - len(deepest), 0)], *np.reshape(deepest, (-1, 1, 3))])


def _scaled_together(levels: TargetLevels, targets: tuple[str, ...], least_ml: float) -> list[str]:
    """Name the targets that do not set the times by themselves."""
    return [
        f"{targets[number]} has less than {least_ml:g} ml and touches {targets[other]}: times are scaled to the "
        "coverage of both together."
        for number, other in enumerate(levels.scaled_with(least_ml))
        if other != number
    ]
