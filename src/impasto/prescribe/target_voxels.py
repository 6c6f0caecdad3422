"""Which voxels a prescription speaks about."""

from __future__ import annotations

import numpy as np

from impasto.core import Grid, ImpastoError, Prescription, StructureSet
from impasto.core.arrays import BoolArray

__all__ = ["target_voxels"]


def target_voxels(prescription: Prescription, structures: StructureSet, grid: Grid) -> BoolArray:
    """Voxels of a grid that lie at least half inside some target of a prescription.

    Raises
    ------
    ImpastoError
        When there are none.
    """
    inside = np.zeros(grid.shape, dtype=bool)
    for goal in prescription.goals:
        inside |= structures[goal.structure].voxels(grid)
    if not inside.any():
        raise ImpastoError(prescription.name, "no voxel of the grid lies in a target", "give a grid that covers them")
    return inside
