"""Voxels divided into finer ones, and what is found on those put back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.grid import Grid

__all__ = ["DividedVoxels"]


@dataclass(frozen=True, eq=False)
class DividedVoxels:
    """A grid whose voxels are cut into equal parts along each axis.

    Parameters
    ----------
    grid : Grid
        The voxels that are divided.
    parts : (int, int, int)
        Into how many along each axis.
    """

    grid: Grid
    parts: tuple[int, int, int]

    @classmethod
    def until(cls, grid: Grid, finest_mm: float, most_voxels: int) -> DividedVoxels:
        """Divide along the widest axis until no part is wider than `finest_mm`, or there would be too many."""
        parts = [1, 1, 1]
        while True:
            widths = grid.spacing_mm / parts
            axis = int(np.argmax(widths))
            more = [part + (a == axis) for a, part in enumerate(parts)]
            if widths[axis] <= finest_mm or grid.voxel_count * int(np.prod(more)) > most_voxels:
                return cls(grid, (parts[0], parts[1], parts[2]))
            parts = more

    @property
    def fine(self) -> Grid:
        """The grid of the parts, over the same extent."""
        affine = self.grid.affine.copy()
        affine[:3, :3] /= self.parts
        affine[:3, 3] = self.grid.world_from_index(-0.5 + 0.5 / np.asarray(self.parts))
        shape = [n * part for n, part in zip(self.grid.shape, self.parts, strict=True)]
        return Grid((shape[0], shape[1], shape[2]), affine)

    def interpolated(self, values: RealArray) -> NDArray[np.float32]:
        """Values at the parts' centres by cubic splines."""
        if max(self.parts) == 1:
            return np.array(values, dtype=np.float32)
        fine = ndimage.zoom(np.asarray(values, dtype=np.float32), self.parts, order=3, mode="nearest", grid_mode=True)
        return np.asarray(fine, dtype=np.float32)

    def repeated(self, values: NDArray[Any]) -> NDArray[Any]:
        """Give every part what its voxel has."""
        for axis, part in enumerate(self.parts):
            values = np.repeat(values, part, axis=axis)
        return values

    def filled_share(self, mask: BoolArray) -> FloatArray:
        """Share of every voxel's parts that a mask of the parts holds."""
        split = np.ravel(np.column_stack([self.grid.shape, self.parts]))
        share: FloatArray = mask.reshape(split).mean(axis=(1, 3, 5))
        return share

    def middle_part(self, index: tuple[int, int, int]) -> tuple[int, int, int]:
        """Index of a part at (or next to) the centre of a voxel."""
        i, j, k = (n * part + part // 2 for n, part in zip(index, self.parts, strict=True))
        return i, j, k
