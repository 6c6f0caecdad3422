"""Zones of a tumour from masks: drawn, or parts of it, in place of maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from impasto.core.arrays import BoolArray, IntArray

__all__ = ["zones_from_masks"]


def zones_from_masks(
    tumour: BoolArray,
    aggressive: BoolArray,
    penumbra: BoolArray | None,
    penumbra_mm: float,
    spacing_mm: ArrayLike,
) -> IntArray:
    """Divide a tumour into an aggressive zone, its penumbra, and the passive rest.

    Without a drawn penumbra it is what lies near the aggressive zone (Seyithanoglu 2025 has "near to aggressive
    voxels", without a distance).

    Parameters
    ----------
    tumour, aggressive : ndarray of bool, shape (i, j, k)
        What of `aggressive` lies outside the tumour does not count.
    penumbra : ndarray of bool, optional
    penumbra_mm : float
        How near, between voxel centres; used without a drawn penumbra.
    spacing_mm : array_like, shape (3,)

    Returns
    -------
    ndarray of int64
        0 aggressive, 1 penumbra, 2 passive, -1 outside the tumour.

    Examples
    --------
    >>> line = np.ones((1, 1, 5), dtype=bool)
    >>> zones_from_masks(line, np.array([[[1, 0, 0, 0, 0]]], dtype=bool), None, 2.0, (1, 1, 1)).tolist()
    [[[0, 1, 1, 2, 2]]]
    """
    hot = aggressive & tumour
    if penumbra is not None:
        near = penumbra
    elif hot.any():
        near = ndimage.distance_transform_edt(~hot, sampling=np.asarray(spacing_mm, dtype=np.float64)) <= penumbra_mm
    else:
        near = hot
    zone = np.where(hot, 0, np.where(near, 1, 2))
    return np.asarray(np.where(tumour, zone, -1), dtype=np.int64)
