"""Direct dose mapping: the dose of the place where a reference voxel's centre went."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from impasto.adapt.correspondence import Correspondence, MappedDose
from impasto.core import Dose, Grid, ImpastoError, Transform
from impasto.core.arrays import BoolArray, FloatArray, RealArray, read_only
from impasto.core.threads import threads_for

__all__ = ["map_dose_directly", "pulled_dose_gy"]

_NO_FIELD, _NO_MAP = np.zeros((0, 0, 0, 3), dtype=np.float32), np.zeros((3, 4))
# a hair beyond half a voxel, so that faces shared by two grids count as inside both
_FACE = 0.5 + 1e-6


def pulled_dose_gy(dose_gy: RealArray, grid: Grid, transform: Transform, onto: Grid) -> NDArray[np.float32]:
    """Pull a dose through a transform with a single trilinear interpolation.

    Parameters
    ----------
    dose_gy : ndarray, shape `grid.shape`
    grid : Grid
        Where the dose lies, in the moving frame.
    transform : Transform
        Reference (fixed) point to moving point; steps of a path are composed before, not applied one by one.
    onto : Grid
        Of the reference.

    Returns
    -------
    ndarray of float32, shape `onto.shape`
        NaN where the point lies outside the dose's voxels.
    """
    values = np.ascontiguousarray(dose_gy, dtype=np.float32)
    field = transform.displacement
    to_world = np.ascontiguousarray(onto.affine[:3])
    to_dose = np.ascontiguousarray((np.linalg.inv(grid.affine) @ transform.matrix)[:3])
    if field is None:
        vectors, to_field = _NO_FIELD, _NO_MAP
    else:
        vectors, to_field = field.vectors_mm, np.ascontiguousarray((np.linalg.inv(field.grid.affine) @ onto.affine)[:3])
    pulled = np.empty(onto.shape, dtype=np.float32)
    with threads_for(pulled.size):
        # read-only whether they were or not: the kernel would be compiled once more for the other kind
        _pull(read_only(values), read_only(vectors), to_world, to_field, to_dose, pulled)
    return pulled


def map_dose_directly(dose: Dose, transform: Transform, onto: Grid, absent: BoolArray | None = None) -> MappedDose:
    """Bring a phase's dose to the reference by direct mapping (Zhong 2008 compares it with energy transfer).

    Parameters
    ----------
    dose : Dose
        Physical or EQD2, in the phase's frame.
    transform : Transform
        Reference (fixed) point to the phase's (moving) point.
    onto : Grid
        Of the reference.
    absent : ndarray of bool, shape `onto.shape`, optional
        Reference voxels whose tissue the registration found to be missing in the phase.

    Raises
    ------
    ImpastoError
        When the mask has another shape.
    """
    if absent is not None and absent.shape != onto.shape:
        raise ImpastoError("absent tissue", f"shape {absent.shape} on a grid of {onto.shape}", "give both alike")
    gy = pulled_dose_gy(dose.gy, dose.grid, transform, onto)
    reason = np.where(np.isnan(gy), Correspondence.OUTSIDE_DOSE, Correspondence.FOUND).astype(np.uint8)
    if absent is not None:
        gy[absent], reason[absent] = np.nan, Correspondence.ABSENT
    return MappedDose(gy, onto, dose.fractions, reason, dose.label)


@numba.njit(cache=True)
def _corner(position: float, size: int) -> tuple[int, int, float]:
    clipped = min(max(position, 0.0), size - 1.0)
    low = int(clipped)
    return low, min(low + 1, size - 1), clipped - low


@numba.njit(cache=True)
def _trilinear(
    values: NDArray[Any], x: tuple[int, int, float], y: tuple[int, int, float], z: tuple[int, int, float]
) -> float:
    i, i1, a = x
    j, j1, b = y
    k, k1, c = z
    low = (values[i, j, k] * (1 - a) + values[i1, j, k] * a) * (1 - b)
    low += (values[i, j1, k] * (1 - a) + values[i1, j1, k] * a) * b
    high = (values[i, j, k1] * (1 - a) + values[i1, j, k1] * a) * (1 - b)
    high += (values[i, j1, k1] * (1 - a) + values[i1, j1, k1] * a) * b
    value: float = low * (1 - c) + high * c
    return value


@numba.njit(parallel=True, cache=True)
def _pull(
    values: NDArray[Any],
    vectors: NDArray[Any],
    to_world: FloatArray,
    to_field: FloatArray,
    to_dose: FloatArray,
    out: NDArray[Any],
) -> None:
    """Displace every voxel centre, find it among the dose's voxels, interpolate: one pass, no arrays of points."""
    for i in numba.prange(out.shape[0]):
        _pull_plane(values, vectors, to_world, to_field, to_dose, np.int64(i), out[i])


# apart from the parallel loop, whose analysis of so much arithmetic would take seconds to compile
@numba.njit(cache=True)
def _pull_plane(
    values: NDArray[Any],
    vectors: NDArray[Any],
    to_world: FloatArray,
    to_field: FloatArray,
    to_dose: FloatArray,
    i: np.int64,
    out: NDArray[Any],
) -> None:
    has_field = vectors.shape[0] > 0
    for j in range(out.shape[0]):
        for k in range(out.shape[1]):
            x = to_world[0, 0] * i + to_world[0, 1] * j + to_world[0, 2] * k + to_world[0, 3]
            y = to_world[1, 0] * i + to_world[1, 1] * j + to_world[1, 2] * k + to_world[1, 3]
            z = to_world[2, 0] * i + to_world[2, 1] * j + to_world[2, 2] * k + to_world[2, 3]
            if has_field:
                u = to_field[0, 0] * i + to_field[0, 1] * j + to_field[0, 2] * k + to_field[0, 3]
                v = to_field[1, 0] * i + to_field[1, 1] * j + to_field[1, 2] * k + to_field[1, 3]
                w = to_field[2, 0] * i + to_field[2, 1] * j + to_field[2, 2] * k + to_field[2, 3]
                a, b = _corner(u, vectors.shape[0]), _corner(v, vectors.shape[1])
                c = _corner(w, vectors.shape[2])
                x += _trilinear(vectors[..., 0], a, b, c)
                y += _trilinear(vectors[..., 1], a, b, c)
                z += _trilinear(vectors[..., 2], a, b, c)
            u = to_dose[0, 0] * x + to_dose[0, 1] * y + to_dose[0, 2] * z + to_dose[0, 3]
            v = to_dose[1, 0] * x + to_dose[1, 1] * y + to_dose[1, 2] * z + to_dose[1, 3]
            w = to_dose[2, 0] * x + to_dose[2, 1] * y + to_dose[2, 2] * z + to_dose[2, 3]
            is_inside = -_FACE <= u <= values.shape[0] - 1 + _FACE and -_FACE <= v <= values.shape[1] - 1 + _FACE
            if is_inside and -_FACE <= w <= values.shape[2] - 1 + _FACE:
                a, b = _corner(u, values.shape[0]), _corner(v, values.shape[1])
                out[j, k] = _trilinear(values, a, b, _corner(w, values.shape[2]))
            else:
                out[j, k] = np.nan
