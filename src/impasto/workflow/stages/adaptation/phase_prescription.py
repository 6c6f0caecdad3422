"""Stage: a day's PET becomes the prescription of what is left of the course."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from impasto.adapt import AccumulatedDose, RemainingSettings, map_dose_directly, pulled_dose_gy, remaining_prescription
from impasto.core import DoseGoal, Grid, Image, Prescription, Progress, Structure, StructureSet
from impasto.files import StrictModel
from impasto.prescribe import LinearPainting, PrescriptionSettings, by_numbers
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.adaptation.grids import grid_around
from impasto.workflow.stages.adaptation.hypoxic_volume import TUMOUR
from impasto.workflow.stages.adaptation.slots import delivered_slots, transform_between
from impasto.workflow.stages.limits import LimitSetting, limits_for
from impasto.workflow.stages.selection import matching, only_one

__all__ = ["PHASE_PRESCRIPTION"]


class _Settings(StrictModel):
    """The prescription over the whole course, and how what is left of it is counted."""

    name: str = "hypoxia painted"
    fractions: PositiveInt = 35
    left: PositiveInt
    painted_target: str = "PTV70"
    dose_low_gy: float = 70.0
    dose_high_gy: float = 84.0
    intensity_high_percentile: float = 95.0
    other_targets: dict[str, float] = Field(default_factory=lambda: {"PTV63": 63.0, "PTV56": 56.0})
    upper_percent: float = Field(107.0, ge=100.0)
    target_weight: PositiveFloat = 50.0
    voxel_mm: PositiveFloat = 3.0
    maximum_gy: float = 95.0
    keep_earlier: bool = True
    alpha_beta_gy: PositiveFloat = 10.0
    least_gy_per_fraction: float = 0.0
    most_gy_per_fraction: float = 3.0
    limits: tuple[LimitSetting, ...] = ()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    grid = grid_around([only_one(structures, settings.painted_target, "painted_target")], settings.voxel_mm, 6.0)
    painting = _painting(inputs, settings, structures)
    whole, notes = _whole(inputs, settings, structures, painting, grid)
    progress("painting", 0.3)
    if inputs.has("earlier") and settings.keep_earlier:
        whole = _kept(whole, inputs, grid)
    outputs: dict[str, Artefact] = {"whole": whole, "painting": Figures(vars(painting))}
    given = _given(inputs, grid_around(_targets(whole, structures), settings.voxel_mm, 6.0))
    if given is None:
        return StageResult({**outputs, "prescription": whole}, (whole.method, *notes))
    left = RemainingSettings(settings.alpha_beta_gy, settings.least_gy_per_fraction, settings.most_gy_per_fraction)
    rest = remaining_prescription(whole, given, structures, settings.left, left)
    return StageResult({**outputs, "prescription": rest}, (rest.method, *notes))


def _painting(inputs: Inputs, settings: _Settings, structures: StructureSet) -> LinearPainting:
    """Take the first day's function where there is one: a tumour that reoxygenates must not be scaled up again."""
    if inputs.has("painting"):
        return LinearPainting(**inputs.figures("painting").values)
    doses = (settings.dose_low_gy, settings.dose_high_gy)
    low = float(inputs.figures("hypoxia").values["threshold"])
    found = LinearPainting.from_percentile(
        inputs.image("image"), structures[TUMOUR], doses, settings.intensity_high_percentile, 0.0
    )
    # a tumour without hypoxia is not painted: the range stays one background wide
    high = max(found.intensity_high, low + float(inputs.figures("hypoxia").values["background"]))
    return LinearPainting(low, high, *doses)


def _whole(
    inputs: Inputs, settings: _Settings, structures: StructureSet, painting: LinearPainting, grid: Grid
) -> tuple[Prescription, tuple[str, ...]]:
    limits, notes = limits_for(settings.limits, structures)
    course = PrescriptionSettings(settings.name, settings.fractions, limits, settings.maximum_gy)
    target = only_one(structures, settings.painted_target, "painted_target")
    painted = by_numbers(
        inputs.image("image"), painting, structures[TUMOUR], target, grid, course, without_value_gy=painting.dose_low_gy
    )
    goals = [replace(goal, weight=settings.target_weight) for goal in painted.goals]
    for pattern, dose_gy in settings.other_targets.items():
        for other in matching(structures, [pattern]):
            upper = dose_gy * settings.upper_percent / 100.0
            goals.append(DoseGoal(other.name, dose_gy, upper, settings.target_weight))
    method = f"{painted.method}; {', '.join(f'{name} {dose:g} Gy' for name, dose in settings.other_targets.items())}"
    return replace(painted, goals=tuple(goals), method=method), notes


def _kept(whole: Prescription, inputs: Inputs, grid: Grid) -> Prescription:
    """Keep the higher of this day's dose and of what earlier images asked for in the same tissue."""
    earlier = inputs.prescription("earlier").goals[0]
    assert isinstance(earlier.lower_gy, Image)
    back = transform_between(inputs, "earlier")
    level = pulled_dose_gy(earlier.lower_gy.data, earlier.lower_gy.grid, back, grid)
    painted = whole.goals[0]
    highest = np.fmax(painted.lower_on(grid), level).astype(np.float32)
    kept = Image(highest, grid, "prescribed dose", "Gy")
    goals = (replace(painted, lower_gy=kept, upper_gy=kept), *whole.goals[1:])
    return replace(whole, goals=goals, method=f"{whole.method}; what earlier images asked for is kept where higher")


def _given(inputs: Inputs, grid: Grid) -> AccumulatedDose | None:
    """Bring the dose of every phase so far to this day's frame; None before the first."""
    slots = delivered_slots(inputs)
    if not slots:
        return None
    parts = [
        map_dose_directly(inputs.dose(slot), transform_between(inputs, name), grid) for name, slot in slots.items()
    ]
    return AccumulatedDose(tuple(parts))


def _targets(whole: Prescription, structures: StructureSet) -> list[Structure]:
    return [structures[goal.structure] for goal in whole.goals]


PHASE_PRESCRIPTION = Stage("phase-prescription", _Settings, _run)
