"""Length of the shortest way around barriers to voxels that the straight line does not reach.

Each voxel keeps the last bend of its way (at first a point on the surface it comes from) and the length up to there. A
voxel takes over the bend of a neighbour where it sees it; where it does not, a new bend is put on the neighbour's line,
pulled back as far as the voxel can still be seen from it, which is the edge of the barrier. Voxels are settled in the
order of their lengths (any-angle search on lattices: Nash 2007; here in 3D with bends between lattice points). Lengths
are those of ways that exist, so never too short; straight ways are exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, IntArray
from impasto.target.clinical.line_of_sight import BLOCKING_SHARE, is_clear

__all__ = ["Arrival", "spread_behind_barriers"]

_BISECTIONS = 6
"""A bend is found to a 64th of the line it lies on."""

_Field = NDArray[np.float32]


@dataclass(frozen=True)
class Arrival:
    """Shortest ways to the voxels of a lattice, changed in place as they are found.

    Parameters
    ----------
    length_mm : ndarray, shape (i, j, k)
        Infinite where no way is known, minus infinity deep inside.
    bend : ndarray, shape (i, j, k, 4)
        Last bend of the way in fractional voxel indices, and the length up to there in mm.
    """

    length_mm: FloatArray
    bend: FloatArray


def spread_behind_barriers(arrival: Arrival, wall: _Field, spacing_mm: FloatArray, farthest_mm: float) -> None:
    """Find the shortest ways to all voxels outside barriers that have none yet.

    Parameters
    ----------
    arrival : Arrival
        With final ways to what straight lines reach; completed in place.
    wall : ndarray of float32, shape (i, j, k)
        Share of each voxel that is barrier.
    spacing_mm : ndarray, shape (3,)
    farthest_mm : float
        Longer ways are not looked for.
    """
    hidden = np.isposinf(arrival.length_mm) & (wall < BLOCKING_SHARE)
    if not hidden.any():
        return
    state = np.where(hidden, 0, 2).astype(np.int8)
    _march(arrival.length_mm, arrival.bend, state, wall, spacing_mm, farthest_mm)


@numba.njit(cache=True)
def _march(
    length: FloatArray, bend: FloatArray, state: NDArray[np.int8], wall: _Field, spacing: FloatArray, farthest: float
) -> None:
    """Dijkstra's order; `state` is 0 for hidden, 1 for waiting, 2 for final."""
    n_i, n_j, n_k = length.shape
    place = np.full(n_i * n_j * n_k, -1, dtype=np.int64)
    heap = np.empty(n_i * n_j * n_k, dtype=np.int64)
    keys = length.ravel()
    size = _start(heap, place, length, state, farthest)
    way = np.empty(5)
    while size > 0:
        voxel = heap[0]
        size = _take_first(heap, place, keys, size)
        i, j, k = voxel // (n_j * n_k), voxel // n_k % n_j, voxel % n_k
        state[i, j, k] = 2
        for neighbour in range(27):
            a, b, c = i + neighbour // 9 - 1, j + neighbour // 3 % 3 - 1, k + neighbour % 3 - 1
            if not (0 <= a < n_i and 0 <= b < n_j and 0 <= c < n_k) or state[a, b, c] == 2:
                continue
            bound = min(length[a, b, c], farthest)
            if _way_to(way, bend[i, j, k], (i, j, k), (a, b, c), wall, spacing, bound):
                length[a, b, c] = way[4]
                for n in range(4):
                    bend[a, b, c, n] = way[n]
                state[a, b, c] = 1
                size = _put(heap, place, keys, size, (a * n_j + b) * n_k + c)


@numba.njit(cache=True)
def _start(heap: IntArray, place: IntArray, length: FloatArray, state: NDArray[np.int8], farthest: float) -> int:
    """Fill the heap with the final voxels that hidden ones border on; the heap's size."""
    n_i, n_j, n_k = length.shape
    size = 0
    for i in range(n_i):
        for j in range(n_j):
            for k in range(n_k):
                if state[i, j, k] == 2 and length[i, j, k] < farthest and _borders_hidden(state, i, j, k):
                    size = _put(heap, place, length.ravel(), size, (i * n_j + j) * n_k + k)
    return size


@numba.njit(cache=True)
def _borders_hidden(state: NDArray[np.int8], i: int, j: int, k: int) -> bool:
    for a in range(max(0, i - 1), min(state.shape[0], i + 2)):
        for b in range(max(0, j - 1), min(state.shape[1], j + 2)):
            for c in range(max(0, k - 1), min(state.shape[2], k + 2)):
                if state[a, b, c] == 0:
                    return True
    return False


@numba.njit(cache=True)
def _way_to(
    way: FloatArray,
    bend: FloatArray,
    near: tuple[int, int, int],
    far: tuple[int, int, int],
    wall: _Field,
    spacing: FloatArray,
    bound: float,
) -> bool:
    """Lead a neighbour's way on to a voxel: the new way's last bend and length, or False if too long."""
    x, y, z, before = bend[0], bend[1], bend[2], bend[3]
    straight = before + _distance(x, y, z, far[0], far[1], far[2], spacing)
    if straight >= bound:
        return False
    if is_clear(wall, x, y, z, far[0], far[1], far[2]):
        way[0], way[1], way[2], way[3], way[4] = x, y, z, before, straight
        return True
    if not is_clear(wall, near[0], near[1], near[2], far[0], far[1], far[2]):
        return False
    # the last point towards the voxel that the old bend still sees
    low, high = 0.0, 1.0
    dx, dy, dz = far[0] - near[0], far[1] - near[1], far[2] - near[2]
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if is_clear(wall, x, y, z, near[0] + middle * dx, near[1] + middle * dy, near[2] + middle * dz):
            low = middle
        else:
            high = middle
    # from there back along the line for as long as the voxel is seen
    dx, dy, dz = near[0] + low * dx - x, near[1] + low * dy - y, near[2] + low * dz - z
    low, high = 0.0, 1.0
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if is_clear(wall, x + middle * dx, y + middle * dy, z + middle * dz, far[0], far[1], far[2]):
            high = middle
        else:
            low = middle
    u, v, w = x + high * dx, y + high * dy, z + high * dz
    up_to = before + _distance(x, y, z, u, v, w, spacing)
    whole = up_to + _distance(u, v, w, far[0], far[1], far[2], spacing)
    way[0], way[1], way[2], way[3], way[4] = u, v, w, up_to, whole
    shorter: bool = whole < bound
    return shorter


@numba.njit(cache=True)
def _distance(x0: float, y0: float, z0: float, x1: float, y1: float, z1: float, spacing: FloatArray) -> float:
    dx, dy, dz = (x1 - x0) * spacing[0], (y1 - y0) * spacing[1], (z1 - z0) * spacing[2]
    distance: float = np.sqrt(dx * dx + dy * dy + dz * dz)
    return distance


@numba.njit(cache=True)
def _put(heap: IntArray, place: IntArray, keys: FloatArray, size: int, voxel: int) -> int:
    """Add a voxel to the heap, or move it up after its key fell; the heap's new size."""
    at = place[voxel]
    if at < 0:
        at, size = size, size + 1
    while at > 0:
        parent = (at - 1) // 2
        if keys[heap[parent]] <= keys[voxel]:
            break
        heap[at] = heap[parent]
        place[heap[at]] = at
        at = parent
    heap[at], place[voxel] = voxel, at
    return size


@numba.njit(cache=True)
def _take_first(heap: IntArray, place: IntArray, keys: FloatArray, size: int) -> int:
    """Remove the voxel with the lowest key; the heap's new size."""
    place[heap[0]] = -1
    size -= 1
    if size == 0:
        return size
    last = heap[size]
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[heap[child + 1]] < keys[heap[child]]:
            child += 1
        if keys[heap[child]] >= keys[last]:
            break
        heap[at] = heap[child]
        place[heap[at]] = at
        at = child
    heap[at], place[last] = last, at
    return size
