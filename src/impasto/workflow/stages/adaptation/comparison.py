"""Stage: the adapted course against the first plan carried through: coverage of what was hypoxic when, and control."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import PositiveFloat

from impasto.adapt import (
    AccumulatedDose,
    ControlSettings,
    Correspondence,
    MappedDose,
    known_dose_histogram,
    pulled_dose_gy,
    tumour_control,
)
from impasto.core import Dose, Grid, Image, ImpastoError, Progress, Structure, StructureSet
from impasto.core.arrays import FloatArray, RealArray
from impasto.files import StrictModel
from impasto.radiobiology import eqd2_gy, oxygen_from_fmiso_mmhg
from impasto.register import move_structure
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.adaptation.hypoxic_volume import TUMOUR
from impasto.workflow.stages.adaptation.slots import slots_by_day, transform_between
from impasto.workflow.stages.selection import matching

__all__ = ["ARMS", "COURSE_COMPARISON"]

ARMS = ("adaptive", "not-adaptive")


class _Settings(StrictModel):
    """What is compared, and the model of control."""

    fractions: int = 35
    hypoxia: str = "Hypoxia"
    targets: tuple[str, ...] = ("PTV70", "PTV63", "PTV56", "GTV*")
    organs: tuple[str, ...] = ("*parotid*", "*cord*", "*brainstem*", "*larynx*", "*oral*", "*mandible*")
    covered_percent: PositiveFloat = 95.0
    background_mmhg: PositiveFloat = 40.0
    control: ControlSettings = ControlSettings()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    planned = inputs.structures("structures")
    courses = {arm: _course(inputs, arm) for arm in ARMS}
    grid = courses[ARMS[0]].grid
    hypoxic = _hypoxic_volumes(inputs, planned, grid, settings)
    progress("histograms", 0.3)
    shown = [*matching(planned, list(settings.targets)), *hypoxic.values(), *matching(planned, list(settings.organs))]
    doses = {arm: _doses(course.physical(arm), shown) for arm, course in courses.items()}
    progress("coverage", 0.6)
    coverage = [_coverage(inputs, day, volume, courses, settings) for day, volume in hypoxic.items()]
    oxygen, said = _oxygen(inputs, grid, settings)
    cells, outside = _cells(inputs, planned, grid)
    control = {
        arm: vars(tumour_control(course, cells, [oxygen[day] for day in oxygen], settings.control))
        for arm, course in courses.items()
    }
    values: dict[str, Any] = {
        "doses": doses,
        "coverage": coverage,
        "control": control,
        "control_model": vars(settings.control) | {"oxygen": said},
        "cells_outside_targets_percent": outside,
    }
    structures = planned
    for volume in hypoxic.values():
        structures = structures.with_structure(volume)
    note = f"Tumour control is a model, not a measurement: {said}"
    if outside > 0.0:
        note += f" {outside:.2g} % of the tumour cells lie outside all targets and are left out."
    return StageResult({"figures": Figures(values), "structures": structures}, (note,))


def _course(inputs: Inputs, arm: str) -> AccumulatedDose:
    parts = []
    for slot in slots_by_day(inputs, f"{arm}_").values():
        dose = inputs.dose(slot)
        missing = np.isnan(dose.gy)
        reason = np.where(missing, Correspondence.OUTSIDE_DOSE, Correspondence.FOUND).astype(np.uint8)
        parts.append(MappedDose(np.asarray(dose.gy, dtype=np.float32), dose.grid, dose.fractions, reason, dose.label))
    return AccumulatedDose(tuple(parts))


def _hypoxic_volumes(inputs: Inputs, planned: StructureSet, grid: Grid, settings: _Settings) -> dict[str, Structure]:
    """Every day's hypoxic volume where its tissue lay before treatment; days without one are left out."""
    tumour = planned[TUMOUR].mask
    assert tumour is not None
    fine = tumour.grid
    found = {}
    for day, slot in slots_by_day(inputs, "structures_").items():
        volume = inputs.structures(slot)[settings.hypoxia]
        if volume.is_empty:
            continue
        name = f"{settings.hypoxia} at fraction {day}"
        moved = move_structure(volume, transform_between(inputs, day), fine)
        if moved.mask is not None and moved.mask.data.max() >= 0.5:
            found[day] = Structure(name, volume.role, mask=moved.mask, colour=_SHADES.get(day, volume.colour))
    return found


_SHADES = {"0": (217, 70, 239), "7": (59, 130, 246), "17": (16, 160, 120)}


def _doses(dose: Dose, structures: list[Structure]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for structure in structures:
        try:
            found = known_dose_histogram(dose, structure)
        except ImpastoError as error:
            rows.append({"structure": structure.name, "not_evaluated": error.problem})
            continue
        rows.append(
            {
                "structure": structure.name,
                "volume_ml": found.total_volume_ml,
                "without_dose_percent": max(100.0 * (1.0 - found.evaluated_volume_ml / found.total_volume_ml), 0.0),
                "d98_gy": found.dose_at_volume_percent_gy(98.0),
                "mean_gy": found.mean_gy,
                "d2_gy": found.dose_at_volume_percent_gy(2.0),
            }
        )
    return rows


def _coverage(
    inputs: Inputs, day: str, volume: Structure, courses: dict[str, AccumulatedDose], settings: _Settings
) -> dict[str, Any]:
    """Share of a day's hypoxic volume whose EQD2 reaches what that day's image asked for."""
    ratio = settings.control.alpha_beta_gy
    goal = inputs.prescription(f"whole_{day}").goals[0]
    assert isinstance(goal.lower_gy, Image)
    row: dict[str, Any] = {"structure": volume.name, "volume_ml": volume.volume_ml()}
    for arm, course in courses.items():
        grid = course.grid
        wanted = pulled_dose_gy(goal.lower_gy.data, goal.lower_gy.grid, transform_between(inputs, day), grid)
        wanted_eqd2 = eqd2_gy(wanted, settings.fractions, ratio)
        share = volume.occupancy(grid)
        known = (share > 0.0) & np.isfinite(wanted_eqd2) & course.is_found
        given = course.eqd2_gy(ratio)
        reached = given >= settings.covered_percent / 100.0 * wanted_eqd2
        total = max(float(share[known].sum()), 1e-30)
        row[arm] = {
            "covered_percent": 100.0 * float(share[known & reached].sum()) / total,
            "mean_eqd2_gy": float(np.sum((given * share)[known])) / total,
            "wanted_mean_eqd2_gy": float(np.sum((wanted_eqd2 * share)[known])) / total,
        }
    return row


def _oxygen(inputs: Inputs, grid: Grid, settings: _Settings) -> tuple[dict[str, RealArray], str]:
    """Oxygen of every day where its tissue lay before treatment, from maps of the case or from uptake."""
    given = slots_by_day(inputs, "oxygen_")
    pressures: dict[str, RealArray] = {}
    for day, slot in (given or slots_by_day(inputs, "uptake_")).items():
        image = inputs.image(slot)
        # oxygen maps are zero in air, which would be read as anoxia beside it
        known = np.where(image.data > 0.0, image.data, np.nan) if given else image.data
        values = pulled_dose_gy(known, image.grid, transform_between(inputs, day), grid).astype(np.float64)
        if not given:
            values = _from_uptake(values, inputs.figures(f"hypoxia_{day}").values["background"], settings)
        pressures[day] = np.maximum(np.nan_to_num(values, nan=settings.background_mmhg), 0.0)
    if given:
        return pressures, f"oxygen from {', '.join(given.values())} of the case."
    said = (
        "oxygen from FMISO uptake by the curve of Toma-Dasu 2012, the background's uptake taken as "
        f"{settings.background_mmhg:g} mmHg; blurred by the scanner, so hypoxia is underestimated."
    )
    return pressures, said


def _from_uptake(uptake: RealArray, background: float, settings: _Settings) -> FloatArray:
    normal = 10.9 - 10.7 * settings.background_mmhg / (2.5 + settings.background_mmhg)
    return oxygen_from_fmiso_mmhg(uptake / background * normal)


def _cells(inputs: Inputs, planned: StructureSet, grid: Grid) -> tuple[FloatArray, float]:
    """Density of tumour cells before treatment, 0 to 1, in the targets, and the share outside them in percent.

    That of the case, else even in the gross tumour. What no target holds no plan is to control.
    """
    if not inputs.has("cells"):
        return planned[TUMOUR].occupancy(grid), 0.0
    cells = np.clip(inputs.image("cells").resampled_conserving(grid).data, 0.0, 1.0).astype(np.float64)
    treated = np.any([structure.voxels(grid) for structure in planned if structure.role.is_target], axis=0)
    outside = 100.0 * float(cells[~treated].sum() / max(cells.sum(), 1e-30))
    return np.where(treated, cells, 0.0), outside


COURSE_COMPARISON = Stage("course-comparison", _Settings, _run)
