"""Extreme values of a field over a structure: on its surface as well as within."""

from __future__ import annotations

import numpy as np

from impasto.core import Structure
from impasto.core.arrays import FloatArray, IntArray

__all__ = ["surface_points_mm"]


def surface_points_mm(structure: Structure, spacing_mm: float) -> FloatArray:
    """Points on the surface that a structure's contours describe.

    Every contour's vertices, points along its edges, and both again on the end caps, which lie beyond the
    outermost planes by the structure's end cap.

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
    polygons = [polygon for plane in stack.polygons for polygon in plane]
    vertices = np.concatenate(polygons)
    ends = np.cumsum([len(polygon) for polygon in polygons])
    following = np.arange(1, len(vertices) + 1)
    following[ends - 1] = np.concatenate([[0], ends[:-1]])
    plane = np.repeat(np.arange(len(stack.polygons)), [sum(len(p) for p in plane) for plane in stack.polygons])
    outline, plane = _subdivided(vertices, vertices[following], plane, spacing_mm)
    points = [outline]
    for reach_mm in stack.cap_reach_mm().T:
        capped = reach_mm[plane] != 0.0
        points.append(outline[capped] + reach_mm[plane[capped], None] * stack.normal)
    return np.concatenate(points)


def _subdivided(
    starts: FloatArray, ends: FloatArray, plane: IntArray, spacing_mm: float
) -> tuple[FloatArray, IntArray]:
    """Start of every edge and evenly spaced points along it, each with its edge's plane."""
    edges = ends - starts
    parts = np.maximum(1, np.ceil(np.linalg.norm(edges, axis=1) / spacing_mm)).astype(int)
    first = np.repeat(np.arange(len(starts)), parts)
    step = np.arange(len(first)) - np.repeat(np.cumsum(parts) - parts, parts)
    return starts[first] + (step / parts[first])[:, None] * edges[first], plane[first]
