"""Resampling: linear fields are reproduced, labels stay labels, integrals are kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from scipy.spatial.transform import Rotation

from impasto.core import Grid, Image
from impasto.core.resample import resample_conserving, resample_linear, resample_nearest, sample_linear


def rotated(grid: Grid, degrees: float) -> Grid:
    turn = np.eye(4)
    turn[:3, :3] = Rotation.from_euler("xyz", [degrees, 0.5 * degrees, -degrees], degrees=True).as_matrix()
    return Grid(grid.shape, turn @ grid.affine)


@settings(max_examples=30, deadline=None)
@given(st.floats(-40, 40), st.tuples(*[st.floats(-2, 2)] * 3))
def test_a_linear_field_is_reproduced_on_any_inner_grid(degrees: float, slope: tuple[float, float, float]) -> None:
    grid = Grid.centred((24, 22, 20), (1.0, 1.3, 1.7))
    onto = rotated(Grid.centred((7, 6, 5), (0.9, 0.8, 1.1)), degrees)
    field = grid.voxel_centres_mm() @ np.array(slope) + 3.0
    expected = onto.voxel_centres_mm() @ np.array(slope) + 3.0
    np.testing.assert_allclose(resample_linear(field, grid, onto), expected, atol=2e-5)
    np.testing.assert_allclose(sample_linear(field, grid, onto.voxel_centres_mm()), expected, atol=1e-9)


def test_linear_agrees_with_an_independent_interpolator() -> None:
    rng = np.random.default_rng(0)
    grid = Grid.centred((15, 14, 13), (2.0, 2.5, 3.0))
    onto = rotated(Grid.centred((9, 8, 7), (2.0, 2.0, 2.0)), 25)
    values = rng.normal(size=grid.shape)
    index = grid.index_from_world(onto.voxel_centres_mm())
    expected = ndimage.map_coordinates(values, np.moveaxis(index, -1, 0), order=1, mode="nearest")
    np.testing.assert_allclose(resample_linear(values, grid, onto), expected, atol=1e-6)


def test_outside_is_filled_and_the_half_voxel_rim_is_not() -> None:
    grid = Grid.axis_aligned((4, 4, 4), (2, 2, 2), (0, 0, 0))
    inside_rim, outside = [-0.9, 3, 3], [-1.1, 3, 3]
    got = sample_linear(np.full(grid.shape, 5.0), grid, [inside_rim, outside], outside=-1.0)
    assert got.tolist() == [5.0, -1.0]


def test_nearest_keeps_labels_and_dtype() -> None:
    labels = np.random.default_rng(1).integers(0, 5, (6, 6, 6)).astype(np.uint8)
    grid = Grid.centred((6, 6, 6), (3, 3, 3))
    fine = resample_nearest(labels, grid, grid.with_spacing(1.0))
    assert fine.dtype == np.uint8
    np.testing.assert_array_equal(fine[1::3, 1::3, 1::3], labels)
    assert set(np.unique(fine)) <= set(np.unique(labels))


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.floats(0.7, 4)] * 3), st.tuples(*[st.floats(-1, 1)] * 3), st.booleans())
def test_the_integral_is_kept_exactly_between_aligned_grids(
    spacing: tuple[float, ...], shift: tuple[float, ...], mirrored: bool
) -> None:
    grid = Grid.centred((6, 7, 5), (2.0, 1.5, 3.0))
    onto = Grid.centred([int(np.ceil(20 / s)) + 2 for s in spacing], spacing, shift)
    if mirrored:
        onto = Grid(onto.shape, onto.affine @ np.array([[-1, 0, 0, onto.shape[0] - 1], *np.eye(4)[1:]]))
    values = np.random.default_rng(2).uniform(size=grid.shape)
    moved = resample_conserving(values, grid, onto)
    assert moved.sum() * onto.voxel_volume_ml == pytest.approx(values.sum() * grid.voxel_volume_ml, rel=1e-10)


@pytest.mark.parametrize("degrees", [10, 33])
def test_the_integral_is_kept_between_oblique_grids(degrees: float) -> None:
    grid = rotated(Grid.centred((8, 8, 8), (2, 2, 2)), degrees)
    onto = Grid.centred((30, 30, 30), (1.5, 1.5, 1.5))
    values = np.random.default_rng(3).uniform(size=grid.shape)
    moved = resample_conserving(values, grid, onto)
    assert moved.sum() * onto.voxel_volume_ml == pytest.approx(values.sum() * grid.voxel_volume_ml, rel=1e-10)


def test_coarsening_is_the_mean_of_the_voxels_it_joins() -> None:
    values = np.random.default_rng(4).uniform(size=(6, 6, 6))
    grid = Grid.centred((6, 6, 6), (1, 1, 1))
    coarse = resample_conserving(values, grid, grid.with_spacing(3.0))
    np.testing.assert_allclose(coarse, values.reshape(2, 3, 2, 3, 2, 3).mean(axis=(1, 3, 5)))


def test_images_resample_every_frame() -> None:
    grid = Grid.centred((5, 5, 5), (2, 2, 2))
    image = Image(np.arange(250.0).reshape(5, 5, 5, 2), grid, "signal", "1", times_s=np.array([0.0, 5.0]))
    fine = image.resampled_linear(grid.with_spacing(1.0))
    assert fine.data.shape == (10, 10, 10, 2)
    np.testing.assert_allclose(fine.data[..., 1], fine.data[..., 0] + 1.0, atol=1e-4)
