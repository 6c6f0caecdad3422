"""Flat and drum-shaped solids, and unions of solids at points that a warp has moved off their lattice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.atlas.solids import Ellipsoid, Tube, smooth_minimum

__all__ = ["Drum", "NeckSolid", "Strap", "Wall", "WarpedPoints", "mirrored"]

_Field = NDArray[np.float32]
_Point = tuple[float, float, float]


@dataclass(frozen=True)
class Strap:
    """A tube flattened along one direction's normal: a muscle's belly.

    Parameters
    ----------
    tube : Tube
        Its radii are half of the strap's thickness.
    across : (float, float, float)
        Direction, of any length, in which the strap is broad.
    flatness : float
        Breadth over thickness.
    """

    tube: Tube
    across: _Point
    flatness: float

    def _squeezed(self, x: _Field, y: _Field, z: _Field) -> tuple[_Field, _Field, _Field]:
        unit = np.asarray(self.across) / np.linalg.norm(self.across)
        along = sum(np.float32(u) * axis for u, axis in zip(unit, (x, y, z), strict=True))
        factor = np.float32(1.0 - 1.0 / self.flatness)
        first, second, third = (axis - factor * np.float32(u) * along for u, axis in zip(unit, (x, y, z), strict=True))
        return first, second, third

    def distance_mm(self, x: _Field, y: _Field, z: _Field) -> _Field:
        """Signed distance, negative inside, too small at the edges; coordinates broadcast."""
        path = [
            tuple(float(c) for c in self._squeezed(*(np.asarray(v, dtype=np.float32) for v in point)))
            for point in self.tube.path_mm
        ]
        return Tube(path, self.tube.radii_mm).distance_mm(*self._squeezed(x, y, z))  # type: ignore[arg-type]

    def bounds_mm(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner of a box around it."""
        low, high = self.tube.bounds_mm()
        unit = np.abs(self.across) / np.linalg.norm(self.across)
        more = max(self.tube.radii_mm) * (self.flatness - 1.0) * unit
        return low - more, high + more


@dataclass(frozen=True)
class Drum:
    """An upright elliptic cylinder with a waist, as vertebral bodies are.

    Parameters
    ----------
    centre_mm : (float, float, float)
    radii_mm : (float, float, float)
        Half of width, depth and height.
    """

    centre_mm: _Point
    radii_mm: _Point

    def distance_mm(self, x: _Field, y: _Field, z: _Field) -> _Field:
        """Signed distance, negative inside, near the surface; coordinates broadcast."""
        (cx, cy, cz), (rx, ry, rz) = self.centre_mm, self.radii_mm
        height = np.abs(z - np.float32(cz)) / np.float32(rz)
        waist = 0.9 + 0.1 * np.minimum(height * height, 1.0)
        level = np.hypot((x - np.float32(cx)) / np.float32(rx), (y - np.float32(cy)) / np.float32(ry))
        side = (level - waist) * np.float32(min(rx, ry))
        ends = (height - 1.0) * np.float32(rz)
        rounded: _Field = -smooth_minimum(-side, -ends, 1.5)
        return rounded

    def bounds_mm(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner of the box around it."""
        return np.subtract(self.centre_mm, self.radii_mm), np.add(self.centre_mm, self.radii_mm)


@dataclass(frozen=True)
class Wall:
    """An upright sheet over a line in the axial plane: a cartilage's lamina.

    Parameters
    ----------
    line_mm : sequence of (float, float)
        x and y.
    height_mm : (float, float)
        Lowest and highest z.
    thickness_mm : float
    """

    line_mm: Sequence[tuple[float, float]]
    height_mm: tuple[float, float]
    thickness_mm: float

    def distance_mm(self, x: _Field, y: _Field, z: _Field) -> _Field:
        """Signed distance, negative inside; coordinates broadcast."""
        flat = Tube([(u, v, 0.0) for u, v in self.line_mm], [self.thickness_mm / 2.0] * len(self.line_mm))
        low, high = self.height_mm
        above = np.abs(z - np.float32((low + high) / 2.0)) - np.float32((high - low) / 2.0)
        distance: _Field = np.maximum(flat.distance_mm(x, y, np.zeros_like(z)), above)
        return distance

    def bounds_mm(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner of the box around it."""
        half = self.thickness_mm / 2.0
        low = [*(np.min(self.line_mm, axis=0) - half), self.height_mm[0]]
        high = [*(np.max(self.line_mm, axis=0) + half), self.height_mm[1]]
        return np.asarray(low), np.asarray(high)


NeckSolid = Ellipsoid | Tube | Strap | Drum | Wall


def mirrored(solid: NeckSolid) -> NeckSolid | None:
    """Return the same solid on the other side of the midline, None where it lies on it."""
    if isinstance(solid, Strap):
        other = mirrored(solid.tube)
        if other is None:
            return None
        assert isinstance(other, Tube)
        return Strap(other, (-solid.across[0], solid.across[1], solid.across[2]), solid.flatness)
    if isinstance(solid, Tube):
        if all(point[0] == 0.0 for point in solid.path_mm):
            return None
        return replace(solid, path_mm=tuple((-x, y, z) for x, y, z in solid.path_mm))
    if isinstance(solid, Wall):
        return replace(solid, line_mm=tuple((-x, y) for x, y in solid.line_mm))
    x, y, z = solid.centre_mm
    return None if x == 0.0 else replace(solid, centre_mm=(-x, y, z))


class WarpedPoints:
    """Voxel centres of a patient as points of the template, where solids are drawn.

    Parameters
    ----------
    x, y, z : ndarray of float32, shape (i, j, k)
        Template LPS in mm; each must grow along its own axis.
    """

    def __init__(self, x: _Field, y: _Field, z: _Field) -> None:
        self.axes = (x, y, z)
        self.shape = x.shape
        others = ((1, 2), (0, 2), (0, 1))
        self._low = [axis.min(axis=over) for axis, over in zip(self.axes, others, strict=True)]
        self._high = [axis.max(axis=over) for axis, over in zip(self.axes, others, strict=True)]

    def box(self, low_mm: FloatArray, high_mm: FloatArray) -> tuple[slice, slice, slice] | None:
        """Smallest index box that holds all points between two corners, None where there are none."""
        slices = []
        for axis in range(3):
            found = np.flatnonzero((self._high[axis] >= low_mm[axis]) & (self._low[axis] <= high_mm[axis]))
            if not len(found):
                return None
            slices.append(slice(int(found[0]), int(found[-1]) + 1))
        return slices[0], slices[1], slices[2]

    def distances_mm(
        self, solids: Sequence[NeckSolid], reach_mm: float, both_sides: bool = True
    ) -> Iterator[tuple[tuple[slice, slice, slice], _Field]]:
        """Signed distance to one solid after the other, each in the box around it."""
        for solid in solids:
            pair = (solid, mirrored(solid)) if both_sides else (solid,)
            for one in pair:
                if one is None:
                    continue
                low, high = one.bounds_mm()
                box = self.box(low - reach_mm, high + reach_mm)
                if box is not None:
                    yield box, one.distance_mm(*(axis[box] for axis in self.axes))

    def union_mm(
        self, solids: Sequence[NeckSolid], reach_mm: float = 5.0, blend_mm: float = 0.0, both_sides: bool = True
    ) -> _Field:
        """Signed distance to the union of solids, cut off at `reach_mm`, seams rounded over `blend_mm`."""
        union = np.full(self.shape, reach_mm, dtype=np.float32)
        for box, distance in self.distances_mm(solids, reach_mm, both_sides):
            union[box] = smooth_minimum(union[box], distance, blend_mm)
        return np.minimum(union, np.float32(reach_mm))

    def parted_mm(self, bodies: Sequence[Sequence[NeckSolid]], gap_mm: float, reach_mm: float = 3.0) -> _Field:
        """Signed distance to several bodies that keep a gap where they would touch."""
        nearest = np.full(self.shape, reach_mm, dtype=np.float32)
        second = np.full(self.shape, reach_mm, dtype=np.float32)
        for body in bodies:
            for side in (False, True):
                drawn = [solid if not side else mirrored(solid) for solid in body]
                present = [solid for solid in drawn if solid is not None]
                for box, distance in self._body(present, reach_mm):
                    former = nearest[box]
                    second[box] = np.minimum(second[box], np.maximum(former, distance))
                    nearest[box] = np.minimum(former, distance)
        parted: _Field = np.maximum(nearest, np.float32(gap_mm) - (second - nearest) / 2.0)
        return parted

    def _body(
        self, solids: Sequence[NeckSolid], reach_mm: float
    ) -> Iterator[tuple[tuple[slice, slice, slice], _Field]]:
        if not solids:
            return
        bounds = [solid.bounds_mm() for solid in solids]
        low = np.min([b[0] for b in bounds], axis=0) - reach_mm
        high = np.max([b[1] for b in bounds], axis=0) + reach_mm
        box = self.box(low, high)
        if box is None:
            return
        points = [axis[box] for axis in self.axes]
        distance = solids[0].distance_mm(points[0], points[1], points[2])
        for solid in solids[1:]:
            distance = smooth_minimum(distance, solid.distance_mm(points[0], points[1], points[2]), 1.5)
        yield box, np.minimum(distance, np.float32(reach_mm))
