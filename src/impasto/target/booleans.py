"""Boolean combinations of structures.

Both structures are rasterised on voxels a third as wide as the result's and combined there, so that a shared border
inside a voxel is told from a border on either side of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.structures import Role, Structure

__all__ = ["difference", "exclusive_or", "intersection", "union"]

_PARTS = 3


def union(structures: Sequence[Structure], grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in any of the structures, as a fractional mask on `grid`."""
    return _combined(structures, grid, np.maximum, name, role)


def intersection(structures: Sequence[Structure], grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in all of the structures, as a fractional mask on `grid`."""
    return _combined(structures, grid, np.minimum, name, role)


def difference(first: Structure, second: Structure, grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in the first structure and not in the second, as a fractional mask on `grid`."""
    return _combined((first, second), grid, lambda a, b: np.maximum(a - b, 0.0), name, role)


def exclusive_or(first: Structure, second: Structure, grid: Grid, name: str, role: Role) -> Structure:
    """Keep what lies in exactly one of two structures, as a fractional mask on `grid`."""
    return _combined((first, second), grid, lambda a, b: np.abs(a - b), name, role)


def _combined(
    structures: Sequence[Structure],
    grid: Grid,
    combine: Callable[[FloatArray, FloatArray], FloatArray],
    name: str,
    role: Role,
) -> Structure:
    start, stop = _box(structures, grid)
    occupancy = np.zeros(grid.shape)
    if np.all(stop > start):
        part = grid.cropped(start.tolist(), stop.tolist())
        fine = part.with_spacing(part.spacing_mm / _PARTS)
        together = reduce(combine, (structure.occupancy(fine) for structure in structures))
        split = np.ravel([(n, _PARTS) for n in part.shape])
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        occupancy[box] = together.reshape(split).mean(axis=(1, 3, 5))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), grid)


def _box(structures: Sequence[Structure], grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Voxels of `grid` that any of the structures can reach."""
    bounds = [structure.bounds_mm() for structure in structures if not structure.is_empty]
    if not bounds:
        return np.zeros(3, dtype=int), np.zeros(3, dtype=int)
    low, high = np.min([b[0] for b in bounds], axis=0), np.max([b[1] for b in bounds], axis=0)
    corners = np.stack(np.meshgrid(*np.transpose([low, high]), indexing="ij"), axis=-1).reshape(-1, 3)
    index = grid.index_from_world(corners)
    start = np.clip(np.floor(index.min(axis=0)).astype(int), 0, grid.shape)
    stop = np.clip(np.ceil(index.max(axis=0)).astype(int) + 1, 0, grid.shape)
    return start, stop
