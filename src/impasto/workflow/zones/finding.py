"""Maps become biological zones by a rule, each voxel with the probability that it belongs there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.target import Check, Compared, union
from impasto.target.uncertainty import DrawSettings, ZoneProbabilities, count_probability, zone_probabilities, zones_of
from impasto.target.zones import (
    AcquiredMap,
    Criterion,
    GaussianSpread,
    MapCalibration,
    PhaseEncodedSpread,
    Placement,
    PointSpread,
    Threshold,
    ZoneCalibration,
    ZoneRule,
    placed,
    read_threshold,
)
from impasto.target.zones.calibration import BRAIN_PART
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, StageResult
from impasto.workflow.stages.grids import grid_around
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.regions import region_share
from impasto.workflow.stages.selection import matching
from impasto.workflow.stages.target_figures import target_checks, target_comparison, target_volumes
from impasto.workflow.zones.notes import calibration_notes, error_notes
from impasto.workflow.zones.rules import load_zone_calibration, load_zone_rule
from impasto.workflow.zones.settings import ZonesStageSettings

__all__ = ["ProbableZones", "find_zones", "probable_zones"]


_JOINED_MM = 1.0
"""Voxels in which structures are joined."""


@dataclass(frozen=True, eq=False)
class ProbableZones:
    """What the stage finds before it is written down."""

    rule: ZoneRule
    left_out: tuple[str, ...]
    structures: StructureSet
    region: Structure
    calibration: ZoneCalibration
    maps: Mapping[str, AcquiredMap]
    thresholds: Mapping[str, Threshold]
    found: ZoneProbabilities


def probable_zones(
    inputs: Inputs, settings: ZonesStageSettings, progress: Progress, calibration: ZoneCalibration | None = None
) -> ProbableZones:
    """Read the rule, place the maps, and draw; with the calibration of the settings unless another is given."""
    wanted = load_zone_rule(settings.rule)
    images = {name: inputs.image(name) for name in wanted.maps if inputs.has(name)}
    rule, left_out = wanted.limited_to(frozenset(images))
    structures = _joined(inputs)
    region = _region(structures, settings.region, settings.voxel_mm)
    grid = grid_around([region], settings.voxel_mm)
    parts = _parts(region, structures, inputs, settings)
    calibration = calibration or _calibration(settings, rule, left_out, parts)
    maps = {name: _acquired(name, images[name], settings, parts, calibration.of(name)) for name in rule.maps}
    thresholds = {one.name: _threshold(one, maps, inputs, settings) for one in rule.criteria}
    draws = DrawSettings(
        settings.draws,
        seed=settings.seed,
        level=settings.interval_level,
        criteria=calibration.criteria,
        zones=calibration.zones,
    )
    found = zone_probabilities(rule, maps, thresholds, region.occupancy(grid), grid, draws, progress)
    return ProbableZones(rule, left_out, structures, region, calibration, maps, thresholds, found)


def _calibration(
    settings: ZonesStageSettings, rule: ZoneRule, left_out: tuple[str, ...], parts: Mapping[str, Structure]
) -> ZoneCalibration:
    """Load what holds here: nothing for another rule or without brain, no zones if criteria are left out."""
    known = load_zone_calibration(settings.calibration)
    if known.rule not in ("", rule.name):
        return ZoneCalibration(f"{known.name} was measured with the rule {known.rule}")
    if BRAIN_PART not in parts and any(one.tissue is not None for one in known.maps.values()):
        return ZoneCalibration(f"{known.name} needs the structure Brain")
    return replace(known, zones={}) if left_out else known


def find_zones(inputs: Inputs, settings: ZonesStageSettings, progress: Progress) -> StageResult:
    """Find zones, and put together all that a step leaves of them."""
    known = probable_zones(inputs, settings, progress)
    rule, found, structures = known.rule, known.found, known.structures
    labels = found.expected_zones()
    ways = _ways(rule, known.maps, known.thresholds, found)
    for zone in _structures(found, labels):
        structures = structures.with_structure(zone)
    outputs: dict[str, Artefact] = {
        "structures": structures,
        "volumes": target_volumes(found.intervals(labels)),
        "checks": target_checks(_checks(found, known.thresholds, known.calibration)),
        "comparison": target_comparison(_compared(found, labels, ways)),
        "figures": Figures(_figures(rule, known.thresholds, found)),
        **{f"probability-{output_name(zone.name)}": found.image(n) for n, zone in enumerate(rule.zones)},
        **_maps_on_grid(found, known.maps),
    }
    return StageResult(
        outputs,
        (
            *error_notes(rule, known.left_out, known.region, settings, known.maps),
            *calibration_notes(known.calibration, rule, known.maps),
        ),
    )


def _joined(inputs: Inputs) -> StructureSet:
    """Structures as drawn, and lesions found that none of them is called like."""
    sets = [inputs.structures(slot) for slot in ("structures", "lesions") if inputs.has(slot)]
    joined = sets[0] if sets else StructureSet()
    for found in sets[1:]:
        for one in found:
            joined = joined if one.name in joined else joined.with_structure(one)
    return joined


def _region(structures: StructureSet, patterns: tuple[str, ...], voxel_mm: float) -> Structure:
    """Take the first pattern that fits; behind a plus stands what is joined to it where it fits."""
    for pattern in patterns:
        first, *others = (_fitting(structures, side) for side in pattern.split(" + "))
        if first is None:
            continue
        parts = tuple({one.name: one for one in (first, *others) if one is not None}.values())
        if len(parts) == 1:
            return first
        grid = grid_around(parts, min(voxel_mm, _JOINED_MM))
        return union(parts, grid, " + ".join(part.name for part in parts), Role.GTV)
    known = ", ".join(structures.names) or "none"
    problem = f"no structure fits {', '.join(map(repr, patterns))}"
    raise ImpastoError(
        "zones: region", problem, f"draw the enhancing tumour or find it with: impasto lesions ({known})"
    )


def _fitting(structures: StructureSet, pattern: str) -> Structure | None:
    fitting = [one for one in matching(structures, [pattern]) if not one.is_empty]
    if len(fitting) > 1:
        names = ", ".join(one.name for one in fitting)
        raise ImpastoError("zones: region", f"several structures fit {pattern!r}", f"name one of: {names}")
    return fitting[0] if fitting else None


def _parts(
    region: Structure, structures: StructureSet, inputs: Inputs, settings: ZonesStageSettings
) -> dict[str, Structure]:
    """Tissues with a level of their own, by kind: what lies inside the region, the region, what it lies in."""
    anatomy = inputs.structures("anatomy") if inputs.has("anatomy") else StructureSet()
    known = [*structures, *(one for one in anatomy if one.name not in structures)]
    found: dict[str, Structure] = {}
    for pattern in settings.tissue:
        fitting = [one for one in matching(StructureSet(tuple(known)), [pattern]) if not one.is_empty]
        for one in [region] if pattern == "region" else fitting[:1]:
            found[pattern.rstrip("*").lower()] = one
    return found


def _acquired(
    name: str, image: Image, settings: ZonesStageSettings, parts: Mapping[str, Structure], calibration: MapCalibration
) -> AcquiredMap:
    is_spectroscopy = name in settings.spectroscopy.maps
    spread: PointSpread | None = None
    if is_spectroscopy:
        shape = image.grid.shape
        of = settings.spectroscopy
        spread = PhaseEncodedSpread(of.matrix or shape, shape, of.filter, of.unfiltered_error)
    elif settings.spread_voxels:
        i, j, k = (settings.spread_voxels * image.grid.spacing_mm).tolist()
        spread = GaussianSpread((i, j, k))
    # maps on one grid come from one acquisition
    acquisition = f"{image.grid.shape} {np.round(image.grid.affine, 3).tolist()}"
    shared = settings.relative_error.get(name, 0.0)
    return AcquiredMap(
        image,
        spread,
        settings.displacement_sd_mm,
        acquisition,
        shared,
        tuple(parts.values()),
        name in settings.positive,
        tuple(parts),
        calibration,
    )


def _threshold(
    criterion: Criterion, maps: Mapping[str, AcquiredMap], inputs: Inputs, settings: ZonesStageSettings
) -> Threshold:
    image = maps[criterion.map].image
    share = region_share(inputs, settings.reference, image.grid)
    values = criterion.factor * np.asarray(image.data, dtype=np.float64)
    if criterion.over is not None:
        below = maps[criterion.over].image.data
        values = np.divide(values, below, out=np.full(values.shape, np.nan), where=np.asarray(below) > 0.0)
    spread = maps[criterion.map].spread
    correlated = 1.0 if spread is None else _correlated_voxels(spread, image.grid)
    return read_threshold(criterion, values, share, correlated, settings.least_reference_share)


def _correlated_voxels(spread: PointSpread, grid: Grid) -> float:
    """How many voxels share one value's worth of noise."""
    shares = (spread.noise_correlation(np.arange(-n + 1.0, n), axis).sum() for axis, n in enumerate(grid.shape))
    return max(float(np.prod(list(shares))), 1.0)


def _structures(found: ZoneProbabilities, labels: NDArray[np.int8]) -> list[Structure]:
    structures = []
    for place, zone in enumerate(found.rule.zones):
        occupancy = np.where(labels == place, found.region_share, 0.0).astype(np.float32)
        mask = Image(occupancy, found.grid, "occupancy", "1")
        structures.append(Structure(zone.name, Role.GTV, mask=mask, colour=zone.colour))
    return structures


def _ways(
    rule: ZoneRule, maps: Mapping[str, AcquiredMap], thresholds: Mapping[str, Threshold], found: ZoneProbabilities
) -> dict[str, NDArray[np.int8]]:
    """Zones by other ways of bringing maps to the plan's voxels."""
    values = {name: threshold.value for name, threshold in thresholds.items()}
    ways = {}
    for placement in (Placement.BLOCKS, Placement.LINEAR):
        on_grid = {name: placed(one, found.grid, placement) for name, one in maps.items()}
        ways[placement.value] = zones_of(rule, on_grid, values, found.region_share > 0.0, found.grid.spacing_mm)
    ways[Placement.SHARPENED.value] = found.as_read
    return ways


def _compared(
    found: ZoneProbabilities, labels: NDArray[np.int8], ways: Mapping[str, NDArray[np.int8]]
) -> list[Compared]:
    sources = {
        Placement.BLOCKS.value: "each voxel as a block",
        Placement.LINEAR.value: "linear interpolation of voxel centres",
        Placement.SHARPENED.value: "regularised deconvolution, its best estimate taken as certain",
        "expected": "deconvolution and all errors; volumes as expected",
    }
    rows = []
    for way, zones in {**ways, "expected": labels}.items():
        values: dict[str, float | str | None] = {}
        for place, zone in enumerate(found.rule.zones):
            values[f"{zone.name} [ml]"] = round(found.volume_ml(zones, place), 2)
            values[f"Dice of {zone.name}"] = _dice(zones == place, labels == place, found.region_share)
        rows.append(Compared(way, values, sources[way], way == "expected"))
    return rows


def _dice(one: NDArray[np.bool_], other: NDArray[np.bool_], share: FloatArray) -> float | None:
    total = share[one].sum() + share[other].sum()
    return round(float(2.0 * share[one & other].sum() / total), 3) if total else None


def _checks(found: ZoneProbabilities, thresholds: Mapping[str, Threshold], calibration: ZoneCalibration) -> list[Check]:
    rule, region = found.rule, found.region_share > 0.0
    checks = []
    for name, mean in found.means.items():
        known = 100.0 * float(np.isfinite(mean[region]).mean())
        checks.append(
            Check(f"Share of the region where {name} has a value", known, "%", ">= 95", known >= 95.0, "impasto")
        )
    first = rule.zones[0]
    if any(one.name in calibration.criteria for one in rule.criteria):
        problem = f"calibrated by {calibration.name}: draws are no longer those of the maps' errors"
        checks.append(Check("Draws against the analytic probability", None, "1", "<= .05", None, problem))
        return checks
    try:
        exact = count_probability(rule, found.drawn_means, found.standard_errors, thresholds, first.at_least)
    except ImpastoError as error:
        checks.append(Check("Draws against the analytic probability", None, "1", "<= .05", None, error.problem))
        return checks
    apart = float(np.abs(exact - found.probabilities[0])[region].mean())
    what = f"Mean distance between drawn and analytic probability of {first.name}"
    checks.append(Check(what, apart, "1", "<= .05", apart <= 0.05, "errors Normal, groups independent"))
    return checks


def _figures(rule: ZoneRule, thresholds: Mapping[str, Threshold], found: ZoneProbabilities) -> dict[str, object]:
    return {
        "rule": rule.name,
        "title": rule.title,
        "sources": list(rule.sources),
        "groups": {group.name: group.words for group in rule.groups},
        "thresholds": {
            name: {
                "value": one.value,
                "standard_error": one.standard_error,
                "reference_mean": one.reference_mean,
                "reference_spread": one.reference_spread,
                "reference_voxels": one.reference_voxels,
            }
            for name, one in thresholds.items()
        },
        "expected_volume_ml": {
            zone.name: float((found.probabilities[n] * found.region_share).sum()) * found.grid.voxel_volume_ml
            for n, zone in enumerate(rule.zones)
        },
        "mean_probability_that_met": {
            name: float(np.average(p, weights=found.region_share)) for name, p in found.criteria.items()
        },
        "draws": len(found.volumes_ml),
    }


def _maps_on_grid(found: ZoneProbabilities, acquired: Mapping[str, AcquiredMap]) -> dict[str, Image]:
    """Every map as the zones saw it, with its standard error; NaN where it has no value."""
    maps = {}
    for name, mean in found.means.items():
        error = found.standard_errors[name].astype(np.float32)
        read = acquired[name].image
        placed = Image(mean.astype(np.float32), found.grid, read.quantity, read.unit, standard_error=error)
        maps[f"placed-{name}"] = placed
    return maps
