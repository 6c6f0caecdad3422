"""Stacks of parallel planar contours as solids, and the share of every voxel they fill.

Between neighbouring planes the filled share is interpolated linearly, so the volume is the trapezoid sum of the
planes' areas; the outermost planes reach further by an end cap, half a plane spacing unless told otherwise (DICOM
leaves it open and planning systems differ). In the planes areas are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.rasterise import even_odd_stack
from impasto.core.resample import resample_linear

__all__ = ["ContourStack"]

_LARGEST_BRIDGED_GAP = 2.5
"""Planes further apart than this many plane spacings are not joined: each side ends in a cap."""

_FLAT_MM = 0.2
"""Contours may leave their plane by this much: systems round, and some tilt them a little."""

_LEAST_STEP_MM = 0.05
"""Contours nearer to each other than this always lie in one plane."""


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
        Usual distance between planes.
    end_cap_mm : float
        How far the outermost planes' cross-sections reach beyond them.
    """

    normal: FloatArray
    positions_mm: FloatArray
    polygons: tuple[tuple[FloatArray, ...], ...]
    spacing_mm: float
    end_cap_mm: float

    @classmethod
    def from_contours(
        cls, contours: Sequence[FloatArray], spacing_mm: float | None = None, end_cap_mm: float | None = None
    ) -> ContourStack:
        """Sort closed contours into planes.

        Parameters
        ----------
        contours : sequence of ndarray, shape (vertex, 3)
            At least one contour with three or more vertices, LPS mm. Shorter ones (points, lines) enclose nothing
            and are passed over.
        spacing_mm : float, optional
            Distance between planes where only one plane is given. Otherwise the median distance is taken, and this one
            only tells how far apart contours of one plane may lie.
        end_cap_mm : float, optional
            Thickness of the end caps; half the distance between planes without it.

        Raises
        ------
        ImpastoError
            When no contour encloses an area, or contours are not planar or not parallel.
        """
        closed = [np.asarray(c, dtype=np.float64) for c in contours if len(c) >= 3]
        if not closed:
            raise ImpastoError("contours", "none encloses an area", "leave the structure out or draw it")
        starts = np.cumsum([0] + [len(c) for c in closed[:-1]])
        vertices = np.concatenate(closed)
        areas = _area_vectors(vertices, starts)
        largest = areas[int(np.argmax(np.linalg.norm(areas, axis=1)))]
        if not np.linalg.norm(largest) > 0.0:
            raise ImpastoError("contours", "none encloses an area", "leave the structure out or draw it")
        normal = largest / np.linalg.norm(largest)
        normal = normal * np.sign(normal[int(np.argmax(np.abs(normal)))])
        heights = vertices @ normal
        if np.max(np.maximum.reduceat(heights, starts) - np.minimum.reduceat(heights, starts)) > _FLAT_MM:
            raise ImpastoError("contours", "they are not planar and parallel", "export them as planar contours")
        middle = np.add.reduceat(heights, starts) / np.diff(starts, append=len(vertices))
        order = np.argsort(middle, kind="stable")
        gaps = np.diff(middle[order], prepend=-np.inf)
        firsts = np.flatnonzero(gaps > _same_plane_mm(gaps[1:], spacing_mm))
        planes = np.split(order, firsts[1:])
        positions = np.array([middle[plane].mean() for plane in planes])
        if len(positions) > 1:
            spacing_mm = float(np.median(np.diff(positions)))
        spacing_mm = spacing_mm or 1.0
        cap_mm = 0.5 * spacing_mm if end_cap_mm is None else end_cap_mm
        return cls(normal, positions, tuple(tuple(closed[c] for c in plane) for plane in planes), spacing_mm, cap_mm)

    @property
    def extent_mm(self) -> tuple[float, float]:
        """Lowest and highest position along the normal, end caps included."""
        return float(self.positions_mm[0]) - self.end_cap_mm, float(self.positions_mm[-1]) + self.end_cap_mm

    def cap_reach_mm(self) -> FloatArray:
        """Signed distance along the normal from each plane to its lower and upper end cap; 0 where it has none.

        Returns
        -------
        ndarray, shape (plane, 2)
        """
        cap = self.end_cap_mm
        below = np.concatenate([[-cap], np.where(self._joined, 0.0, -cap)])
        above = np.concatenate([np.where(self._joined, 0.0, cap), [cap]])
        return np.column_stack([below, above])

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
        # a cap of no thickness fills nothing, but its share is still a quotient
        cap = max(self.end_cap_mm, 1e-12)
        gaps, joined = np.diff(z), self._joined
        below = np.concatenate([[cap], np.where(joined, gaps, cap)])
        above = np.concatenate([np.where(joined, gaps, cap), [cap]])
        below_is_cap = np.concatenate([[True], ~joined])
        above_is_cap = np.concatenate([~joined, [True]])
        rise = np.clip((edges_mm[:, None] - (z - below)) / below, 0.0, 1.0)
        fall = np.clip((edges_mm[:, None] - z) / above, 0.0, 1.0)
        filled = below * np.where(below_is_cap, rise, 0.5 * rise**2)
        filled += above * np.where(above_is_cap, fall, fall - 0.5 * fall**2)
        weights: FloatArray = np.diff(filled, axis=0) / np.diff(edges_mm)[:, None]
        return weights

    @property
    def _joined(self) -> BoolArray:
        """Whether each plane is joined to the next, shape (plane - 1,)."""
        joined: BoolArray = np.diff(self.positions_mm) <= _LARGEST_BRIDGED_GAP * self.spacing_mm
        return joined

    def areas_mm2(self) -> FloatArray:
        """Exact even-odd area enclosed in each plane, shape (plane,)."""
        vertices = np.concatenate([polygon for polygons in self.polygons for polygon in polygons])
        frame = _in_plane_frame(self.normal)
        low = (vertices @ frame).min(axis=0)
        size = np.maximum((vertices @ frame).max(axis=0) - low, 1e-9)
        # the sum is exact for any number of rows; some keep the edges in a row few
        cells = (1, 32)
        unit = [[(polygon @ frame - low) / size * cells - 0.5 for polygon in polygons] for polygons in self.polygons]
        covered = even_odd_stack(unit, np.eye(len(unit)), cells)
        areas: FloatArray = covered.sum(axis=(0, 1)) * size.prod() / np.prod(cells)
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
        reached = np.flatnonzero(weights.any(axis=0))
        if not len(reached):
            return np.zeros(grid.shape)
        polygons = [polygon for p in reached for polygon in self.polygons[p]]
        flat = grid.index_from_world(np.concatenate(polygons))[:, [first, second]]
        parts = iter(np.split(flat, np.cumsum([len(polygon) for polygon in polygons])[:-1]))
        planes = [[next(parts) for _ in self.polygons[p]] for p in reached]
        layers = even_odd_stack(planes, weights[:, reached], (grid.shape[first], grid.shape[second]))
        occupancy = np.ascontiguousarray(np.moveaxis(layers, 2, axis))
        return np.minimum(occupancy, 1.0, out=occupancy)

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
        occupancy = np.zeros(grid.shape)
        # sub-voxels only around the solid: those of a whole CT would take gigabytes
        corners = np.stack(np.meshgrid(*([-0.5, n - 0.5] for n in own.shape), indexing="ij"), axis=-1).reshape(-1, 3)
        index = grid.index_from_world(own.world_from_index(corners))
        start = np.clip(np.floor(index.min(axis=0) + 0.5).astype(int), 0, grid.shape)
        stop = np.clip(np.ceil(index.max(axis=0) + 0.5).astype(int), 0, grid.shape)
        if np.any(stop <= start):
            return occupancy
        box, parts = grid.cropped(start.tolist(), stop.tolist()), 3
        fine = box.with_spacing(box.spacing_mm / parts)
        sampled = resample_linear(self._aligned_occupancy(own, 2), own, fine)
        split = np.ravel([(n, parts) for n in box.shape])
        inside = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        occupancy[inside] = sampled.reshape(split).mean(axis=(1, 3, 5), dtype=np.float64)
        return occupancy


def _same_plane_mm(gaps_mm: FloatArray, spacing_mm: float | None) -> float:
    """Distance up to which neighbouring contours lie in one plane: a quarter of the planes' distance, within bounds."""
    steps = gaps_mm[gaps_mm > _LEAST_STEP_MM]
    usual_mm = spacing_mm or (float(np.percentile(steps, 75.0)) if len(steps) else 0.0)
    return min(max(0.25 * usual_mm, _LEAST_STEP_MM), _FLAT_MM)


def _area_vectors(vertices: FloatArray, starts: IntArray) -> FloatArray:
    """Vectors normal to closed polygons, as long as their areas (Newell's sum), shape (polygon, 3)."""
    sizes = np.diff(starts, append=len(vertices))
    centred = vertices - np.repeat(np.add.reduceat(vertices, starts) / sizes[:, None], sizes, axis=0)
    following = np.arange(1, len(vertices) + 1)
    following[starts + sizes - 1] = starts
    vectors: FloatArray = 0.5 * np.add.reduceat(np.cross(centred, centred[following]), starts)
    return vectors


def _in_plane_frame(normal: FloatArray) -> FloatArray:
    """Two orthonormal in-plane axes as columns, shape (3, 2)."""
    helper = np.eye(3)[int(np.argmin(np.abs(normal)))]
    first = np.cross(helper, normal)
    first /= np.linalg.norm(first)
    return np.column_stack([first, np.cross(normal, first)])
