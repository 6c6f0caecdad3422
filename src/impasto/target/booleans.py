"""Boolean combinations of structures.

Shares of a voxel are combined as if their borders in it were parallel (the lesser of both for the intersection), which
is exact where one structure lies in the other. Contours are rasterised on voxels a third as wide as the result's and
combined there, so that borders that cross or face each other inside a voxel are told apart; masks are taken as they
are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from impasto.core import Grid, Role, Structure
from impasto.core.arrays import FloatArray
from impasto.target.box import box_around
from impasto.target.margins import Margin, expanded, shrunk

__all__ = ["difference", "exclusive_or", "intersection", "kept_away_from", "limited_to", "union"]

_PARTS = 3


def union(structures: Sequence[Structure], grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in any of the structures.

    Parameters
    ----------
    structures : sequence of Structure
        One or more.
    grid : Grid
        Its voxels carry the result, whose own grid is the box of them that the structures need.
    name : str
        Name of the result.
    role : Role
        Role of the result.

    Returns
    -------
    Structure
        With a fractional mask; with none where nothing meets the grid.
    """
    return _combined(structures, grid, np.maximum, name, role)


def intersection(structures: Sequence[Structure], grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in all of the structures; parameters and result as of :func:`union`."""
    return _combined(structures, grid, np.minimum, name, role)


def difference(first: Structure, second: Structure, grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in the first structure and not in the second; else as :func:`union`."""
    return _combined((first, second), grid, lambda a, b: np.maximum(a - b, 0.0), name, role)


def exclusive_or(first: Structure, second: Structure, grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in exactly one of two structures; else as :func:`union`."""
    return _combined((first, second), grid, lambda a, b: np.abs(a - b), name, role)


def limited_to(structure: Structure, limit: Structure, distance_mm: float, grid: Grid, name: str) -> Structure:
    """Crop a structure to what lies at least a distance inside another, such as a target below the skin.

    Parameters
    ----------
    structure, limit : Structure
    distance_mm : float
        0 crops at the border itself.
    grid : Grid
        Its voxels carry the result.
    name : str
        Name of the result; it has the structure's role.

    Returns
    -------
    Structure
    """
    box = box_around([structure], grid)
    if box is None or limit.is_empty:
        return Structure(name, structure.role)
    if distance_mm > 0.0 and box_around([limit], box) is not None:
        limit = shrunk(limit, Margin.uniform(distance_mm), box, limit.name, limit.role)
    return intersection([structure, limit], box, name, structure.role)


def kept_away_from(structure: Structure, barrier: Structure, distance_mm: float, grid: Grid, name: str) -> Structure:
    """Crop a structure to what keeps at least a distance from another, such as a target from the brainstem.

    Parameters and result are those of :func:`limited_to`.
    """
    box = box_around([structure], grid)
    if box is None:
        return Structure(name, structure.role)
    margin = Margin.uniform(distance_mm)
    if distance_mm > 0.0 and box_around([barrier], box, margin.reach_mm) is not None:
        barrier = expanded(barrier, margin, box, barrier.name, barrier.role)
    return difference(structure, barrier, box, name, structure.role)


def _combined(
    structures: Sequence[Structure],
    grid: Grid,
    combine: Callable[[FloatArray, FloatArray], FloatArray],
    name: str,
    role: Role,
) -> Structure:
    box = box_around(structures, grid)
    if box is None:
        return Structure(name, role)
    parts = _PARTS if all(structure.contours or structure.is_empty for structure in structures) else 1
    fine = box.with_spacing(box.spacing_mm / parts)
    together = reduce(combine, (structure.occupancy(fine) for structure in structures))
    occupancy = together.reshape(np.ravel([(n, parts) for n in box.shape])).mean(axis=(1, 3, 5))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)
