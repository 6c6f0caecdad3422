"""How well structures of two frames lie on each other once moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from impasto.core import Grid, ImpastoError, Structure, StructureSet, Transform
from impasto.core.arrays import FloatArray, RealArray
from impasto.register.move import move_structure

__all__ = ["StructureAgreement", "structure_agreement", "structure_agreements"]

_MOST_VOXELS = 4e6
_MARGIN_MM, _BENT_MARGIN_MM = 3.0, 13.0
"""Room around two structures, and around one that a dense transform bent: it may leave the box of its corners."""


@dataclass(frozen=True)
class StructureAgreement:
    """Overlap and distance of a structure drawn in both frames.

    Parameters
    ----------
    name : str
    dice : float
        Twice the common volume over the sum of volumes.
    mean_surface_distance_mm : float
        Mean over both surfaces of the distance to the other one.
    hausdorff_95_mm : float
        95th percentile of the same distances.
    """

    name: str
    dice: float
    mean_surface_distance_mm: float
    hausdorff_95_mm: float


def structure_agreements(
    fixed: StructureSet, moving: StructureSet, transform: Transform, spacing_mm: float = 1.0
) -> tuple[StructureAgreement, ...]:
    """Compare the structures that both sets name and that are not empty, the moving ones moved."""
    names = [name for name in fixed.names if name in moving and not fixed[name].is_empty and not moving[name].is_empty]
    found = []
    for name in names:
        grid = _common_grid(fixed[name], moving[name], transform, spacing_mm)
        found.append(structure_agreement(fixed[name], move_structure(moving[name], transform, grid), grid))
    return tuple(found)


def structure_agreement(first: Structure, second: Structure, grid: Grid) -> StructureAgreement:
    """Compare two structures of one frame on a grid.

    Shares of voxels count, and surfaces run where the share crosses one half between voxels, so both figures are finer
    than the voxels.

    Parameters
    ----------
    first, second : Structure
    grid : Grid
        Must hold both.

    Raises
    ------
    ImpastoError
        When one of them does not fill half of any voxel.
    """
    one, other = first.occupancy(grid), second.occupancy(grid)
    dice = 2.0 * float(np.minimum(one, other).sum()) / max(float(one.sum() + other.sum()), 1e-30)
    surfaces = [_surface(share, grid) for share in (one, other)]
    for structure, (points, _) in zip((first, second), surfaces, strict=True):
        if not len(points):
            raise ImpastoError(structure.name, "it fills no voxel of the comparison", "give a finer grid that holds it")
    reach = float(grid.spacing_mm.max())
    away = np.concatenate([_distances(surfaces[0], surfaces[1], reach), _distances(surfaces[1], surfaces[0], reach)])
    return StructureAgreement(first.name, dice, float(away.mean()), float(np.quantile(away, 0.95)))


def _common_grid(fixed: Structure, moving: Structure, transform: Transform, spacing_mm: float) -> Grid:
    low, high = fixed.bounds_mm()
    ends = np.stack(np.meshgrid(*moving.bounds_mm().T, indexing="ij"), axis=-1).reshape(-1, 3)
    corners = np.asarray(transform.fixed_from_moving(ends))
    corners = corners[np.isfinite(corners).all(axis=1)]
    margin = _MARGIN_MM if transform.is_affine else _BENT_MARGIN_MM
    low, high = np.min([low, *corners], axis=0) - margin, np.max([high, *corners], axis=0) + margin
    step = max(spacing_mm, float(np.prod(high - low) / _MOST_VOXELS) ** (1 / 3))
    shape = np.ceil((high - low) / step).astype(int)
    return Grid.centred([int(n) for n in shape], (step,) * 3, 0.5 * (low + high))


def _surface(share: RealArray, grid: Grid) -> tuple[FloatArray, FloatArray]:
    """Points where the share crosses one half between neighbouring voxels, and unit normals there."""
    padded = np.pad(np.asarray(share, dtype=np.float64) - 0.5, 1, constant_values=-0.5)
    slope = np.stack([np.gradient(padded, axis=a) for a in range(3)], axis=-1) @ np.linalg.inv(grid.affine[:3, :3])
    points, normals = [], []
    for axis in range(3):
        near = np.take(padded, range(padded.shape[axis] - 1), axis=axis)
        far = np.take(padded, range(1, padded.shape[axis]), axis=axis)
        index = np.argwhere((near >= 0.0) != (far >= 0.0))
        start, end = near[tuple(index.T)], far[tuple(index.T)]
        part = start / (start - end)
        step = np.eye(3, dtype=int)[axis]
        points.append(grid.world_from_index(index - 1 + part[:, None] * step))
        across = slope[tuple(index.T)] * (1.0 - part[:, None]) + slope[tuple((index + step).T)] * part[:, None]
        normals.append(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12))
    return np.concatenate(points), np.concatenate(normals)


def _distances(one: tuple[FloatArray, FloatArray], other: tuple[FloatArray, FloatArray], reach_mm: float) -> FloatArray:
    """Distance of each point of one surface to the other.

    To the plane through the nearest point where that lies within a voxel along the surface: between points a surface
    is still there.
    """
    distance, nearest = KDTree(other[0]).query(one[0])
    offset = one[0] - other[0][nearest]
    across = np.abs(np.einsum("pc,pc->p", offset, other[1][nearest]))
    along = np.sqrt(np.maximum(distance**2 - across**2, 0.0))
    return np.where(along <= reach_mm, across, distance)
