"""Whether a tumour is one that a definition was made for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from impasto.core import Grid, Role, Structure
from impasto.core.arrays import FloatArray
from impasto.target.booleans import union
from impasto.target.clinical.definition import Condition, GrossVolume, Measure, TargetDefinition
from impasto.target.findings import Check
from impasto.target.lesions.diameter import longest_diameter
from impasto.target.surface import edge_points, surface_field, surface_points
from impasto.target.working_voxels import WorkingVoxels, box_for_margin

__all__ = ["judged", "smallest_distance_mm"]

_VOXEL_MM = 1.0
_LEAST_PART_ML = 0.1
"""Smaller connected parts are specks, not foci."""


def judged(
    definition: TargetDefinition, gross: Mapping[GrossVolume, Structure], chiasm: Structure | None, grid: Grid
) -> tuple[Check, ...]:
    """Measure what a definition's conditions ask for.

    Parameters
    ----------
    definition : TargetDefinition
    gross : mapping of GrossVolume to Structure
    chiasm : Structure, optional
        Without it distances to it are not judged.
    grid : Grid
        Structures are measured on its extent.

    Returns
    -------
    tuple of Check
        One for each condition, with value and limit. Where something is missing the value is none and the source says
        why.
    """
    return tuple(_judged(condition, definition.source, gross, chiasm, grid) for condition in definition.conditions)


def smallest_distance_mm(one: Structure, other: Structure, grid: Grid) -> float:
    """Smallest distance between the surfaces of two structures; 0 where they overlap.

    Parameters
    ----------
    one, other : Structure
        Not empty, on the grid.
    grid : Grid

    Returns
    -------
    float
        Right to about half a voxel's width, voxels being divided to about 1 mm.
    """
    if np.any((one.occupancy(grid) >= 0.5) & (other.occupancy(grid) >= 0.5)):
        return 0.0
    distances, _ = cKDTree(_points_mm(one, grid)).query(_points_mm(other, grid))
    return float(np.min(distances))


def _judged(
    condition: Condition,
    source: str,
    gross: Mapping[GrossVolume, Structure],
    chiasm: Structure | None,
    grid: Grid,
) -> Check:
    present = [gross[kind] for kind in condition.of if kind in gross and not gross[kind].is_empty]
    kinds = " and ".join(kind.value for kind in condition.of)
    what = f"{condition.measure.value.capitalize()}: {kinds}"
    unit = "1" if condition.measure is Measure.PARTS else "mm"
    limit = f"{'<=' if condition.is_upper else '>='} {condition.limit:g}"
    if not present:
        return Check(what, None, unit, limit, None, f"the patient has no {kinds}")
    if condition.measure is Measure.DISTANCE and (chiasm is None or chiasm.is_empty):
        return Check(what, None, unit, limit, None, "no chiasm was drawn or found")
    value = _value(condition.measure, union(present, grid, "gross volume", Role.GTV), chiasm, grid)
    is_met = value <= condition.limit if condition.is_upper else value >= condition.limit
    return Check(what, round(value, 1), unit, limit, is_met, source)


def _value(measure: Measure, seen: Structure, chiasm: Structure | None, grid: Grid) -> float:
    if measure is Measure.DISTANCE:
        assert chiasm is not None
        return smallest_distance_mm(seen, chiasm, grid)
    fine = box_for_margin(seen, np.zeros((3, 2)), grid).with_spacing(_VOXEL_MM)
    mask = seen.voxels(fine)
    if measure is Measure.DIAMETER:
        return longest_diameter(mask, fine).in_space_mm
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    sizes_ml = np.bincount(labels.ravel(), minlength=count + 1)[1:] * fine.voxel_volume_ml
    return float(np.count_nonzero(sizes_ml >= _LEAST_PART_ML))


def _points_mm(structure: Structure, grid: Grid) -> FloatArray:
    fine = WorkingVoxels.around(box_for_margin(structure, np.zeros((3, 2)), grid), _VOXEL_MM).fine
    return fine.world_from_index(surface_points(surface_field(structure, fine), edge_points(structure, fine)))
