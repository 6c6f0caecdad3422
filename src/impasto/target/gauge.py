"""Distance to a surface in units of a direction-dependent margin, at every voxel of a grid.

A surface is given as a field that is positive inside and crosses zero on it. Where a line between neighbouring voxel
centres crosses the surface, the crossing is found by linear interpolation; distances are exact to this set of points.
They are computed by separable minimisation (Felzenszwalb and Huttenlocher 2012) with sub-voxel sources and, for each
axis, a parabola that may be steeper on one side: the octants of an ellipsoid.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.threads import threads_for

__all__ = ["Reach", "distance_in_planes", "signed_gauge"]

_NEAR_VOXELS = 2.0
"""Distances are computed this many voxels beyond the margin, so that the gradient at the new surface is right."""


@dataclass(frozen=True)
class Reach:
    """Semi-axes of the ellipsoid octants along the index axes of a grid.

    Parameters
    ----------
    backward_mm, forward_mm : ndarray, shape (3,)
        Towards smaller and towards larger index; positive.
    """

    backward_mm: FloatArray
    forward_mm: FloatArray

    def reversed(self) -> Reach:
        """Return the reach seen from the other end of every displacement."""
        return Reach(self.forward_mm, self.backward_mm)


def signed_gauge(
    field: RealArray, edges: FloatArray, spacing_mm: FloatArray, reach: Reach, inwards: bool
) -> FloatArray:
    """Distance of every voxel centre from the surface, in units of the reach along the way.

    The value is 1 where an ellipsoid with the semi-axes `reach`, centred on the surface, just arrives.

    Parameters
    ----------
    field : ndarray, shape (i, j, k)
        Not negative inside, negative outside; linear between voxel centres near its zero.
    edges : ndarray, shape (point, 3)
        Points on sharp edges of the surface, which the field rounds, in voxel indices.
    spacing_mm : ndarray, shape (3,)
    reach : Reach
        Displacement outwards: from the surface to a point outside, and from a point inside to the surface.
    inwards : bool
        Which side is wanted to the full reach; on the other side only the voxels next to the surface are.

    Returns
    -------
    ndarray, shape (i, j, k)
        Positive outside, negative inside, infinite beyond the reach.
    """
    inside = np.asarray(field) >= 0.0
    near = _NEAR_VOXELS * spacing_mm
    backward, forward = reach.backward_mm + near, reach.forward_mm + near
    away = _gauge(field, edges, spacing_mm, reach, (near, near) if inwards else (backward, forward))
    back = _gauge(field, edges, spacing_mm, reach.reversed(), (forward, backward) if inwards else (near, near))
    return np.where(inside, -back, away)


def distance_in_planes(field: RealArray, spacing_mm: FloatArray, farthest_mm: float) -> FloatArray:
    """Signed distance in mm to the zero line of each plane of a stack, positive inside.

    Parameters
    ----------
    field : ndarray, shape (plane, a, b)
        Not negative inside, negative outside.
    spacing_mm : ndarray, shape (2,)
        Along a and b.
    farthest_mm : float
        Larger distances are set to this one.

    Returns
    -------
    ndarray, shape (plane, a, b)
    """
    spacing = np.array([1.0, *spacing_mm])
    semi_axes, window = (1.0, 1.0), (farthest_mm, farthest_mm)
    squared = np.full(field.shape, np.inf)
    for axis, other in ((1, 2), (2, 1)):
        along = _from_crossings(field, axis, spacing[axis], semi_axes, window)
        np.minimum(squared, _spread(along, other, spacing[other], semi_axes, window), out=squared)
    distance: FloatArray = np.minimum(np.sqrt(squared), farthest_mm)
    return np.where(np.asarray(field) >= 0.0, distance, -distance)


def _gauge(
    field: RealArray,
    edges: FloatArray,
    spacing_mm: FloatArray,
    reach: Reach,
    windows_mm: tuple[FloatArray, FloatArray],
) -> FloatArray:
    squared = np.full(field.shape, np.inf)
    semi_axes = list(zip(reach.backward_mm, reach.forward_mm, strict=True))
    windows = list(zip(*windows_mm, strict=True))
    for first in range(3):
        part = _from_crossings(field, first, spacing_mm[first], semi_axes[first], windows[first])
        for axis in range(3):
            if axis != first:
                part = _spread(part, axis, spacing_mm[axis], semi_axes[axis], windows[axis])
        np.minimum(squared, part, out=squared)
    steepness = np.stack([spacing_mm / reach.backward_mm, spacing_mm / reach.forward_mm])
    windows_voxels = np.stack(windows_mm) / spacing_mm
    with threads_for(len(edges) * int(np.prod(windows_voxels.sum(axis=0)))):
        _around_points(edges, steepness, windows_voxels, squared)
    gauge: FloatArray = np.sqrt(squared)
    return gauge


def _from_crossings(
    field: RealArray, axis: int, spacing: float, semi_axes: tuple[float, float], window: tuple[float, float]
) -> FloatArray:
    """Squared gauge to the crossings on the voxel's own line along one axis."""
    lines = np.ascontiguousarray(np.moveaxis(np.asarray(field, dtype=np.float64), axis, -1))
    inside = lines >= 0.0
    crossed = inside[..., 1:] != inside[..., :-1]
    before, after = lines[..., :-1], lines[..., 1:]
    step = np.where(crossed, before - after, 1.0)
    shift = np.zeros(lines.shape)
    shift[..., :-1] = np.where(crossed, before / step, 0.0)
    values = np.full(lines.shape, np.inf)
    values[..., :-1][crossed] = 0.0
    return _minimised(values, shift, axis, (spacing, *semi_axes, *window))


def _spread(
    values: FloatArray, axis: int, spacing: float, semi_axes: tuple[float, float], window: tuple[float, float]
) -> FloatArray:
    lines = np.ascontiguousarray(np.moveaxis(values, axis, -1))
    return _minimised(lines, np.zeros(lines.shape), axis, (spacing, *semi_axes, *window))


def _minimised(
    lines: FloatArray, shift: FloatArray, axis: int, settings: tuple[float, float, float, float, float]
) -> FloatArray:
    spacing, backward, forward, window_back, window_forward = settings
    n = lines.shape[-1]
    out = np.full((lines.size // n, n), np.inf)
    steepness = np.array([spacing / backward, spacing / forward])
    cells = np.ceil(np.array([window_back, window_forward]) / spacing).astype(np.int64)
    with threads_for(lines.size):
        _min_plus(lines.reshape(-1, n), shift.reshape(-1, n), steepness, cells, out)
    return np.moveaxis(out.reshape(lines.shape), -1, axis)


@numba.njit(parallel=True, cache=True)
def _min_plus(values: FloatArray, shift: FloatArray, steepness: FloatArray, cells: IntArray, out: FloatArray) -> None:
    """Lowest of all parabolas of a line: source j at ``j + shift[j]``, raised by its value, within a window."""
    n = values.shape[1]
    for line in numba.prange(values.shape[0]):
        for j in range(n):
            base = values[line, j]
            if base == np.inf:
                continue
            position = j + shift[line, j]
            for x in range(max(0, j - cells[0]), min(n, j + cells[1] + 2)):
                offset = x - position
                scaled = offset * (steepness[1] if offset > 0.0 else steepness[0])
                cost = base + scaled * scaled
                if cost < out[line, x]:
                    out[line, x] = cost


@numba.njit(parallel=True, cache=True)
def _around_points(points: FloatArray, steepness: FloatArray, windows: FloatArray, squared: FloatArray) -> None:
    """Lower `squared` to the squared gauge from single points, within a window around each."""
    n_i, n_j, n_k = squared.shape
    for i in numba.prange(n_i):
        for p in range(len(points)):
            x, y, z = points[p, 0], points[p, 1], points[p, 2]
            if not x - windows[0, 0] <= i <= x + windows[1, 0]:
                continue
            along_i = ((i - x) * (steepness[1, 0] if i > x else steepness[0, 0])) ** 2
            for j in range(max(0, int(np.ceil(y - windows[0, 1]))), min(n_j, int(y + windows[1, 1]) + 1)):
                along_j = along_i + ((j - y) * (steepness[1, 1] if j > y else steepness[0, 1])) ** 2
                for k in range(max(0, int(np.ceil(z - windows[0, 2]))), min(n_k, int(z + windows[1, 2]) + 1)):
                    cost = along_j + ((k - z) * (steepness[1, 2] if k > z else steepness[0, 2])) ** 2
                    if cost < squared[i, j, k]:
                        squared[i, j, k] = cost
