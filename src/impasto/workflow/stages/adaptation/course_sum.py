"""Stage: the doses of all phases, last first, summed on the image before treatment."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, PositiveFloat, PositiveInt

from impasto.adapt import (
    AccumulatedDose,
    Correspondence,
    EnergyBalance,
    MappedDose,
    alpha_beta_map,
    map_dose_by_energy,
    map_dose_directly,
)
from impasto.core import Dose, Grid, Image, Progress, StructureSet, Transform
from impasto.core.arrays import BoolArray
from impasto.files import StrictModel
from impasto.plan.photon import GENERIC_DENSITY_TABLE, electron_density
from impasto.workflow.artefacts import Artefact, Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.adaptation.slots import slots_by_day
from impasto.workflow.stages.selection import matching

__all__ = ["COURSE_SUM"]


class _Settings(StrictModel):
    """How doses are brought together, and the alpha/beta of tumour, organs by pattern, and all else."""

    name: str
    method: Literal["direct", "energy-mass"] = "energy-mass"
    parts: PositiveInt = 3
    tumour_alpha_beta_gy: PositiveFloat = 10.0
    organ_alpha_beta_gy: dict[str, PositiveFloat] = Field(default_factory=lambda: {"*cord*": 2.0, "*brainstem*": 2.0})
    elsewhere_alpha_beta_gy: PositiveFloat = 3.0


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    structures = inputs.structures("structures")
    doses = slots_by_day(inputs, "dose_")
    grid = inputs.dose(next(iter(doses.values()))).grid
    parts: dict[str, MappedDose] = {}
    balances: dict[str, EnergyBalance] = {}
    # antichronological: the last phase is furthest from the image before treatment
    for done, (day, slot) in enumerate(reversed(doses.items())):
        progress("mapping", done / len(doses))
        parts[day], balance = _mapped(inputs, day, inputs.dose(slot), grid, settings)
        if balance is not None:
            balances[day] = balance
    course = AccumulatedDose(tuple(parts[day] for day in doses))
    ratios = _ratios(grid, structures, settings)
    eqd2 = Image(course.eqd2_gy(ratios).astype(np.float32), grid, "EQD2, alpha/beta by structure", "Gy")
    tissue = np.any([s.voxels(grid) for s in structures if s.role.is_target], axis=0)
    outputs: dict[str, Artefact] = {
        "physical": course.physical(f"{settings.name}, physical"),
        "eqd2": course.eqd2(settings.tumour_alpha_beta_gy, f"{settings.name}, EQD2"),
        "eqd2-by-structure": eqd2,
        "reason": Image(course.reason, grid, "correspondence", "1"),
        "figures": Figures(_figures(course, balances, tissue, structures)),
    }
    outputs |= {f"part-{day}": _part(part) for day, part in parts.items()}
    return StageResult(outputs, _notes(course, balances, tissue, settings))


def _mapped(
    inputs: Inputs, day: str, dose: Dose, grid: Grid, settings: _Settings
) -> tuple[MappedDose, EnergyBalance | None]:
    slot = f"from_planning_{day}"
    if not inputs.has(slot):
        return map_dose_directly(dose, Transform.identity(), grid), None
    if settings.method == "direct":
        return map_dose_directly(dose, inputs.transform(slot), grid), None
    day_structures = inputs.structures(f"structures_{day}")
    density, _ = electron_density(inputs.image(f"ct_{day}"), day_structures, GENERIC_DENSITY_TABLE)
    return map_dose_by_energy(dose, density, inputs.transform(f"to_planning_{day}"), grid, settings.parts)


def _ratios(grid: Grid, structures: StructureSet, settings: _Settings) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = {s.name: settings.tumour_alpha_beta_gy for s in structures if s.role.is_target}
    for pattern, ratio in settings.organ_alpha_beta_gy.items():
        values |= {organ.name: ratio for organ in matching(structures, [pattern]) if organ.name not in values}
    return alpha_beta_map(grid, structures, values, settings.elsewhere_alpha_beta_gy)


def _part(part: MappedDose) -> Dose:
    return Dose(part.image(), part.fractions, label=part.label)


def _figures(
    course: AccumulatedDose, balances: dict[str, EnergyBalance], tissue: BoolArray, structures: StructureSet
) -> dict[str, Any]:
    reason = course.reason
    missing = {
        structure.name: 100.0 * float(np.mean(~course.is_found[voxels]))
        for structure in structures
        if (voxels := structure.voxels(course.grid)).any()
    }
    return {
        "fractions": [part.fractions for part in course.parts],
        "energy": {day: vars(one) | {"error_percent": one.error_percent} for day, one in balances.items()},
        "missing_percent": missing,
        "missing_in_targets_percent": 100.0 * float(np.mean(~course.is_found[tissue])),
        "voxels": {one.stated: int(np.count_nonzero(reason == one)) for one in Correspondence},
    }


def _notes(
    course: AccumulatedDose, balances: dict[str, EnergyBalance], tissue: BoolArray, settings: _Settings
) -> tuple[str, ...]:
    counts = " + ".join(str(part.fractions) for part in course.parts)
    way = "energy and mass transfer" if settings.method == "energy-mass" else "direct mapping"
    missing = 100.0 * float(np.mean(~course.is_found[tissue]))
    said = f"{settings.name}: {counts} fractions summed by {way}; {missing:.2f} % of the target voxels have no dose."
    worst = max((abs(one.error_percent) for one in balances.values()), default=0.0)
    return (said, f"Energy is conserved to {worst:.2g} %.") if balances else (said,)


COURSE_SUM = Stage("course-sum", _Settings, _run)
