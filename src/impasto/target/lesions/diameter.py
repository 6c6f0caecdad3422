"""The longest diameter of a lesion, in space and in an axial slice as response criteria measure it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import pdist

from impasto.core import Grid
from impasto.core.arrays import BoolArray, FloatArray
from impasto.target.lesions.morphology import components

__all__ = ["LongestDiameter", "longest_diameter"]


@dataclass(frozen=True)
class LongestDiameter:
    """Of the connected part for which it is longest.

    Parameters
    ----------
    in_space_mm : float
    in_slice_mm : float
        Within one axial slice: the measure of the RANO criteria (Wen 2010).
    """

    in_space_mm: float
    in_slice_mm: float


def longest_diameter(mask: BoolArray, grid: Grid) -> LongestDiameter:
    """Measure the longest straight line between voxels of one connected part, outer face to outer face in the slice.

    Parameters
    ----------
    mask : ndarray of bool, shape of the grid
    grid : Grid

    Returns
    -------
    LongestDiameter
        Zero for an empty mask.

    Examples
    --------
    >>> grid = Grid.centred((12, 4, 4), (1.0, 1.0, 1.0))
    >>> line = np.zeros(grid.shape, dtype=bool)
    >>> line[2:12, 1, 1] = True
    >>> longest_diameter(line, grid).in_slice_mm
    10.0
    """
    labels, sizes = components(mask)
    axis = int(np.argmax(np.abs(grid.direction[2])))
    in_plane = float(np.delete(grid.spacing_mm, axis).mean())
    in_space, in_slice = 0.0, 0.0
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        # a part of fewer voxels than the longest line so far has cannot be longer
        if box is None or sizes[number] * grid.spacing_mm.max() * np.sqrt(3.0) < in_slice:
            continue
        part = labels[box] == number
        index = np.argwhere(part & ~ndimage.binary_erosion(part)) + [side.start for side in box]
        points = grid.world_from_index(index)
        in_space = max(in_space, _span(points) + in_plane)
        for level in np.unique(index[:, axis]):
            in_slice = max(in_slice, _span(points[index[:, axis] == level]) + in_plane)
    return LongestDiameter(in_space, in_slice)


def _span(points_mm: FloatArray) -> float:
    """Largest distance between any two points: corners of their hull are enough."""
    if len(points_mm) < 2:
        return 0.0
    if len(points_mm) > 300:
        centred = points_mm - points_mm.mean(axis=0)
        axes = np.linalg.svd(centred, full_matrices=False)
        flat = centred @ axes[2].T
        used = axes[1] > 1e-6 * axes[1][0]
        try:
            points_mm = points_mm[ConvexHull(flat[:, used]).vertices]
        except (QhullError, ValueError):
            points_mm = points_mm[[int(np.argmin(flat[:, 0])), int(np.argmax(flat[:, 0]))]]
    return float(pdist(points_mm).max())
