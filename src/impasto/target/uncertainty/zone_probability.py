"""How probable it is that a voxel belongs to each zone, and between which volumes a zone lies: Monte Carlo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError, Progress
from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.progress import silent
from impasto.target.findings import VolumeInterval
from impasto.target.uncertainty.calibrated_margins import CalibratedMargins
from impasto.target.uncertainty.map_draws import MapDraws
from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.assignment import OUTSIDE, assigned_zones, groups_met
from impasto.target.zones.calibration import CriterionCalibration, ZoneScaling
from impasto.target.zones.rule import ZoneRule
from impasto.target.zones.thresholds import Threshold, criterion_margin

__all__ = ["DrawSettings", "ZoneProbabilities", "zone_probabilities", "zones_of"]

_WORK = "zones"
LEAST_SHARE = 0.005
"""Of draws, where they are scaled: next to never and never are alike to some hundred draws."""


@dataclass(frozen=True)
class DrawSettings:
    """How many draws, and from which seed.

    Parameters
    ----------
    draws : int
        A probability near a half is then known to ``.5 / sqrt(draws)``.
    batch : int
        Drawn at once; more need more memory.
    seed : int
    level : float
        Share of the draws that a volume interval holds: .9 for 5 to 95 %.
    criteria : mapping of str to CriterionCalibration
        How far deviates of criteria can be believed, by their names; others count as drawn.
    zones : mapping of str to ZoneScaling
        How far shares of draws can be believed, by the zone's name; used when all zones of the rule are there.
    """

    draws: int = 200
    batch: int = 50
    seed: int = 0
    level: float = 0.9
    criteria: Mapping[str, CriterionCalibration] = field(default_factory=lambda: MappingProxyType({}))
    zones: Mapping[str, ZoneScaling] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.draws < 2 or self.batch < 1 or not 0.0 < self.level < 1.0:
            problem = f"{self.draws} draws in batches of {self.batch}, a level of {self.level:g}"
            raise ImpastoError("draws", problem, "give 2 or more, 1 or more, and a share between 0 and 1")


@dataclass(frozen=True, eq=False)
class ZoneProbabilities:
    """Zones with their uncertainty.

    Parameters
    ----------
    rule : ZoneRule
    grid : Grid
    region_share : ndarray, shape `grid.shape`
        Share of each voxel that lies in the region.
    probabilities : ndarray of float32, shape (zone, *grid.shape)
        Sum one where the region is, zero elsewhere.
    criteria : dict of str to ndarray, shape `grid.shape`
        Probability that a criterion is met.
    deviates : dict of str to ndarray, shape `grid.shape`
        Mean of a criterion's margin over its standard deviation, without assumed errors and not calibrated.
    as_read : ndarray of int8, shape `grid.shape`
        Zone of each voxel by the best estimates of the maps, as if they were certain; -1 outside.
    volumes_ml : ndarray, shape (draw, zone)
    means, standard_errors : dict of str to ndarray, shape `grid.shape`
        Best estimate of each map on the grid, and the standard deviation between its draws.
    drawn_means : dict of str to ndarray, shape `grid.shape`
        Mean of the draws; above the best estimate where what is below zero was left out.
    level : float
        Of volume intervals.
    """

    rule: ZoneRule
    grid: Grid
    region_share: FloatArray
    probabilities: NDArray[np.float32]
    criteria: dict[str, FloatArray]
    deviates: dict[str, FloatArray]
    as_read: NDArray[np.int8]
    volumes_ml: FloatArray
    means: dict[str, FloatArray]
    standard_errors: dict[str, FloatArray]
    drawn_means: dict[str, FloatArray]
    level: float

    def expected_zones(self) -> NDArray[np.int8]:
        """Zones whose volumes are those expected; -1 outside.

        Each zone with all before it takes the voxels that most probably belong there, as many as its expected volume
        holds (Vorob'ev expectation; Molchanov 2005). The most probable zone of every voxel alone would make a zone of
        likely voxels too large and one of unlikely voxels vanish.
        """
        labels = np.full(self.grid.shape, OUTSIDE, dtype=np.int8)
        region = np.flatnonzero(self.region_share.ravel() > 0.0)
        share = self.region_share.ravel()[region]
        before = np.zeros(len(region))
        flat = labels.ravel()
        for place, probability in enumerate(self.probabilities):
            before = before + probability.ravel()[region]
            order = np.argsort(-before, kind="stable")
            filled = np.cumsum(share[order]) - 0.5 * share[order]
            chosen = region[order[filled < (before * share).sum()]]
            flat[chosen[flat[chosen] == OUTSIDE]] = place
        return labels

    def image(self, place: int) -> Image:
        """Probability of one zone as an image."""
        name = self.rule.zones[place].name
        return Image(self.probabilities[place], self.grid, f"probability of {name}", "1")

    def volume_ml(self, labels: NDArray[np.int8], place: int) -> float:
        """Volume of a zone in a map of labels."""
        return float(self.region_share[labels == place].sum()) * self.grid.voxel_volume_ml

    def intervals(self, labels: NDArray[np.int8]) -> tuple[VolumeInterval, ...]:
        """Volume of each zone as labelled, and the interval that holds the level's share of the draws."""
        tail = 0.5 * (1.0 - self.level)
        low, high = np.quantile(self.volumes_ml, (tail, 1.0 - tail), axis=0)
        rows = []
        for place, zone in enumerate(self.rule.zones):
            volume = self.volume_ml(labels, place)
            words = f"{zone.at_least} or more of {len(self.rule.groups)} groups" if zone.at_least else "the rest"
            words += f", or within {zone.within_mm:g} mm of {zone.near}" if zone.near else ""
            rows.append(VolumeInterval(zone.name, volume, words, float(low[place]), float(high[place]), self.level))
        return tuple(rows)


def zone_probabilities(
    rule: ZoneRule,
    maps: Mapping[str, AcquiredMap],
    thresholds: Mapping[str, Threshold],
    region_share: FloatArray,
    grid: Grid,
    settings: DrawSettings = DrawSettings(),
    progress: Progress = silent,
) -> ZoneProbabilities:
    """Draw the maps as they might truly be, apply the rule to each draw, and count.

    Errors of fit and noise, point spread, registration, and of thresholds read from reference tissue all enter; the
    rule itself and the region are taken as given.

    Parameters
    ----------
    rule : ZoneRule
    maps : mapping of str to AcquiredMap
        All that the rule uses.
    thresholds : mapping of str to Threshold
        By the criterion's name.
    region_share : ndarray, shape `grid.shape`
        Share of each voxel that is enhancing tumour.
    grid : Grid
        The plan's voxels around the region.
    settings : DrawSettings
    progress : Progress

    Returns
    -------
    ZoneProbabilities

    Raises
    ------
    ImpastoError
        When a map is missing or the region is empty.
    """
    missing = [name for name in rule.maps if name not in maps]
    if missing:
        raise ImpastoError(rule.name, f"maps are missing: {', '.join(missing)}", "give them or limit the rule")
    region = region_share > 0.0
    if not region.any():
        raise ImpastoError(rule.name, "the region is empty on this grid", "draw or find the enhancing tumour")
    source = MapDraws({name: maps[name] for name in rule.maps}, grid, _shared_errors(rule), settings.seed)
    tally = _Tally(rule, grid, region_share, settings)
    of_thresholds = np.random.default_rng([settings.seed, 1]).standard_normal((settings.draws, len(rule.criteria)))
    if settings.criteria and source.has_assumed_errors:
        count = min(settings.batch, settings.draws)
        drawn = source.without_assumed_errors().draw(count)
        tally.calibration.learn(_margins(rule, drawn, _drawn_thresholds(rule, thresholds, of_thresholds[:count])))
    for start in range(0, settings.draws, settings.batch):
        rows = slice(start, min(start + settings.batch, settings.draws))
        tally.add(source.draw(rows.stop - rows.start), _drawn_thresholds(rule, thresholds, of_thresholds[rows]), rows)
        progress(_WORK, rows.stop / settings.draws)
    means = source.means()
    values = {name: threshold.value for name, threshold in thresholds.items()}
    return tally.result(means, zones_of(rule, means, values, region, grid.spacing_mm), settings.level)


def zones_of(
    rule: ZoneRule,
    values: Mapping[str, FloatArray],
    thresholds: Mapping[str, float],
    region: BoolArray,
    spacing_mm: FloatArray,
) -> NDArray[np.int8]:
    """Apply a rule to maps on one grid as if they were certain; criteria without a value are not met.

    Parameters
    ----------
    rule : ZoneRule
    values : mapping of str to ndarray, shape (i, j, k)
    thresholds : mapping of str to float
        By the criterion's name, in the map's unit.
    region : ndarray of bool, shape (i, j, k)
    spacing_mm : ndarray, shape (3,)

    Returns
    -------
    ndarray of int8, shape (i, j, k)
        See :func:`~impasto.target.zones.assignment.assigned_zones`.
    """
    return assigned_zones(rule, groups_met(rule, _met(rule, values, thresholds)), region, spacing_mm)


def _met(
    rule: ZoneRule, values: Mapping[str, FloatArray], thresholds: Mapping[str, float | FloatArray]
) -> dict[str, BoolArray]:
    return {name: margin >= 0.0 for name, margin in _margins(rule, values, thresholds).items()}


def _margins(
    rule: ZoneRule, values: Mapping[str, FloatArray], thresholds: Mapping[str, float | FloatArray]
) -> dict[str, FloatArray]:
    margins = {}
    for one in rule.criteria:
        over = None if one.over is None else values[one.over]
        margins[one.name] = np.asarray(
            criterion_margin(one, thresholds[one.name], values[one.map], over), dtype=np.float64
        )
    return margins


def _drawn_thresholds(
    rule: ZoneRule, thresholds: Mapping[str, Threshold], noise: FloatArray
) -> dict[str, float | FloatArray]:
    drawn: dict[str, float | FloatArray] = {}
    for column, one in enumerate(rule.criteria):
        threshold = thresholds[one.name]
        drawn[one.name] = (threshold.value + threshold.standard_error * noise[:, column])[:, None, None, None]
    return drawn


def _shared_errors(rule: ZoneRule) -> dict[str, tuple[str, float]]:
    found = {}
    for group in rule.groups:
        for criterion in group.criteria if group.error_correlation else ():
            found.update(dict.fromkeys(criterion.maps, (f"group {group.name}", group.error_correlation)))
    return found


class _Tally:
    """Counts what draws give."""

    def __init__(self, rule: ZoneRule, grid: Grid, region_share: FloatArray, settings: DrawSettings) -> None:
        draws = settings.draws
        self.rule, self.grid, self.share, self.count = rule, grid, region_share, draws
        self.calibration, self.known = CalibratedMargins(rule, settings.criteria, draws, settings.seed), settings.zones
        self.region = region_share > 0.0
        self.zones = np.zeros((len(rule.zones), *grid.shape), dtype=np.int32)
        self.criteria = {one.name: np.zeros(grid.shape, dtype=np.int32) for one in rule.criteria}
        self.volumes_ml = np.zeros((draws, len(rule.zones)))
        self.moments: dict[str, list[FloatArray]] = {}

    def add(self, maps: Mapping[str, FloatArray], thresholds: Mapping[str, float | FloatArray], rows: slice) -> None:
        for name, drawn in maps.items():
            first, second = self.moments.setdefault(name, [np.zeros(self.grid.shape), np.zeros(self.grid.shape)])
            first += drawn.sum(axis=0)
            second += (drawn**2).sum(axis=0)
        margins = self.calibration.margins(_margins(self.rule, maps, thresholds), rows)
        met = {name: margin >= 0.0 for name, margin in margins.items()}
        for name, each in met.items():
            self.criteria[name] += each.sum(axis=0)
        counts = groups_met(self.rule, met)
        if any(zone.near is not None for zone in self.rule.zones):
            # distances are those within one draw
            labels = np.empty(counts.shape, dtype=np.int8)
            for row, count in enumerate(counts):
                labels[row] = assigned_zones(self.rule, count, self.region, self.grid.spacing_mm)
        else:
            together = np.broadcast_to(self.region, counts.shape)
            labels = assigned_zones(self.rule, counts, together, self.grid.spacing_mm)
        for place in range(len(self.rule.zones)):
            belongs = labels == place
            self.zones[place] += belongs.sum(axis=0)
            volumes = np.tensordot(belongs, self.share, axes=3)
            self.volumes_ml[rows, place] = volumes * self.grid.voxel_volume_ml

    def _probabilities(self) -> NDArray[np.float32]:
        """Share of the draws in each zone, as far as it can be believed."""
        share = self.zones / np.float32(self.count)
        scaling = [self.known.get(zone.name) for zone in self.rule.zones]
        if None not in scaling:
            sharpness = np.array([one.sharpness for one in scaling if one])[:, None, None, None]
            offset = np.array([one.offset for one in scaling if one])[:, None, None, None]
            weight = np.maximum(share, LEAST_SHARE) ** sharpness * np.exp(offset)
            share = np.where(self.region, weight / weight.sum(axis=0), 0.0)
        return share.astype(np.float32)

    def result(self, means: dict[str, FloatArray], as_read: NDArray[np.int8], level: float) -> ZoneProbabilities:
        errors = {}
        for name, (first, second) in self.moments.items():
            variance = (second - first**2 / self.count) / (self.count - 1)
            errors[name] = np.sqrt(np.maximum(variance, 0.0))
        return ZoneProbabilities(
            self.rule,
            self.grid,
            self.share,
            self._probabilities(),
            {name: met / self.count for name, met in self.criteria.items()},
            self.calibration.deviates(),
            as_read,
            self.volumes_ml,
            means,
            errors,
            {name: first / self.count for name, (first, _) in self.moments.items()},
            level,
        )
