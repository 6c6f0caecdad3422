"""The connected region around a lesion's peak that lies above a threshold, with filled shares at its border."""

from __future__ import annotations

import numba
import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray, IntArray, RealArray
from impasto.core.grid import Grid
from impasto.target.partial_volume import share_above_zero
from impasto.target.pet.lesion import PetLesion

__all__ = ["connected_above", "occupancy_above"]

_COARSEST = 0.08
"""Widest part of a voxel, as a share of the lesion's diameter: the volume of a sphere is then right to 0.5 %."""

_MOST_PARTS = 5

_RIM = 3

_FACES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]])


def connected_above(
    values: RealArray, search: BoolArray, threshold: float, seed: tuple[int, int, int]
) -> tuple[BoolArray, tuple[slice, slice, slice]]:
    """Voxels that reach a threshold and hang together with a seed by their faces.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    search : ndarray of bool, shape (i, j, k)
        Nothing beyond is taken.
    threshold : float
    seed : (int, int, int)

    Returns
    -------
    mask : ndarray of bool
        Those inside the box; empty when the seed itself is below the threshold.
    box : (slice, slice, slice)
        Part of the array that holds them and, where there is room, three voxels around them.
    """
    waiting = np.ascontiguousarray(search & (values >= threshold))
    taken = np.zeros(values.shape, dtype=np.bool_)
    ends = np.array([seed, seed], dtype=np.int64)
    _flood(waiting, taken, ends)
    low, high = np.maximum(ends[0] - _RIM, 0), np.minimum(ends[1] + 1 + _RIM, values.shape)
    box = (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))
    return taken[box], box


def occupancy_above(lesion: PetLesion, threshold: float) -> FloatArray:
    """Fill every voxel as far as the contour of a threshold lies beyond it.

    The contour runs between the voxels' centres, so that its volume changes smoothly with the threshold. Voxels that
    are coarse for a small lesion are first divided by cubic interpolation: without it, planes through voxels of 4 mm
    enlarge a sphere of 13 mm by 6 %.

    Parameters
    ----------
    lesion : PetLesion
    threshold : float
        In the image's unit.

    Returns
    -------
    ndarray, shape of the lesion's image
        Zero everywhere when the threshold is above the lesion's maximum.
    """
    occupancy = np.zeros(lesion.image.grid.shape)
    mask, box = connected_above(lesion.image.data, lesion.search, threshold, lesion.peak_index)
    if mask.any():
        near = ndimage.binary_dilation(mask, np.ones((3, 3, 3), dtype=bool)) & lesion.search[box]
        field = lesion.image.data[box].astype(np.float64) - threshold
        occupancy[box] = np.where(near, _share(field, _parts(int(mask.sum()), lesion.image.grid)), 0.0)
    return occupancy


def _parts(voxels: int, grid: Grid) -> IntArray:
    """Into how many each voxel is divided along each axis, so that a part is small beside the lesion's diameter."""
    diameter_mm = (6000.0 * voxels * grid.voxel_volume_ml / np.pi) ** (1.0 / 3.0)
    parts: IntArray = np.clip(np.ceil(grid.spacing_mm / (_COARSEST * diameter_mm)), 1, _MOST_PARTS).astype(np.int64)
    return parts


def _share(field: FloatArray, parts: IntArray) -> FloatArray:
    """Fill every voxel by the mean over its parts."""
    if np.all(parts == 1):
        return share_above_zero(field)
    fine = ndimage.zoom(field, parts, order=3, mode="nearest", grid_mode=True)
    split = np.ravel(np.column_stack([field.shape, parts]))
    share: FloatArray = share_above_zero(fine).reshape(split).mean(axis=(1, 3, 5))
    return share


@numba.njit(cache=True)
def _flood(waiting: BoolArray, taken: BoolArray, ends: IntArray) -> None:
    """Move what hangs together with the seed from one mask to the other, and widen its ends."""
    nx, ny, nz = waiting.shape
    i, j, k = ends[0]
    if not waiting[i, j, k]:
        return
    places = np.empty(nx * ny * nz, dtype=np.int64)
    places[0] = (i * ny + j) * nz + k
    count = 1
    waiting[i, j, k] = False
    while count > 0:
        count -= 1
        k, rest = places[count] % nz, places[count] // nz
        j, i = rest % ny, rest // ny
        taken[i, j, k] = True
        ends[0, 0], ends[1, 0] = min(ends[0, 0], i), max(ends[1, 0], i)
        ends[0, 1], ends[1, 1] = min(ends[0, 1], j), max(ends[1, 1], j)
        ends[0, 2], ends[1, 2] = min(ends[0, 2], k), max(ends[1, 2], k)
        for face in range(6):
            a, b, c = i + _FACES[face, 0], j + _FACES[face, 1], k + _FACES[face, 2]
            if 0 <= a < nx and 0 <= b < ny and 0 <= c < nz and waiting[a, b, c]:
                waiting[a, b, c] = False
                places[count] = (a * ny + b) * nz + c
                count += 1
