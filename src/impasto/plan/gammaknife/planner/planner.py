"""A radiosurgery plan: shots placed, timed, sequenced, and scaled to coverage."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from threadpoolctl import threadpool_limits

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.plan import Shot
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress, silent
from impasto.core.structures import StructureSet
from impasto.plan.gammaknife.dose import dose_of_shots
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.aims import RadiosurgeryAims, TargetLevels, planning_points, target_levels
from impasto.plan.gammaknife.planner.coverage import CoverageSamples, coverage_samples
from impasto.plan.gammaknife.planner.isodose import SteeredPoints, steered, steered_points
from impasto.plan.gammaknife.planner.placement import PackingSettings, packed_isocentres
from impasto.plan.gammaknife.planner.search import (
    SearchSettings,
    Sequence,
    ShotSearch,
    TimedIsocentres,
    given_dose_gy,
)
from impasto.plan.gammaknife.sector_rates import sector_dose_rates

__all__ = ["PlannedShots", "PlannerSettings", "plan_shots"]

_STEERING_SAMPLES = 5000
_SAFETY = 0.001
"""Added to the coverage that is asked for: sampled elsewhere, it may be a little less."""

_CORRECTIONS, _LARGEST_CORRECTION, _LITTLE = 3, 0.8, 0.0025

_JUST_BELOW = 0.998
"""Of the wanted peak: what steering aims at, so that the last bit is longer times and not lost coverage."""


@dataclass(frozen=True)
class PlannerSettings:
    """How a plan is searched for.

    Parameters
    ----------
    packing : PackingSettings
    aims : RadiosurgeryAims
    search : SearchSettings
    coverage : float
        Share of every goal's target that must reach its level: times are scaled to it.
    isodose : float, optional
        Share of the largest dose that the highest level should be; free when not given.
    locked : tuple of Shot
        Stay as they are; the others are planned around them.
    """

    packing: PackingSettings = field(default_factory=PackingSettings)
    aims: RadiosurgeryAims = field(default_factory=RadiosurgeryAims)
    search: SearchSettings = field(default_factory=SearchSettings)
    coverage: float = 0.98
    isodose: float | None = None
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
    near = levels.near_targets()
    task = _Task(near, coverage_samples(prescription, structures, near), machine, head, chosen)
    points, notes = planning_points(levels, prescription.limits, structures, chosen.aims)
    with threadpool_limits(1, user_api="blas"):
        start = packed_isocentres(near.target, near.grid, chosen.packing)
        sequence, scale = task.planned(steered_points(points, near, chosen.isodose), start, progress)
    scaled = tuple(replace(shot, minutes=scale.factor * shot.minutes) for shot in sequence.shots)
    notes = (*notes, *scale.notes(chosen.isodose))
    return PlannedShots((*chosen.locked, *scaled), sequence.value, len(start), scale.factor, notes)


@dataclass(frozen=True)
class _Scale:
    """Factors on all times: with which targets are covered, and with which the largest dose is what is meant."""

    by_coverage: float
    by_peak: float | None

    @property
    def factor(self) -> float:
        """Coverage comes first."""
        return self.by_coverage if self.by_peak is None else max(self.by_coverage, self.by_peak)

    @property
    def longer(self) -> float:
        """Times for the isodose over those for coverage."""
        return 1.0 if self.by_peak is None else self.by_peak / self.by_coverage

    @property
    def regret(self) -> float:
        """What is lost by a peak that is too high, which costs the isodose, or too low, which costs selectivity."""
        return max(1.0 - self.longer, 0.5 * (self.longer - 1.0))

    def notes(self, isodose: float | None) -> tuple[str, ...]:
        """Say what a fixed isodose changed."""
        if self.by_peak is None or isodose is None:
            return ()
        percent, more = f"{100.0 * isodose:g} % isodose", 100.0 * (self.longer - 1.0)
        if more >= 0.0:
            return (f"Times follow the {percent}: {more:.1f} % longer than coverage asks for.",)
        return (f"Times follow coverage: the largest dose is {-more:.1f} % above what the {percent} means.",)


@dataclass(frozen=True, eq=False)
class _Task:
    """What is planned, on the grid around the targets."""

    levels: TargetLevels
    samples: CoverageSamples
    machine: GammaKnife
    head: Head
    settings: PlannerSettings

    @property
    def coverage(self) -> float:
        """Share that is aimed at."""
        return min(self.settings.coverage + _SAFETY, 0.5 + 0.5 * self.settings.coverage)

    @property
    def peak_gy(self) -> float | None:
        """Largest dose that is meant."""
        isodose = self.settings.isodose
        return None if isodose is None else float(self.levels.lower_gy.max()) / isodose

    def planned(self, points: SteeredPoints, start_mm: FloatArray, progress: Progress) -> tuple[Sequence, _Scale]:
        """Search for shots and their scale; with a fixed isodose, steer times first and shots again."""
        given = given_dose_gy(points.points_mm, self.settings.locked, self.machine, self.head)

        def search(height: float) -> ShotSearch:
            return ShotSearch(points.at(height), self.machine, self.head, self.settings.search, given)

        found = search(1.0).placed(start_mm, progress)
        if self.peak_gy is None:
            shots = search(1.0).sequenced(found)
            return shots, self.scale(shots.shots, progress)
        probe = self._probe(found)
        found, height = steered(lambda height: search(height).retimed(found), probe.of_isocentres, _JUST_BELOW)
        merged = search(height).sequenced(found)
        wanted, tried = _JUST_BELOW, []
        for _ in range(_CORRECTIONS):
            shots, _ = steered(lambda more: search(more * height).shots_timed(found, merged), probe.of_shots, wanted)
            scale = self.scale(shots.shots, progress)
            tried.append((scale.regret, shots, scale))
            if scale.regret < _LITTLE:
                break
            # what the quick look by kernels, without transit, got wrong
            wanted *= max(scale.longer, _LARGEST_CORRECTION) * _JUST_BELOW
        return min(tried, key=lambda one: one[0])[1:]

    def scale(self, shots: tuple[Shot, ...], progress: Progress) -> _Scale:
        """Find the factors on the times of shots by the full beam sum; transit and locked shots do not scale."""
        progress("scaling to coverage", 0.0)
        on = self._dose_gy(shots, with_transit=False)
        fixed = self._dose_gy(shots, with_transit=True) - on
        fixed += self._dose_gy(self.settings.locked, with_transit=True)
        samples = self.samples
        factor = samples.covering_factor(samples.interpolated(on), samples.interpolated(fixed), self.coverage)
        progress("scaling to coverage", 1.0)
        if not factor > 0.0:
            raise ImpastoError("coverage", "the locked shots alone cover the targets", "unlock some, or shorten them")
        if self.peak_gy is None:
            return _Scale(factor, None)
        return _Scale(factor, float(np.min((self.peak_gy - fixed)[on > 0.0] / on[on > 0.0])))

    def _dose_gy(self, shots: tuple[Shot, ...], with_transit: bool) -> FloatArray:
        if not shots:
            return np.zeros(self.levels.grid.shape)
        dose = dose_of_shots(shots, self.levels.grid, self.machine, self.head, with_transit)
        return np.asarray(dose.gy, dtype=np.float64)

    def _probe(self, found: TimedIsocentres) -> _Probe:
        samples = self.samples.thinned(_STEERING_SAMPLES)
        rates = sector_dose_rates(samples.points_mm, found.isocentres_mm, self.machine, self.head)
        given = given_dose_gy(samples.points_mm, self.settings.locked, self.machine, self.head)
        assert self.peak_gy is not None
        return _Probe(samples, rates, given, self.machine, self.coverage, self.peak_gy)


@dataclass(frozen=True, eq=False)
class _Probe:
    """Quick look, by shot kernels, at the largest dose of a plan that is scaled to coverage."""

    samples: CoverageSamples
    rates: np.ndarray
    given_gy: FloatArray
    machine: GammaKnife
    coverage: float
    peak_gy: float

    def of_isocentres(self, found: TimedIsocentres) -> float:
        minutes = found.solved.minutes.astype(np.float32).ravel()
        return self._ratio(np.asarray(minutes @ self.rates.reshape(len(minutes), -1), dtype=np.float64))

    def of_shots(self, sequence: Sequence) -> float:
        return self._ratio(sequence.dose_gy(self.rates, self.machine))

    def _ratio(self, dose_gy: FloatArray) -> float:
        factor = self.samples.covering_factor(dose_gy, self.given_gy, self.coverage)
        return float((factor * dose_gy + self.given_gy).max()) / self.peak_gy
