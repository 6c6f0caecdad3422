"""Where a search begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial.transform import Rotation

from impasto.core import Transform
from impasto.core.arrays import FloatArray
from impasto.register.level import LevelImage

__all__ = ["centre_of_mass_mm", "centre_of_mass_start", "rotated_starts"]

_AIR_QUANTILE = 0.05
_TURNS_DEG = (-30.0, 30.0, -90.0, 90.0, 180.0)


def centre_of_mass_mm(image: LevelImage) -> FloatArray:
    """Centre of the intensities above those of the darkest twentieth, LPS, shape (3,)."""
    weight = np.maximum(image.values - np.quantile(image.values, _AIR_QUANTILE), 0.0).astype(np.float64)
    if image.region is not None:
        weight = weight * image.region
    total = weight.sum()
    if total <= 0.0:
        weight, total = np.ones(image.grid.shape), float(image.grid.voxel_count)
    means = [
        float(np.sum(weight.sum(axis=tuple(b for b in range(3) if b != axis)) * np.arange(n)) / total)
        for axis, n in enumerate(image.grid.shape)
    ]
    return image.grid.world_from_index(means)


def centre_of_mass_start(fixed: LevelImage, moving: LevelImage) -> Transform:
    """Shift that brings the centres of mass together."""
    shift = Transform.translation(centre_of_mass_mm(moving) - centre_of_mass_mm(fixed))
    return replace(shift, fitted_on="centre of mass")


def rotated_starts(fixed: LevelImage, moving: LevelImage) -> list[Transform]:
    """Centre-of-mass start turned about each patient axis, by thirty degrees, quarters and a half turn."""
    start, centre = centre_of_mass_start(fixed, moving), centre_of_mass_mm(fixed)
    starts = [start]
    for axis in "xyz":
        for angle in _TURNS_DEG:
            turn = np.eye(4)
            turn[:3, :3] = Rotation.from_euler(axis, angle, degrees=True).as_matrix()
            turn[:3, 3] = centre - turn[:3, :3] @ centre
            name = f"centre of mass, turned by {angle:g} degrees about {axis}"
            starts.append(Transform(start.matrix @ turn, name))
    return starts
