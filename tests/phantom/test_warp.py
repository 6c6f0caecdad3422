"""Warps: the kernel samples as scipy does, individual heads stay whole."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from impasto.core import Grid
from impasto.phantom.atlas import head_atlas
from impasto.phantom.warp import PatientWarp, random_warp, sample_fields, smooth_lattice, world_coordinates


def oblique_grid() -> Grid:
    angle = 0.3
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn * (2.0, 1.5, 3.0)
    affine[:3, 3] = (-10, -12, -8)
    return Grid((9, 11, 7), affine)


def test_fields_are_sampled_where_the_warp_leads() -> None:
    rng = np.random.default_rng(0)
    lattice, grid = Grid.centred((30, 28, 26), (2, 2, 2)), oblique_grid()
    fields = rng.standard_normal((*lattice.shape, 3)).astype(np.float32)
    control = Grid.centred((12, 12, 12), (6, 6, 6))
    displacement = np.stack([2 * smooth_lattice(control.shape, 1.5, rng) for _ in range(3)], axis=-1)
    warp = PatientWarp(np.array([1.1, 0.9, 1.05]), control, displacement)
    sampled = sample_fields(fields, lattice, warp, grid)
    index = np.moveaxis(lattice.index_from_world(warp.template_points_mm(grid.voxel_centres_mm())), -1, 0)
    for number in range(3):
        expected = ndimage.map_coordinates(fields[..., number], index, order=1, mode="nearest")
        np.testing.assert_allclose(sampled[number], expected, atol=2e-4)


def test_world_coordinates_are_those_of_the_voxel_centres() -> None:
    for grid in (oblique_grid(), Grid.centred((4, 5, 6), (1, 2, 3), (7, 8, 9))):
        axes = np.broadcast_arrays(*world_coordinates(grid))
        whole = np.stack([np.broadcast_to(axis, grid.shape) for axis in axes], axis=-1)
        np.testing.assert_allclose(whole, grid.voxel_centres_mm(), atol=1e-4)


def test_a_smooth_lattice_has_unit_variance_and_its_correlation() -> None:
    field = smooth_lattice((48, 48, 48), 2.0, np.random.default_rng(1))
    assert field.std() == pytest.approx(1.0, abs=1e-3)
    # white noise blurred by s correlates as exp(-d^2 / 4 s^2)
    neighbours = np.mean(field * np.roll(field, 4, axis=0))
    assert neighbours == pytest.approx(np.exp(-1.0), abs=0.08)


@pytest.mark.parametrize("seed", range(4))
def test_individual_heads_do_not_fold(seed: int) -> None:
    warp = random_warp(head_atlas(), np.random.default_rng(seed))
    steps = [np.gradient(warp.displacement_mm[..., axis], 5.0) for axis in range(3)]
    jacobian = np.moveaxis(np.array(steps), (0, 1), (-2, -1)) + np.diag(warp.scale)
    volume = np.linalg.det(jacobian)
    assert volume.min() > 0.25
    assert volume.max() < 3.0
