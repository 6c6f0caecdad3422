"""Contours of masks: the half-filled line of every slice."""

from __future__ import annotations

from dataclasses import replace

import contourpy
import numpy as np

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.grid import Grid
from impasto.core.structures import Structure

__all__ = ["contoured", "contours_from_occupancy"]


def contours_from_occupancy(occupancy: RealArray, grid: Grid, level: float = 0.5) -> list[FloatArray]:
    """Draw the line where the filled share is `level` in every k slice.

    Marching squares with linear interpolation between voxel centres; outside the array counts as empty.

    Parameters
    ----------
    occupancy : ndarray, shape (i, j, k)
        Filled share, 0 to 1; on a Boolean mask the line runs midway between voxel centres.
    grid : Grid
    level : float

    Returns
    -------
    list of ndarray, shape (vertex, 3)
        Closed polygons, LPS mm, in order of slices; holes are polygons of their own (even-odd rule).
    """
    contours = []
    for k in np.flatnonzero(occupancy.max(axis=(0, 1)) >= level):
        padded = np.pad(np.asarray(occupancy[:, :, k], dtype=np.float64), 1)
        for line in contourpy.contour_generator(z=padded).lines(level):
            rows_and_columns = np.asarray(line)[:-1]
            if len(rows_and_columns) < 3:
                continue
            index = np.column_stack([rows_and_columns[:, 1] - 1, rows_and_columns[:, 0] - 1, np.full(len(line) - 1, k)])
            contours.append(grid.world_from_index(index))
    return contours


def contoured(structure: Structure) -> Structure:
    """Return the structure with contours: its own, or those of its mask on the mask's slices."""
    if structure.contours or structure.mask is None:
        return structure
    grid = structure.mask.grid
    contours = contours_from_occupancy(structure.mask.data, grid)
    return replace(structure, contours=tuple(contours), plane_spacing_mm=float(grid.spacing_mm[2]))
