"""The field of air and tissue against the analytic sphere; shims remove what they can make."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError
from impasto.phantom.field import dipole_field_ppm, shimmed, with_shim_error
from impasto.phantom.shapes import filled_share

GRID = Grid.centred((56, 56, 56), (3, 3, 3))


def test_a_sphere_is_even_inside_and_a_dipole_outside() -> None:
    points = GRID.voxel_centres_mm()
    distance = np.linalg.norm(points, axis=-1)
    radius, contrast = 36.0, -9.41
    field = dipole_field_ppm(0.36 + contrast * filled_share(distance - radius, 3.0), GRID)
    assert np.abs(field[distance < radius - 6]).max() < 0.06
    cosine = points[..., 2] / distance
    expected = contrast / 3.0 * (radius / distance) ** 3 * (3.0 * cosine**2 - 1.0)
    near = (distance > radius + 6) & (distance < radius + 20)
    np.testing.assert_allclose(field[near], expected[near], atol=0.12)


def test_a_second_order_shim_removes_fields_of_second_order_in_spite_of_a_hot_spot() -> None:
    x, y, z = np.moveaxis(GRID.voxel_centres_mm() / 50.0, -1, 0)
    distance = np.linalg.norm(GRID.voxel_centres_mm(), axis=-1)
    smooth = 30 * x - 20 * z + 40 * x * y + 25 * (2 * z * z - x * x - y * y)
    weights = (distance < 60).astype(float)
    np.testing.assert_allclose(shimmed(smooth, weights, GRID)[weights > 0], 0.0, atol=1e-2)
    hot = (y < -0.9) & (weights > 0)
    left = shimmed(smooth + 150.0 * hot, weights, GRID)
    assert np.abs(left[(weights > 0) & ~hot]).max() < 12.0
    assert left[hot].mean() > 130.0


def test_the_shim_error_has_the_standard_deviation_asked_for() -> None:
    field = with_shim_error(np.zeros(GRID.shape), GRID, 3.0, np.random.default_rng(0))
    assert field.data.std() == pytest.approx(3.0, rel=1e-3)
    assert field.unit == "Hz"


def test_an_oblique_grid_is_refused() -> None:
    turned = np.diag([3.0, 3.0, 3.0, 1.0])[[1, 0, 2, 3]]
    with pytest.raises(ImpastoError, match="reorient"):
        dipole_field_ppm(np.zeros((8, 8, 8)), Grid((8, 8, 8), turned))
