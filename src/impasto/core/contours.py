"""Contours of masks: in every slice the line that encloses what is filled."""

from __future__ import annotations

from dataclasses import replace

import contourpy
import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.grid import Grid
from impasto.core.structures import Structure

__all__ = ["contoured", "contours_from_occupancy"]

_AREA_TOLERANCE = 0.01
"""The half-filled line stays where it encloses the filled area within this share: it only cuts the voxels' corners."""

_HALVINGS = 16


def contours_from_occupancy(occupancy: RealArray, grid: Grid, level: float | None = 0.5) -> list[FloatArray]:
    """Draw the line where the filled share is `level` in every k slice.

    Marching squares with linear interpolation between voxel centres; outside the array counts as empty.

    Parameters
    ----------
    occupancy : ndarray, shape (i, j, k)
        Filled share, 0 to 1; on a Boolean mask the half-filled line runs midway between voxel centres.
    grid : Grid
    level : float, optional
        With None each slice has its own: half, unless that line's area differs by more than 1 % from the filled area
        (voxels times shares). Then it is the level whose line encloses that area, or comes nearest to it: what is
        thinner than a voxel fills none by half, and would be lost.

    Returns
    -------
    list of ndarray, shape (vertex, 3)
        Closed polygons, LPS mm, in order of slices; holes are polygons of their own (even-odd rule).
    """
    contours = []
    for k in np.flatnonzero(occupancy.max(axis=(0, 1)) > 0.0):
        section = np.asarray(occupancy[:, :, k], dtype=np.float64)
        rows, columns = (np.flatnonzero(section.any(axis=axis)) for axis in (1, 0))
        start = np.array([rows[0], columns[0]])
        padded = np.pad(section[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 1)
        generator = contourpy.contour_generator(z=padded)
        line_level = _area_keeping_level(generator, padded) if level is None else level
        for line in generator.lines(line_level):
            columns_and_rows = np.asarray(line)[:-1]
            if len(columns_and_rows) < 3:
                continue
            in_plane = columns_and_rows[:, ::-1] - 1 + start
            contours.append(grid.world_from_index(np.column_stack([in_plane, np.full(len(in_plane), k)])))
    return contours


def contoured(structure: Structure) -> Structure:
    """Return the structure with contours: its own, or those of its mask on the mask's slices, each with its area."""
    if structure.contours or structure.mask is None:
        return structure
    grid = structure.mask.grid
    contours = contours_from_occupancy(structure.mask.data, grid, level=None)
    return replace(structure, contours=tuple(contours), plane_spacing_mm=float(grid.spacing_mm[2]))


def _area_keeping_level(generator: contourpy.ContourGenerator, section: FloatArray) -> float:
    """Level whose line encloses the filled area; where the area jumps past it, the side of the jump that is nearer."""
    filled = float(section.sum())
    if abs(_enclosed(generator, 0.5) - filled) <= _AREA_TOLERANCE * filled:
        return 0.5
    low, high = 0.0, float(section.max())
    more, less = np.inf, 0.0
    for _ in range(_HALVINGS):
        level = 0.5 * (low + high)
        area = _enclosed(generator, level)
        if area >= filled:
            low, more = level, area
        else:
            high, less = level, area
    return low if more - filled <= filled - less else high


def _enclosed(generator: contourpy.ContourGenerator, level: float) -> float:
    """Area inside the lines of a level, in pixels; lines round holes run the other way and are taken off."""
    area = 0.0
    for line in generator.lines(level):
        x, y = np.asarray(line).T
        area += 0.5 * float(x[:-1] @ y[1:] - x[1:] @ y[:-1])
    return area
