"""Shots found and their times scaled: to the coverage of every target, or to a fixed isodose that is steered to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.plan import Shot
from impasto.core.progress import Progress
from impasto.plan.gammaknife.dose import dose_of_shots
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.planner.coverage import CoverageSamples
from impasto.plan.gammaknife.planner.isodose import SteeredPoints, steered
from impasto.plan.gammaknife.planner.search import Sequence, ShotSearch, TimedIsocentres, given_dose_gy
from impasto.plan.gammaknife.planner.settings import PlannerSettings
from impasto.plan.gammaknife.planner.target_levels import TargetLevels
from impasto.plan.gammaknife.sector_rates import sector_dose_rates

__all__ = ["ScaledSearch", "TimeScale"]

_STEERING_SAMPLES = 5000
_SAFETY = 0.001
"""Added to the coverage that is asked for: sampled elsewhere, it may be a little less."""

_CORRECTIONS, _LARGEST_CORRECTION, _LITTLE = 3, 0.8, 0.0025

_JUST_BELOW = 0.998
"""Of the wanted peak: what steering aims at, so that the last bit is longer times and not lost coverage."""


@dataclass(frozen=True)
class TimeScale:
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
class ScaledSearch:
    """Finds shots and scales their times, on the grid around the targets."""

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

    def planned(self, points: SteeredPoints, start_mm: FloatArray, progress: Progress) -> tuple[Sequence, TimeScale]:
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

    def scale(self, shots: tuple[Shot, ...], progress: Progress) -> TimeScale:
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
            return TimeScale(factor, None)
        return TimeScale(factor, float(np.min((self.peak_gy - fixed)[on > 0.0] / on[on > 0.0])))

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
