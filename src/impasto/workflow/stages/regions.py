"""Where structures that maps refer to lie on a series' grid."""

from __future__ import annotations

from impasto.core import Grid
from impasto.core.arrays import BoolArray, FloatArray
from impasto.workflow.stage import Inputs
from impasto.workflow.stages.selection import matching

__all__ = ["region_mask", "region_share"]

_SLOTS = ("structures", "anatomy")
"""What was drawn goes before what was found."""


def region_share(inputs: Inputs, pattern: str, grid: Grid) -> FloatArray | None:
    """Share of each voxel that lies in the first structure whose name fits a pattern; None when none does."""
    for slot in _SLOTS if pattern else ():
        found = matching(inputs.structures(slot), [pattern]) if inputs.has(slot) else ()
        if found:
            return found[0].occupancy(grid)
    return None


def region_mask(inputs: Inputs, pattern: str, grid: Grid, least_share: float = 0.5) -> BoolArray | None:
    """Voxels that lie in a structure by at least so much; None when no structure fits or none of its voxels do."""
    share = region_share(inputs, pattern, grid)
    mask = None if share is None else share >= least_share
    return mask if mask is not None and mask.any() else None
