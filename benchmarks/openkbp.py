"""A simultaneous boost on real head-and-neck patients beside the dose that came with them.

The organs' limits are the supplied dose's own means and maxima: can the planner cover the targets at least as well
without giving the organs more? Both doses are judged alike: the verdict by the data set's own rule (the dose at the
centres of a structure's voxels, as in its stated coverage), the table by histograms within the voxels, point by point.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.harness import Verdict, measured, print_table, reference_data
from impasto.core import Dose, DoseGoal, DoseLimit, Grid, LimitKind, Plan, Prescription, Role
from impasto.evaluate import DoseVolumeHistogram, dose_volume_histogram
from impasto.files import OpenKbpPatient, read_openkbp
from impasto.plan import NormalTissue, PlanningAims, SolverSettings
from impasto.plan.photon import PhotonSettings, photon_model, plan_with_model

LEVELS_GY = {"PTV70": 70.0, "PTV63": 63.0, "PTV56": 56.0}
PLANNED_SHARE = (1.03, 1.06)
"""Targets are planned to 3 % above their level, and to no more than 6 %, so that 95 % of the volume reaches it."""
GANTRY_DEG = tuple(40.0 * beam for beam in range(9))
ALLOWED_GY = 2.0


@dataclass(frozen=True)
class Comparison:
    """One patient: impasto's plan and the supplied dose, by voxel centres and by histograms."""

    name: str
    coverage_gain_gy: float
    organ_gain_gy: dict[str, float]
    planned: dict[str, DoseVolumeHistogram]
    supplied: dict[str, DoseVolumeHistogram]

    @property
    def worst_organ_gy(self) -> float:
        return max(self.organ_gain_gy.values())


def run(quick: bool) -> list[Verdict]:
    folder = reference_data("openkbp")
    names = ["pt_1"] if quick else ["pt_1", "pt_2", "pt_3"]
    compared = []
    for name in names:
        patient = read_openkbp(folder / name)
        plan, cost = measured(lambda patient=patient: planned(patient))
        compared.append(comparison(name, patient, plan.dose))
        print(f"\n{name}: {len(plan.beams)} beams, {len(plan.weights)} bixels, {cost.wall_s:.0f} s")
        print_comparison(compared[-1])
    gains = [one.coverage_gain_gy for one in compared]
    organs = [one.worst_organ_gy for one in compared]
    return [
        Verdict(
            "PTV70 D95 above supplied " + ", ".join(f"{gain:+.2f}" for gain in gains) + " Gy",
            ">= 0 each",
            min(gains) >= 0.0,
        ),
        Verdict(
            "worst organ mean above supplied " + ", ".join(f"{organ:+.2f}" for organ in organs) + " Gy",
            f"<= {ALLOWED_GY:g} each",
            max(organs) <= ALLOWED_GY,
        ),
    ]


def planned(patient: OpenKbpPatient) -> Plan:
    grid = dose_grid(patient)
    low, high = PLANNED_SHARE
    goals = tuple(
        DoseGoal(name, low * level, high * level, weight=200.0 if name == "PTV70" else 100.0)
        for name, level in LEVELS_GY.items()
        if name in patient.structures
    )
    organs = patient.structures.with_role(Role.ORGAN)
    prescription = Prescription("simultaneous boost", 35, goals, limits_of_supplied(patient))
    targets = [goal.structure for goal in goals]
    settings = PhotonSettings(tuple((gantry, 0.0) for gantry in GANTRY_DEG))
    model = photon_model(patient.ct, patient.structures, targets, grid, settings)
    aims = PlanningAims(normal_tissue=NormalTissue(weight=0.5), whole_structures=tuple(organ.name for organ in organs))
    return plan_with_model(model, patient.structures, prescription, aims, SolverSettings(400, 1e-4))[0]


def limits_of_supplied(patient: OpenKbpPatient) -> tuple[DoseLimit, ...]:
    assert patient.dose is not None
    limits = []
    for organ in patient.structures.with_role(Role.ORGAN):
        histogram = dose_volume_histogram(patient.dose, organ)
        limits.append(DoseLimit(organ.name, LimitKind.MEAN, histogram.mean_gy, weight=10.0))
        limits.append(DoseLimit(organ.name, LimitKind.MAXIMUM, histogram.maximum_gy, weight=20.0))
    return tuple(limits)


def dose_grid(patient: OpenKbpPatient) -> Grid:
    """The CT's own voxels, where the data set allows dose."""
    (external,) = patient.structures.with_role(Role.EXTERNAL)
    grid = patient.ct.grid
    low, high = (grid.index_from_world(corner) for corner in external.bounds_mm())
    start = np.maximum(np.floor(low).astype(int), 0)
    stop = np.minimum(np.ceil(high).astype(int) + 1, grid.shape)
    return grid.cropped(start.tolist(), stop.tolist())


def comparison(name: str, patient: OpenKbpPatient, dose: Dose) -> Comparison:
    assert patient.dose is not None
    grid = patient.ct.grid
    ours, theirs = dose.image.resampled_linear(grid).data, patient.dose.gy
    inside = {s.name: s.voxels(grid) for s in patient.structures}
    organs = [organ.name for organ in patient.structures.with_role(Role.ORGAN)]
    judged = [s for s in patient.structures if s.role is not Role.EXTERNAL]
    target = inside["PTV70"]
    return Comparison(
        name,
        float(np.percentile(ours[target], 5) - np.percentile(theirs[target], 5)),
        {organ: float(ours[inside[organ]].mean() - theirs[inside[organ]].mean()) for organ in organs},
        {s.name: dose_volume_histogram(dose, s) for s in judged},
        {s.name: dose_volume_histogram(patient.dose, s) for s in judged},
    )


def print_comparison(one: Comparison) -> None:
    print(f"PTV70 D95 by voxel centres: {one.coverage_gain_gy:+.2f} Gy beside the supplied dose")
    rows = []
    for name, planned_one in one.planned.items():
        supplied_one = one.supplied[name]
        doses_gy = np.arange(1.0, 76.0)
        differences = [planned_one.volume_at_dose_percent(d) - supplied_one.volume_at_dose_percent(d) for d in doses_gy]
        figures = [planned_one.mean_gy, d95(planned_one), planned_one.dose_at_volume_percent_gy(2)]
        theirs = [supplied_one.mean_gy, d95(supplied_one), supplied_one.dose_at_volume_percent_gy(2)]
        pairs = [f"{ours:.1f} / {their:.1f}" for ours, their in zip(figures, theirs, strict=True)]
        largest = int(np.argmax(np.abs(differences)))
        at_most = f"{differences[largest]:+.1f} at {doses_gy[largest]:.0f} Gy"
        rows.append([name, *pairs, f"{np.mean(np.abs(differences)):.1f}", at_most])
    header = ["structure", "mean [Gy]", "D95 [Gy]", "D2 [Gy]", "mean |dV| over 1-75 Gy [%]", "largest dV [%]"]
    print_table([*header[:1], *(f"{name} impasto / supplied" for name in header[1:4]), *header[4:]], rows)


def d95(histogram: DoseVolumeHistogram) -> float:
    return histogram.dose_at_volume_percent_gy(95)
