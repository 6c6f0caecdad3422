from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.simulated_deformation import GrowingMassPair, growing_mass_pair, smooth_pair
from benchmarks.simulated_registration import RegistrationPair

LOW_MM, HIGH_MM = np.array([-72.0, -45.0, -20.0]), np.array([18.0, 60.0, 70.0])
"""A box in the right half of the brain, the mass in its midst."""


def cut(pair: RegistrationPair) -> RegistrationPair:
    """Return the images inside the box, and the points a centimetre inside it."""
    start, stop = np.rint(pair.fixed.grid.index_from_world(np.stack([LOW_MM, HIGH_MM]))).astype(int)
    inside = np.all((pair.points_mm > LOW_MM + 10.0) & (pair.points_mm < HIGH_MM - 10.0), axis=1)
    parts = {"fixed": pair.fixed.cropped(start, stop), "moving": pair.moving.cropped(start, stop)}
    if isinstance(pair, GrowingMassPair):
        box = tuple(slice(a, b) for a, b in zip(start, stop, strict=True))
        masses = {"mass_fixed": pair.mass_fixed[box], "mass_moving": pair.mass_moving[box]}
        return replace(pair, points_mm=pair.points_mm[inside], near=pair.near[inside], **parts, **masses)
    return replace(pair, points_mm=pair.points_mm[inside], **parts)


@pytest.fixture(scope="session")
def bent() -> RegistrationPair:
    return cut(smooth_pair(3.0))


@pytest.fixture(scope="session")
def resected() -> GrowingMassPair:
    return cut(growing_mass_pair("cavity", 3.0))
