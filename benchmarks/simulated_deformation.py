"""Pairs of brain images with a known deformation between them, from the ICBM 152 template.

The moving image is the template under a receive field and with noise; the fixed one is the template seen through the
deformation, with noise of its own. Smooth: a random field of 14 mm correlation, 3.2 mm on average. Growing mass: a
ball of 8.8 mm radius grows to 14 mm and pushes the tissue aside, on top of a random field of .8 mm; in the follow-up
(the fixed image) it is solid, or a dark cavity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.simulated_registration import RegistrationPair, brain_with_air, rician
from impasto.core import DisplacementField, Grid, Image, Transform

__all__ = ["FollowUp", "GrowingMassPair", "growing_mass_pair", "smooth_pair"]

FollowUp = Literal["solid", "cavity"]

_MEAN_MM, _CORRELATION_MM = 3.2, 14.0
_MASS_CENTRE_MM = (-30.0, 10.0, 25.0)
_RADIUS_MM, _GROWN_SHARE, _REACH_MM = 14.0, 0.75, 40.0
_RANDOM_SHARE = 0.25
_POINTS, _NEAR_POINTS, _NEAR_MM = 5000, 3000, 15.0
_SOLID, _SOLID_NOW, _CAVITY = 0.95, 0.9, 0.12

_Field = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class GrowingMassPair(RegistrationPair):
    """Two images before and after a mass grew, and the truth between them.

    Parameters
    ----------
    near : ndarray of bool, shape (point,)
        Points outside the mass, within 15 mm of it.
    mass_fixed, mass_moving : ndarray of bool, shape of the image's grid
        The mass in each image: with a cavity, what has no counterpart in the other.
    """

    near: NDArray[np.bool_]
    mass_fixed: NDArray[np.bool_]
    mass_moving: NDArray[np.bool_]


def smooth_pair(spacing_mm: float = 1.0, seed: int = 0) -> RegistrationPair:
    """Template through a smooth random deformation, mean 3.2 mm, against the template in a receive field."""
    rng = np.random.default_rng(seed)
    brain, grid = brain_with_air(spacing_mm)
    field = _random_field(brain > 0.05, grid, rng)
    fixed = _seen_through(brain, grid, field, order=3)
    inside = _seen_through((brain > 0.05).astype(np.float32), grid, field, order=1) > 0.5
    points = grid.world_from_index(_drawn(inside, _POINTS, rng))
    images = _image(rician(np.maximum(fixed, 0.0), rng), grid), _image(_received(brain, spacing_mm, rng), grid)
    return RegistrationPair(*images, Transform.dense(DisplacementField(grid, field), "truth"), points)


def growing_mass_pair(follow_up: FollowUp = "cavity", spacing_mm: float = 1.0, seed: int = 0) -> GrowingMassPair:
    """Template with a mass that has grown, solid or a cavity by now, against the template with the mass of before.

    Tissue outside the mass keeps its volume where the mass pushes it, and the push fades over some 40 mm (Hogea 2008
    for how masses displace); the mass itself swells evenly.
    """
    rng = np.random.default_rng(seed)
    brain, grid = brain_with_air(spacing_mm)
    field = _random_field(brain > 0.05, grid, rng) * np.float32(_RANDOM_SHARE)
    field += _push(grid)
    start_radius = _RADIUS_MM * float(np.cbrt(1.0 - _GROWN_SHARE))
    mass_moving = _distance_to_centre(grid, np.zeros_like(field)) < start_radius
    mass_fixed = _distance_to_centre(grid, field) < start_radius
    before = ndimage.gaussian_filter(np.where(mass_moving, _SOLID, brain), 0.4 / spacing_mm)
    texture = ndimage.gaussian_filter(rng.standard_normal(brain.shape), 2.0 / spacing_mm)
    inside = _CAVITY if follow_up == "cavity" else _SOLID_NOW + 0.05 * texture / texture.std()
    after = np.where(mass_fixed, inside, _seen_through(before, grid, field, order=3))
    brain_now = _seen_through((brain > 0.05).astype(np.float32), grid, field, order=1) > 0.5
    away_mm = ndimage.distance_transform_edt(~mass_fixed, sampling=grid.spacing_mm)
    around = brain_now & (away_mm > 1.0) & (away_mm < _NEAR_MM)
    index = np.concatenate([_drawn(brain_now & ~mass_fixed, _POINTS, rng), _drawn(around, _NEAR_POINTS, rng)])
    return GrowingMassPair(
        fixed=_image(rician(np.maximum(after, 0.0), rng), grid),
        moving=_image(_received(before, spacing_mm, rng), grid),
        truth=Transform.dense(DisplacementField(grid, field), "truth"),
        points_mm=grid.world_from_index(index),
        near=around[tuple(index.T)],
        mass_fixed=mass_fixed,
        mass_moving=mass_moving,
    )


def _random_field(brain: NDArray[np.bool_], grid: Grid, rng: np.random.Generator) -> _Field:
    sigma = _CORRELATION_MM / grid.spacing_mm
    parts = [ndimage.gaussian_filter(rng.standard_normal(grid.shape, dtype=np.float32), sigma) for _ in range(3)]
    field = np.stack(parts, axis=-1)
    scaled: _Field = field * np.float32(_MEAN_MM / np.linalg.norm(field[brain], axis=1).mean())
    return scaled


def _push(grid: Grid) -> _Field:
    """Displacement from the grown mass back to the small one."""
    away = grid.voxel_centres_mm() - _MASS_CENTRE_MM
    radius = np.linalg.norm(away, axis=-1) + 1e-6
    outside = np.cbrt(np.maximum(radius**3 - _GROWN_SHARE * _RADIUS_MM**3, 0.0))
    source = np.where(radius >= _RADIUS_MM, outside, radius * np.cbrt(1.0 - _GROWN_SHARE))
    fading = np.exp(-((np.maximum(radius - _RADIUS_MM, 0.0) / _REACH_MM) ** 2))
    push: _Field = (((source / radius - 1.0) * fading)[..., None] * away).astype(np.float32)
    return push


def _distance_to_centre(grid: Grid, field: _Field) -> NDArray[np.float32]:
    return np.linalg.norm(grid.voxel_centres_mm() + field - _MASS_CENTRE_MM, axis=-1).astype(np.float32)


def _seen_through(values: NDArray[np.floating], grid: Grid, field: _Field, order: int) -> NDArray[np.float32]:
    index = np.moveaxis(grid.index_from_world(grid.voxel_centres_mm() + field), -1, 0)
    return ndimage.map_coordinates(values, index, order=order, mode="nearest").astype(np.float32)


def _received(brain: NDArray[np.floating], spacing_mm: float, rng: np.random.Generator) -> NDArray[np.float32]:
    field = ndimage.gaussian_filter(rng.standard_normal(brain.shape), 40.0 / spacing_mm)
    return rician(np.maximum(brain * (1.0 + 0.15 * field / np.abs(field).max()), 0.0), rng)


def _drawn(where: NDArray[np.bool_], count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    index = np.argwhere(where)
    return index[rng.choice(len(index), min(count, len(index)), replace=False)]


def _image(values: NDArray[np.floating], grid: Grid) -> Image:
    return Image(values.astype(np.float32), grid, "T1-weighted signal", "1")
