"""From a prescription to objectives: the planner obeys what was prescribed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import distance_transform_edt

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.prescription import DoseGoal, DoseLimit, LimitKind, Prescription
from impasto.core.structures import StructureSet
from impasto.plan.influence import InfluenceMatrix
from impasto.plan.objectives import (
    MaximumDoseVolume,
    MeanDose,
    Objective,
    SquaredDeviation,
    SquaredOverdose,
    SquaredUnderdose,
)

__all__ = ["NormalTissue", "PlanningAims", "objectives_from_prescription"]


@dataclass(frozen=True)
class NormalTissue:
    """Dose that tissue outside all targets may have, falling off with distance from them.

    At distance r from the nearest target voxel, ``level = prescribed there x (far + (edge - far) exp(-r / length))``.

    Parameters
    ----------
    weight : float
        Importance relative to goals.
    edge_percent, far_percent : float
        Of the dose prescribed at the nearest target voxel: at its surface, and far away.
    length_mm : float
        Of the fall-off.
    """

    weight: float = 1.0
    edge_percent: float = 100.0
    far_percent: float = 40.0
    length_mm: float = 10.0

    def stated(self) -> str:
        """Name the fall-off in a sentence."""
        return (
            f"Tissue outside targets is held to {self.edge_percent:g} % of the nearest prescribed dose at the border, "
            f"falling to {self.far_percent:g} % over {self.length_mm:g} mm (weight {self.weight:g})."
        )

    def levels_gy(self, wanted_gy: FloatArray, spacing_mm: FloatArray) -> FloatArray:
        """Level of every voxel from the wanted dose (0 outside targets), same shape and unit."""
        distance, nearest = distance_transform_edt(wanted_gy <= 0.0, sampling=spacing_mm, return_indices=True)
        far, edge = self.far_percent / 100.0, self.edge_percent / 100.0
        levels: FloatArray = wanted_gy[tuple(nearest)] * (far + (edge - far) * np.exp(-distance / self.length_mm))
        return levels


@dataclass(frozen=True)
class PlanningAims:
    """What the planner aims at beside the prescription.

    Parameters
    ----------
    hot_spot_percent : float, optional
        Dose above this share of the lower level is overdose in targets whose goal has no upper level; None: no bound.
    normal_tissue : NormalTissue, optional
        None: tissue outside targets and limited organs is free.
    whole_structures : tuple of str
        Limited organs that keep the voxels they share with targets and organs before them.
    """

    hot_spot_percent: float | None = 107.0
    normal_tissue: NormalTissue | None = NormalTissue()
    whole_structures: tuple[str, ...] = ()


def objectives_from_prescription(
    prescription: Prescription, structures: StructureSet, matrix: InfluenceMatrix, aims: PlanningAims
) -> tuple[tuple[Objective, ...], tuple[str, ...]]:
    """Turn goals and limits into objectives on the rows of an influence matrix.

    A voxel in several structures belongs to the first of: goals in their order, then limits in theirs. Goals with
    equal lower and upper levels become a squared deviation, others squared underdose and overdose; limits become
    squared overdose, mean dose or dose-volume objectives; levels are divided by the number of fractions.

    Parameters
    ----------
    prescription : Prescription
    structures : StructureSet
    matrix : InfluenceMatrix
    aims : PlanningAims

    Returns
    -------
    objectives : tuple of Objective
    notes : tuple of str
        Limits without voxels of their own, and what the aims added.

    Raises
    ------
    ImpastoError
        When a structure is missing, or a target has no voxel among the matrix's rows.
    """
    free = np.ones(matrix.grid.shape, dtype=bool)
    objectives: list[Objective] = []
    notes: list[str] = []
    wanted = np.zeros(matrix.grid.shape)
    for goal in prescription.goals:
        own = structures[goal.structure].voxels(matrix.grid) & free
        free &= ~own
        lower = goal.lower_on(matrix.grid)
        wanted[own] = lower[own]
        objectives.extend(_goal_objectives(goal, own, matrix, prescription.fractions, aims.hot_spot_percent))
    outside_targets = free.copy()
    owned: dict[str, IntArray] = {}
    for limit in prescription.limits:
        if limit.structure not in owned:
            voxels = structures[limit.structure].voxels(matrix.grid)
            own = voxels if limit.structure in aims.whole_structures else voxels & free
            free &= ~voxels
            owned[limit.structure] = matrix.rows_within(own)
        if len(owned[limit.structure]):
            objectives.append(_limit_objective(limit, owned[limit.structure], prescription.fractions))
        else:
            notes.append(f"{limit.structure}: its limit has no voxel of its own and was not optimised.")
    if aims.normal_tissue is not None and wanted.any():
        level = aims.normal_tissue.levels_gy(wanted, matrix.grid.spacing_mm) / prescription.fractions
        objectives.extend(_normal_tissue_objective(aims.normal_tissue, level, outside_targets, matrix))
        notes.append(aims.normal_tissue.stated())
    if aims.hot_spot_percent is not None and any(goal.upper_gy is None for goal in prescription.goals):
        notes.append(
            f"Goals without an upper level: dose above {aims.hot_spot_percent:g} % of the lower counts as hot."
        )
    return tuple(objectives), tuple(notes)


def _goal_objectives(
    goal: DoseGoal, own: BoolArray, matrix: InfluenceMatrix, fractions: int, hot_spot_percent: float | None
) -> list[Objective]:
    rows = matrix.rows_within(own)
    if not len(rows):
        raise ImpastoError(
            goal.structure, "no voxel of its own that any beam reaches", "check the order of goals, and the dose grid"
        )
    at = matrix.voxels[rows]
    lower = goal.lower_on(matrix.grid).ravel()[at] / fractions
    upper = goal.upper_on(matrix.grid).ravel()[at] / fractions
    name, weight = goal.structure, goal.weight
    if np.array_equal(lower, upper):
        return [SquaredDeviation(structure=name, rows=rows, weight=weight, level_gy=lower)]
    objectives: list[Objective] = [SquaredUnderdose(structure=name, rows=rows, weight=weight, level_gy=lower)]
    if goal.upper_gy is None and hot_spot_percent is not None:
        upper = lower * hot_spot_percent / 100.0
    if np.isfinite(upper).all():
        objectives.append(SquaredOverdose(structure=name, rows=rows, weight=weight, level_gy=upper))
    return objectives


def _limit_objective(limit: DoseLimit, rows: IntArray, fractions: int) -> Objective:
    level = limit.dose_gy / fractions
    if limit.kind is LimitKind.MEAN:
        return MeanDose(structure=limit.structure, rows=rows, weight=limit.weight, level_gy=level)
    if limit.kind is LimitKind.DOSE_VOLUME:
        assert limit.volume_percent is not None
        return MaximumDoseVolume(
            structure=limit.structure,
            rows=rows,
            weight=limit.weight,
            level_gy=level,
            volume_percent=limit.volume_percent,
        )
    return SquaredOverdose(structure=limit.structure, rows=rows, weight=limit.weight, level_gy=level)


def _normal_tissue_objective(
    tissue: NormalTissue, level_gy: FloatArray, outside_targets: BoolArray, matrix: InfluenceMatrix
) -> list[Objective]:
    rows = matrix.rows_within(outside_targets)
    if not len(rows):
        return []
    level = level_gy.ravel()[matrix.voxels[rows]]
    return [SquaredOverdose(structure="normal tissue", rows=rows, weight=tissue.weight, level_gy=level)]
