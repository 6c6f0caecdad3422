"""Which voxel of a grid a point lies in."""

from __future__ import annotations

import numpy as np

from impasto.core import Grid, ImpastoError

__all__ = ["VoxelIndex", "voxel_at"]

VoxelIndex = tuple[int, int, int]


def voxel_at(grid: Grid, at_mm: tuple[float, float, float], what: str) -> VoxelIndex:
    """Return the index of the voxel that holds a point.

    Parameters
    ----------
    grid : Grid
    at_mm : tuple of float
        LPS.
    what : str
        Of which the grid is, for the message.

    Raises
    ------
    ImpastoError
        When the point lies outside.
    """
    index = np.rint(grid.index_from_world(np.array([at_mm]))[0]).astype(int)
    if ((index < 0) | (index >= grid.shape)).any():
        low, high = grid.bounds_mm()
        reach = ", ".join(f"{a:.0f} to {b:.0f}" for a, b in zip(low, high, strict=True))
        raise ImpastoError(f"{at_mm} mm", f"lies outside the {what}", f"choose within x, y, z of {reach} mm (LPS)")
    return (int(index[0]), int(index[1]), int(index[2]))
