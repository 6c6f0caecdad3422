"""Voxel grids: where array elements lie in the patient.

All world coordinates are DICOM patient coordinates, LPS (+x to the patient's left, +y to posterior,
+z to superior) in millimetres. A voxel's index ``(i, j, k)`` names its centre.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from impasto.core.arrays import FloatArray, read_only
from impasto.core.errors import ImpastoError

__all__ = ["Grid"]


@dataclass(frozen=True, eq=False)
class Grid:
    """A regular lattice of voxels in patient space.

    Parameters
    ----------
    shape : tuple of int
        Number of voxels along i, j and k.
    affine : array_like, shape (4, 4)
        Maps homogeneous voxel index to LPS mm.

    Raises
    ------
    ImpastoError
        When the shape is not three positive numbers or the affine is singular or not finite.

    Examples
    --------
    >>> grid = Grid.axis_aligned((10, 10, 5), spacing_mm=(1, 1, 3), origin_mm=(0, 0, 0))
    >>> grid.world_from_index([[1, 2, 3]]).tolist()
    [[1.0, 2.0, 9.0]]
    """

    shape: tuple[int, int, int]
    affine: FloatArray

    def __post_init__(self) -> None:
        affine = np.array(self.affine, dtype=np.float64)
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise ImpastoError("grid", f"shape {shape} is not three positive numbers", "give a 3D volume")
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise ImpastoError("grid", "the affine is not a finite 4 x 4 matrix", "repair the image header")
        spacing = np.linalg.norm(affine[:3, :3], axis=0)
        if np.any(spacing < 1e-6) or abs(np.linalg.det(affine[:3, :3] / spacing)) < 1e-3:
            raise ImpastoError("grid", "the affine is singular", "repair the image header")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", read_only(affine))

    @classmethod
    def axis_aligned(cls, shape: Sequence[int], spacing_mm: ArrayLike, origin_mm: ArrayLike) -> Grid:
        """Build a grid whose axes run along +L, +P and +S; `origin_mm` is voxel (0, 0, 0)'s centre."""
        affine = np.diag([*np.asarray(spacing_mm, dtype=np.float64), 1.0])
        affine[:3, 3] = origin_mm
        return cls((shape[0], shape[1], shape[2]), affine)

    @classmethod
    def centred(cls, shape: Sequence[int], spacing_mm: ArrayLike, centre_mm: ArrayLike = (0.0, 0.0, 0.0)) -> Grid:
        """Build an axis-aligned grid whose middle lies at `centre_mm`."""
        spacing = np.asarray(spacing_mm, dtype=np.float64)
        origin = np.asarray(centre_mm, dtype=np.float64) - spacing * (np.asarray(shape) - 1) / 2
        return cls.axis_aligned(shape, spacing, origin)

    @property
    def spacing_mm(self) -> FloatArray:
        """Distance between neighbouring voxel centres along i, j, k in mm, shape (3,)."""
        spacing: FloatArray = np.linalg.norm(self.affine[:3, :3], axis=0)
        return spacing

    @property
    def direction(self) -> FloatArray:
        """Unit vectors of the index axes as columns, shape (3, 3)."""
        direction: FloatArray = self.affine[:3, :3] / self.spacing_mm
        return direction

    @property
    def origin_mm(self) -> FloatArray:
        """LPS position of the centre of voxel (0, 0, 0), shape (3,)."""
        return self.affine[:3, 3].copy()

    @property
    def voxel_count(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape))

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel in millilitres."""
        return float(abs(np.linalg.det(self.affine[:3, :3]))) / 1000.0

    @property
    def is_axis_aligned(self) -> bool:
        """Whether every index axis runs along one of the patient axes (either way, in any order)."""
        magnitude = np.abs(self.direction)
        return bool(np.allclose(np.sort(magnitude, axis=0)[:2], 0.0, atol=1e-4))

    @property
    def is_rectangular(self) -> bool:
        """Whether the index axes are perpendicular to each other, to 1e-4."""
        return bool(np.allclose(self.direction.T @ self.direction, np.eye(3), rtol=0.0, atol=1e-4))

    def world_from_index(self, index: ArrayLike) -> FloatArray:
        """Map voxel indices, shape (..., 3), may be fractional, to LPS mm."""
        points: FloatArray = np.asarray(index, dtype=np.float64) @ self.affine[:3, :3].T + self.affine[:3, 3]
        return points

    def index_from_world(self, points_mm: ArrayLike) -> FloatArray:
        """Map LPS points in mm, shape (..., 3), to fractional voxel indices."""
        inverse = np.linalg.inv(self.affine[:3, :3])
        index: FloatArray = (np.asarray(points_mm, dtype=np.float64) - self.affine[:3, 3]) @ inverse.T
        return index

    def voxel_centres_mm(self) -> FloatArray:
        """LPS position of every voxel centre, shape (*shape, 3)."""
        index = np.stack(np.meshgrid(*(np.arange(n) for n in self.shape), indexing="ij"), axis=-1)
        return self.world_from_index(index)

    def bounds_mm(self) -> FloatArray:
        """Smallest and largest LPS coordinate of the voxels' outer faces, shape (2, 3)."""
        ends = np.array([[-0.5, n - 0.5] for n in self.shape])
        corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
        world = self.world_from_index(corners)
        return np.stack([world.min(axis=0), world.max(axis=0)])

    def matches(self, other: Grid, tolerance_mm: float = 1e-3) -> bool:
        """Whether both grids have the same shape and their voxels lie within `tolerance_mm`."""
        if self.shape != other.shape:
            return False
        last = np.array([[0, 0, 0], *np.diag(np.array(self.shape) - 1)])
        distance = np.abs(self.world_from_index(last) - other.world_from_index(last))
        return bool(np.max(distance) <= tolerance_mm)

    def cropped(self, start: Sequence[int], stop: Sequence[int]) -> Grid:
        """Return the sub-grid of indices ``start <= index < stop``; bounds outside grow the grid."""
        affine = self.affine.copy()
        affine[:3, 3] = self.world_from_index(start)
        size = [int(b) - int(a) for a, b in zip(start, stop, strict=True)]
        return Grid((size[0], size[1], size[2]), affine)

    def with_spacing(self, spacing_mm: ArrayLike) -> Grid:
        """Return a grid over the same extent whose voxels have (at most) the given spacing.

        The outer faces stay where they are; a spacing that does not divide the extent is shrunk to one that does.
        """
        wanted = np.broadcast_to(np.asarray(spacing_mm, dtype=np.float64), 3)
        extent = self.spacing_mm * self.shape
        shape = np.maximum(1, np.ceil(extent / wanted - 1e-6)).astype(int)
        spacing = extent / shape
        affine = np.eye(4)
        affine[:3, :3] = self.direction * spacing
        affine[:3, 3] = self.world_from_index(-0.5 + 0.5 * spacing / self.spacing_mm)
        return Grid((int(shape[0]), int(shape[1]), int(shape[2])), affine)

    def nearest_orientation(self) -> tuple[tuple[int, int, int], tuple[bool, bool, bool]]:
        """How to permute and flip the index axes so that they run nearest to +L, +P, +S.

        Returns
        -------
        order : tuple of int
            ``order[a]`` is the present axis that becomes axis ``a``.
        flipped : tuple of bool
            Whether that axis must be reversed.
        """
        # of axes that lie equally near, the one that has its place already keeps it
        remaining = np.abs(self.direction) + 1e-9 * np.eye(3)
        order = [0, 0, 0]
        for _ in range(3):
            world_axis, index_axis = np.unravel_index(int(np.argmax(remaining)), (3, 3))
            order[int(world_axis)] = int(index_axis)
            remaining[world_axis, :] = -1.0
            remaining[:, index_axis] = -1.0
        flipped = [bool(self.direction[a, order[a]] < 0) for a in range(3)]
        return (order[0], order[1], order[2]), (flipped[0], flipped[1], flipped[2])

    def reoriented(self) -> Grid:
        """Return the same voxels with index axes permuted and flipped to run nearest to +L, +P, +S."""
        order, flipped = self.nearest_orientation()
        affine = self.affine.copy()
        start = np.zeros(3)
        for axis, flip in zip(order, flipped, strict=True):
            if flip:
                start[axis] = self.shape[axis] - 1
        signs = np.where(flipped, -1.0, 1.0)
        affine[:3, :3] = self.affine[:3, list(order)] * signs
        affine[:3, 3] = self.world_from_index(start)
        return Grid((self.shape[order[0]], self.shape[order[1]], self.shape[order[2]]), affine)
