"""Stacks of parallel planar contours as solids, and the share of every voxel they fill.

Between neighbouring planes the filled share is interpolated linearly, so the volume is the trapezoid sum of the
planes' areas; the outermost planes reach half a plane spacing further (end caps). In the planes areas are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.rasterise import even_odd_coverage
from impasto.core.resample import resample_linear

__all__ = ["ContourStack"]

_LARGEST_BRIDGED_GAP = 2.5
"""Planes further apart than this many plane spacings are not joined: each side ends in a cap."""


@dataclass(frozen=True, eq=False)
class ContourStack:
    """Planar contours ordered along their common normal.

    Parameters
    ----------
    normal : ndarray, shape (3,)
        Unit normal of the planes, LPS.
    positions_mm : ndarray, shape (plane,)
        Position of each plane along the normal, ascending.
    polygons : tuple of tuple of ndarray, shape (vertex, 3)
        The closed polygons in each plane, LPS mm.
    spacing_mm : float
        Usual distance between planes; end caps are half as thick.
    """

    normal: FloatArray
    positions_mm: FloatArray
    polygons: tuple[tuple[FloatArray, ...], ...]
    spacing_mm: float

    @classmethod
    def from_contours(cls, contours: Sequence[FloatArray], spacing_mm: float | None = None) -> ContourStack:
        """Sort closed contours into planes.

        Parameters
        ----------
        contours : sequence of ndarray, shape (vertex, 3)
            At least one contour with three or more vertices, LPS mm. Shorter ones (points, lines) enclose nothing
            and are passed over.
        spacing_mm : float, optional
            Distance between planes where only one plane is given; ignored otherwise (the median is taken).

        Raises
        ------
        ImpastoError
            When no contour encloses an area, or contours are not planar or not parallel.
        """
        closed = [np.asarray(c, dtype=np.float64) for c in contours if len(c) >= 3]
        if not closed:
            raise ImpastoError("contours", "none encloses an area", "leave the structure out or draw it")
        areas = np.array([_area_vector(c) for c in closed])
        largest = areas[int(np.argmax(np.linalg.norm(areas, axis=1)))]
        if not np.linalg.norm(largest) > 0.0:
            raise ImpastoError("contours", "none encloses an area", "leave the structure out or draw it")
        normal = largest / np.linalg.norm(largest)
        normal = normal * np.sign(normal[int(np.argmax(np.abs(normal)))])
        heights = [c @ normal for c in closed]
        if max(float(np.ptp(h)) for h in heights) > 0.2:
            raise ImpastoError("contours", "they are not planar and parallel", "export them as planar contours")
        middle = np.array([float(np.mean(h)) for h in heights])
        order = np.argsort(middle, kind="stable")
        starts = np.flatnonzero(np.diff(middle[order], prepend=-np.inf) > 0.05)
        planes = np.split(order, starts[1:])
        positions = np.array([middle[plane].mean() for plane in planes])
        if len(positions) > 1:
            spacing_mm = float(np.median(np.diff(positions)))
        return cls(normal, positions, tuple(tuple(closed[c] for c in plane) for plane in planes), spacing_mm or 1.0)

    @property
    def extent_mm(self) -> tuple[float, float]:
        """Lowest and highest position along the normal, end caps included."""
        half = 0.5 * self.spacing_mm
        return float(self.positions_mm[0]) - half, float(self.positions_mm[-1]) + half

    def plane_weights(self, edges_mm: FloatArray) -> FloatArray:
        """Mean share of each plane's cross-section over the cells between ascending positions along the normal.

        Parameters
        ----------
        edges_mm : ndarray, shape (cell + 1,)

        Returns
        -------
        ndarray, shape (cell, plane)
        """
        z = self.positions_mm
        half = 0.5 * self.spacing_mm
        gaps = np.diff(z)
        joined = gaps <= _LARGEST_BRIDGED_GAP * self.spacing_mm
        below = np.concatenate([[half], np.where(joined, gaps, half)])
        above = np.concatenate([np.where(joined, gaps, half), [half]])
        below_is_cap = np.concatenate([[True], ~joined])
        above_is_cap = np.concatenate([~joined, [True]])
        rise = np.clip((edges_mm[:, None] - (z - below)) / below, 0.0, 1.0)
        fall = np.clip((edges_mm[:, None] - z) / above, 0.0, 1.0)
        filled = below * np.where(below_is_cap, rise, 0.5 * rise**2)
        filled += above * np.where(above_is_cap, fall, fall - 0.5 * fall**2)
        weights: FloatArray = np.diff(filled, axis=0) / np.diff(edges_mm)[:, None]
        return weights

    def areas_mm2(self) -> FloatArray:
        """Exact even-odd area enclosed in each plane, shape (plane,)."""
        frame = _in_plane_frame(self.normal)
        areas = np.zeros(len(self.polygons))
        for p, polygons in enumerate(self.polygons):
            flat = [polygon @ frame for polygon in polygons]
            low = np.min([f.min(axis=0) for f in flat], axis=0)
            size = np.maximum(np.max([f.max(axis=0) for f in flat], axis=0) - low, 1e-9)
            cells = (1, 32)
            unit = [(f - low) / size * cells - 0.5 for f in flat]
            areas[p] = even_odd_coverage(unit, cells).sum() * size.prod() / np.prod(cells)
        return areas

    def volume_ml(self) -> float:
        """Volume of the solid in millilitres."""
        share = self.plane_weights(np.array(self.extent_mm))[0]
        low, high = self.extent_mm
        return float(share @ self.areas_mm2()) * (high - low) / 1000.0

    def occupancy(self, grid: Grid) -> FloatArray:
        """Share of every voxel of a grid inside the solid, shape `grid.shape`, 0 to 1."""
        along = np.abs(grid.direction.T @ self.normal)
        axis = int(np.argmax(along))
        if along[axis] < 1.0 - 1e-6:
            return self._oblique_occupancy(grid)
        return self._aligned_occupancy(grid, axis)

    def _aligned_occupancy(self, grid: Grid, axis: int) -> FloatArray:
        first, second = (a for a in range(3) if a != axis)
        faces = np.zeros((grid.shape[axis] + 1, 3))
        faces[:, axis] = np.arange(grid.shape[axis] + 1) - 0.5
        heights = grid.world_from_index(faces) @ self.normal
        backwards = heights[-1] < heights[0]
        weights = self.plane_weights(heights[::-1] if backwards else heights)
        weights = weights[::-1] if backwards else weights
        occupancy = np.zeros(grid.shape)
        layers = np.moveaxis(occupancy, axis, 2)
        limit = np.array([grid.shape[first], grid.shape[second]])
        for p, polygons in enumerate(self.polygons):
            reached = np.flatnonzero(weights[:, p] > 0.0)
            if not len(reached):
                continue
            flat = [grid.index_from_world(polygon)[:, [first, second]] for polygon in polygons]
            low = np.clip(np.floor(np.min([f.min(axis=0) for f in flat], axis=0)), 0, limit).astype(int)
            high = np.clip(np.ceil(np.max([f.max(axis=0) for f in flat], axis=0)) + 1, 0, limit).astype(int)
            if np.any(high <= low):
                continue
            coverage = even_odd_coverage([f - low for f in flat], (int(high[0] - low[0]), int(high[1] - low[1])))
            box = (slice(low[0], high[0]), slice(low[1], high[1]))
            for layer in reached:
                layers[(*box, layer)] += weights[layer, p] * coverage
        return np.clip(occupancy, 0.0, 1.0, out=occupancy)

    def _oblique_occupancy(self, grid: Grid) -> FloatArray:
        frame = np.column_stack([_in_plane_frame(self.normal), self.normal])
        vertices = np.concatenate([polygon for polygons in self.polygons for polygon in polygons]) @ frame
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        low[2], high[2] = self.extent_mm
        spacing = np.full(3, 0.5 * float(grid.spacing_mm.min()))
        shape = np.ceil((high - low) / spacing).astype(int) + 4
        affine = np.eye(4)
        affine[:3, :3] = frame * spacing
        affine[:3, 3] = frame @ (low - 1.5 * spacing)
        own = Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)
        parts = 3
        fine = grid.with_spacing(grid.spacing_mm / parts)
        sampled = resample_linear(self._aligned_occupancy(own, 2), own, fine)
        split = np.ravel([(n, parts) for n in grid.shape])
        mean: FloatArray = sampled.reshape(split).mean(axis=(1, 3, 5), dtype=np.float64)
        return mean


def _area_vector(polygon: FloatArray) -> FloatArray:
    """Vector normal to a closed polygon, as long as its area (Newell's sum)."""
    centred = polygon - polygon.mean(axis=0)
    vector: FloatArray = 0.5 * np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    return vector


def _in_plane_frame(normal: FloatArray) -> FloatArray:
    """Two orthonormal in-plane axes as columns, shape (3, 2)."""
    helper = np.eye(3)[int(np.argmin(np.abs(normal)))]
    first = np.cross(helper, normal)
    first /= np.linalg.norm(first)
    return np.column_stack([first, np.cross(normal, first)])
