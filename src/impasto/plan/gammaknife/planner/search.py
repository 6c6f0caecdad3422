"""The search for shots: isocentres timed, dropped and moved while it pays, then sequenced into few shots."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.core.progress import Progress
from impasto.plan.gammaknife.dose import shot_doses_gy
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.durations import Durations, DurationSettings, durations_of_sectors
from impasto.plan.gammaknife.planner.planning_points import PlanningPoints
from impasto.plan.gammaknife.planner.sequencing import rates_of_shots, sequenced_shots
from impasto.plan.gammaknife.sector_rates import sector_dose_rates

__all__ = ["SearchSettings", "Sequence", "ShotSearch", "TimedIsocentres", "given_dose_gy"]

_TOGETHER = (1.2, 0.8, 0.55, 0.38, 0.26, 0.18, 0.12, 0.08, 0.05, 0.02)
"""Limits tried for merging moves, as shares of the median time at an isocentre."""


@dataclass(frozen=True)
class SearchSettings:
    """How long it is searched.

    Parameters
    ----------
    durations : DurationSettings
    moves : int
        Rounds in which isocentres may move.
    move_mm : float
        How far in one round.
    least_move_mm : float
        Rounds that do not pay are tried again with half the way, down to this one.
    move_worth : float
        A round is kept if it lowers the objective by more than this share.
    drop_worth : float
        Isocentres are dropped, and moves of sectors merged, if that raises the objective by less than this share.
    shortest_minutes : float
        No shot stands for less.
    """

    durations: DurationSettings = field(default_factory=DurationSettings)
    moves: int = 5
    move_mm: float = 1.5
    least_move_mm: float = 0.5
    move_worth: float = 0.01
    drop_worth: float = 0.01
    shortest_minutes: float = 0.2

    def __post_init__(self) -> None:
        if self.moves < 0 or not min(self.move_worth, self.drop_worth, self.shortest_minutes) >= 0.0:
            raise ImpastoError("search for shots", f"{self}", "give numbers of 0 or more")


@dataclass(frozen=True, eq=False)
class TimedIsocentres:
    """Isocentres, the dose rates of their sectors at the planning points, and the best times for them."""

    isocentres_mm: FloatArray
    rates: NDArray[np.float32]
    solved: Durations

    def kept(self, which: NDArray[np.bool_]) -> TimedIsocentres:
        """Leave out isocentres; the times stay as they were."""
        solved = replace(self.solved, minutes=self.solved.minutes[which])
        return TimedIsocentres(self.isocentres_mm[which], self.rates[which], solved)

    def longest_minutes(self) -> FloatArray:
        """Beam-on time of each isocentre."""
        return np.asarray(self.solved.minutes.sum(axis=2).max(axis=1))


@dataclass(frozen=True, eq=False)
class Sequence:
    """Shots in order, with the isocentre that each belongs to."""

    shots: tuple[Shot, ...]
    isocentre: tuple[int, ...]
    value: float

    def dose_gy(self, rates: NDArray[np.float32], machine: GammaKnife) -> FloatArray:
        """Dose at points from the rates of the isocentres' sectors there."""
        of_shots = rates_of_shots(self.shots, self.isocentre, rates, machine)[:, 0, 0]
        minutes = np.array([shot.minutes for shot in self.shots], dtype=np.float32)
        return np.asarray(minutes @ of_shots, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class ShotSearch:
    """Everything that stays the same while isocentres and times change.

    Parameters
    ----------
    points : PlanningPoints
    machine : GammaKnife
    head : Head
    settings : SearchSettings
    given_gy : ndarray, shape (point,)
        Dose of shots that are not changed.
    """

    points: PlanningPoints
    machine: GammaKnife
    head: Head
    settings: SearchSettings
    given_gy: FloatArray

    def placed(self, isocentres_mm: FloatArray, progress: Progress) -> TimedIsocentres:
        """Time, drop and move isocentres."""
        found = self._dropped(self._timed(isocentres_mm, None))
        slope, way_mm = self._slope(found), self.settings.move_mm
        for number in range(self.settings.moves):
            progress("moving shots", number / self.settings.moves)
            moved = self._timed(self._downhill(found, slope, way_mm), found.solved.minutes)
            if moved.solved.value < (1.0 - self.settings.move_worth) * found.solved.value:
                found = self._dropped(moved)
                slope = self._slope(found)
                continue
            way_mm *= 0.5
            if way_mm < self.settings.least_move_mm:
                break
        progress("moving shots", 1.0)
        return found

    def retimed(self, found: TimedIsocentres) -> TimedIsocentres:
        """Time the same isocentres again, as after the points' levels changed."""
        return self._solved(found.isocentres_mm, found.rates, found.solved.minutes)

    def sequenced(self, found: TimedIsocentres) -> Sequence:
        """Deliver the durations with as few shots as cost hardly anything, each timed anew as a whole."""
        longest = found.longest_minutes()
        best = self._value(found.solved.dose_gy, float(longest.sum()))
        made = None
        for share in _TOGETHER:
            made = self.shots_timed(found, self._merged(found, share * float(np.median(longest))))
            if made.value <= (1.0 + self.settings.drop_worth) * best:
                break
        assert made is not None
        return made

    def shots_timed(self, found: TimedIsocentres, start: Sequence) -> Sequence:
        """Find the best minutes of shots whose sectors stay as they are; shots that become too short are left out."""
        shots, isocentre = start.shots, start.isocentre
        for shortest in (0.0, self.settings.shortest_minutes):
            rates = rates_of_shots(shots, isocentre, found.rates, self.machine)
            minutes = np.array([shot.minutes for shot in shots])
            solved = durations_of_sectors(
                rates, self.points, self.settings.durations, minutes[:, None, None], self.given_gy
            )
            minutes = solved.minutes[:, 0, 0]
            kept = np.flatnonzero(minutes > shortest)
            shots = tuple(replace(shots[n], minutes=float(minutes[n])) for n in kept)
            isocentre = tuple(isocentre[n] for n in kept)
            if len(kept) == len(minutes) and shortest > 0.0:
                break
        return Sequence(shots, isocentre, self._value(solved.dose_gy, float(minutes.sum())))

    def _merged(self, found: TimedIsocentres, together_minutes: float) -> Sequence:
        shots: list[Shot] = []
        isocentre: list[int] = []
        for number, (place, minutes) in enumerate(zip(found.isocentres_mm, found.solved.minutes, strict=True)):
            own = sequenced_shots(place, minutes, self.machine, together_minutes)
            shots.extend(own)
            isocentre.extend([number] * len(own))
        return Sequence(tuple(shots), tuple(isocentre), np.inf)

    def _value(self, dose_gy: FloatArray, beam_on_minutes: float) -> float:
        """Objective with the exact beam-on time."""
        under = np.maximum(self.points.lower_gy - dose_gy, 0.0)
        over = np.maximum(dose_gy - self.points.upper_gy, 0.0)
        missed = float(np.sum(self.points.weight * (under**2 + over**2)))
        return missed + self.settings.durations.beam_on_weight * beam_on_minutes

    def _timed(self, isocentres_mm: FloatArray, start_minutes: FloatArray | None) -> TimedIsocentres:
        rates = sector_dose_rates(self.points.points_mm, isocentres_mm, self.machine, self.head)
        return self._solved(isocentres_mm, rates, start_minutes)

    def _solved(
        self, isocentres_mm: FloatArray, rates: NDArray[np.float32], start_minutes: FloatArray | None
    ) -> TimedIsocentres:
        solved = durations_of_sectors(
            rates, self.points, self.settings.durations, start_minutes, given_gy=self.given_gy
        )
        return TimedIsocentres(isocentres_mm, rates, solved)

    def _dropped(self, found: TimedIsocentres) -> TimedIsocentres:
        """Leave out isocentres that stand for too short, then as many of the shortest as hardly matter."""
        found = self._without(found, found.longest_minutes() >= self.settings.shortest_minutes)
        while len(found.isocentres_mm) > 1:
            shortest = np.argsort(found.longest_minutes())[: max(1, len(found.isocentres_mm) // 8)]
            which = np.ones(len(found.isocentres_mm), dtype=bool)
            which[shortest] = False
            fewer = self._without(found, which)
            if fewer.solved.value > (1.0 + self.settings.drop_worth) * found.solved.value:
                return found
            found = fewer
        return found

    def _without(self, found: TimedIsocentres, which: NDArray[np.bool_]) -> TimedIsocentres:
        if which.all() or not which.any():
            return found
        kept = found.kept(which)
        return self._solved(kept.isocentres_mm, kept.rates, kept.solved.minutes)

    def _slope(self, found: TimedIsocentres) -> FloatArray:
        """Change of the objective with each isocentre's place per mm, by differences of a millimetre either way."""
        pull = self._pull(found.solved.dose_gy)
        changes = np.empty((6, len(found.isocentres_mm)))
        for number, step in enumerate(np.concatenate([np.eye(3), -np.eye(3)])):
            beside = self._inside(found.isocentres_mm + step, found.isocentres_mm)
            rates = sector_dose_rates(self.points.points_mm, beside, self.machine, self.head)
            moved = np.einsum("nscp,nsc->np", rates - found.rates, found.solved.minutes.astype(np.float32))
            changes[number] = moved @ pull
        return np.asarray(0.5 * (changes[:3] - changes[3:]).T)

    def _downhill(self, found: TimedIsocentres, slope: FloatArray, way_mm: float) -> FloatArray:
        """Move each isocentre against its slope; those with the steepest slopes go the whole way."""
        steepness = np.linalg.norm(slope, axis=1, keepdims=True)
        share = slope / np.maximum(np.maximum(steepness, np.quantile(steepness, 0.7)), 1e-12)
        return self._inside(found.isocentres_mm - way_mm * share, found.isocentres_mm)

    def _inside(self, places_mm: FloatArray, otherwise_mm: FloatArray) -> FloatArray:
        return np.where(self.head.contains(places_mm)[:, None], places_mm, otherwise_mm)

    def _pull(self, dose_gy: FloatArray) -> NDArray[np.float32]:
        """Change of the objective with the dose at each point."""
        under = np.maximum(self.points.lower_gy - dose_gy, 0.0)
        over = np.maximum(dose_gy - self.points.upper_gy, 0.0)
        return np.asarray(2.0 * self.points.weight * (over - under), dtype=np.float32)


def given_dose_gy(points_mm: FloatArray, shots: tuple[Shot, ...], machine: GammaKnife, head: Head) -> FloatArray:
    """Dose of locked shots at points, transit included."""
    if not shots:
        return np.zeros(len(points_mm))
    doses = shot_doses_gy(points_mm, shots, machine, head, with_transit=True)
    return np.asarray(doses.sum(axis=0), dtype=np.float64)
