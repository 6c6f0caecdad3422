"""From a patient's voxels to the template: scale, smooth individual deformation, mass effect."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.grid import Grid
from impasto.core.threads import threads_for
from impasto.phantom.atlas import HeadAtlas, Surface

__all__ = ["PatientWarp", "random_warp", "sample_fields", "smooth_lattice", "world_coordinates"]


@dataclass(frozen=True, eq=False)
class PatientWarp:
    """Maps a point in the patient to the template: ``template = scale * patient + displacement(patient)``.

    Parameters
    ----------
    scale : ndarray, shape (3,)
        Below one, the patient is larger than the template.
    lattice : Grid
        Axis-aligned lattice over the patient on which the displacement is given.
    displacement_mm : ndarray of float32, shape (*lattice.shape, 3)
    """

    scale: FloatArray
    lattice: Grid
    displacement_mm: NDArray[np.float32]

    def template_points_mm(self, points_mm: FloatArray) -> FloatArray:
        """Map LPS points of the patient, shape (..., 3), to the template."""
        index = np.moveaxis(self.lattice.index_from_world(points_mm), -1, 0)
        moved = [
            ndimage.map_coordinates(self.displacement_mm[..., axis], index, order=1, mode="nearest")
            for axis in range(3)
        ]
        mapped: FloatArray = points_mm * self.scale + np.stack(moved, axis=-1)
        return mapped

    def with_displacement(self, more_mm: NDArray[np.floating]) -> PatientWarp:
        """Return the warp with another displacement on the same lattice added."""
        total = self.displacement_mm + np.asarray(more_mm, dtype=np.float32)
        return PatientWarp(self.scale, self.lattice, total)


def smooth_lattice(shape: tuple[int, ...], correlation: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gaussian random field of unit variance on a lattice; `correlation` is the Gaussian's width in lattice steps."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    field = ndimage.gaussian_filter(noise, correlation, mode="wrap")
    smooth: NDArray[np.float32] = (field - field.mean()) / field.std()
    return smooth


def random_warp(atlas: HeadAtlas, rng: np.random.Generator) -> PatientWarp:
    """Draw a head of individual size and shape: some per cent in size, some mm of smooth deformation.

    The template is larger than most heads (1,886 ml inside against 1,350 to 1,650; Allen 2002): hence scales above one.
    The brain deforms on a finer scale than the skull, which stays smooth.
    """
    scale = np.float64(rng.normal(1.075, 0.02)) * (1.0 + rng.normal(0.0, 0.012, size=3))
    lattice = Grid.centred((44, 52, 52), (5.0, 5.0, 5.0), (0.0, 0.0, -15.0))
    coarse = np.stack([smooth_lattice(lattice.shape, 6.0, rng) for _ in range(3)], axis=-1)
    fine = np.stack([smooth_lattice(lattice.shape, 1.8, rng) for _ in range(3)], axis=-1)
    warp = PatientWarp(scale, lattice, np.float32(2.2) * coarse)
    hull = sample_fields(atlas.distances_mm[..., Surface.BRAIN : Surface.BRAIN + 1], atlas.lattice, warp, lattice)[0]
    inside = np.clip((-hull - 2.0) / 8.0, 0.0, 1.0)
    return warp.with_displacement(np.float32(1.2) * fine * inside[..., None])


def world_coordinates(grid: Grid) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """LPS x, y and z of every voxel centre in mm, float32, each broadcastable to `grid.shape`."""
    i, j, k = np.meshgrid(*(np.arange(n, dtype=np.float32) for n in grid.shape), indexing="ij", sparse=True)
    rows = grid.affine.astype(np.float32)
    # axes that a coordinate does not depend on stay of length one
    x, y, z = (
        sum((row[a] * index for a, index in enumerate((i, j, k)) if row[a] != 0.0), start=row[3].reshape(1, 1, 1))
        for row in rows[:3]
    )
    return x, y, z


def sample_fields(fields: NDArray[np.float32], lattice: Grid, warp: PatientWarp, grid: Grid) -> NDArray[np.float32]:
    """Interpolate several fields, given in the template, trilinearly at the voxel centres of a patient's grid.

    Parameters
    ----------
    fields : ndarray of float32, shape (*lattice.shape, field)
    lattice : Grid
        Where the fields lie in the template; beyond it the nearest value holds.
    warp : PatientWarp
    grid : Grid
        The patient's voxels.

    Returns
    -------
    ndarray of float32, shape (field, *grid.shape)
    """
    out = np.empty((fields.shape[3], *grid.shape), dtype=np.float32)
    to_warp = np.linalg.inv(warp.lattice.affine) @ grid.affine
    scaled = np.diag([*warp.scale, 1.0]) @ grid.affine
    to_field = np.linalg.inv(lattice.affine) @ scaled
    # lattices are axis-aligned, so a displacement in mm is one in steps of the lattice
    steps = np.diag(np.linalg.inv(lattice.affine[:3, :3])).copy()
    with threads_for(out.size):
        _sample(
            np.ascontiguousarray(fields),
            np.ascontiguousarray(to_field[:3]),
            warp.displacement_mm,
            np.ascontiguousarray(to_warp[:3]),
            steps,
            out,
        )
    return out


@numba.njit(inline="always", cache=True)
def _corner(position: float, size: int) -> tuple[int, float]:
    clipped = min(max(position, 0.0), size - 1.000001)
    low = int(clipped)
    return low, clipped - low


@numba.njit(inline="always", cache=True)
def _weight(share: FloatArray, u: int, v: int, w: int) -> float:
    """Weight of one of the eight corners around a position."""
    weight: float = (1 - u) + (2 * u - 1) * share[0]
    weight *= (1 - v) + (2 * v - 1) * share[1]
    weight *= (1 - w) + (2 * w - 1) * share[2]
    return weight


@numba.njit(inline="always", cache=True)
def _moved(displacement: NDArray[np.float32], low: IntArray, part: FloatArray, axis: int) -> float:
    """Displacement along one axis between the nodes of its lattice."""
    moved = 0.0
    for corner in range(8):
        u, v, w = corner & 1, (corner >> 1) & 1, corner >> 2
        moved += _weight(part, u, v, w) * displacement[low[0] + u, low[1] + v, low[2] + w, axis]
    return moved


@numba.njit(inline="always", cache=True)
def _interpolate(fields: NDArray[np.float32], base: IntArray, share: FloatArray, values: NDArray[np.float32]) -> None:
    """All fields between the nodes of their lattice."""
    for f in range(len(values)):
        values[f] = 0.0
    for corner in range(8):
        u, v, w = corner & 1, (corner >> 1) & 1, corner >> 2
        single = np.float32(_weight(share, u, v, w))
        x, y, z = base[0] + u, base[1] + v, base[2] + w
        for f in range(len(values)):
            values[f] += single * fields[x, y, z, f]


@numba.njit(parallel=True, cache=True)
def _sample(
    fields: NDArray[np.float32],
    to_field: FloatArray,
    displacement: NDArray[np.float32],
    to_warp: FloatArray,
    steps: FloatArray,
    out: NDArray[np.float32],
) -> None:
    count = fields.shape[3]
    for i in numba.prange(out.shape[1]):
        low = np.empty(3, dtype=np.int64)
        part = np.empty(3)
        base = np.empty(3, dtype=np.int64)
        share = np.empty(3)
        # one row at a time: fields lie far apart in the result
        row = np.empty((out.shape[3], count), dtype=np.float32)
        for j in range(out.shape[2]):
            for k in range(out.shape[3]):
                for a in range(3):
                    position = to_warp[a, 0] * i + to_warp[a, 1] * j + to_warp[a, 2] * k + to_warp[a, 3]
                    low[a], part[a] = _corner(position, displacement.shape[a])
                for a in range(3):
                    position = to_field[a, 0] * i + to_field[a, 1] * j + to_field[a, 2] * k + to_field[a, 3]
                    base[a], share[a] = _corner(
                        position + steps[a] * _moved(displacement, low, part, a), fields.shape[a]
                    )
                _interpolate(fields, base, share, row[k])
            for f in range(count):
                for k in range(out.shape[3]):
                    out[f, i, j, k] = row[k, f]
