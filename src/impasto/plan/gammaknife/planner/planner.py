"""A radiosurgery plan: shots placed, timed, dropped and moved while it pays, and scaled to coverage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.plan import Shot
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress, silent
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.delivery import shots_from_sector_minutes
from impasto.plan.gammaknife.dose import shot_doses_gy
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.aims import RadiosurgeryAims, planning_points, target_levels
from impasto.plan.gammaknife.planner.coverage import CoverageAim, scale_to_coverage
from impasto.plan.gammaknife.planner.durations import Durations, DurationSettings, durations_of_sectors
from impasto.plan.gammaknife.planner.placement import PackingSettings, packed_isocentres
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints
from impasto.plan.gammaknife.sector_rates import sector_dose_rates

__all__ = ["PlannedShots", "PlannerSettings", "plan_shots"]


@dataclass(frozen=True)
class PlannerSettings:
    """How a plan is searched for.

    Parameters
    ----------
    packing : PackingSettings
    aims : RadiosurgeryAims
    durations : DurationSettings
    coverage : float
        Share of every goal's target that must reach its level: times are scaled to it.
    isodose : float, optional
        Share of the largest dose that the first goal's level should be; free when not given.
    least_minutes : float
        Isocentres that stand for less are dropped; moves of sectors closer in time are made at once.
    moves : int
        Rounds in which isocentres may move.
    move_mm : float
        How far in one round.
    worth : float
        A round is kept if it lowers the objective by more than this share, a dropped isocentre if it raises it by less.
    locked : tuple of Shot
        Stay as they are; the others are planned around them.
    """

    packing: PackingSettings = field(default_factory=PackingSettings)
    aims: RadiosurgeryAims = field(default_factory=RadiosurgeryAims)
    durations: DurationSettings = field(default_factory=DurationSettings)
    coverage: float = 0.98
    isodose: float | None = None
    least_minutes: float = 0.1
    moves: int = 3
    move_mm: float = 1.0
    worth: float = 0.02
    locked: tuple[Shot, ...] = ()

    def __post_init__(self) -> None:
        if not 0.0 < self.coverage < 1.0:
            raise ImpastoError("coverage", f"{self.coverage:g}", "give a share between 0 and 1, such as 0.98")
        if self.isodose is not None and not 0.0 < self.isodose < 1.0:
            raise ImpastoError("prescription isodose", f"{self.isodose:g}", "give a share of the maximum, such as 0.5")


@dataclass(frozen=True, eq=False)
class PlannedShots:
    """What the planner found.

    Parameters
    ----------
    shots : tuple of Shot
        Locked ones first.
    objective : float
    packed : int
        Isocentres that were tried.
    notes : tuple of str
    """

    shots: tuple[Shot, ...]
    objective: float
    packed: int
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
    dropped and the others moved downhill, as long as it pays; then all times are scaled by the full beam sum until
    every goal has its coverage.

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
        When a target is empty, or locked shots alone cover it.
    """
    chosen = settings or PlannerSettings()
    levels = target_levels(prescription, structures, grid)
    points, notes = planning_points(levels, prescription.limits, structures, chosen.aims)
    search = _Search(points, machine, head, chosen, _locked_gy(points.points_mm, chosen.locked, machine, head))
    with threadpool_limits(1, user_api="blas"):
        start = packed_isocentres(levels.target, grid, chosen.packing)
        found = search.placed(start, progress)
    shots = tuple(
        shot
        for place, minutes in zip(found.isocentres_mm, found.solved.minutes, strict=True)
        for shot in shots_from_sector_minutes(place.tolist(), minutes, machine, chosen.least_minutes)
    )
    scale, scaling = scale_to_coverage(
        shots, levels, machine, head, CoverageAim(chosen.coverage, chosen.isodose, chosen.locked)
    )
    scaled = tuple(replace(shot, minutes=scale * shot.minutes) for shot in shots)
    return PlannedShots((*chosen.locked, *scaled), found.solved.value, len(start), (*notes, *scaling))


@dataclass(frozen=True, eq=False)
class _Placed:
    """Isocentres and the best times for them."""

    isocentres_mm: FloatArray
    rates: NDArray[np.float32]
    solved: Durations

    def kept(self, which: NDArray[np.bool_]) -> _Placed:
        return _Placed(
            self.isocentres_mm[which], self.rates[which], replace(self.solved, minutes=self.solved.minutes[which])
        )

    def longest_minutes(self) -> FloatArray:
        """Beam-on time of each isocentre."""
        return np.asarray(self.solved.minutes.sum(axis=2).max(axis=1))


@dataclass(frozen=True, eq=False)
class _Search:
    """Everything that stays the same while isocentres change."""

    points: PlanningPoints
    machine: GammaKnife
    head: Head
    settings: PlannerSettings
    given_gy: FloatArray

    def placed(self, isocentres_mm: FloatArray, progress: Progress) -> _Placed:
        """Time, drop and move isocentres."""
        found = self._dropped(self._timed(isocentres_mm, None))
        for number in range(self.settings.moves):
            progress("moving shots", number / self.settings.moves)
            moved = self._dropped(self._timed(self._downhill(found), found.solved.minutes))
            if moved.solved.value > (1.0 - self.settings.worth) * found.solved.value:
                break
            found = moved
        progress("moving shots", 1.0)
        return found

    def _timed(self, isocentres_mm: FloatArray, start_minutes: FloatArray | None) -> _Placed:
        rates = sector_dose_rates(self.points.points_mm, isocentres_mm, self.machine, self.head)
        return self._solved(isocentres_mm, rates, start_minutes)

    def _solved(
        self, isocentres_mm: FloatArray, rates: NDArray[np.float32], start_minutes: FloatArray | None
    ) -> _Placed:
        solved = durations_of_sectors(
            rates, self.points, self.settings.durations, start_minutes, given_gy=self.given_gy
        )
        return _Placed(isocentres_mm, rates, solved)

    def _dropped(self, found: _Placed) -> _Placed:
        """Leave out isocentres that stand for too short, then as many of the shortest as hardly matter."""
        found = self._without(found, found.longest_minutes() >= self.settings.least_minutes)
        while len(found.isocentres_mm) > 1:
            shortest = np.argsort(found.longest_minutes())[: max(1, len(found.isocentres_mm) // 8)]
            which = np.ones(len(found.isocentres_mm), dtype=bool)
            which[shortest] = False
            fewer = self._without(found, which)
            if fewer.solved.value > (1.0 + self.settings.worth) * found.solved.value:
                return found
            found = fewer
        return found

    def _without(self, found: _Placed, which: NDArray[np.bool_]) -> _Placed:
        if which.all() or not which.any():
            return found
        kept = found.kept(which)
        return self._solved(kept.isocentres_mm, kept.rates, kept.solved.minutes)

    def _downhill(self, found: _Placed) -> FloatArray:
        """Move each isocentre against the slope of the objective, by differences of a millimetre."""
        steps = np.concatenate([np.eye(3), -np.eye(3)]) * self.settings.move_mm
        pull = self._pull(found.solved.dose_gy)
        changes = np.empty((6, len(found.isocentres_mm)))
        for number, step in enumerate(steps):
            rates = sector_dose_rates(self.points.points_mm, found.isocentres_mm + step, self.machine, self.head)
            moved = np.einsum("nscp,nsc->np", rates - found.rates, found.solved.minutes.astype(np.float32))
            changes[number] = moved @ pull
        slope = (changes[:3] - changes[3:]).T
        length = np.linalg.norm(slope, axis=1, keepdims=True)
        places: FloatArray = found.isocentres_mm - self.settings.move_mm * slope / np.maximum(length, 1e-12)
        return np.where(self.head.contains(places)[:, None], places, found.isocentres_mm)

    def _pull(self, dose_gy: FloatArray) -> NDArray[np.float32]:
        """Change of the objective with the dose at each point."""
        under = np.maximum(self.points.lower_gy - dose_gy, 0.0)
        over = np.maximum(dose_gy - self.points.upper_gy, 0.0)
        return np.asarray(2.0 * self.points.weight * (over - under), dtype=np.float32)


def _locked_gy(points_mm: FloatArray, locked: tuple[Shot, ...], machine: GammaKnife, head: Head) -> FloatArray:
    if not locked:
        return np.zeros(len(points_mm))
    doses = shot_doses_gy(points_mm, locked, machine, head, with_transit=True)
    return np.asarray(doses.sum(axis=0), dtype=np.float64)
