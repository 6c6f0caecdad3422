"""What a plan gives on another day's anatomy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from impasto.core import Dose, Grid, Image, ImpastoError, Plan, Progress, Role, StructureSet, silent
from impasto.plan.photon import (
    GENERIC_DENSITY_TABLE,
    DensityTable,
    PencilBeamSettings,
    PhotonMachine,
    electron_density,
    pencil_beam_influence,
)

__all__ = ["dose_on_anatomy", "share_of_course"]


def dose_on_anatomy(
    plan: Plan,
    ct: Image,
    structures: StructureSet,
    dose_grid: Grid,
    machine: PhotonMachine,
    density_table: DensityTable = GENERIC_DENSITY_TABLE,
    progress: Progress = silent,
) -> Dose:
    """Compute the dose of a plan's own beams and weights on another CT in the same treatment position.

    Parameters
    ----------
    plan : Plan
    ct : Image
        Of the day; it lies as the planning CT did, as after set-up: the isocentre is the plan's.
    structures : StructureSet
        Of the day; dose is scored in its ``EXTERNAL`` structures.
    dose_grid : Grid
    machine : PhotonMachine
        That the plan was made for.
    density_table : DensityTable
    progress : Progress

    Returns
    -------
    Dose
        Over the plan's fractions.

    Raises
    ------
    ImpastoError
        When the plan is for another machine, or no outline is drawn.
    """
    if machine.name != plan.machine:
        raise ImpastoError(plan.name, f"it was made for {plan.machine}, not {machine.name}", "give its machine")
    outlines = structures.with_role(Role.EXTERNAL)
    if not outlines:
        raise ImpastoError("structures", "no EXTERNAL outline is among them", "draw the patient's outline")
    density, _ = electron_density(ct, structures, density_table)
    body = np.any([outline.voxels(dose_grid) for outline in outlines], axis=0)
    voxels = np.flatnonzero(body).astype(np.int64)
    influence, _ = pencil_beam_influence(
        density, plan.beams, dose_grid, voxels, machine, PencilBeamSettings(), progress
    )
    gy = plan.dose.fractions * influence.dose_map_gy(plan.weights)
    return Dose(Image(gy, dose_grid, "dose", "Gy"), plan.dose.fractions, label=plan.name)


def share_of_course(dose: Dose, fractions: int) -> Dose:
    """Give the dose of some of a course's equal fractions.

    Raises
    ------
    ImpastoError
        When the course has fewer.
    """
    if not 1 <= fractions <= dose.fractions:
        problem = f"{fractions} of {dose.fractions} fractions cannot be given"
        raise ImpastoError(dose.label or "dose", problem, "give one to all")
    return replace(dose.scaled(fractions / dose.fractions), fractions=fractions)
