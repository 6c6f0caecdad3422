"""Smooth solids that digital anatomy is built of, as signed distances to their surface."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import ndimage

from impasto.core.arrays import FloatArray

__all__ = ["ellipsoid_distance_mm", "filled_share", "smooth_noise", "tube_distance_mm"]


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


def tube_distance_mm(points_mm: FloatArray, path_mm: Sequence[Sequence[float]], radius_mm: float) -> FloatArray:
    """Signed distance in mm to a tube of constant radius around a polyline, negative inside."""
    nearest = np.full(points_mm.shape[:-1], np.inf)
    path = np.asarray(path_mm, dtype=np.float64)
    for start, end in pairwise(path):
        along = end - start
        share = np.clip((points_mm - start) @ along / (along @ along), 0.0, 1.0)
        nearest = np.minimum(nearest, np.linalg.norm(points_mm - start - share[..., None] * along, axis=-1))
    return nearest - radius_mm


def filled_share(distance_mm: FloatArray, spacing_mm: float) -> FloatArray:
    """Approximate share of each voxel inside a surface from the signed distance at its centre."""
    share: FloatArray = np.clip(0.5 - distance_mm / spacing_mm, 0.0, 1.0)
    return share


def smooth_noise(shape: Sequence[int], correlation_voxels: float, rng: np.random.Generator) -> FloatArray:
    """Gaussian random field of unit variance with a Gaussian correlation of the given width."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), correlation_voxels, mode="wrap")
    field: FloatArray = (noise - noise.mean()) / noise.std()
    return field
