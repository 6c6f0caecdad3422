"""Smooth solids that digital anatomy is built of, as signed distances to their surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from impasto.core.arrays import FloatArray

__all__ = ["ellipsoid_distance_mm", "filled_share", "smooth_noise"]


def ellipsoid_distance_mm(points_mm: FloatArray, centre_mm: Sequence[float], radii_mm: Sequence[float]) -> FloatArray:
    """Signed distance to an ellipsoid's surface in mm, negative inside, exact to first order near the surface.

    Parameters
    ----------
    points_mm : ndarray, shape (..., 3)
        LPS.
    centre_mm, radii_mm : sequence of 3 floats

    Returns
    -------
    ndarray, shape (...)
    """
    scaled = (points_mm - np.asarray(centre_mm)) / np.asarray(radii_mm)
    level = np.linalg.norm(scaled, axis=-1)
    slope = np.linalg.norm(scaled / np.asarray(radii_mm), axis=-1)
    distance: FloatArray = (level - 1.0) * level / np.maximum(slope, 1e-9)
    return distance


def filled_share(distance_mm: FloatArray, spacing_mm: float) -> FloatArray:
    """Approximate share of each voxel inside a surface from the signed distance at its centre."""
    share: FloatArray = np.clip(0.5 - distance_mm / spacing_mm, 0.0, 1.0)
    return share


def smooth_noise(shape: Sequence[int], correlation_voxels: float, rng: np.random.Generator) -> FloatArray:
    """Gaussian random field of unit variance with a Gaussian correlation of the given width."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), correlation_voxels, mode="wrap")
    field: FloatArray = (noise - noise.mean()) / noise.std()
    return field
