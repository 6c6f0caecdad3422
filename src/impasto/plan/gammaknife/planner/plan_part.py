"""The plan of one target, or of zones that hang together, beside the shots of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from threadpoolctl import threadpool_limits

from impasto.core.arrays import BoolArray
from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.aims import planning_points
from impasto.plan.gammaknife.planner.coverage import CoverageSamples, coverage_samples
from impasto.plan.gammaknife.planner.isodose import steered_points
from impasto.plan.gammaknife.planner.placement import packed_isocentres
from impasto.plan.gammaknife.planner.scaled_search import ScaledSearch, TimeScale
from impasto.plan.gammaknife.planner.settings import PlannerSettings
from impasto.plan.gammaknife.planner.target_levels import TargetLevels

__all__ = ["PlanPart", "PlannedPart"]


@dataclass(frozen=True, eq=False)
class PlannedPart:
    """Shots of one part, scaled."""

    shots: tuple[Shot, ...]
    value: float
    packed: int
    factor: float
    last_scale: TimeScale
    said: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PlanPart:
    """Targets that hang together, with what else a plan for them needs."""

    levels: TargetLevels
    prescription: Prescription
    structures: StructureSet
    machine: GammaKnife
    head: Head
    settings: PlannerSettings

    def planned(self, others: Sequence[Shot], targets: BoolArray, progress: Progress) -> PlannedPart:
        """Plan shots beside those of other parts, whose targets belong to no ring."""
        chosen, near = self.settings, self._near
        elsewhere = targets & ~self.levels.target
        points, said = planning_points(
            self.levels, self.prescription.limits, self.structures, chosen.aims, elsewhere if elsewhere.any() else None
        )
        with threadpool_limits(1, user_api="blas"):
            inside = _in_head(near, self._samples.targets, self.head, chosen)
            start = packed_isocentres(inside, near.grid, chosen.packing)
            search = self._search(others)
            sequence, scale = search.planned(steered_points(points, near, chosen.isodose), start, progress)
        factor = scale.factor
        return PlannedPart(_longer(sequence.shots, factor), sequence.value, len(start), factor, scale, said)

    def rescaled(self, found: PlannedPart, others: Sequence[Shot], progress: Progress) -> PlannedPart:
        """Scale times again, beside the shots of other parts as they are now."""
        scale = self._search(others).scale(found.shots, progress)
        factor = scale.factor
        return replace(found, shots=_longer(found.shots, factor), factor=factor * found.factor, last_scale=scale)

    def notes(self, found: PlannedPart, is_one_of_several: bool) -> tuple[str, ...]:
        """Say what the plan does, by target where there are several parts."""
        targets = self._samples.targets
        name = f"{', '.join(targets)}: " if is_one_of_several else ""
        times = (f"{name}{note}" for note in found.last_scale.notes(self.settings.isodose))
        return (*_scaled_together(self._near, targets, self.settings.least_scaling_ml), *found.said, *times)

    def _search(self, others: Sequence[Shot]) -> ScaledSearch:
        settings = replace(self.settings, locked=(*self.settings.locked, *others))
        return ScaledSearch(self._near, self._samples, self.machine, self.head, settings)

    @cached_property
    def _near(self) -> TargetLevels:
        return self.levels.near_targets(self.structures[goal.structure] for goal in self.prescription.goals)

    @cached_property
    def _samples(self) -> CoverageSamples:
        return coverage_samples(self.prescription, self.structures, self._near, self.settings.least_scaling_ml)


def _longer(shots: tuple[Shot, ...], factor: float) -> tuple[Shot, ...]:
    return tuple(replace(shot, minutes=factor * shot.minutes) for shot in shots)


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


def _scaled_together(levels: TargetLevels, targets: tuple[str, ...], least_ml: float) -> list[str]:
    """Name the targets that do not set the times by themselves."""
    return [
        f"{targets[number]} has less than {least_ml:g} ml and touches {targets[other]}: times are scaled to the "
        "coverage of both together."
        for number, other in enumerate(levels.scaled_with(least_ml))
        if other != number
    ]
