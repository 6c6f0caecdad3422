"""Margins that go around barriers instead of through them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.target.clinical.line_of_sight import BLOCKING_SHARE, seen_from
from impasto.target.clinical.shortest_paths import Arrival, spread_behind_barriers
from impasto.target.partial_volume import share_above_zero
from impasto.target.surface import edge_points, surface_field, surface_points
from impasto.target.working_voxels import WorkingVoxels, box_for_margin

__all__ = ["geodesic_expanded", "geodesic_lengths_mm"]

_BEYOND_VOXELS = 2.0
"""Ways are found this much further than the margin, so that the gradient at the new surface is right."""

_LEAST_STANDING_SHARE = 0.6
_FEW_VOXELS = 30.0

_Field = NDArray[np.float32]


def geodesic_expanded(
    structure: Structure,
    distance_mm: float,
    barriers: Sequence[Structure],
    within: Structure | None,
    grid: Grid,
    name: str,
    role: Role,
) -> Structure:
    """Grow a structure by the length of the shortest way around barriers.

    Where nothing stands in between, this is the Euclidean expansion (:func:`~impasto.target.margins.expanded`), made of
    the same distances. What the structure fills is no barrier to it.

    Parameters
    ----------
    structure : Structure
    distance_mm : float
        The margin, 0 to 200 mm.
    barriers : sequence of Structure
        Falx, tentorium, ventricles, brainstem and the like. A sheet must be at least as thick as the working voxels,
        which are near-cubic parts of the grid's.
    within : Structure, optional
        All outside is barrier too: the brain.
    grid : Grid
        Its voxels carry the result, whose own grid is the box of them that the result needs.
    name : str
        Name of the result.
    role : Role
        Role of the result.

    Returns
    -------
    Structure
        With a fractional mask that holds the structure and, beyond it, nothing of a barrier.

    Raises
    ------
    ImpastoError
        When the structure is empty or outside the grid, the distance is not in range, or a barrier is too thin for the
        grid.
    """
    if not 0.0 <= distance_mm <= 200.0:
        raise ImpastoError("margin", f"{distance_mm:g} mm", "give 0 to 200 mm")
    box = box_for_margin(structure, np.full((3, 2), distance_mm), grid)
    drawn = structure.occupancy(box)
    if not distance_mm > 0.0:
        return Structure.from_mask(name, role, drawn, box)
    voxels = WorkingVoxels.around(box, distance_mm)
    length_mm = geodesic_lengths_mm(structure, barriers, within, voxels.fine, distance_mm)
    reached = voxels.mean_in_box(share_above_zero(1.0 - length_mm / distance_mm))
    occupancy = np.maximum(np.minimum(reached, 1.0 - _wall(barriers, within, box)), drawn)
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)


def geodesic_lengths_mm(
    structure: Structure, barriers: Sequence[Structure], within: Structure | None, grid: Grid, farthest_mm: float
) -> FloatArray:
    """Length of the shortest way around barriers from a structure's surface to each voxel's centre.

    Returns
    -------
    ndarray, shape `grid.shape`
        In mm; negative inside; infinite in barriers and from two voxels beyond `farthest_mm`.
    """
    _refuse_leaks(barriers, grid)
    wall = _wall(barriers, within, grid)
    field = surface_field(structure, grid)
    free = np.where(field >= 0.0, np.float32(0.0), wall)
    spacing_mm = grid.spacing_mm
    beyond_mm = farthest_mm + _BEYOND_VOXELS * float(spacing_mm.max())
    arrival = _straight(field, surface_points(field, edge_points(structure, grid)), free, spacing_mm, beyond_mm)
    spread_behind_barriers(arrival, free, spacing_mm, beyond_mm)
    return _into_border_voxels(arrival.length_mm, free, spacing_mm)


def _wall(barriers: Sequence[Structure], within: Structure | None, grid: Grid) -> _Field:
    """Share of each voxel that is barrier."""
    wall = np.zeros(grid.shape, dtype=np.float32)
    for barrier in barriers:
        np.maximum(wall, barrier.occupancy(grid), out=wall, casting="same_kind")
    if within is not None:
        np.maximum(wall, 1.0 - within.occupancy(grid), out=wall, casting="same_kind")
    return wall


def _refuse_leaks(barriers: Sequence[Structure], grid: Grid) -> None:
    """Raise where a barrier fills hardly any voxel by half: it would let ways through."""
    for barrier in barriers:
        share = barrier.occupancy(grid)
        standing = np.count_nonzero(share >= BLOCKING_SHARE)
        if share.sum() > _FEW_VOXELS and standing < _LEAST_STANDING_SHARE * share.sum():
            spacing = " x ".join(f"{s:.2g}" for s in grid.spacing_mm)
            problem = f"it is thinner than the working voxels of {spacing} mm and would leak"
            raise ImpastoError(barrier.name, problem, "give a finer grid or a thicker barrier")


def _straight(
    field: FloatArray, points: FloatArray, free: _Field, spacing_mm: FloatArray, farthest_mm: float
) -> Arrival:
    """Straight ways from the nearest point of the surface, where nothing stands in between."""
    inside = field >= 0.0
    arrival = Arrival(np.where(inside, -np.inf, np.inf), np.zeros((*field.shape, 4)))
    tree = cKDTree(points * spacing_mm)
    within, _, distance_mm = _nearest(inside, tree, spacing_mm, _BEYOND_VOXELS * float(spacing_mm.max()))
    place = tuple(within.T)
    # a way that starts inside counts from where it leaves
    arrival.length_mm[place] = -distance_mm
    arrival.bend[place] = np.column_stack([within, -distance_mm])
    outside, nearest, distance_mm = _nearest(~inside & (free < BLOCKING_SHARE), tree, spacing_mm, farthest_mm)
    clear = seen_from(free, outside, points[nearest])
    place = tuple(outside[clear].T)
    arrival.length_mm[place] = distance_mm[clear]
    arrival.bend[(*place, slice(3))] = points[nearest[clear]]
    return arrival


def _nearest(
    asked: BoolArray, tree: cKDTree, spacing_mm: FloatArray, reach_mm: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Voxels within reach of a point of the tree, the nearest point, and the distance to it in mm."""
    voxels = np.argwhere(asked)
    answer = tree.query(voxels * spacing_mm, distance_upper_bound=reach_mm, workers=-1)
    distance_mm, nearest = np.asarray(answer[0]), np.asarray(answer[1])
    found = np.isfinite(distance_mm)
    return voxels[found], nearest[found], distance_mm[found]


def _into_border_voxels(length_mm: FloatArray, free: _Field, spacing_mm: FloatArray) -> FloatArray:
    """Give voxels that a barrier fills in part the way of their nearest free neighbour and the step to it."""
    found = length_mm.copy()
    border = (free >= BLOCKING_SHARE) & (free < 1.0)
    padded = np.pad(np.where(free < BLOCKING_SHARE, length_mm, np.inf), 1, constant_values=np.inf)
    for offset in np.ndindex(3, 3, 3):
        window = tuple(slice(o, o + n) for o, n in zip(offset, length_mm.shape, strict=True))
        step_mm = float(np.linalg.norm((np.array(offset) - 1) * spacing_mm))
        np.minimum(found, padded[window] + step_mm, out=found, where=border)
    return found
