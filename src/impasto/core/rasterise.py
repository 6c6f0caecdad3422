"""Exact-area rasterisation of polygons: the share of every pixel that lies inside.

The even-odd rule decides what is inside, so a contour within a contour is a hole, a keyhole needs no care, and
contours that cross combine by exclusive or.
"""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.threads import threads_for

__all__ = ["even_odd_coverage", "even_odd_stack"]

_PLANES_AT_A_TIME = 16


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
    edges, _ = _upward_edges([polygons])
    coverage = np.zeros(shape)
    _cover(edges, coverage)
    return coverage


def even_odd_stack(planes: Sequence[Sequence[FloatArray]], weights: FloatArray, shape: tuple[int, int]) -> FloatArray:
    """Weighted sums of many planes' coverages, one sum per layer.

    Parameters
    ----------
    planes : sequence of sequence of ndarray, shape (vertex, 2)
        The polygons of each plane, as :func:`even_odd_coverage` takes them.
    weights : ndarray, shape (layer, plane)
        What each plane counts in each layer; not 0 in one run of layers.
    shape : tuple of int
        Number of pixels along both axes.

    Returns
    -------
    ndarray, shape (*shape, layer)
    """
    edges, starts = _upward_edges(planes)
    layers = np.zeros((*shape, len(weights)))
    with threads_for(layers.size):
        _add_planes(edges, starts, np.ascontiguousarray(weights.T), layers)
    return layers


def _upward_edges(planes: Sequence[Sequence[FloatArray]]) -> tuple[FloatArray, IntArray]:
    """Edges of all polygons, plane by plane, each from its lower to its upper end and ordered by the lower.

    Rows of the raster run along b, areas are gathered along a; pixel (a, b) spans a .. a + 1 and b .. b + 1 here.

    Returns
    -------
    edges : ndarray, shape (edge, 4)
        Low b, its a, high b, its a.
    starts : ndarray of int, shape (plane + 1,)
        Where each plane's edges start.
    """
    polygons = [polygon for plane in planes for polygon in plane if len(polygon) >= 3]
    if not polygons:
        return np.zeros((0, 4)), np.zeros(len(planes) + 1, dtype=np.int64)
    sizes = np.array([len(polygon) for polygon in polygons])
    plane_of_polygon = [p for p, plane in enumerate(planes) for polygon in plane if len(polygon) >= 3]
    vertices = np.concatenate(polygons)[:, ::-1] + 0.5
    following = np.arange(1, len(vertices) + 1)
    following[np.cumsum(sizes) - 1] -= sizes
    ends = np.hstack([vertices, vertices[following]])
    plane = np.repeat(plane_of_polygon, sizes)
    rising = ends[:, 0] != ends[:, 2]
    ends, plane = ends[rising], plane[rising]
    upward = np.where((ends[:, 0] > ends[:, 2])[:, None], ends[:, [2, 3, 0, 1]], ends)
    order = np.lexsort((upward[:, 0], plane))
    starts = np.searchsorted(plane[order], np.arange(len(planes) + 1))
    return np.ascontiguousarray(upward[order]), starts


@numba.njit(parallel=True, cache=True)
def _add_planes(edges: FloatArray, starts: IntArray, weights: FloatArray, layers: FloatArray) -> None:
    """Rasterise some planes at a time, each on its own, then add them up pixel by pixel."""
    n_planes = len(starts) - 1
    covered = np.empty((min(n_planes, _PLANES_AT_A_TIME), layers.shape[0], layers.shape[1]))
    for first in range(0, n_planes, _PLANES_AT_A_TIME):
        count = min(_PLANES_AT_A_TIME, n_planes - first)
        for p in numba.prange(count):
            _cover(edges[starts[first + p] : starts[first + p + 1]], covered[p])
        for a in numba.prange(layers.shape[0]):
            for p in range(count):
                low, high = 0, weights.shape[1]
                while low < high and weights[first + p, low] == 0.0:
                    low += 1
                while high > low and weights[first + p, high - 1] == 0.0:
                    high -= 1
                for b in range(layers.shape[1]):
                    if covered[p, a, b] > 0.0:
                        for layer in range(low, high):
                            layers[a, b, layer] += weights[first + p, layer] * covered[p, a, b]


# The kernels below work element by element: array expressions, sorts and lists would multiply their compile time.


@numba.njit(cache=True)
def _cover(edges: FloatArray, covered: FloatArray) -> None:
    """Area share of each pixel inside one plane's polygons, in place of what `covered` holds."""
    covered[:] = 0.0
    n_edges = edges.shape[0]
    if n_edges == 0:
        return
    left, right, top = np.inf, -np.inf, -np.inf
    for e in range(n_edges):
        left, right = min(left, edges[e, 1], edges[e, 3]), max(right, edges[e, 1], edges[e, 3])
        top = max(top, edges[e, 2])
    first_a, stop_a = max(0, int(np.floor(left))), min(covered.shape[0], int(np.ceil(right)))
    first_b, stop_b = max(0, int(np.floor(edges[0, 0]))), min(covered.shape[1], int(np.ceil(top)))
    if stop_a <= first_a or stop_b <= first_b:
        return
    area = np.zeros((stop_b - first_b, stop_a - first_a + 2))
    # columns: low b, its a, high b, its a, and how a grows with b
    local = np.empty((n_edges, 5))
    for e in range(n_edges):
        local[e, 0], local[e, 1] = edges[e, 0] - first_b, edges[e, 1] - first_a
        local[e, 2], local[e, 3] = edges[e, 2] - first_b, edges[e, 3] - first_a
        local[e, 4] = (local[e, 3] - local[e, 1]) / (local[e, 2] - local[e, 0])
    _accumulate(local, area)
    for b in range(stop_b - first_b):
        total = 0.0
        for a in range(stop_a - first_a):
            total += area[b, a]
            covered[first_a + a, first_b + b] = min(max(total, 0.0), 1.0)


@numba.njit(cache=True)
def _accumulate(edges: FloatArray, area: FloatArray) -> None:
    rows, n_edges = area.shape[0], edges.shape[0]
    active = np.empty(n_edges, dtype=np.int64)
    # scratch space, made once: rows and strips are many
    heights, crossed = np.empty(64), np.empty((2, n_edges))
    n_active, following = 0, 0
    for row in range(max(0, int(np.floor(edges[0, 0]))), rows):
        while following < n_edges and edges[following, 0] < row + 1:
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
            heights, n_heights = _strip_heights(edges, active, n_active, row, heights)
            for s in range(n_heights - 1):
                if heights[s + 1] - heights[s] > 1e-13:
                    _add_strip(edges, active, n_active, heights[s], heights[s + 1], crossed, area[row])
        elif following == n_edges:
            break


@numba.njit(cache=True)
def _strip_heights(
    edges: FloatArray, active: IntArray, n_active: int, row: int, heights: FloatArray
) -> tuple[FloatArray, int]:
    """Heights within one pixel row between which no edge starts, ends or crosses another: the first n, ascending."""
    heights[0], heights[1] = row, row + 1
    n = 2
    for a in range(n_active):
        e = active[a]
        if n + a + 2 > heights.shape[0]:
            longer = np.empty(2 * heights.shape[0] + a)
            for h in range(n):
                longer[h] = heights[h]
            heights = longer
        if row < edges[e, 0]:
            heights[n] = edges[e, 0]
            n += 1
        if edges[e, 2] < row + 1:
            heights[n] = edges[e, 2]
            n += 1
        for b in range(a):
            o = active[b]
            steeper = edges[e, 4] - edges[o, 4]
            if steeper != 0.0:
                at_zero = edges[e, 1] - edges[e, 4] * edges[e, 0]
                other_at_zero = edges[o, 1] - edges[o, 4] * edges[o, 0]
                height = (other_at_zero - at_zero) / steeper
                if max(edges[e, 0], edges[o, 0], row) < height < min(edges[e, 2], edges[o, 2], row + 1):
                    heights[n] = height
                    n += 1
    _sort(heights, n)
    return heights, n


@numba.njit(cache=True)
def _sort(values: FloatArray, count: int) -> None:
    """Put the first `count` values in ascending order (Shell 1959)."""
    gap = count // 2
    while gap > 0:
        for i in range(gap, count):
            value, place = values[i], i
            while place >= gap and values[place - gap] > value:
                values[place] = values[place - gap]
                place -= gap
            values[place] = value
        gap //= 2


@numba.njit(cache=True)
def _add_strip(
    edges: FloatArray,
    active: IntArray,
    n_active: int,
    low: float,
    high: float,
    crossed: FloatArray,
    area_row: FloatArray,
) -> None:
    """Add one strip's area; `crossed` takes position and slope of the edges that cross it, from left to right."""
    middle = 0.5 * (low + high)
    n = 0
    for a in range(n_active):
        e = active[a]
        if edges[e, 0] < middle < edges[e, 2]:
            across = edges[e, 1] + edges[e, 4] * (middle - edges[e, 0])
            place = n
            while place > 0 and crossed[0, place - 1] > across:
                crossed[0, place], crossed[1, place] = crossed[0, place - 1], crossed[1, place - 1]
                place -= 1
            crossed[0, place], crossed[1, place] = across, edges[e, 4]
            n += 1
    sign = 1.0
    for c in range(n):
        reach = 0.5 * crossed[1, c] * (high - low)
        _add_edge(crossed[0, c] - reach, crossed[0, c] + reach, sign * (high - low), area_row)
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
