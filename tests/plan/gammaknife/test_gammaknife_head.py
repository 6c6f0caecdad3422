"""Depths in the head."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Structure
from impasto.plan.gammaknife import DensityHead, GammaKnife, WaterSphere, water_head


def ball(radius_mm: float, spacing_mm: float) -> tuple[Structure, Grid]:
    count = int(np.ceil(2 * radius_mm / spacing_mm)) + 4
    grid = Grid.centred((count, count, count), [spacing_mm] * 3)
    distance = np.linalg.norm(grid.voxel_centres_mm(), axis=-1)
    share = np.clip((radius_mm - distance) / spacing_mm + 0.5, 0.0, 1.0)
    return Structure.from_mask("HEAD", Role.EXTERNAL, share, grid), grid


def test_sphere_ends_where_it_says(sphere: WaterSphere) -> None:
    rng = np.random.default_rng(0)
    points, rays = rng.uniform(-40, 40, (20, 3)), rng.normal(size=(30, 3))
    rays /= np.linalg.norm(rays, axis=1)[:, None]
    depth = sphere.depths_mm(points, rays)
    ends = points[:, None] + depth[..., None] * rays
    np.testing.assert_allclose(np.linalg.norm(ends, axis=-1), 80.0, rtol=1e-5)
    assert sphere.contains(points).all()
    assert not sphere.contains(np.array([[0.0, 80.1, 0.0]])).any()


def test_ray_casting_agrees_with_the_analytic_sphere(perfexion: GammaKnife, sphere: WaterSphere) -> None:
    head = water_head(*ball(80.0, 2.0))
    isocentres = np.array([[0.0, 0.0, 0.0], [40.0, 10.0, -20.0], [0.0, 0.0, 50.0]])
    rays = perfexion.beams.towards_source.reshape(-1, 3)
    found, exact = head.depths_mm(isocentres, rays), sphere.depths_mm(isocentres, rays)
    # the border's share lies anywhere in its voxel of 2 mm
    assert np.abs(found - exact).max() < 1.0
    assert np.abs((found - exact).mean(axis=1)).max() < 0.1


def test_denser_bone_lengthens_the_way() -> None:
    grid = Grid.centred((40, 40, 40), (5.0, 5.0, 5.0))
    density = np.ones(grid.shape, dtype=np.float32)
    density[:, :, 36:] = 1.6
    head = DensityHead(Image(density, grid, "relative electron density", "1"), "CT")
    depth = head.depths_mm(np.zeros((1, 3)), np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0]]))
    np.testing.assert_allclose(depth, [[80.0 + 1.6 * 20.0, 100.0]], rtol=1e-5)


def test_notes_tell_where_the_image_cuts_the_head() -> None:
    grid = Grid.centred((20, 20, 20), (5.0, 5.0, 5.0))
    density = np.zeros(grid.shape, dtype=np.float32)
    density[4:16, 4:16, :18] = 1.0
    neck_only = DensityHead(Image(density, grid, "relative electron density", "1"), "water")
    assert neck_only.notes() == ("water",)
    density = density.copy()
    density[4:16, 4:16, 18:] = 1.0
    vertex = DensityHead(Image(density, grid, "relative electron density", "1"), "water").notes()
    assert "cuts the head at its top" in vertex[1]
    with pytest.raises(ImpastoError, match="no voxel"):
        DensityHead(Image(np.zeros(grid.shape), grid, "relative electron density", "1"), "water")


def test_contains_follows_the_voxels() -> None:
    head = water_head(*ball(30.0, 3.0))
    points = np.array([[0.0, 0.0, 0.0], [29.0, 0.0, 0.0], [34.0, 0.0, 0.0], [500.0, 0.0, 0.0]])
    assert head.contains(points).tolist() == [True, True, False, False]
