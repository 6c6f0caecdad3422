"""Stage: a prescription becomes a photon plan on the generic machine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from pydantic import Field, NonNegativeFloat, NonNegativeInt, PositiveFloat, PositiveInt

from impasto.core import Grid, Image, Progress, Role, StructureSet
from impasto.files import StrictModel
from impasto.plan import NormalTissue, PlanningAims, SolverSettings
from impasto.plan.photon import PhotonSettings, photon_model, plan_with_model
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.selection import matching

__all__ = ["PHOTON_PLAN"]


class _NormalTissueSettings(StrictModel):
    weight: NonNegativeFloat = 0.3
    edge_percent: float = 100.0
    far_percent: float = 40.0
    length_mm: PositiveFloat = 10.0


class _Settings(StrictModel):
    name: str
    gantry_deg: tuple[float, ...] = Field((0.0, 51.0, 103.0, 154.0, 206.0, 257.0, 309.0), min_length=1)
    couch_deg: float = 0.0
    bixel_width_mm: PositiveFloat = 5.0
    margin_bixels: NonNegativeInt = 1
    dose_grid_mm: PositiveFloat = 3.0
    around_targets_mm: NonNegativeFloat = 100.0
    normal_tissue: _NormalTissueSettings = _NormalTissueSettings()
    whole_structures: tuple[str, ...] = ()
    maximum_iterations: PositiveInt = 500
    relative_tolerance: PositiveFloat = 1e-4


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    ct, structures = inputs.image("ct"), inputs.structures("structures")
    prescription = inputs.prescription("prescription")
    targets = [goal.structure for goal in prescription.goals]
    model = photon_model(
        ct,
        structures,
        targets,
        _dose_grid(ct, structures, targets, settings),
        PhotonSettings(
            tuple((gantry, settings.couch_deg) for gantry in settings.gantry_deg),
            settings.bixel_width_mm,
            settings.margin_bixels,
        ),
        progress,
    )
    whole = tuple(structure.name for structure in matching(structures, settings.whole_structures))
    aims = PlanningAims(normal_tissue=NormalTissue(**settings.normal_tissue.model_dump()), whole_structures=whole)
    solver = SolverSettings(settings.maximum_iterations, settings.relative_tolerance)
    plan, optimum = plan_with_model(model, structures, prescription, aims, solver, progress)
    named = replace(plan, name=settings.name, dose=replace(plan.dose, label=settings.name))
    convergence = {
        "iteration objective values": [float(value) for value in optimum.values],
        "seconds": [float(seconds) for seconds in optimum.seconds],
        "ending": optimum.reason,
    }
    return StageResult({"plan": named, "convergence": Figures(convergence)}, plan.notes)


def _dose_grid(ct: Image, structures: StructureSet, targets: list[str], settings: _Settings) -> Grid:
    """Cubic voxels over the part of the body within reach of the targets and inside the CT."""
    low, high = ct.grid.bounds_mm()
    reach = [structures[name].bounds_mm() for name in targets]
    low = np.maximum(low, np.min([b[0] for b in reach], axis=0) - settings.around_targets_mm)
    high = np.minimum(high, np.max([b[1] for b in reach], axis=0) + settings.around_targets_mm)
    for external in structures.with_role(Role.EXTERNAL):
        body = external.bounds_mm()
        low, high = np.maximum(low, body[0]), np.minimum(high, body[1])
    spacing = settings.dose_grid_mm
    shape = np.maximum(1, np.ceil((high - low) / spacing - 1e-6)).astype(int)
    return Grid.centred(shape.tolist(), (spacing,) * 3, 0.5 * (low + high))


PHOTON_PLAN = Stage("photon-plan", _Settings, _run)
