"""Mutual information and centres of mass against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image
from impasto.register import mutual_information
from impasto.register.level import level_image
from impasto.register.starts import centre_of_mass_mm


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_gaussian_intensities_have_that_of_their_correlation(correlation: float) -> None:
    rng = np.random.default_rng(0)
    first, own = rng.standard_normal((2, 2_000_000))
    second = correlation * first + np.sqrt(1.0 - correlation**2) * own
    exact = -0.5 * np.log(1.0 - correlation**2)
    # bins lose a little, and few samples a bin add a little
    assert mutual_information(first, second, bins=64) == pytest.approx(exact, abs=0.012)


def test_it_does_not_care_for_contrast() -> None:
    first = np.random.default_rng(0).integers(0, 32, 10_000).astype(float)
    entropy = mutual_information(first, first)
    assert entropy == pytest.approx(np.log(32), rel=1e-3)
    assert mutual_information(first, 31.0 - first) == pytest.approx(entropy)


def test_unknown_intensities_are_left_out() -> None:
    first = np.arange(100.0) % 2
    holes = np.where(np.arange(100) < 50, np.nan, first)
    assert mutual_information(first, holes) == pytest.approx(np.log(2))
    assert mutual_information(first, np.full(100, np.nan)) == 0.0


def test_a_balls_mass_lies_at_its_centre_whatever_the_voxels() -> None:
    affine = np.array([[0, -2.0, 0, 40], [-3.0, 0, 0, 30], [0, 0, 2.5, -25], [0, 0, 0, 1]])
    grid = Grid((20, 40, 20), affine)
    centre = np.array([2.0, 3.0, -1.0])
    ball = np.linalg.norm(grid.voxel_centres_mm() - centre, axis=-1) < 12.0
    level = level_image(Image(ball.astype(np.float32), grid, "ball", "1"), None, 3.0, 0.001)
    np.testing.assert_allclose(centre_of_mass_mm(level), centre, atol=0.3)


def test_levels_keep_extent_and_coarse_axes() -> None:
    grid = Grid.axis_aligned((32, 32, 5), (1.0, 1.0, 7.0), (0, 0, 0))
    data = np.random.default_rng(0).normal(size=grid.shape)
    level = level_image(Image(data, grid, "signal", "1"), np.ones(grid.shape, dtype=bool), 4.0, 0.0)
    np.testing.assert_allclose(level.grid.spacing_mm, (4, 4, 7))
    np.testing.assert_allclose(level.grid.bounds_mm(), grid.bounds_mm())
    assert level.region_share == 1.0
    np.testing.assert_allclose(level.values.mean(), data.mean(), atol=1e-5)
