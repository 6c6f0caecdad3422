"""Solids that digital anatomy is drawn with, and their union as one signed distance on a lattice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from impasto.core.grid import Grid

__all__ = ["Ellipsoid", "Solid", "Tube", "smooth_minimum", "union_distance_mm"]

_Field = NDArray[np.float32]
_Point = tuple[float, float, float]


@dataclass(frozen=True)
class Ellipsoid:
    """A solid with half axes along x, y and z.

    Parameters
    ----------
    centre_mm, radii_mm : tuple of 3 floats
        LPS.
    """

    centre_mm: _Point
    radii_mm: _Point

    def distance_mm(self, x: _Field, y: _Field, z: _Field) -> _Field:
        """Signed distance, negative inside, exact to first order near the surface; coordinates broadcast."""
        squares = [
            ((axis - np.float32(c)) / np.float32(r)) ** 2
            for axis, c, r in zip((x, y, z), self.centre_mm, self.radii_mm, strict=True)
        ]
        level = np.sqrt(squares[0] + squares[1] + squares[2])
        slope = np.sqrt(sum(s / np.float32(r * r) for s, r in zip(squares, self.radii_mm, strict=True)))
        # in the very middle the slope vanishes: the surface is the smallest half axis away
        middle = level < 1e-3
        distance: _Field = (level - 1.0) * level / np.where(middle, np.float32(1.0), slope)
        return np.where(middle, -np.float32(min(self.radii_mm)), distance)

    def bounds_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of the box around it."""
        return np.subtract(self.centre_mm, self.radii_mm), np.add(self.centre_mm, self.radii_mm)


@dataclass(frozen=True)
class Tube:
    """A rounded tube around a polyline.

    Parameters
    ----------
    path_mm : sequence of points
        LPS.
    radii_mm : sequence of float
        One for each point of the path, linear in between.
    """

    path_mm: Sequence[_Point]
    radii_mm: Sequence[float]

    def distance_mm(self, x: _Field, y: _Field, z: _Field) -> _Field:
        """Signed distance, negative inside; coordinates broadcast."""
        nearest: _Field | None = None
        ends = pairwise(zip(self.path_mm, self.radii_mm, strict=True))
        for (start, radius), (end, end_radius) in ends:
            along = np.subtract(end, start)
            offset = [axis - np.float32(s) for axis, s in zip((x, y, z), start, strict=True)]
            projection = sum(o * np.float32(a) for o, a in zip(offset, along, strict=True))
            share = np.clip(projection / np.float32(along @ along), 0.0, 1.0)
            square = sum((o - share * np.float32(a)) ** 2 for o, a in zip(offset, along, strict=True))
            distance = np.sqrt(square) - (np.float32(radius) + share * np.float32(end_radius - radius))
            nearest = distance if nearest is None else np.minimum(nearest, distance)
        assert nearest is not None
        return nearest

    def bounds_mm(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Lowest and highest corner of a box around it."""
        reach = max(self.radii_mm)
        return np.min(self.path_mm, axis=0) - reach, np.max(self.path_mm, axis=0) + reach


Solid = Ellipsoid | Tube


def smooth_minimum(first: _Field, second: _Field, blend_mm: float) -> _Field:
    """Distance to the union of two solids whose seam is rounded over a width."""
    if blend_mm <= 0.0:
        return np.minimum(first, second)
    overlap = np.clip(0.5 + np.float32(0.5 / blend_mm) * (second - first), 0.0, 1.0)
    merged: _Field = second + overlap * (first - second) - np.float32(blend_mm) * overlap * (1 - overlap)
    return merged


def union_distance_mm(solids: Sequence[Solid], grid: Grid, reach_mm: float = 12.0, blend_mm: float = 0.0) -> _Field:
    """Signed distance to the union of solids at the centres of an axis-aligned grid.

    Each solid is evaluated only in the box around it.

    Parameters
    ----------
    solids : sequence of Ellipsoid or Tube
    grid : Grid
    reach_mm : float
        Distances are cut off here.
    blend_mm : float
        Width over which seams are rounded.

    Returns
    -------
    ndarray of float32, shape `grid.shape`
    """
    union = np.full(grid.shape, reach_mm, dtype=np.float32)
    axes = [(grid.origin_mm[a] + grid.spacing_mm[a] * np.arange(grid.shape[a])).astype(np.float32) for a in range(3)]
    for solid in solids:
        low, high = solid.bounds_mm()
        start = [int(np.searchsorted(axis, low[a] - reach_mm)) for a, axis in enumerate(axes)]
        stop = [int(np.searchsorted(axis, high[a] + reach_mm)) for a, axis in enumerate(axes)]
        if any(a >= b for a, b in zip(start, stop, strict=True)):
            continue
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        x, y, z = np.meshgrid(*(axis[part] for axis, part in zip(axes, box, strict=True)), indexing="ij", sparse=True)
        union[box] = smooth_minimum(union[box], solid.distance_mm(x, y, z), blend_mm)
    return np.minimum(union, np.float32(reach_mm))
