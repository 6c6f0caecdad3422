"""Stage: how far a day has drifted from the plan in force, and which re-planning rules that sets off."""

from __future__ import annotations

from typing import Any

from impasto.adapt import (
    DoseDrift,
    StructureDrift,
    TriggerLimits,
    TriggerReading,
    dose_drift,
    structure_drift,
    trigger_readings,
)
from impasto.core import ImpastoError, Progress, Structure
from impasto.files import StrictModel
from impasto.register import move_structure
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.adaptation.grids import grid_around
from impasto.workflow.stages.adaptation.slots import transform_between
from impasto.workflow.stages.selection import matching

__all__ = ["PHASE_DRIFT"]


class _Settings(StrictModel):
    """What is watched; limits beyond which a new plan is asked for."""

    gtv: str = "GTV*"
    hypoxia: str = "Hypoxia"
    targets: tuple[str, ...] = ("PTV70", "PTV63", "PTV56", "GTV*")
    organs: tuple[str, ...] = ("*parotid*", "*cord*", "*brainstem*", "*larynx*", "*oral*")
    limits: TriggerLimits = TriggerLimits()
    voxel_mm: float = 1.5


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    planned, now = inputs.structures("structures_planned"), inputs.structures("structures")
    shapes = [
        _in_the_room(planned[one.name], one, settings)
        for one in matching(now, [settings.gtv, *settings.organs])
        if one.name in planned and not planned[one.name].is_empty and not one.is_empty
    ]
    progress("volumes", 0.3)
    hypoxic = _hypoxic(inputs, settings)
    progress("doses", 0.5)
    doses = _doses(inputs, settings)
    tumours = [one for one in shapes if one.structure in {s.name for s in matching(now, [settings.gtv])}]
    readings = trigger_readings(tumours, hypoxic, doses, settings.limits)
    values: dict[str, Any] = {
        "structures": [_shape_record(one) for one in shapes],
        "hypoxia_carried_along": None if hypoxic is None else _shape_record(hypoxic),
        "doses": [vars(one) | {"change_percent": one.change_percent} for one in doses],
        "triggers": [vars(one) for one in readings],
    }
    return StageResult({"figures": Figures(values)}, (_said(readings),))


def _in_the_room(before: Structure, now: Structure, settings: _Settings) -> StructureDrift:
    return structure_drift(before, now, grid_around([before, now], settings.voxel_mm, 3.0))


def _hypoxic(inputs: Inputs, settings: _Settings) -> StructureDrift | None:
    """Compare with the hypoxic volume of the image before, carried along with its tissue."""
    before, now = inputs.structures("structures_before"), inputs.structures("structures")
    if settings.hypoxia not in before or settings.hypoxia not in now:
        return None
    earlier, present = before[settings.hypoxia], now[settings.hypoxia]
    assert present.mask is not None
    grid = present.mask.grid
    carried = move_structure(earlier, transform_between(inputs, "before"), grid)
    if carried.mask is None or not carried.mask.grid.matches(grid):
        carried = Structure.from_mask(carried.name, carried.role, carried.occupancy(grid), grid)
    return structure_drift(carried, present, grid)


def _doses(inputs: Inputs, settings: _Settings) -> list[DoseDrift]:
    before, now = inputs.structures("structures_before"), inputs.structures("structures")
    planned, today = inputs.plan("plan").dose, inputs.dose("dose")
    found = []
    for patterns, figures in ((settings.targets, ("D98",)), (settings.organs, ("mean", "D2"))):
        for structure in matching(now, list(patterns)):
            if structure.name not in before:
                continue
            for figure in figures:
                try:
                    found.append(dose_drift((planned, before[structure.name]), (today, structure), figure))
                except ImpastoError as error:
                    if error.subject != structure.name:
                        raise
    return found


def _shape_record(one: StructureDrift) -> dict[str, Any]:
    return vars(one) | {"volume_change_percent": one.volume_change_percent}


def _said(readings: tuple[TriggerReading, ...]) -> str:
    raised = [
        f"{one.structure} {one.rule} ({one.value:.2g}{'' if one.unit == '1' else f' {one.unit}'}, limit {one.limit:g})"
        for one in readings
        if one.is_triggered
    ]
    return f"A new plan is asked for: {'; '.join(raised)}." if raised else "No rule asks for a new plan."


PHASE_DRIFT = Stage("phase-drift", _Settings, _run)
