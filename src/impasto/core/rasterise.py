"""Exact-area rasterisation of polygons: the share of every pixel that lies inside.

The even-odd rule decides what is inside, so a contour within a contour is a hole, a keyhole needs no care, and
contours that cross combine by exclusive or.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np

from impasto.core.arrays import FloatArray, IntArray

__all__ = ["even_odd_coverage"]


def even_odd_coverage(polygons: Sequence[FloatArray], shape: tuple[int, int]) -> FloatArray:
    """Area share of each unit pixel inside a set of polygons, by the even-odd rule.

    Between two neighbouring heights of vertices, crossings or pixel borders every edge is a straight line that
    meets no other; there the edges are ordered from left to right and each adds, with alternating sign, the exact
    area to its right (signed-area accumulation). Cost grows with the number of pixel rows that edges cross.

    Parameters
    ----------
    polygons : sequence of ndarray, shape (vertex, 2)
        Closed polygons (the last vertex joins the first) in pixel coordinates; pixel (a, b) spans
        ``a - 0.5 .. a + 0.5`` and ``b - 0.5 .. b + 0.5``. They may leave the array.
    shape : tuple of int
        Number of pixels along both axes.

    Returns
    -------
    ndarray, shape `shape`
        Values from 0 to 1.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> even_odd_coverage([square], (2, 2)).tolist()
    [[0.25, 0.25], [0.25, 0.25]]
    """
    edges = [np.hstack([polygon, np.roll(polygon, -1, axis=0)]) for polygon in polygons if len(polygon) >= 3]
    if not edges:
        return np.zeros(shape)
    # columns: low b, its a, high b, its a; rows of the raster run along b, areas are gathered along a
    ends = np.concatenate(edges)[:, [1, 0, 3, 2]] + 0.5
    ends = ends[ends[:, 0] != ends[:, 2]]
    upward = np.where((ends[:, 0] > ends[:, 2])[:, None], ends[:, [2, 3, 0, 1]], ends)
    upward = upward[np.argsort(upward[:, 0], kind="stable")]
    area = np.zeros((shape[1], shape[0] + 2))
    _accumulate(np.ascontiguousarray(upward), area)
    coverage: FloatArray = np.clip(np.cumsum(area, axis=1)[:, : shape[0]].T, 0.0, 1.0)
    return coverage


@numba.njit(cache=True)
def _accumulate(edges: FloatArray, area: FloatArray) -> None:
    rows = area.shape[0]
    active = np.empty(len(edges), dtype=np.int64)
    n_active, following = 0, 0
    first = max(0, int(np.floor(edges[0, 0]))) if len(edges) else rows
    for row in range(first, rows):
        while following < len(edges) and edges[following, 0] < row + 1:
            active[n_active] = following
            n_active += 1
            following += 1
        kept = 0
        for a in range(n_active):
            if edges[active[a], 2] > row:
                active[kept] = active[a]
                kept += 1
        n_active = kept
        if n_active:
            heights = _strip_heights(edges, active[:n_active], row)
            for s in range(len(heights) - 1):
                if heights[s + 1] - heights[s] > 1e-13:
                    _add_strip(edges, active[:n_active], heights[s], heights[s + 1], area[row])
        elif following == len(edges):
            break


@numba.njit(cache=True)
def _strip_heights(edges: FloatArray, active: IntArray, row: int) -> FloatArray:
    """Heights within one pixel row between which no edge starts, ends or crosses another."""
    heights = [float(row), float(row + 1)]
    for a in range(len(active)):
        edge = edges[active[a]]
        if row < edge[0]:
            heights.append(edge[0])
        if edge[2] < row + 1:
            heights.append(edge[2])
        slope = (edge[3] - edge[1]) / (edge[2] - edge[0])
        for b in range(a):
            other = edges[active[b]]
            other_slope = (other[3] - other[1]) / (other[2] - other[0])
            if slope != other_slope:
                at_zero = edge[1] - slope * edge[0]
                other_at_zero = other[1] - other_slope * other[0]
                height = (other_at_zero - at_zero) / (slope - other_slope)
                low = max(edge[0], other[0], row)
                high = min(edge[2], other[2], row + 1)
                if low < height < high:
                    heights.append(height)
    return np.sort(np.array(heights))


@numba.njit(cache=True)
def _add_strip(edges: FloatArray, active: IntArray, low: float, high: float, area_row: FloatArray) -> None:
    middle = 0.5 * (low + high)
    across = np.empty(len(active))
    slopes = np.empty(len(active))
    n = 0
    for a in active:
        edge = edges[a]
        if edge[0] < middle < edge[2]:
            slopes[n] = (edge[3] - edge[1]) / (edge[2] - edge[0])
            across[n] = edge[1] + slopes[n] * (middle - edge[0])
            n += 1
    sign = 1.0
    for e in np.argsort(across[:n]):
        reach = 0.5 * slopes[e] * (high - low)
        _add_edge(across[e] - reach, across[e] + reach, sign * (high - low), area_row)
        sign = -sign


@numba.njit(cache=True)
def _add_edge(start: float, end: float, height: float, area_row: FloatArray) -> None:
    """Add the area right of one edge that rises by `height` while it goes from `start` to `end`."""
    left, right = min(start, end), max(start, end)
    width = area_row.shape[0] - 2
    if right <= 0.0:
        area_row[0] += height
        return
    if left >= width:
        return
    if right - left < 1e-12:
        column = int(left)
        inside = left - column
        area_row[column] += height * (1.0 - inside)
        area_row[column + 1] += height * inside
        return
    density = height / (right - left)
    if left < 0.0:
        area_row[0] += density * -left
        left = 0.0
    right = min(right, float(width))
    column = int(left)
    while left < right:
        stop = min(right, column + 1.0)
        share = density * (stop - left)
        inside = 0.5 * (left + stop) - column
        area_row[column] += share * (1.0 - inside)
        area_row[column + 1] += share * inside
        left = stop
        column += 1
