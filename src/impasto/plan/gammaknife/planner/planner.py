"""A radiosurgery plan: shots placed, timed, sequenced, and scaled to coverage."""

from __future__ import annotations

from dataclasses import dataclass, replace

from impasto.core.grid import Grid
from impasto.core.plan import Shot
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress, silent
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.plan_part import PlannedPart, PlanPart
from impasto.plan.gammaknife.planner.settings import PlannerSettings
from impasto.plan.gammaknife.planner.target_levels import target_levels

__all__ = ["PlannedShots", "plan_shots"]

_RESCALINGS = 2
"""Rounds in which the times of separate targets are fitted to each other's dose, a few percent at most."""


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

    Targets that do not touch are planned one after another, each on its own isodose, with the dose of those before it;
    their times are then scaled again with the dose of all others. Together, the misses at a target of a few cubic
    millimetres would hide those at a large one.

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
    parts = [
        PlanPart(levels.limited_to(goals), _prescribing(prescription, goals), structures, machine, head, chosen)
        for goals in levels.groups()
    ]
    found: list[PlannedPart] = []
    for part in parts:
        others = [shot for one in found for shot in one.shots]
        found.append(part.planned(others, levels.target, progress))
    for _ in range(_RESCALINGS if len(parts) > 1 else 0):
        for number, part in enumerate(parts):
            others = [shot for place, one in enumerate(found) if place != number for shot in one.shots]
            found[number] = part.rescaled(found[number], others, progress)
    shots = [shot for one in found for shot in one.shots]
    notes = [note for part, one in zip(parts, found, strict=True) for note in part.notes(one, len(parts) > 1)]
    scale = max(one.factor for one in found)
    value, packed = sum(one.value for one in found), sum(one.packed for one in found)
    return PlannedShots((*chosen.locked, *shots), value, packed, scale, tuple(dict.fromkeys(notes)))


def _prescribing(prescription: Prescription, goals: tuple[int, ...]) -> Prescription:
    return replace(prescription, goals=tuple(prescription.goals[number] for number in goals))
