"""Compiled algebra of many small symmetric problems: normal equations, quadratic forms, 3 x 3 eigensystems.

The voxel is the last axis, so that one instruction works on several of them. A symmetric matrix is kept as its lower
triangle row by row: element (i, j) with j <= i stands at ``i (i + 1) / 2 + j``.
"""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import BoolArray, FloatArray

__all__ = ["principal_axes", "quadratic_form", "solve_normal_equations"]

# a pivot so much smaller than its diagonal element means that the measurements do not determine the unknown
_SINGULAR = 1e-9
# voxels worked on together: their matrices stay in the nearest cache
_WIDTH = 32


@numba.njit(cache=True, nogil=True)
def solve_normal_equations(normal: FloatArray, right: FloatArray, solution: FloatArray, inverse: FloatArray) -> None:
    """Solve symmetric positive definite systems by Cholesky's method, and invert them.

    Parameters
    ----------
    normal : ndarray, shape (p (p + 1) / 2, voxel)
    right : ndarray, shape (p, voxel)
    solution : ndarray, shape (p, voxel)
        Filled; NaN where the system is singular.
    inverse : ndarray, shape (p (p + 1) / 2, voxel)
        Filled; NaN where the system is singular.
    """
    voxels = right.shape[1]
    factor, inverted = np.empty((normal.shape[0], _WIDTH)), np.empty((normal.shape[0], _WIDTH))
    singular = np.empty(_WIDTH, np.bool_)
    for start in range(0, voxels, _WIDTH):
        stop = min(start + _WIDTH, voxels)
        _factorise(normal[:, start:stop], right.shape[0], factor, singular)
        _substitute(factor, right[:, start:stop], solution[:, start:stop])
        _invert_triangle(factor, right.shape[0], inverted)
        _product_with_transpose(inverted, right.shape[0], inverse[:, start:stop])
        for n in range(stop - start):
            if singular[n]:
                solution[:, start + n] = np.nan
                inverse[:, start + n] = np.nan


@numba.njit(cache=True, nogil=True)
def _factorise(matrix: FloatArray, size: int, factor: FloatArray, singular: BoolArray) -> None:
    """Cholesky factors, their diagonals inverted."""
    voxels = matrix.shape[1]
    singular[:] = False
    for i in range(size):
        row = i * (i + 1) // 2
        for j in range(i + 1):
            other = j * (j + 1) // 2
            for n in range(voxels):
                factor[row + j, n] = matrix[row + j, n]
            for k in range(j):
                for n in range(voxels):
                    factor[row + j, n] -= factor[row + k, n] * factor[other + k, n]
            if j < i:
                for n in range(voxels):
                    factor[row + j, n] *= factor[other + j, n]
        for n in range(voxels):
            pivot = factor[row + i, n]
            # written so that NaN counts as singular
            positive = pivot > _SINGULAR * matrix[row + i, n]
            singular[n] |= not positive
            factor[row + i, n] = 1.0 / np.sqrt(pivot) if positive else 0.0


@numba.njit(cache=True, nogil=True)
def _substitute(factor: FloatArray, right: FloatArray, solution: FloatArray) -> None:
    """Forward and back substitution with a factor whose diagonal is inverted."""
    size, voxels = right.shape
    for i in range(size):
        row = i * (i + 1) // 2
        for n in range(voxels):
            solution[i, n] = right[i, n]
        for k in range(i):
            for n in range(voxels):
                solution[i, n] -= factor[row + k, n] * solution[k, n]
        for n in range(voxels):
            solution[i, n] *= factor[row + i, n]
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            below = k * (k + 1) // 2 + i
            for n in range(voxels):
                solution[i, n] -= factor[below, n] * solution[k, n]
        for n in range(voxels):
            solution[i, n] *= factor[i * (i + 1) // 2 + i, n]


@numba.njit(cache=True, nogil=True)
def _invert_triangle(factor: FloatArray, size: int, inverted: FloatArray) -> None:
    """Inverse of lower triangles whose diagonals are given inverted."""
    voxels = factor.shape[1]
    for j in range(size):
        diagonal = j * (j + 1) // 2 + j
        for n in range(voxels):
            inverted[diagonal, n] = factor[diagonal, n]
        for i in range(j + 1, size):
            row = i * (i + 1) // 2
            for n in range(voxels):
                inverted[row + j, n] = 0.0
            for k in range(j, i):
                above = k * (k + 1) // 2 + j
                for n in range(voxels):
                    inverted[row + j, n] -= factor[row + k, n] * inverted[above, n]
            for n in range(voxels):
                inverted[row + j, n] *= factor[row + i, n]


@numba.njit(cache=True, nogil=True)
def _product_with_transpose(inverted: FloatArray, size: int, product: FloatArray) -> None:
    """``L^T L`` of lower triangles."""
    voxels = product.shape[1]
    for i in range(size):
        for j in range(i + 1):
            place = i * (i + 1) // 2 + j
            for n in range(voxels):
                product[place, n] = 0.0
            for k in range(i, size):
                row = k * (k + 1) // 2
                for n in range(voxels):
                    product[place, n] += inverted[row + i, n] * inverted[row + j, n]


@numba.njit(cache=True, nogil=True)
def quadratic_form(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """``v^T M v`` of the first rows and columns of each matrix, shape (voxel,).

    Parameters
    ----------
    matrices : ndarray, shape (p (p + 1) / 2, voxel)
    vectors : ndarray, shape (n, voxel), n <= p
    """
    size, voxels = vectors.shape
    form = np.zeros(voxels)
    for i in range(size):
        row = i * (i + 1) // 2
        for n in range(voxels):
            form[n] += matrices[row + i, n] * vectors[i, n] * vectors[i, n]
        for j in range(i):
            for n in range(voxels):
                form[n] += 2.0 * matrices[row + j, n] * vectors[i, n] * vectors[j, n]
    return form


@numba.njit(cache=True, nogil=True)
def principal_axes(components: FloatArray, values: FloatArray, direction: FloatArray) -> None:
    """Eigenvalues from greatest to least and the first one's direction, from the characteristic cubic (Smith 1961).

    Good to about 1e-8 of the tensor's size: far below noise, and some times faster than iterating.

    Parameters
    ----------
    components : ndarray, shape (6, voxel)
        xx, xy, xz, yy, yz, zz.
    values, direction : ndarray, shape (3, voxel)
        Filled; NaN where the components are.
    """
    for n in range(components.shape[1]):
        xy, xz, yz = components[1, n], components[2, n], components[4, n]
        mean = (components[0, n] + components[3, n] + components[5, n]) / 3.0
        xx, yy, zz = components[0, n] - mean, components[3, n] - mean, components[5, n] - mean
        scale = np.sqrt((xx * xx + yy * yy + zz * zz + 2.0 * (xy * xy + xz * xz + yz * yz)) / 6.0)
        half = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
        half = 0.5 * half / scale**3 if scale != 0.0 else 0.0
        angle = np.arccos(min(max(half, -1.0), 1.0)) / 3.0
        greatest, least = 2.0 * scale * np.cos(angle), 2.0 * scale * np.cos(angle + 2.0 * np.pi / 3.0)
        values[0, n], values[1, n], values[2, n] = mean + greatest, mean - greatest - least, mean + least
        x, y, z = _null_direction(xx - greatest, xy, xz, yy - greatest, yz, zz - greatest)
        direction[0, n], direction[1, n], direction[2, n] = x + 0.0 * mean, y + 0.0 * mean, z + 0.0 * mean


@numba.njit(cache=True, nogil=True)
def _null_direction(xx: float, xy: float, xz: float, yy: float, yz: float, zz: float) -> tuple[float, float, float]:
    """Find the unit vector that a singular symmetric matrix maps to zero: the longest cross product of two rows."""
    ax, ay, az = xy * yz - xz * yy, xz * xy - xx * yz, xx * yy - xy * xy
    bx, by, bz = xy * zz - xz * yz, xz * xz - xx * zz, xx * yz - xy * xz
    cx, cy, cz = yy * zz - yz * yz, yz * xz - xy * zz, xy * yz - yy * xz
    a, b, c = ax * ax + ay * ay + az * az, bx * bx + by * by + bz * bz, cx * cx + cy * cy + cz * cz
    if b > a:
        ax, ay, az, a = bx, by, bz, b
    if c > a:
        ax, ay, az, a = cx, cy, cz, c
    if not a > 0.0:
        return 1.0, 0.0, 0.0
    length = 1.0 / np.sqrt(a)
    return ax * length, ay * length, az * length
