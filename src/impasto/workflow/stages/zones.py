"""Stage: maps become biological zones by a rule, each voxel with the probability that it belongs there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from impasto.core import Grid, Image, ImpastoError, Progress, Role, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.files import StrictModel
from impasto.target import Check, Compared, union
from impasto.target.uncertainty import DrawSettings, ZoneProbabilities, count_probability, zone_probabilities, zones_of
from impasto.target.zones import (
    AcquiredMap,
    Criterion,
    GaussianSpread,
    PhaseEncodedSpread,
    Placement,
    PointSpread,
    Threshold,
    ZoneRule,
    placed,
    read_threshold,
)
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.grids import grid_around
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.regions import region_share
from impasto.workflow.stages.selection import matching
from impasto.workflow.stages.target_figures import target_checks, target_comparison, target_volumes
from impasto.workflow.zone_rules import load_zone_rule

__all__ = ["ZONES", "ZonesStageSettings"]


_JOINED_MM = 1.0
"""Voxels in which structures are joined."""


class SpectroscopySpread(StrictModel):
    """How spectroscopic imaging saw the tissue.

    ``maps`` are amplitudes, linear in the signal, whose point spread is that of phase encoding. ``matrix`` is the
    number of steps along each axis, that of the map's voxels unless spectra were zero-filled.
    """

    maps: tuple[str, ...] = ("tcho", "tnaa", "tcr", "ins", "glx", "lac", "lip")
    matrix: tuple[PositiveInt, PositiveInt, PositiveInt] | None = None
    filter: Literal["hamming", "none"] = "hamming"


class ZonesStageSettings(StrictModel):
    """What a protocol says about zones.

    `rule` is a name or the path of a file. `region` are patterns, the first that fits counts; ``"A + B"`` joins
    what fits either. `reference` is the tissue that raised is counted against. `spread_voxels` is the width at half
    maximum of other maps' point spread in their voxels; 0 takes them as points. `displacement_sd_mm` is the
    standard deviation of registration errors along each axis, the same for all maps of an acquisition. `tissue` are
    patterns of structures with a level of their own, the inner first; ``region`` stands for the region. `positive`
    are maps whose true values are not below zero. `relative_error` is the standard deviation, as a share of the
    value, of errors that all voxels of a map share: calibration, arterial input, leakage, baseline. Blood volume of
    glioblastoma varies by .18 to .31 between two scans (Prah 2015); the others are assumptions.
    """

    rule: str = "gamma-knife-painting"
    region: tuple[str, ...] = ("CEL", "GTV*")
    reference: str = "NAWM*"
    least_reference_share: PositiveFloat = 0.5
    voxel_mm: PositiveFloat = 2.0
    spectroscopy: SpectroscopySpread = SpectroscopySpread()
    spread_voxels: NonNegativeFloat = 1.0
    displacement_sd_mm: NonNegativeFloat = 1.0
    positive: tuple[str, ...] = ("tcho", "tnaa", "tcr", "ins", "glx", "lac", "lip", "ktrans", "iauc60", "rcbv")
    tissue: tuple[str, ...] = ("Necrosis*", "region", "Ventricles*", "Brain")
    relative_error: dict[str, NonNegativeFloat] = Field(
        default_factory=lambda: {
            "tcho": 0.1,
            "tnaa": 0.1,
            "tcr": 0.1,
            "ktrans": 0.2,
            "iauc60": 0.1,
            "rcbv": 0.2,
        }
    )
    draws: PositiveInt = 200
    seed: int = 0
    interval_level: PositiveFloat = 0.9


def _run(inputs: Inputs, settings: ZonesStageSettings, progress: Progress) -> StageResult:
    wanted = load_zone_rule(settings.rule)
    images = {name: inputs.image(name) for name in wanted.maps if inputs.has(name)}
    rule, left_out = wanted.limited_to(frozenset(images))
    structures = _joined(inputs)
    region = _region(structures, settings.region, settings.voxel_mm)
    grid = grid_around([region], settings.voxel_mm)
    share = region.occupancy(grid)
    parts = _parts(region, structures, inputs, settings)
    maps = {name: _acquired(name, images[name], settings, parts) for name in rule.maps}
    thresholds = {one.name: _threshold(one, maps, inputs, settings) for one in rule.criteria}
    draws = DrawSettings(settings.draws, seed=settings.seed, level=settings.interval_level)
    found = zone_probabilities(rule, maps, thresholds, share, grid, draws, progress)
    labels = found.expected_zones()
    ways = _ways(rule, maps, thresholds, found)
    zones = _structures(found, labels)
    for zone in zones:
        structures = structures.with_structure(zone)
    outputs: dict[str, Artefact] = {
        "structures": structures,
        "volumes": target_volumes(found.intervals(labels)),
        "checks": target_checks(_checks(found, thresholds)),
        "comparison": target_comparison(_compared(found, labels, ways)),
        "figures": Figures(_figures(rule, thresholds, found)),
        **{f"probability-{output_name(zone.name)}": found.image(n) for n, zone in enumerate(rule.zones)},
        **_maps_on_grid(found),
    }
    return StageResult(outputs, _notes(rule, left_out, region, settings, maps))


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
) -> tuple[Structure, ...]:
    """Tissues with a level of their own: what lies inside the region, the region, what it lies in."""
    anatomy = inputs.structures("anatomy") if inputs.has("anatomy") else StructureSet()
    known = [*structures, *(one for one in anatomy if one.name not in structures)]
    found: list[Structure] = []
    for pattern in settings.tissue:
        fitting = [one for one in matching(StructureSet(tuple(known)), [pattern]) if not one.is_empty]
        found += [region] if pattern == "region" else fitting[:1]
    return tuple(found)


def _acquired(name: str, image: Image, settings: ZonesStageSettings, parts: tuple[Structure, ...]) -> AcquiredMap:
    is_spectroscopy = name in settings.spectroscopy.maps
    spread: PointSpread | None = None
    if is_spectroscopy:
        shape = image.grid.shape
        spread = PhaseEncodedSpread(settings.spectroscopy.matrix or shape, shape, settings.spectroscopy.filter)
    elif settings.spread_voxels:
        i, j, k = (settings.spread_voxels * image.grid.spacing_mm).tolist()
        spread = GaussianSpread((i, j, k))
    # maps on one grid come from one acquisition
    acquisition = f"{image.grid.shape} {np.round(image.grid.affine, 3).tolist()}"
    shared = settings.relative_error.get(name, 0.0)
    return AcquiredMap(
        image, spread, settings.displacement_sd_mm, acquisition, shared, parts, name in settings.positive
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


def _checks(found: ZoneProbabilities, thresholds: Mapping[str, Threshold]) -> list[Check]:
    rule, region = found.rule, found.region_share > 0.0
    checks = []
    for name, mean in found.means.items():
        known = 100.0 * float(np.isfinite(mean[region]).mean())
        checks.append(
            Check(f"Share of the region where {name} has a value", known, "%", ">= 95", known >= 95.0, "impasto")
        )
    first = rule.zones[0]
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
    region = found.region_share > 0.0
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
        "mean_probability_that_met": {name: float(p[region].mean()) for name, p in found.criteria.items()},
        "draws": len(found.volumes_ml),
    }


def _maps_on_grid(found: ZoneProbabilities) -> dict[str, Image]:
    """Every map as the zones saw it, with its standard error; NaN where it has no value."""
    maps = {}
    for name, mean in found.means.items():
        error = found.standard_errors[name].astype(np.float32)
        maps[f"placed-{name}"] = Image(mean.astype(np.float32), found.grid, name, "1", standard_error=error)
    return maps


def _notes(
    rule: ZoneRule,
    left_out: tuple[str, ...],
    region: Structure,
    settings: ZonesStageSettings,
    maps: Mapping[str, AcquiredMap],
) -> tuple[str, ...]:
    groups = "; ".join(f"{group.name}: {group.words}" for group in rule.groups)
    notes = [f"Zones of {region.name} by the rule {rule.name}. {groups}."]
    if left_out:
        notes.append(f"Not judged, for their maps are not there: {', '.join(left_out)}.")
    phased = [name for name in maps if name in settings.spectroscopy.maps]
    if phased:
        filtered = "Hamming-filtered" if settings.spectroscopy.filter == "hamming" else "unfiltered"
        notes.append(f"{', '.join(phased)}: point spread of {filtered} phase encoding, removed as far as noise allows.")
    certain = [name for name, one in maps.items() if one.image.standard_error is None]
    if certain:
        notes.append(f"{', '.join(certain)} came without standard error and count as certain but for displacement.")
    shared = ", ".join(f"{name} {one.relative_error:.0%}" for name, one in maps.items() if one.relative_error)
    if shared:
        notes.append(f"Errors that all voxels of a map share, assumed: {shared}.")
    notes.append(
        f"Probabilities from {settings.draws} draws: errors of fit, point spread, thresholds, and a displacement of "
        f"{settings.displacement_sd_mm:g} mm (standard deviation, each axis). The rule and the region count as given."
    )
    return tuple(notes)


ZONES = Stage("zones", ZonesStageSettings, _run, version=2)
