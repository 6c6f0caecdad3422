"""Where white-matter fibres run: an orientation field made of the brain's great bundles."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.resample import sample_linear

__all__ = ["fibre_orientation"]

_BUNDLES_MM = {
    "corpus callosum, front": ((0, -30, 6), (10, -36, 8), (17, -48, 10), (20, -60, 12)),
    "corpus callosum, fan 1": ((0, -18, 22), (14, -20, 25), (26, -22, 36), (32, -24, 52)),
    "corpus callosum, fan 2": ((0, -4, 26), (14, -4, 29), (27, -4, 40), (33, -4, 58)),
    "corpus callosum, fan 3": ((0, 10, 27), (14, 11, 30), (27, 12, 42), (33, 14, 60)),
    "corpus callosum, fan 4": ((0, 24, 25), (14, 27, 28), (27, 32, 38), (34, 38, 54)),
    "corpus callosum, back": ((0, 38, 14), (13, 45, 14), (20, 60, 12), (19, 82, 8)),
    "corticospinal, hand": ((32, 20, 60), (27, 14, 34), (22, 9, 8), (13, 14, -14), (6, 22, -34), (4, 36, -60)),
    "corticospinal, foot": ((10, 26, 68), (20, 18, 36), (22, 10, 8), (13, 14, -14)),
    "corticospinal, face": ((46, 8, 40), (30, 10, 28), (22, 8, 8)),
    "thalamic radiation, front": ((12, 6, 8), (18, -10, 8), (20, -30, 12), (22, -50, 18)),
    "superior longitudinal": ((37, -36, 26), (38, -10, 31), (38, 20, 33), (41, 46, 26), (46, 50, 6), (46, 30, -6)),
    "inferior fronto-occipital": ((28, -52, 2), (31, -22, -6), (34, 10, -6), (36, 40, -1), (30, 76, 3)),
    "inferior longitudinal": ((38, -8, -28), (42, 20, -18), (40, 45, -8), (28, 78, -4)),
    "cingulum": ((8, -44, 12), (8, -26, 33), (8, 0, 40), (8, 26, 40), (9, 46, 26)),
    "optic radiation": ((24, 20, -2), (38, 28, -3), (36, 50, 2), (18, 82, 6)),
    "uncinate": ((30, -8, -22), (33, -24, -10), (26, -46, -6)),
    "middle cerebellar peduncle": ((0, 20, -34), (16, 30, -38), (26, 46, -42)),
    "fornix": ((3, 2, 6), (4, 12, 18), (14, 30, 12), (26, 28, -8)),
}
"""Courses of the left side in an average brain, LPS mm from the anterior commissure (after Mori 2005), coarsely."""

_LATTICE = Grid.axis_aligned((53, 66, 58), (3.0, 3.0, 3.0), (-78.0, -84.0, -84.0))
_AVERAGE_BRAIN_MM = np.array([[-70.0, -72.0, -68.0], [70.0, 104.0, 80.0]])
_BUNDLE_RADIUS_MM = 5.0
_GYRUS_MM = 5.0
_GYRAL_TURN = 0.7
_POINT_DISTANCE_MM = 3.0
_CENTRE_MM = np.array([0.0, 14.0, 8.0])
_BACKGROUND = 0.15


def fibre_orientation(points_mm: FloatArray, brain_bounds_mm: FloatArray) -> NDArray[np.float32]:
    """Mean orientation of fibres: ``sum w n n^T``, weights w by the distance to each bundle, trace 1.

    Where one bundle dominates this is the dyad of its direction; where bundles cross its eigenvalues draw near each
    other, and a tensor built on it loses anisotropy as crossing fibres do. Far from all bundles fibres fan out
    towards the cortex, each gyrus its own way.

    Parameters
    ----------
    points_mm : ndarray, shape (..., 3)
        LPS.
    brain_bounds_mm : ndarray, shape (2, 3)
        Least and greatest coordinate of this patient's brain: the average one is stretched into them.

    Returns
    -------
    ndarray of float32, shape (..., 6)
        Components xx, xy, xz, yy, yz, zz.
    """
    scale = np.diff(_AVERAGE_BRAIN_MM, axis=0)[0] / np.diff(brain_bounds_mm, axis=0)[0]
    average = (points_mm - brain_bounds_mm[0]) * scale + _AVERAGE_BRAIN_MM[0]
    inside = np.clip(average, *_LATTICE.bounds_mm())
    sampled = [sample_linear(part, _LATTICE, inside) for part in _orientation_lattice()]
    orientation: NDArray[np.float32] = np.stack(sampled, axis=-1, dtype=np.float32)
    return orientation


@lru_cache(maxsize=1)
def _orientation_lattice() -> NDArray[np.float32]:
    """Build the average brain's field once per process, shape (6, *lattice)."""
    places, directions = _course_points()
    nodes = tuple(np.rint(_LATTICE.index_from_world(places)).astype(np.int64).T)
    weight, mixed = np.zeros(_LATTICE.shape), np.zeros((6, *_LATTICE.shape))
    np.add.at(weight, nodes, 1.0)
    for part, dyad in zip(mixed, _dyads(directions), strict=True):
        np.add.at(part, nodes, dyad)
    sigma = _BUNDLE_RADIUS_MM / _LATTICE.spacing_mm
    # a course of points 3 mm apart has the weight 1 on its axis
    peak = float(np.prod(sigma[:2])) * 2.0 * np.pi * (_POINT_DISTANCE_MM / float(_LATTICE.spacing_mm[0]))
    weight = peak * ndimage.gaussian_filter(weight, sigma, mode="constant") + _BACKGROUND
    outward = _LATTICE.voxel_centres_mm() - _CENTRE_MM
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True) + 1e-9
    # neighbouring gyri point in different directions
    noise = np.random.default_rng(0).standard_normal(outward.shape)
    waves = ndimage.gaussian_filter(noise, (*(_GYRUS_MM / _LATTICE.spacing_mm), 0.0))
    outward += _GYRAL_TURN * waves / waves.std()
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    mixed = peak * np.stack([ndimage.gaussian_filter(part, sigma, mode="constant") for part in mixed])
    lattice: NDArray[np.float32] = ((mixed + _BACKGROUND * _dyads(outward)) / weight).astype(np.float32)
    return lattice


def _course_points() -> tuple[FloatArray, FloatArray]:
    """Points some mm apart along all bundles of both sides, and the unit direction at each."""
    places, directions = [], []
    for course in _BUNDLES_MM.values():
        for side in (1.0, -1.0):
            path = np.array(course, dtype=np.float64) * (side, 1.0, 1.0)
            for start, end in pairwise(path):
                along = end - start
                shares = (np.arange(max(1, round(float(np.linalg.norm(along)) / _POINT_DISTANCE_MM))) + 0.5)[:, None]
                places.append(start + along * shares / len(shares))
                directions.append(np.repeat(along[None] / np.linalg.norm(along), len(shares), axis=0))
    return np.concatenate(places), np.concatenate(directions)


def _dyads(directions: FloatArray) -> FloatArray:
    """Components of ``n n^T``, shape (6, ...), of unit vectors of shape (..., 3)."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack([x * x, x * y, x * z, y * y, y * z, z * z])
