"""Share of a voxel on one side of a surface that is flat across it."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray

__all__ = ["share_above_zero"]


def share_above_zero(field: FloatArray) -> FloatArray:
    """Share of every voxel in which a field is positive, the field being linear across the voxel.

    The exact volume of a unit cube cut by a plane (Scardovelli and Zaleski 2000), with the gradient taken from the
    neighbouring voxels.

    Parameters
    ----------
    field : ndarray, shape (i, j, k)
        At least two voxels along every axis; infinite far from its zero.

    Returns
    -------
    ndarray, shape (i, j, k)
        0 to 1.
    """
    share = (field > 0.0).astype(np.float64)
    rise = np.stack([_rise(field, axis) for axis in range(3)], axis=-1)
    cut = np.abs(field) < 0.5 * rise.sum(axis=-1)
    share[cut] = _cube_share(field[cut], rise[cut])
    return share


def _rise(field: FloatArray, axis: int) -> FloatArray:
    """Change per voxel along one axis: the mean over both neighbours, less those infinitely far."""
    with np.errstate(invalid="ignore"):
        step = np.abs(np.diff(field, axis=axis))
    known = np.isfinite(step)
    step = np.where(known, step, 0.0)
    ends = [(1, 0) if a == axis else (0, 0) for a in range(3)], [(0, 1) if a == axis else (0, 0) for a in range(3)]
    total = sum(np.pad(step, end) for end in ends)
    count = sum(np.pad(known.astype(np.float64), end) for end in ends)
    rise: FloatArray = total / np.maximum(count, 1.0)
    return rise


def _cube_share(centre: FloatArray, rise: FloatArray) -> FloatArray:
    """Share of a unit cube where ``centre + rise . u > 0``, with u from -1/2 to 1/2 along each axis."""
    # the closed form divides by the product of the rises: one that vanishes is kept just above zero
    slope = np.maximum(rise, 1e-2 * rise.max(axis=1, keepdims=True))
    total = slope.sum(axis=1)
    filled = np.zeros(len(centre))
    start = centre + 0.5 * total
    for corner in np.ndindex(2, 2, 2):
        beyond = np.maximum(start - slope @ np.array(corner, dtype=np.float64), 0.0)
        filled += (-1.0) ** sum(corner) * beyond**3
    share: FloatArray = np.clip(filled / (6.0 * slope.prod(axis=1)), 0.0, 1.0)
    return share
