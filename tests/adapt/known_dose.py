"""A Gaussian dose on a grid, in closed form."""

from __future__ import annotations

import numpy as np

from impasto.core import Grid

GRID = Grid.centred((32, 30, 28), (3.0, 3.0, 4.0), (10.0, -20.0, 5.0))
CENTRE_MM = np.array([10.0, -20.0, 5.0])


def gaussian_gy(points_mm: np.ndarray, width_mm: float = 18.0) -> np.ndarray:
    """Dose of 60 Gy at the centre."""
    return 60.0 * np.exp(-0.5 * np.sum((points_mm - CENTRE_MM) ** 2, axis=-1) / width_mm**2)


INTERPOLATION_GY = float(np.sum(GRID.spacing_mm**2)) / 8.0 * 60.0 / 18.0**2
"""Largest error of trilinear interpolation: h^2 / 8 of the second derivative along each axis, at the centre."""
