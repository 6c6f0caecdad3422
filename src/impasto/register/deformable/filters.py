"""Averages over neighbourhoods of voxels, and gradients in patient space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Grid

__all__ = ["cube_mean", "gradient_per_mm", "locally_normalised", "smoothed", "smoothed_vectors", "window_sum"]

Volume = NDArray[np.float32]

_TRUNCATE = 3.0


def cube_mean(values: Volume, radius: int) -> Volume:
    """Mean over a cube of ``2 radius + 1`` voxels."""
    mean: Volume = ndimage.uniform_filter(values, 2 * radius + 1, mode="nearest")
    return mean


def window_sum(values: Volume, sigma_voxels: float) -> Volume:
    """Gaussian average that finds nothing beyond the volume."""
    average: Volume = ndimage.gaussian_filter(values, sigma_voxels, mode="constant", truncate=_TRUNCATE)
    return average


def smoothed(values: Volume, sigma_voxels: float) -> Volume:
    """Gaussian average that finds the outermost values repeated beyond the volume."""
    average: Volume = ndimage.gaussian_filter(values, sigma_voxels, mode="nearest", truncate=_TRUNCATE)
    return average


def smoothed_vectors(vectors: Volume, sigma_voxels: float) -> Volume:
    """:func:`smoothed`, of each component of vectors, shape (i, j, k, 3)."""
    if sigma_voxels <= 0.0:
        return vectors
    return np.stack([smoothed(vectors[..., axis], sigma_voxels) for axis in range(3)], axis=-1)


def gradient_per_mm(values: Volume, grid: Grid) -> list[Volume]:
    """Change per mm along L, P and S, by central differences."""
    per_mm = np.linalg.inv(grid.affine[:3, :3]).astype(np.float32)
    steps = [np.gradient(values, axis=axis) if values.shape[axis] > 1 else np.zeros_like(values) for axis in range(3)]
    return [
        sum((steps[axis] * per_mm[axis, world] for axis in range(3) if per_mm[axis, world]), np.zeros_like(values))
        for world in range(3)
    ]


def locally_normalised(values: Volume, radius: int, noise: float, counted: Volume | None = None) -> Volume:
    """Values less their mean over a cube, over their standard deviation there: receive fields and scales drop out.

    Parameters
    ----------
    values : ndarray of float32
    radius : int
        Of the cube.
    noise : float
        Added to the standard deviation in squares, so that noise in even tissue is not blown up.
    counted : ndarray of float32, optional
        1 where a value is known, 0 elsewhere.
    """
    known: Volume | np.float32 = np.float32(1.0)
    if counted is not None:
        known, values = np.maximum(cube_mean(counted, radius), np.float32(1e-3)), values * counted
    mean = cube_mean(values, radius) / known
    variance = cube_mean(values * values, radius) / known - mean * mean
    normalised = (values - mean) / np.sqrt(np.maximum(variance, np.float32(0.0)) + np.float32(noise**2))
    return np.asarray(normalised if counted is None else normalised * counted, dtype=np.float32)
