"""What zones get wrong beyond their stated errors, measured on digital gliomas: how the stored calibration came about.

The result stands in ``calibrations/digital-gliomas.toml`` beside the rules. Patients of this benchmark are for
development: those that ``zones`` judges are never looked at. Measured are

- of maps: found over true, fitted where acquired voxels see the lesion through the point spread, for amplitudes over
  the same in brain, for their unit is arbitrary; its spread between patients; errors over stated ones;
- of tissue: level of each part, its spread between patients, and the spread within a part, from the true maps;
- of criteria: shift and width of the probit of truth on the deviate, with the stored maps and tissue;
- of zones: sharpness and offsets of the shares of draws, with the stored criteria.

Lengths of fields are chosen, errors of levels are stored several times and widths of amplitudes in necrosis and brain
twice and more as wide: six patients are few, and coils weigh the lesion otherwise than the brain. Both are judged by
what they leave to the criteria.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

from benchmarks.harness import Verdict, print_table
from benchmarks.zone_gliomas import (
    MAPS,
    FloatArray,
    ScannedGlioma,
    drawn_zones,
    scanned_glioma,
    true_thresholds,
    zone_settings,
)
from impasto.core.resample import resample_conserving
from impasto.target.uncertainty import zones_of
from impasto.target.uncertainty.zone_probability import LEAST_SHARE
from impasto.target.zones import AcquiredMap, ZoneCalibration, ZoneScaling, criterion_margin
from impasto.target.zones.acquisition_model import acquisition_model
from impasto.target.zones.separable import along_axes
from impasto.workflow.zones.finding import ProbableZones
from impasto.workflow.zones.rules import load_zone_calibration, load_zone_rule

DEVELOPMENT = (1, 2, 3, 4, 5, 6)

_AMPLITUDES = ("tcho", "tnaa", "tcr")
_CELL_MM = 2.0
_SEES_LESION, _SEES_BRAIN = 0.3, 0.8
_LEAST_ERROR, _LARGEST_ERROR = 0.25, 10.0
_LARGEST_DEVIATE = 12.0
_LARGEST_DIFFERENCE = 0.05


@dataclass(frozen=True, eq=False)
class _Patient:
    """What one patient shows.

    Of each map factor, error over stated, levels and spreads of parts; of criteria deviate and truth; shares of draws
    and true zone of each voxel.
    """

    maps: dict[str, tuple[float, float, FloatArray, FloatArray]]
    criteria: dict[str, tuple[FloatArray, np.ndarray]]
    shares: FloatArray
    truth: np.ndarray


def run(quick: bool) -> list[Verdict]:
    stored = load_zone_calibration("digital-gliomas")
    patients = [_measured(scanned_glioma(seed), stored) for seed in (DEVELOPMENT[:2] if quick else DEVELOPMENT)]
    difference = _print_maps(patients, stored)
    _print_criteria(patients, stored)
    _print_zones(patients, stored)
    return [
        Verdict(
            f"stored factors of maps within {difference:.3f} of those measured",
            f"<= {_LARGEST_DIFFERENCE:g}",
            difference <= _LARGEST_DIFFERENCE,
        )
    ]


def _measured(glioma: ScannedGlioma, stored: ZoneCalibration) -> _Patient:
    drawn = drawn_zones(glioma, zone_settings(stored.name), replace(stored, zones={}))
    found, rule = drawn.found, drawn.rule
    truth, inside = glioma.true_maps(found.grid), found.region_share >= 0.5
    thresholds = true_thresholds(rule, drawn.thresholds)
    criteria = {}
    for one in rule.criteria:
        over = None if one.over is None else truth[one.over]
        met = criterion_margin(one, thresholds[one.name], truth[one.map], over) >= 0.0
        criteria[one.name] = (found.deviates[one.name][inside], np.asarray(met)[inside])
    zones = zones_of(rule, truth, thresholds, found.region_share > 0.0, found.grid.spacing_mm)
    maps = {name: _map_errors(drawn, drawn.maps[name], glioma, name) for name in MAPS}
    return _Patient(maps, criteria, found.probabilities[:, inside], zones[inside])


def _map_errors(
    drawn: ProbableZones, acquired: AcquiredMap, glioma: ScannedGlioma, name: str
) -> tuple[float, float, FloatArray, FloatArray]:
    image, grid, true = acquired.image, drawn.found.grid, glioma.truth[name]
    assert acquired.spread is not None
    assert image.standard_error is not None
    model = acquisition_model(image.grid, grid, acquired.spread, _CELL_MM, name)
    expected = along_axes(model.weights, resample_conserving(true.data, true.grid, model.lattice)[None])[0]
    seen = along_axes(model.weights, acquired.part_shares(model.lattice))
    box = tuple(slice(int(a), int(b)) for a, b in zip(model.start, model.stop, strict=True))
    values, error = (np.asarray(x[box], dtype=np.float64) for x in (image.data, image.standard_error))
    known = np.isfinite(values) & np.isfinite(error)
    usual = float(np.median(error[known]))
    known &= error < _LARGEST_ERROR * usual
    error = np.maximum(error, _LEAST_ERROR * usual)
    brain, lesion = known & (seen[-1] > _SEES_BRAIN), known & (seen[:-1].sum(axis=0) > _SEES_LESION)
    y, e, s = values[lesion], expected[lesion], error[lesion]
    factor = float((y * e / s**2).sum() / (e**2 / s**2).sum())
    of_stated = float(np.sqrt((((y - factor * e) / s) ** 2).mean()))
    unit, true_unit = 1.0, 1.0
    if name in _AMPLITUDES:
        unit, true_unit = float(np.median(values[brain])), float(np.median(expected[brain]))
    levels, spreads = _levels(glioma.true_maps(grid)[name] / true_unit, acquired.part_shares(grid))
    return factor * true_unit / unit, of_stated, levels, spreads


def _levels(true: FloatArray, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of a true map within each part."""
    weights = [np.where(share > 0.5, share, 0.0) for share in shares]
    levels = np.array([np.average(true, weights=weight) for weight in weights])
    spreads = [np.sqrt(np.average((true - level) ** 2, weights=w)) for level, w in zip(levels, weights, strict=True)]
    return levels, np.array(spreads)


def _print_maps(patients: Sequence[_Patient], stored: ZoneCalibration) -> float:
    print("maps: measured (stored); parts: level, its error, spread")
    rows, worst = [], 0.0
    for name in MAPS:
        each, known = [patient.maps[name] for patient in patients], stored.of(name)
        factors = np.array([one[0] for one in each])
        levels, spreads = (np.array([one[place] for one in each]) for place in (2, 3))
        tissue = known.tissue
        parts = []
        for place, kind in enumerate(("necrosis", "region", "brain")):
            now = (levels[:, place].mean(), levels[:, place].std(ddof=1), spreads[:, place].mean())
            parts.append(f"{kind} " + " ".join(f"{value:.3f}" for value in now))
            if tissue is not None:
                then = tissue.of(kind)
                parts[-1] += f" ({then.level:g} {then.level_error:g} {then.spread:g})"
        worst = max(worst, abs(float(factors.mean()) - known.found_over_true))
        noise = np.mean([one[1] for one in each])
        of_stated = f"{noise:.2f} ({tissue.noise_factor:g})" if tissue else f"{noise:.2f}"
        factor = f"{factors.mean():.3f} ({known.found_over_true:g})"
        rows.append([name, factor, f"{factors.std(ddof=1):.3f} ({known.shared_error:g})", of_stated, *parts])
    print_table(["map", "found over true", "between patients", "error over stated", "", "", ""], rows)
    return worst


def _print_criteria(patients: Sequence[_Patient], stored: ZoneCalibration) -> None:
    print("\ncriteria: measured (stored)")
    rows = []
    for name in patients[0].criteria:
        shift, widening, shared = probit([patient.criteria[name] for patient in patients])
        known = stored.criteria.get(name)
        then = "as drawn" if known is None else f"{known.shift:g}, {known.widening:g}, {known.shared:g}"
        rows.append([name, f"{shift:.2f}, {widening:.2f}, {shared:.2f} ({then})"])
    print_table(["criterion", "shift, widening, shared"], rows)


def probit(patients: Sequence[tuple[FloatArray, np.ndarray]]) -> tuple[float, float, float]:
    """Shift, widening and shift's spread between patients under which truth follows the deviate; weak priors."""
    deviate, met = (np.concatenate(one) for one in zip(*patients, strict=True))

    def misfit(shift: float, log_width: float, z: FloatArray, true: np.ndarray) -> float:
        t = (np.clip(z, -_LARGEST_DEVIATE, _LARGEST_DEVIATE) - shift) / np.exp(log_width)
        prior = (shift / 2.0) ** 2 + (log_width / 0.7) ** 2
        return float(-np.where(true, log_ndtr(t), log_ndtr(-t)).mean() + prior / 60.0)

    shift, log_width = minimize(lambda x: misfit(x[0], x[1], deviate, met), [0.0, 0.0], method="Nelder-Mead").x
    own = [
        minimize(lambda x, z=z, true=true: misfit(x[0], log_width, z, true), [shift], method="Nelder-Mead").x[0]
        for z, true in patients
    ]
    shared = float(np.std(own, ddof=1))
    return float(shift), float(np.sqrt(max(np.exp(2.0 * log_width) - shared**2, 0.1))), shared


def _print_zones(patients: Sequence[_Patient], stored: ZoneCalibration) -> None:
    shares = np.concatenate([patient.shares for patient in patients], axis=1)
    truth = np.concatenate([patient.truth for patient in patients])

    names = [zone.name for zone in load_zone_rule(stored.rule).zones]

    def misfit(x: FloatArray) -> float:
        sharpness, offsets = np.exp(x[: len(names)]), np.append(x[len(names) :], 0.0)
        weight = np.maximum(shares, LEAST_SHARE) ** sharpness[:, None] * np.exp(offsets)[:, None]
        return float(-np.log((weight / weight.sum(axis=0))[truth, np.arange(len(truth))]).mean())

    start = np.zeros(2 * len(names) - 1)
    x = minimize(misfit, start, method="Nelder-Mead", options={"maxfev": 3000, "maxiter": 3000}).x
    offsets = np.append(x[len(names) :], 0.0)
    print("\nzones: measured (stored)")
    rows = []
    for name, power, offset in zip(names, np.exp(x), offsets, strict=False):
        known = stored.zones.get(name, ZoneScaling())
        rows.append([name, f"{power:.2f} ({known.sharpness:g})", f"{offset:.2f} ({known.offset:g})"])
    print_table(["zone", "sharpness", "offset"], rows)
