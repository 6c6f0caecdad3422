"""Gamma Knife plans of four targets: quality, speed, beam-on time, painting; linear programme beside smooth search.

No open planner exists to run beside this one. The table gives what others published: manual plans and IntuitivePlan's,
the linear programme's times (Sjolund et al. 2019), and those of Lightning's solver on a processor. Their targets differ
from these; the figures say what is usual, not who wins.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.harness import Cost, Verdict, measured, print_table
from impasto.core import Dose, DoseGoal, Grid, Prescription, Role, Structure, StructureSet
from impasto.evaluate import (
    TargetIndices,
    dose_volume_histogram,
    efficiency_index,
    target_indices,
    volume_at_dose,
    zone_doses,
)
from impasto.plan.gammaknife import WaterSphere, beam_on_minutes, dose_of_shots, gamma_knife, sector_dose_rates
from impasto.plan.gammaknife.kernel import shot_kernel
from impasto.plan.gammaknife.planner import (
    DurationSettings,
    PlannedShots,
    PlannerSettings,
    RadiosurgeryAims,
    SearchSettings,
    durations_of_sectors,
    linear_durations_of_sectors,
    packed_isocentres,
    plan_shots,
    planning_points,
    target_levels,
)

MACHINE = gamma_knife("perfexion", dose_rate_gy_per_min=3.0)
HEAD = WaterSphere()
LEVEL_GY, ISODOSE = 16.0, 0.5
FINE = Grid.centred((80, 80, 80), (1.0, 1.0, 1.0))
PUBLISHED = (
    ("manual plans", "-", ".856", ".824", "2.76", "-"),
    ("IntuitivePlan", "-", ".884", ".855", "2.85", "-"),
    ("Sjolund 2019", "-", "-", "-", "-", "5.7 (2.3 to 26)"),
    ("Lightning, ADMM on a processor", "-", "-", "-", "-", "63 to 520"),
)


def run(quick: bool) -> list[Verdict]:
    """Plan the targets; `quick` leaves out the large one and the second concave one."""
    _warm_up()
    targets = {"ellipsoid 13 ml": ellipsoid(13.0), "kidney 13 ml": kidney(13.0)}
    if not quick:
        targets |= {"four lobes 13 ml": lobes(13.0), "ellipsoid 44 ml": ellipsoid(44.0)}
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    for name, target in targets.items():
        verdicts += _planned(name, target, rows)
    print_table(
        ["16 Gy at 50 %", "coverage", "selectivity", "Paddick", "GI", "plan + dose wall s", "CPU s", "isocentres",
         "shots", "beam-on min", "unpenalised", "max Gy", "efficiency", "V12 outside ml"],
        [*rows, *([name, *figures, *["-"] * (len(rows[0]) - len(figures) - 1)] for name, *figures in PUBLISHED)],
    )  # fmt: skip
    verdicts += _painted(targets["kidney 13 ml"])
    _solvers(targets["ellipsoid 13 ml"], quick)
    return verdicts


def _warm_up() -> None:
    """Compile, but leave the kernel to the measured work."""
    small = ellipsoid(0.5)
    _plan(small, PlannerSettings(search=SearchSettings(moves=0)))
    shot_kernel.cache_clear()


def _shape(name: str, inside: np.ndarray, volume_ml: float) -> Structure:
    """Mask of the voxels with the smallest values, as many as make the volume."""
    count = round(volume_ml / FINE.voxel_volume_ml)
    level = np.partition(inside.ravel(), count)[count]
    return Structure.from_mask(name, Role.GTV, inside < level, FINE)


def ellipsoid(volume_ml: float) -> Structure:
    axes = np.array([1.15, 0.95, 1.0 / (1.15 * 0.95)])
    return _shape("target", np.linalg.norm(FINE.voxel_centres_mm() / axes, axis=-1), volume_ml)


def kidney(volume_ml: float) -> Structure:
    """An ellipsoid with a ball bitten out of its side."""
    at = FINE.voxel_centres_mm() / np.cbrt(volume_ml / 13.0)
    body = np.linalg.norm(at / np.array([1.25, 0.9, 0.9]), axis=-1)
    bitten = np.linalg.norm(at - np.array([0.0, 14.3, 0.0]), axis=-1) < 9.3
    return _shape("target", np.where(bitten, np.inf, body), volume_ml)


def lobes(volume_ml: float) -> Structure:
    """Four balls that overlap."""
    at = FINE.voxel_centres_mm() / np.cbrt(volume_ml / 13.0)
    balls = (((-8.8, 0, 0), 11.5), ((8.0, 4.8, 1.6), 9.6), ((1.6, -9.6, 4.8), 8.0), ((0, 3.2, -11.2), 7.2))
    away = [np.linalg.norm(at - np.array(centre), axis=-1) - radius for centre, radius in balls]
    return _shape("target", np.min(away, axis=0), volume_ml)


def _grid_around(target: Structure, margin_mm: float = 16.0) -> Grid:
    low, high = target.bounds_mm()
    shape = np.ceil(high - low + 2.0 * margin_mm).astype(int)
    return Grid.centred(shape.tolist(), (1.0, 1.0, 1.0), 0.5 * (low + high))


def _plan(target: Structure, settings: PlannerSettings) -> tuple[PlannedShots, Dose]:
    prescription = Prescription("uniform", 1, (DoseGoal("target", LEVEL_GY),))
    grid = _grid_around(target)
    planned = plan_shots(prescription, StructureSet((target,)), grid, MACHINE, HEAD, settings)
    return planned, dose_of_shots(planned.shots, grid, MACHINE, HEAD, with_transit=True)


def _planned(name: str, target: Structure, rows: list[list[str]]) -> list[Verdict]:
    shot_kernel.cache_clear()
    settings = PlannerSettings(isodose=ISODOSE)
    (planned, dose), cost = measured(lambda: _plan(target, settings))
    free = replace(settings.search, durations=replace(settings.search.durations, beam_on_weight=0.0))
    unpenalised, _ = _plan(target, replace(settings, search=free))
    histogram = dose_volume_histogram(dose, target)
    found = target_indices(dose, histogram, LEVEL_GY)
    rows.append(_row(name, planned, dose, found, cost))
    rows[-1][10:10] = [f"{beam_on_minutes(unpenalised.shots):.1f}"]
    rows[-1].append(f"{efficiency_index(dose, histogram, LEVEL_GY):.3f}")
    rows[-1].append(f"{volume_at_dose(dose, (target,), 12.0).outside_targets_ml:.1f}")
    assert found.coverage is not None
    assert found.paddick_conformity_index is not None
    assert found.gradient_index is not None
    seconds = 30.0 if target.volume_ml() > 20.0 else 15.0
    return [
        Verdict(f"{name}: coverage {100 * found.coverage:.2f} %", ">= 98", found.coverage >= 0.98),
        Verdict(f"Paddick {found.paddick_conformity_index:.3f}", ">= .90", found.paddick_conformity_index >= 0.9),
        Verdict(f"GI {found.gradient_index:.2f}", "<= 2.9", found.gradient_index <= 2.9),
        Verdict(f"{cost.wall_s:.1f} s", f"<= {seconds:g}", cost.wall_s <= seconds),
    ]


def _row(name: str, planned: PlannedShots, dose: Dose, found: TargetIndices, cost: Cost) -> list[str]:
    return [
        name,
        f"{found.coverage:.4f}",
        f"{found.selectivity:.3f}",
        f"{found.paddick_conformity_index:.3f}",
        f"{found.gradient_index:.2f}",
        f"{cost.wall_s:.1f}",
        f"{cost.cpu_s:.1f}",
        str(len({shot.isocentre_mm for shot in planned.shots})),
        str(len(planned.shots)),
        f"{beam_on_minutes(planned.shots):.1f}",
        f"{dose.gy.max():.2f}",
    ]


def _painted(target: Structure) -> list[Verdict]:
    """18 / 16.5 / 15 Gy, the aggressive zone at one end; beside it 16 Gy, both judged at the 15 Gy line."""
    assert target.mask is not None
    inside = target.mask.data > 0.5
    away = np.linalg.norm(FINE.voxel_centres_mm() - np.array([9.0, 0.0, 0.0]), axis=-1)
    zones = {
        "aggressive": (inside & (away < 7.0), 18.0),
        "penumbra": (inside & (away >= 7.0) & (away < 10.0), 16.5),
        "passive": (inside & (away >= 10.0), 15.0),
    }
    structures = StructureSet(tuple(Structure.from_mask(n, Role.GTV, mask, FINE) for n, (mask, _) in zones.items()))
    goals = tuple(DoseGoal(name, level) for name, (_, level) in zones.items())
    painted, grid = Prescription("painted", 1, goals), _grid_around(target)
    settings = PlannerSettings(isodose=ISODOSE)
    planned, cost = measured(lambda: plan_shots(painted, structures, grid, MACHINE, HEAD, settings))
    dose = dose_of_shots(planned.shots, grid, MACHINE, HEAD, with_transit=True)
    found = zone_doses(dose, painted, structures, ISODOSE)
    _, uniform = _plan(target, settings)
    print_table(
        ["painted", "level Gy", "ml", "mean", "D98", "D50", "D2", "D2 at most"],
        [[z.structure, z.level_gy, f"{z.volume_ml:.1f}", f"{z.mean_gy:.2f}", f"{z.d98_gy:.2f}", f"{z.d50_gy:.2f}",
          f"{z.d2_gy:.2f}", f"{z.most_gy:.2f}"] for z in found],
    )  # fmt: skip
    rows = []
    for name, plan in (("painted", dose), ("uniform 16 Gy", uniform)):
        at_15 = target_indices(plan, dose_volume_histogram(plan, target), 15.0)
        rows.append(
            [name, f"{at_15.coverage:.4f}", f"{at_15.paddick_conformity_index:.3f}", f"{at_15.gradient_index:.2f}"]
        )
    print_table([f"at the 15 Gy line ({cost.wall_s:.1f} s)", "coverage", "Paddick", "GI"], rows)
    kept, means = sum(zone.is_kept for zone in found), [zone.mean_gy for zone in found]
    is_ordered = means == sorted(means, reverse=True)
    return [
        Verdict(f"painted: {kept} of 3 zones kept", "3", kept == 3),
        Verdict(f"means {'ordered' if is_ordered else 'not ordered'}", "ordered", is_ordered),
    ]


def _solvers(target: Structure, quick: bool) -> None:
    """Durations at the same isocentres and points by both solvers, each judged by both objectives."""
    prescription = Prescription("uniform", 1, (DoseGoal("target", LEVEL_GY, LEVEL_GY / ISODOSE),))
    structures = StructureSet((target,))
    levels = target_levels(prescription, structures, _grid_around(target))
    # the programme's cost grows much faster than its size: all points that plans are made with would take minutes
    most = 250 if quick else 500
    few = {"surface_points": most, "core_points": most // 2, "inner_points": most, "outer_points": most}
    points, _ = planning_points(levels, (), structures, replace(RadiosurgeryAims(), **few))
    places = packed_isocentres(levels.target, levels.grid)[: 8 if quick else 12]
    rates = sector_dose_rates(points.points_mm, places, MACHINE, HEAD)
    rows = []
    for name, solve in (
        ("smooth, quasi-Newton", lambda: durations_of_sectors(rates, points, DurationSettings())),
        ("linear programme, HiGHS", lambda: linear_durations_of_sectors(rates, points, 0.02)),
    ):
        found, cost = measured(solve)
        missed = np.maximum(points.lower_gy - found.dose_gy, 0.0) + np.maximum(found.dose_gy - points.upper_gy, 0.0)
        beam_on = found.minutes.sum(axis=2).max(axis=1).sum()
        squares, sums = float(points.weight @ missed**2), float(points.weight @ missed)
        rows.append([name, f"{cost.wall_s:.1f}", f"{cost.cpu_s:.1f}", f"{squares + 0.002 * beam_on:.4f}",
                     f"{sums + 0.02 * beam_on:.4f}", f"{beam_on:.1f}"])  # fmt: skip
    print_table(
        [f"{len(places)} isocentres, {len(points)} points", "wall s", "CPU s", "squares + 0.002 T", "sums + 0.02 T",
         "beam-on min"],
        rows,
    )  # fmt: skip
