"""How the values of maps are spread over the structures of a case."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core import Grid, Image, StructureSet
from impasto.core.arrays import BoolArray
from impasto.report import RegionValues, Spread

__all__ = ["StructureVoxels", "region_values"]

_PERCENT = (50.0, 5.0, 95.0)


class StructureVoxels:
    """Voxels of each structure on the grids of maps; what one grid has been asked for is not computed again.

    Parameters
    ----------
    structures : StructureSet
    """

    def __init__(self, structures: StructureSet) -> None:
        self._structures = structures
        self._known: list[tuple[Grid, dict[str, BoolArray]]] = []

    def on(self, grid: Grid) -> dict[str, BoolArray]:
        """Return by name the voxels of a grid that lie at least half inside; nothing of structures with none."""
        for known, voxels in self._known:
            if known.matches(grid):
                return voxels
        masks = {structure.name: structure.voxels(grid) for structure in self._structures if not structure.is_empty}
        found = {name: mask for name, mask in masks.items() if mask.any()}
        self._known.append((grid, found))
        return found


def region_values(
    maps: Mapping[str, Image], trusted: Mapping[str, BoolArray], fitted: BoolArray, inside: Mapping[str, BoolArray]
) -> tuple[RegionValues, ...]:
    """Take the median and the 5th and 95th percentile of each map in each structure.

    Parameters
    ----------
    maps : mapping of str to Image
        On one grid.
    trusted : mapping of str to ndarray of bool
        Voxels of each map whose value counts.
    fitted : ndarray of bool
        Voxels that were mapped.
    inside : mapping of str to ndarray of bool
        Voxels of each structure; those with no mapped voxel are left out.
    """
    rows = []
    for name, mask in inside.items():
        voxels = int(np.count_nonzero(mask & fitted))
        if voxels:
            values = {key: _spread(image.data[mask & fitted & trusted[key]]) for key, image in maps.items()}
            rows.append(RegionValues(name, voxels, values))
    return tuple(rows)


def _spread(values: np.ndarray) -> Spread:
    if not values.size:
        return Spread(float("nan"), float("nan"), float("nan"), 0)
    median, low, high = np.percentile(values, _PERCENT).tolist()
    return Spread(median, low, high, values.size)
