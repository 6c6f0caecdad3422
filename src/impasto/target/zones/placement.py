"""Maps on the plan's voxels in three ways: as blocks, interpolated, or with their point spread in mind."""

from __future__ import annotations

from enum import StrEnum

import numpy as np

from impasto.core import Grid
from impasto.core.arrays import FloatArray, RealArray
from impasto.core.resample import resample_linear, resample_nearest
from impasto.target.zones.acquired_map import AcquiredMap
from impasto.target.zones.sharpening import sharpened

__all__ = ["Placement", "interpolated", "placed"]

_LEAST_KNOWN = 0.5


class Placement(StrEnum):
    """How a map comes to finer voxels."""

    BLOCKS = "blocks"
    """Each takes the value of the acquired voxel it lies in."""
    LINEAR = "linear"
    """Between the centres of acquired voxels."""
    SHARPENED = "point spread"
    """See :mod:`~impasto.target.zones.sharpening`; maps without a point spread or error are interpolated."""


def placed(acquired: AcquiredMap, onto: Grid, placement: Placement) -> FloatArray:
    """Bring the values of a map to another grid.

    Parameters
    ----------
    acquired : AcquiredMap
    onto : Grid
    placement : Placement

    Returns
    -------
    ndarray, shape `onto.shape`
        NaN where the map has no value.
    """
    image = acquired.image
    if placement is Placement.BLOCKS:
        return resample_nearest(np.asarray(image.data, dtype=np.float64), image.grid, onto, np.nan)
    if placement is Placement.SHARPENED and acquired.spread is not None and image.standard_error is not None:
        found = sharpened(acquired, onto, float(onto.spacing_mm.max()))
        pattern = resample_linear(found.estimate.pattern[0], found.lattice, onto, np.nan)
        tissue: FloatArray = found.estimate.on(found.field, acquired.part_shares(onto), pattern[None])[0]
        return tissue
    return interpolated(image.data, image.grid, onto)


def interpolated(values: RealArray, grid: Grid, onto: Grid) -> FloatArray:
    """Interpolate between voxels that have a value; NaN where they make up less than half of the weight."""
    known = np.isfinite(values)
    weight = resample_linear(known.astype(np.float32), grid, onto)
    total = resample_linear(np.where(known, values, 0.0), grid, onto)
    mean: FloatArray = np.divide(
        total, weight, out=np.full(onto.shape, np.nan), where=weight >= _LEAST_KNOWN, dtype=np.float64
    )
    return mean
