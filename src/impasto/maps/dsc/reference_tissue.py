"""Tissue whose vessels do not leak: the reference of the leakage correction."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.maps.dsc.leakage_correction import LeakageModel

__all__ = ["non_leaking_voxels"]

_ROUNDS = 5
_FEWEST = 20


def non_leaking_voxels(
    delta_r2star_per_s: FloatArray, times_s: FloatArray, usable: BoolArray, tolerance: float = 2.5
) -> BoolArray:
    """Find voxels that follow their common mean without leakage of either sign.

    Signal that ends above its baseline betrays T1 leakage (the rule of Boxerman 2006), but not T2* leakage. So here
    the two-parameter model itself judges: each round takes the mean of the voxels still in, fits all to it, and keeps
    those whose leakage for their blood volume, K2 / K1, lies within `tolerance` robust standard deviations of the
    median, and whose K1 lies within a third and three times the median (vessels out).

    Parameters
    ----------
    delta_r2star_per_s : ndarray, shape (voxel, time)
    times_s : ndarray, shape (time,)
    usable : ndarray of bool, shape (voxel,)
        Voxels with signal and bolus.
    tolerance : float

    Returns
    -------
    ndarray of bool, shape (voxel,)

    Raises
    ------
    ImpastoError
        When fewer than twenty voxels are usable or remain.
    """
    inside = np.asarray(usable, dtype=bool).copy()
    for _ in range(_ROUNDS):
        if inside.sum() < _FEWEST:
            problem = f"{int(inside.sum())} voxels show a bolus without leakage"
            raise ImpastoError("reference tissue", problem, "give a mask of normal tissue")
        # the median of each frame is hardly moved by the leaking voxels of the first rounds
        model = LeakageModel(times_s, np.median(delta_r2star_per_s[inside], axis=0))
        k1, k2 = model.projection() @ np.where(np.asarray(usable)[:, None], delta_r2star_per_s, 0.0).T
        with np.errstate(divide="ignore", invalid="ignore"):
            share = k2 / k1
        middle, size = float(np.median(share[inside])), float(np.median(k1[inside]))
        spread = 1.4826 * float(np.median(np.abs(share[inside] - middle)))
        now = usable & (np.abs(share - middle) <= tolerance * spread) & (k1 > size / 3.0) & (k1 < 3.0 * size)
        if (now == inside).all():
            break
        inside = now
    return inside
