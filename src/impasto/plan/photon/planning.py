"""From CT, structures and prescription to a photon plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from impasto.core.arrays import BoolArray, IntArray
from impasto.core.dose import Dose
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.plan import Beam, Plan
from impasto.core.prescription import Prescription
from impasto.core.progress import Progress, silent
from impasto.core.structures import Role, StructureSet
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.optimise import Optimum, SolverSettings, optimise
from impasto.plan.photon.electron_density import GENERIC_DENSITY_TABLE, DensityTable, electron_density
from impasto.plan.photon.geometry import beam_geometry
from impasto.plan.photon.image_edge import edge_notes
from impasto.plan.photon.machine import PhotonMachine, generic_6mv
from impasto.plan.photon.pencil_beam import PencilBeamSettings, pencil_beam_influence
from impasto.plan.prescription_objectives import PlanningAims, objectives_from_prescription

__all__ = ["PhotonModel", "PhotonSettings", "photon_model", "plan_photon", "plan_with_model"]

MODEL_NOTES = (
    "Pencil beams with water's lateral scatter: unreliable at lung and air borders.",
    "Fluence is flat before modulation, ideal, and not sequenced for a collimator.",
)


@dataclass(frozen=True)
class PhotonSettings:
    """How beams are laid and dose is computed.

    Parameters
    ----------
    angles_deg : tuple of (float, float)
        Gantry and couch angle of each beam, IEC 61217, head first supine.
    bixel_width_mm : float
        In the isocentre plane.
    margin_bixels : int
        Rings of bixels around the targets' projection.
    isocentre_mm : tuple of float, optional
        LPS; by default the targets' centroid.
    density_table : DensityTable
    pencil_beam : PencilBeamSettings
    machine : PhotonMachine
    """

    angles_deg: tuple[tuple[float, float], ...]
    bixel_width_mm: float = 5.0
    margin_bixels: int = 1
    isocentre_mm: tuple[float, float, float] | None = None
    density_table: DensityTable = GENERIC_DENSITY_TABLE
    pencil_beam: PencilBeamSettings = field(default_factory=PencilBeamSettings)
    machine: PhotonMachine = field(default_factory=generic_6mv)


@dataclass(frozen=True, eq=False)
class PhotonModel:
    """Beams on a patient and what they give: ready to be planned on with any prescription.

    Parameters
    ----------
    machine : PhotonMachine
    beams : tuple of Beam
    influence : InfluenceMatrix
    notes : tuple of str
        What a reader of any plan made with it must know.
    """

    machine: PhotonMachine
    beams: tuple[Beam, ...]
    influence: InfluenceMatrix
    notes: tuple[str, ...]


def photon_model(
    ct: Image,
    structures: StructureSet,
    targets: Sequence[str],
    dose_grid: Grid,
    settings: PhotonSettings,
    progress: Progress = silent,
) -> PhotonModel:
    """Aim beams at targets and compute the dose of every bixel to every voxel of the body.

    Parameters
    ----------
    ct : Image
        CT numbers; its grid may differ from the dose grid. Depth is traced through the CT's own voxels.
    structures : StructureSet
        Outside ``EXTERNAL`` structures nothing attenuates and no dose is scored.
    targets : sequence of str
        The bixels cover the projection of all of them.
    dose_grid : Grid
    settings : PhotonSettings
    progress : Progress

    Returns
    -------
    PhotonModel

    Raises
    ------
    ImpastoError
        When the image is not a CT, a target is missing, lies off the dose grid, or the body does.
    """
    density, density_notes = electron_density(ct, structures, settings.density_table)
    target = np.any([structures[name].voxels(dose_grid) for name in targets], axis=0)
    machine = settings.machine
    beams = beam_geometry(
        target,
        dose_grid,
        settings.angles_deg,
        bixel_width_mm=settings.bixel_width_mm,
        source_axis_distance_mm=machine.source_axis_distance_mm,
        margin_bixels=settings.margin_bixels,
        isocentre_mm=settings.isocentre_mm,
    )
    surface = settings.pencil_beam.surface_density
    voxels = _body_voxels(density, structures, dose_grid, surface)
    influence, beam_notes = pencil_beam_influence(
        density, beams, dose_grid, voxels, machine, settings.pencil_beam, progress
    )
    edges = edge_notes(density, beams, machine.source_axis_distance_mm, surface)
    notes = (machine.notice, *MODEL_NOTES, *density_notes, *beam_notes, *edges)
    return PhotonModel(machine, beams, influence, notes)


def plan_with_model(
    model: PhotonModel,
    structures: StructureSet,
    prescription: Prescription,
    aims: PlanningAims,
    solver: SolverSettings,
    progress: Progress = silent,
) -> tuple[Plan, Optimum]:
    """Find the fluence that fulfils a prescription best, on beams whose influence is known.

    Returns
    -------
    plan : Plan
        Its notes name the model's limits, what the aims added and how the optimiser ended.
    optimum : Optimum
        The record of convergence.

    Raises
    ------
    ImpastoError
        When a structure is missing or a target has no voxel that a beam reaches.
    """
    objectives, aim_notes = objectives_from_prescription(prescription, structures, model.influence, aims)
    optimum = optimise(model.influence, objectives, solver, progress=progress)
    gy = prescription.fractions * model.influence.dose_map_gy(optimum.weights)
    dose = Dose(Image(gy, model.influence.grid, "dose", "Gy"), prescription.fractions, label=prescription.name)
    ending = f"Optimiser: {optimum.reason} after {optimum.iterations} iterations, objective {optimum.value:.4g}."
    notes = (*model.notes, *aim_notes, ending)
    return Plan(prescription.name, model.machine.name, model.beams, optimum.weights, dose, notes), optimum


def plan_photon(
    ct: Image,
    structures: StructureSet,
    prescription: Prescription,
    dose_grid: Grid,
    settings: PhotonSettings,
    progress: Progress = silent,
) -> Plan:
    """Plan a prescription with default aims and solver; the two steps apart give more say.

    Parameters
    ----------
    ct, structures, dose_grid, settings, progress
        See :func:`photon_model`.
    prescription : Prescription
        Beams are aimed at the structures of its goals.

    Returns
    -------
    Plan
    """
    targets = [goal.structure for goal in prescription.goals]
    model = photon_model(ct, structures, targets, dose_grid, settings, progress)
    plan, _ = plan_with_model(model, structures, prescription, PlanningAims(), SolverSettings(), progress)
    return plan


def _body_voxels(density: Image, structures: StructureSet, grid: Grid, surface_density: float) -> IntArray:
    external = structures.with_role(Role.EXTERNAL)
    body: BoolArray
    if external:
        body = np.any([structure.voxels(grid) for structure in external], axis=0)
    else:
        body = np.asarray(density.resampled_nearest(grid).data > surface_density)
    if not body.any():
        raise ImpastoError("dose grid", "no voxel of the body lies on it", "choose a grid that covers the patient")
    return np.flatnonzero(body).astype(np.int64)
