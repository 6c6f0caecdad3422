"""Whether a straight line meets a barrier."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.threads import threads_for

__all__ = ["BLOCKING_SHARE", "is_clear", "seen_from"]

BLOCKING_SHARE = 0.5
"""A barrier stands where it fills this share, interpolated between voxel centres."""

_STEP_VOXELS = 0.35
"""Lines are sampled this often: a sharp corner may be cut by half of it."""

_Field = NDArray[np.float32]


def seen_from(wall: _Field, voxels: IntArray, points: FloatArray) -> BoolArray:
    """Say for each voxel whether the line from its point is free of barriers.

    Parameters
    ----------
    wall : ndarray of float32, shape (i, j, k)
        Share of each voxel that is barrier.
    voxels : ndarray, shape (voxel, 3)
    points : ndarray, shape (voxel, 3)
        One for each voxel, fractional voxel indices.

    Returns
    -------
    ndarray of bool, shape (voxel,)
    """
    clear = np.zeros(len(voxels), dtype=np.bool_)
    with threads_for(40 * len(voxels)):
        _see(np.ascontiguousarray(wall), voxels, points, clear)
    return clear


@numba.njit(parallel=True, cache=True)
def _see(wall: _Field, voxels: IntArray, points: FloatArray, clear: BoolArray) -> None:
    for v in numba.prange(len(voxels)):
        a, b = points[v], voxels[v]
        clear[v] = is_clear(wall, a[0], a[1], a[2], float(b[0]), float(b[1]), float(b[2]))


@numba.njit(cache=True)
def is_clear(wall: _Field, x0: float, y0: float, z0: float, x1: float, y1: float, z1: float) -> bool:
    """Whether the line between two points (fractional voxel indices) stays out of all barriers, both ends included."""
    dx, dy, dz = x1 - x0, y1 - y0, z1 - z0
    longest = max(abs(dx), abs(dy), abs(dz))
    steps = max(1, int(np.ceil(longest / _STEP_VOXELS)))
    # from the far end, which lies nearer to whatever hides it
    for s in range(steps, -1, -1):
        share = s / steps
        if _share_at(wall, x0 + share * dx, y0 + share * dy, z0 + share * dz) >= BLOCKING_SHARE:
            return False
    return True


@numba.njit(cache=True)
def _share_at(wall: _Field, x: float, y: float, z: float) -> float:
    n_i, n_j, n_k = wall.shape
    x, y, z = min(max(x, 0.0), n_i - 1.0), min(max(y, 0.0), n_j - 1.0), min(max(z, 0.0), n_k - 1.0)
    i, j, k = min(int(x), n_i - 2), min(int(y), n_j - 2), min(int(z), n_k - 2)
    a, b, c = x - i, y - j, z - k
    front = (wall[i, j, k] * (1 - a) + wall[i + 1, j, k] * a) * (1 - b)
    front += (wall[i, j + 1, k] * (1 - a) + wall[i + 1, j + 1, k] * a) * b
    back = (wall[i, j, k + 1] * (1 - a) + wall[i + 1, j, k + 1] * a) * (1 - b)
    back += (wall[i, j + 1, k + 1] * (1 - a) + wall[i + 1, j + 1, k + 1] * a) * b
    share: float = front * (1 - c) + back * c
    return share
