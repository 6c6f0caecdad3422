"""Structures drawn on the slices of an image: what lies across them is cut anew, and what that costs is said."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.contours import contoured, contours_from_occupancy
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_linear
from impasto.core.structures import Structure, StructureSet

__all__ = ["ON_SLICE_MM", "DrawnStructures", "drawn_on_slices", "slice_of"]

ON_SLICE_MM = 0.1
"""A contour further than this from the centre of a slice lies between slices."""

_FLAT_MM = 0.02
"""Contours drawn on oblique slices leave their plane by this much where their coordinates were rounded."""

_COMPUTED_MM = 1e-3
"""Contours of masks are computed, not rounded: they lie on their slice by this much."""

_FINEST_MM = 1.0
"""Contours that are cut anew are drawn on pixels of this size, or the image's if those are smaller."""

_NOTED_SHARE, _NOTED_ML = 0.05, 0.05
"""A volume that changes by more than both is noted."""


@dataclass(frozen=True)
class DrawnStructures:
    """Structures whose contours lie on an image's slices.

    Parameters
    ----------
    structures : StructureSet
        All have contours but those that are empty, or lie wholly outside; a mask only where the contours are its own.
    recut : tuple of str
        Names of those whose contours, or whose mask's slices, were not the image's and were cut anew.
    notes : tuple of str
        One for each structure whose volume as drawn is not its own, with both volumes and the reason.
    """

    structures: StructureSet
    recut: tuple[str, ...]
    notes: tuple[str, ...]


def drawn_on_slices(structures: StructureSet, grid: Grid) -> DrawnStructures:
    """Draw structures on the slices of an image.

    Contours on these slices stay to the letter, and a mask that has them is contoured on its own pixels. Anything
    else is cut anew: the share that it fills of every slice, on pixels of its own fineness, is contoured so that each
    slice keeps its area. What reaches beyond the first and last slice is left out. Volumes that differ by more than
    5 % and 0.05 ml from the structure's own are noted, as read back with end caps of half a slice; so is every
    structure of which nothing is left.

    Parameters
    ----------
    structures : StructureSet
    grid : Grid
        The image's, with slices in k order.
    """
    drawn, recut, notes = [], [], []
    for structure in structures:
        one, was_cut, note = _drawn(structure, grid)
        drawn.append(one)
        recut += [structure.name] if was_cut else []
        notes += [f"{structure.name}: {note}"] if note else []
    return DrawnStructures(replace(structures, structures=tuple(drawn)), tuple(recut), tuple(notes))


def slice_of(points_mm: FloatArray, grid: Grid) -> int | None:
    """Slice that a contour lies on, None where it lies between slices, across them or outside."""
    depth = grid.index_from_world(points_mm)[:, 2]
    k = round(float(depth.mean()))
    if not 0 <= k < grid.shape[2]:
        return None
    return k if float(np.abs(depth - k).max()) * _slice_distance_mm(grid) <= ON_SLICE_MM else None


def _drawn(structure: Structure, grid: Grid) -> tuple[Structure, bool, str]:
    """Structure as drawn, whether it was cut anew, and what to note."""
    # a contour that is not finite is refused, by its number, when it is written
    if structure.is_empty or not all(np.isfinite(points).all() for points in structure.contours):
        return structure, False, ""
    own = contoured(structure)
    inside = tuple(points for points in own.contours if not _is_outside(points, grid))
    flat_mm, near_mm = (_FLAT_MM, ON_SLICE_MM) if structure.contours else (_COMPUTED_MM, _COMPUTED_MM)
    kept = bool(inside) and all(_is_on_slice(points, grid, flat_mm, near_mm) for points in inside)
    try:
        volume_ml = structure.volume_ml()
        drawn = replace(own, contours=inside if kept else _cut(structure, grid))
    except ImpastoError:
        return structure, False, "its contours are not planar and parallel: written as they are"
    if not kept:
        drawn = replace(drawn, plane_spacing_mm=_slice_distance_mm(grid))
    if structure.contours or not drawn.contours:
        drawn = replace(drawn, mask=None)
    read_ml = replace(drawn, end_cap_mm=None, mask=None).volume_ml()
    was_cut = bool(drawn.contours) and not kept
    if drawn.contours and abs(read_ml - volume_ml) <= max(_NOTED_ML, _NOTED_SHARE * volume_ml):
        return drawn, was_cut, ""
    reason = _reason(structure, grid, kept and bool(structure.contours))
    return drawn, was_cut, f"{volume_ml:.3f} ml, as drawn {read_ml:.3f} ml: {reason}"


def _reason(structure: Structure, grid: Grid, is_verbatim: bool) -> str:
    low, high = _index_bounds(structure, grid)
    if low[2] < -0.51 or high[2] > grid.shape[2] - 0.49:
        return "it reaches beyond the image's slices"
    if is_verbatim:
        return "DICOM does not say how far it reaches beyond its outermost contours; half a slice is usual"
    thickness_mm = _slice_distance_mm(grid)
    return f"it is thinner than a slice ({thickness_mm:.3g} mm) in places, drawn there as a whole or not at all"


def _slice_distance_mm(grid: Grid) -> float:
    return float(1.0 / np.linalg.norm(np.linalg.inv(grid.affine[:3, :3])[2]))


def _is_outside(points_mm: FloatArray, grid: Grid) -> bool:
    depth = grid.index_from_world(points_mm)[:, 2]
    return bool(depth.max() < -0.5 or depth.min() > grid.shape[2] - 0.5)


def _is_on_slice(points_mm: FloatArray, grid: Grid, flat_mm: float, near_mm: float) -> bool:
    depth, distance_mm = grid.index_from_world(points_mm)[:, 2], _slice_distance_mm(grid)
    away = np.abs(depth - np.round(depth.mean()))
    return bool(np.ptp(depth) * distance_mm <= flat_mm and away.max() * distance_mm <= near_mm)


def _index_bounds(structure: Structure, grid: Grid) -> tuple[FloatArray, FloatArray]:
    low, high = structure.bounds_mm()
    corners = np.stack(np.meshgrid(*np.transpose([low, high]), indexing="ij"), axis=-1).reshape(-1, 3)
    index = grid.index_from_world(corners)
    return index.min(axis=0), index.max(axis=0)


def _cut(structure: Structure, grid: Grid) -> tuple[FloatArray, ...]:
    """Contours of a structure on the slices of a grid that it reaches."""
    low, high = _index_bounds(structure, grid)
    start, stop = np.floor(low).astype(int) - 1, np.ceil(high).astype(int) + 2
    start[2], stop[2] = max(start[2], 0), min(stop[2], grid.shape[2])
    if stop[2] <= start[2]:
        return ()
    own = None if structure.contours else structure.mask
    finest_mm = _FINEST_MM if own is None else float(own.grid.spacing_mm.min())
    box = grid.cropped(start.tolist(), stop.tolist())
    pixels = box.with_spacing([*np.minimum(box.spacing_mm[:2], finest_mm), box.spacing_mm[2]])
    return tuple(contours_from_occupancy(_share_of_slices(structure, pixels, finest_mm), pixels, level=None))


def _share_of_slices(structure: Structure, pixels: Grid, finest_mm: float) -> FloatArray:
    """Share that a structure fills of every pixel of every slice, over the slice's thickness."""
    if structure.contours:
        normal = np.cross(pixels.direction[:, 0], pixels.direction[:, 1])
        if abs(float(structure.stack.normal @ normal)) >= 1.0 - 1e-9:
            return structure.occupancy(pixels)
    mask = _in_own_planes(structure, finest_mm) if structure.contours else structure.mask
    assert mask is not None
    parts = int(np.clip(np.ceil(pixels.spacing_mm[2] / finest_mm), 1, 8))
    share = np.zeros(pixels.shape)
    for offset in (np.arange(parts) + 0.5) / parts - 0.5:
        layer = Grid(pixels.shape, _moved_along_k(pixels, float(offset)))
        share += resample_linear(mask.data, mask.grid, layer)
    return np.clip(share / parts, 0.0, 1.0)


def _moved_along_k(grid: Grid, voxels: float) -> FloatArray:
    affine = grid.affine.copy()
    affine[:3, 3] += voxels * affine[:3, 2]
    return affine


def _in_own_planes(structure: Structure, finest_mm: float) -> Image:
    """Mask of tilted contours on voxels along their own planes."""
    normal = structure.stack.normal
    first = np.cross(np.eye(3)[int(np.argmin(np.abs(normal)))], normal)
    first /= np.linalg.norm(first)
    axes = np.column_stack([first, np.cross(normal, first), normal])
    points = np.concatenate(structure.contours) @ axes
    low, high = points.min(axis=0), points.max(axis=0)
    low[2], high[2] = structure.stack.extent_mm
    affine = np.eye(4)
    affine[:3, :3] = axes * finest_mm
    affine[:3, 3] = axes @ (low - finest_mm)
    shape = np.ceil((high - low) / finest_mm).astype(int) + 3
    own = Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)
    return Image(structure.occupancy(own).astype(np.float32), own, "occupancy", "1")
