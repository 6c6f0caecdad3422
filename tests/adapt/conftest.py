"""A smooth dose in a ball of tissue, and maps whose effect on it is known."""

from __future__ import annotations

import numpy as np
import pytest
from tests.adapt.known_dose import CENTRE_MM, GRID, gaussian_gy

from impasto.core import DisplacementField, Dose, Image, Transform


@pytest.fixture
def dose() -> Dose:
    return Dose(Image(gaussian_gy(GRID.voxel_centres_mm()), GRID, "dose", "Gy"), 10, label="phase")


@pytest.fixture
def water() -> Image:
    """Density 1 in a box well inside the grid, with a denser half."""
    density = np.zeros(GRID.shape, dtype=np.float32)
    density[4:-4, 4:-4, 4:-4] = 1.0
    density[16:-4, 4:-4, 4:-4] = 1.6
    return Image(density, GRID, "relative electron density", "1")


@pytest.fixture
def dilation() -> Transform:
    """Reference point to phase point: the phase is the reference shrunk by a tenth about the centre."""
    matrix = np.diag([0.9, 0.9, 0.9, 1.0])
    matrix[:3, 3] = 0.1 * CENTRE_MM
    return Transform(matrix, "truth")


@pytest.fixture
def bent() -> Transform:
    """A smooth dense map of some millimetres."""
    points = GRID.voxel_centres_mm() - CENTRE_MM
    vectors = np.zeros((*GRID.shape, 3))
    falloff = np.exp(-0.5 * np.sum(points**2, axis=-1) / 20.0**2)
    vectors[..., 0] = 5.0 * falloff
    vectors[..., 2] = -3.0 * falloff * np.sin(points[..., 1] / 15.0)
    return Transform.dense(DisplacementField(GRID, vectors), "truth")
