"""Stage: a prescription becomes shots of a Gamma Knife."""

from __future__ import annotations

from datetime import date
from typing import Literal

import numpy as np
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from impasto.core import Grid, Image, ImpastoError, Plan, Progress, Role, Shot, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.files import StrictModel
from impasto.plan.gammaknife import (
    DensityHead,
    GammaKnife,
    beam_on_minutes,
    decayed_dose_rate_gy_per_min,
    gamma_knife,
    water_head,
    wide_dose_of_shots,
)
from impasto.plan.gammaknife.planner import (
    DurationSettings,
    PackingSettings,
    PlannerSettings,
    RadiosurgeryAims,
    SearchSettings,
    plan_shots,
)
from impasto.plan.photon.electron_density import GENERIC_DENSITY_TABLE, electron_density
from impasto.target import external_from_ct
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.gamma_knife_metrics import MetricSettings, limit_notes, radiosurgery_metrics

__all__ = ["GAMMA_KNIFE_PLAN"]

_PLANNING_MARGIN_MM = 16.0
"""Around the targets: the outer ring of the aims, and a little."""


class _Shot(StrictModel):
    isocentre_mm: tuple[float, float, float]
    collimators_mm: tuple[NonNegativeFloat, ...]
    minutes: PositiveFloat


class _Settings(StrictModel):
    name: str
    machine: Literal["perfexion", "model_c"] = "perfexion"
    dose_rate_gy_per_min: PositiveFloat = 3.0
    calibrated_on: date | None = None
    treated_on: date | None = None
    head: Literal["water", "ct-density"] = "water"
    coverage: float = Field(0.98, gt=0.0, lt=1.0)
    least_scaling_ml: NonNegativeFloat = PlannerSettings.least_scaling_ml
    isodose: float | None = Field(0.5, gt=0.0, lt=1.0)
    beam_on_weight: NonNegativeFloat = DurationSettings.beam_on_weight
    most_isocentres: PositiveInt = PackingSettings.most
    shortest_minutes: NonNegativeFloat = SearchSettings.shortest_minutes
    seed: NonNegativeInt = RadiosurgeryAims.seed
    locked_shots: tuple[_Shot, ...] = ()
    planning_grid_mm: PositiveFloat = 1.0
    dose_grid_mm: PositiveFloat = 1.0
    around_targets_mm: PositiveFloat | None = None
    summed_around_mm: PositiveFloat = 25.0
    metrics: MetricSettings = MetricSettings()


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    structures, prescription = inputs.structures("structures"), inputs.prescription("prescription")
    if prescription.fractions != 1:
        problem = f"{prescription.fractions} fractions"
        raise ImpastoError(prescription.name, problem, "prescribe radiosurgery in one fraction")
    ct = inputs.image("ct") if inputs.has("ct") else None
    machine, decay = _machine(settings)
    outline, outlined = _outline(structures, ct)
    head = _head(outline, ct, settings)
    names = [goal.structure for goal in prescription.goals]
    targets = tuple(structures[name] for name in dict.fromkeys(names))
    planned = plan_shots(
        prescription,
        structures,
        _box_grid(targets, _PLANNING_MARGIN_MM, settings.planning_grid_mm),
        machine,
        head,
        _planner_settings(settings),
        progress,
    )
    grid, near = _dose_grid(targets, outline, settings)
    dose = wide_dose_of_shots(planned.shots, grid, machine, head, near, progress=progress)
    measured = radiosurgery_metrics(dose, prescription, structures, settings.isodose, settings.metrics)
    own = (*planned.notes, *limit_notes(measured["limits"], inputs.step))
    notes = (machine.notice, *head.notes(), *outlined, *decay, *(f"{settings.name}: {note}" for note in own))
    plan = Plan(settings.name, machine.name, (), np.zeros(0), dose, notes, planned.shots)
    figures = {
        "shots": len(planned.shots),
        "isocentres": len({shot.isocentre_mm for shot in planned.shots}),
        "locked shots": len(settings.locked_shots),
        "beam-on minutes": beam_on_minutes(planned.shots),
        "dose rate Gy/min": machine.dose_rate_gy_per_min,
        "objective": planned.objective,
        **measured,
    }
    return StageResult({"plan": plan, "metrics": Figures(figures)}, notes)


def _machine(settings: _Settings) -> tuple[GammaKnife, tuple[str, ...]]:
    rate = settings.dose_rate_gy_per_min
    if (settings.calibrated_on is None) is not (settings.treated_on is None):
        raise ImpastoError("calibration", "only one of two dates is given", "give calibrated_on and treated_on")
    if settings.calibrated_on is None or settings.treated_on is None:
        machine = gamma_knife(settings.machine, rate)
        return machine, (f"Dose rate {rate:g} Gy/min as given, without decay.",)
    half_life = gamma_knife(settings.machine, rate).half_life_years
    decayed = decayed_dose_rate_gy_per_min(rate, settings.calibrated_on, settings.treated_on, half_life)
    words = f"Dose rate {rate:g} Gy/min on {settings.calibrated_on} decayed to {decayed:.3f} on {settings.treated_on}."
    return gamma_knife(settings.machine, decayed), (words,)


def _outline(structures: StructureSet, ct: Image | None) -> tuple[Structure, tuple[str, ...]]:
    drawn = structures.with_role(Role.EXTERNAL)
    if drawn:
        return drawn[0], ()
    if ct is not None:
        return external_from_ct(ct), ("The head's outline was found on the CT: no EXTERNAL structure was drawn.",)
    remedy = "draw the head's outline (role EXTERNAL), or give a CT"
    raise ImpastoError("head", "no structure outlines it", remedy)


def _head(outline: Structure, ct: Image | None, settings: _Settings) -> DensityHead:
    if settings.head == "ct-density":
        if ct is None:
            raise ImpastoError("head", "densities need a CT", "give the input ct, or set head to water")
        body = StructureSet((outline,))
        density, notes = electron_density(ct, body, GENERIC_DENSITY_TABLE)
        return DensityHead(density, " ".join(("Depth in densities of the CT.", *notes)))
    if outline.mask is not None and not outline.contours:
        return water_head(outline, outline.mask.grid)
    return water_head(outline, _box_grid((outline,), 2.0, 2.0))


def _planner_settings(settings: _Settings) -> PlannerSettings:
    return PlannerSettings(
        packing=PackingSettings(most=settings.most_isocentres),
        aims=RadiosurgeryAims(seed=settings.seed),
        search=SearchSettings(
            durations=DurationSettings(beam_on_weight=settings.beam_on_weight),
            shortest_minutes=settings.shortest_minutes,
        ),
        coverage=settings.coverage,
        least_scaling_ml=settings.least_scaling_ml,
        isodose=settings.isodose,
        locked=tuple(Shot(s.isocentre_mm, s.collimators_mm, s.minutes) for s in settings.locked_shots),
    )


def _box_grid(structures: tuple[Structure, ...], margin_mm: float, spacing_mm: float) -> Grid:
    """Cubic voxels over the box around structures and a margin."""
    low, high = _bounds_mm(structures)
    shape = np.ceil((high - low + 2.0 * margin_mm) / spacing_mm - 1e-6).astype(int)
    return Grid.centred(shape.tolist(), (spacing_mm,) * 3, 0.5 * (low + high))


def _dose_grid(
    targets: tuple[Structure, ...], outline: Structure, settings: _Settings
) -> tuple[Grid, tuple[list[int], list[int]]]:
    """Lay the dose grid through the planning grid's voxels, over the head or part of it; find what is near targets."""
    spacing = settings.dose_grid_mm
    planning = _box_grid(targets, _PLANNING_MARGIN_MM, spacing)
    low, high = _bounds_mm((outline,))
    if settings.around_targets_mm is not None:
        target_low, target_high = _bounds_mm(targets)
        low = np.maximum(low, target_low - settings.around_targets_mm)
        high = np.minimum(high, target_high + settings.around_targets_mm)
    start = np.minimum(np.floor(planning.index_from_world(low) + 0.5), 0).astype(int)
    stop = np.maximum(np.ceil(planning.index_from_world(high) + 0.5), planning.shape).astype(int)
    grid = planning.cropped(start.tolist(), stop.tolist())
    near = max(0, int(np.ceil((settings.summed_around_mm - _PLANNING_MARGIN_MM) / spacing)))
    first = np.maximum(-start - near, 0)
    last = np.minimum(-start + planning.shape + near, grid.shape)
    return grid, (first.tolist(), last.tolist())


def _bounds_mm(structures: tuple[Structure, ...]) -> tuple[FloatArray, FloatArray]:
    bounds = np.array([structure.bounds_mm() for structure in structures])
    return bounds[:, 0].min(axis=0), bounds[:, 1].max(axis=0)


GAMMA_KNIFE_PLAN = Stage("gamma-knife-plan", _Settings, _run, version=2)
