"""The numbers that maps hold in one voxel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core import Image
from impasto.report import Parameter
from impasto.workflow.curves.voxel_choice import VoxelIndex

__all__ = ["VoxelReading"]


@dataclass(frozen=True, eq=False)
class VoxelReading:
    """Maps of one grid, read in one voxel.

    Parameters
    ----------
    maps : mapping of str to Image
    voxel : tuple of int
    """

    maps: Mapping[str, Image]
    voxel: VoxelIndex

    def value(self, name: str) -> float:
        """Value of a map; NaN where there is no such map."""
        return float(self.maps[name].data[self.voxel]) if name in self.maps else float("nan")

    def unit(self, name: str) -> str:
        """UCUM unit of a map."""
        return self.maps[name].unit

    def parameters(self, names: Sequence[str]) -> tuple[Parameter, ...]:
        """Values with their standard errors, in the order of `names`, of those that were mapped."""
        return tuple(self._parameter(name) for name in names if name in self.maps)

    @property
    def position_mm(self) -> tuple[float, float, float]:
        """LPS of the voxel's centre."""
        x, y, z = next(iter(self.maps.values())).grid.world_from_index(np.array(self.voxel)).tolist()
        return (x, y, z)

    def _parameter(self, name: str) -> Parameter:
        image = self.maps[name]
        error = None if image.standard_error is None else float(image.standard_error[self.voxel])
        return Parameter(name, float(image.data[self.voxel]), image.unit, error)
