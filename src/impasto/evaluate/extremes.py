"""Extreme values of a field over a structure: on its surface as well as within."""

from __future__ import annotations

import numpy as np

from impasto.core import Structure
from impasto.core.arrays import FloatArray

__all__ = ["surface_points_mm"]


def surface_points_mm(structure: Structure, spacing_mm: float) -> FloatArray:
    """Points on the surface that a structure's contours describe.

    Every contour's vertices, points along its edges, and both again on the end caps, where a stack of contours ends
    half a plane spacing beyond its outermost planes.

    Parameters
    ----------
    structure : Structure
    spacing_mm : float
        Largest distance between points along an edge.

    Returns
    -------
    ndarray, shape (point, 3)
        LPS mm; none for a structure that is only a mask: its surface has no place finer than its voxels.
    """
    if structure.is_empty or not structure.contours:
        return np.empty((0, 3))
    stack = structure.stack
    points = []
    for polygons, reach_mm in zip(stack.polygons, stack.cap_reach_mm(), strict=True):
        outline = np.concatenate(polygons)
        following = np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons])
        outline = _subdivided(outline, following, spacing_mm)
        points.append(outline)
        points.extend(outline + offset * stack.normal for offset in reach_mm if offset != 0.0)
    return np.concatenate(points)


def _subdivided(starts: FloatArray, ends: FloatArray, spacing_mm: float) -> FloatArray:
    """Start of every edge and evenly spaced points along it."""
    edges = ends - starts
    parts = np.maximum(1, np.ceil(np.linalg.norm(edges, axis=1) / spacing_mm)).astype(int)
    if parts.max() == 1:
        return starts
    first = np.repeat(np.arange(len(starts)), parts)
    step = np.arange(len(first)) - np.repeat(np.cumsum(parts) - parts, parts)
    points: FloatArray = starts[first] + (step / parts[first])[:, None] * edges[first]
    return points
