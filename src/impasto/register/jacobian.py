"""How much a transform stretches, and whether it folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.core import Image, Transform
from impasto.core.grid import Grid

__all__ = ["jacobian_determinant", "jacobian_map"]


def jacobian_determinant(transform: Transform) -> NDArray[np.float32]:
    """Volume in the moving frame over volume in the fixed one, at every voxel of the dense part's grid.

    ``det(A) det(I + du/dx)``, derivatives by central differences (one-sided at the faces); zero or less means a fold.

    Returns
    -------
    ndarray of float32, shape of the dense part's grid; (1, 1, 1) for an affine transform, whose stretch is the same
        everywhere.
    """
    linear = float(np.linalg.det(transform.matrix[:3, :3]))
    if transform.displacement is None:
        return np.full((1, 1, 1), linear, dtype=np.float32)
    field = transform.displacement
    per_mm = np.linalg.inv(field.grid.affine[:3, :3])
    gradient = np.zeros((*field.grid.shape, 3, 3), dtype=np.float32)
    for axis, count in enumerate(field.grid.shape):
        if count > 1:
            step = np.gradient(field.vectors_mm, axis=axis)
            gradient += step[..., :, None] * per_mm[axis].astype(np.float32)
    gradient += np.eye(3, dtype=np.float32)
    determinant: NDArray[np.float32] = _determinants(gradient) * np.float32(linear)
    return determinant


def jacobian_map(transform: Transform, grid: Grid) -> Image:
    """Jacobian determinant as an image on a grid of the fixed frame."""
    determinant = jacobian_determinant(transform)
    if transform.displacement is None:
        return Image(np.full(grid.shape, determinant[0, 0, 0]), grid, "Jacobian determinant", "1")
    own = Image(determinant, transform.displacement.grid, "Jacobian determinant", "1")
    return own.resampled_linear(grid, outside=float(np.linalg.det(transform.matrix[:3, :3])))


def _determinants(matrices: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of many 3 x 3 matrices; spelled out, since the general routine takes ten times as long."""
    (a, b, c), (d, e, f), (g, h, i) = np.moveaxis(matrices, (-2, -1), (0, 1))
    result: NDArray[np.float32] = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return result
