"""Dense transforms against analytic maps, and against ITK's own."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import DisplacementField, Grid, ImpastoError, Transform
from impasto.core.itk import grid_from_itk, itk_image, itk_transform, transform_from_itk, values_from_itk

GRID = Grid(
    (24, 26, 22),
    np.array([[-2.5, 0, 0, 30], [0, -2.5, 0, 30], [0, 0, 2.5, -28], [0, 0, 0, 1.0]]),
)
"""Index axes towards R and A, as NIfTI files often have them."""

POINTS = np.random.default_rng(0).uniform(-20, 20, size=(200, 3))


def wave(points: np.ndarray, height_mm: float) -> np.ndarray:
    x, y, z = np.moveaxis(points / 12.0, -1, 0)
    return height_mm * np.stack([np.sin(y), np.cos(z) * np.sin(x), np.cos(x + y)], axis=-1)


def waving(height_mm: float, grid: Grid = GRID) -> DisplacementField:
    return DisplacementField(grid, wave(grid.voxel_centres_mm(), height_mm))


@st.composite
def affines(draw: st.DrawFn) -> Transform:
    matrix = np.eye(4)
    angles = draw(st.tuples(*[st.floats(-90, 90)] * 3))
    matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * draw(st.floats(0.5, 2))
    matrix[:3, 3] = draw(st.tuples(*[st.floats(-20, 20)] * 3))
    return Transform(matrix, "drawn")


@given(affines())
@settings(max_examples=20)
def test_affine_maps_before_and_after_a_dense_one_are_taken_up_exactly(affine: Transform) -> None:
    dense = Transform.dense(waving(3.0), "wave")
    after, before = dense.then(affine), affine.then(dense)
    np.testing.assert_allclose(
        after.moving_from_fixed(POINTS), affine.moving_from_fixed(dense.moving_from_fixed(POINTS)), atol=1e-5
    )
    np.testing.assert_allclose(
        before.moving_from_fixed(POINTS), dense.moving_from_fixed(affine.moving_from_fixed(POINTS)), atol=1e-5
    )


@given(affines(), st.floats(0.5, 8.0))
@settings(max_examples=20)
def test_points_go_and_come_back(affine: Transform, height_mm: float) -> None:
    transform = affine.then(Transform.dense(waving(height_mm), "wave")).then(affine)
    back = transform.fixed_from_moving(transform.moving_from_fixed(POINTS))
    np.testing.assert_allclose(back, POINTS, atol=0.02)


def test_the_inverse_field_is_that_of_the_analytic_map() -> None:
    # a dilation about zero has one in closed form
    centres = GRID.voxel_centres_mm()
    dilation = Transform.dense(DisplacementField(GRID, 0.25 * centres), "dilation")
    inside = 0.7 * POINTS
    np.testing.assert_allclose(dilation.moving_from_fixed(inside), 1.25 * inside, atol=1e-5)
    np.testing.assert_allclose(dilation.inverse().moving_from_fixed(inside), inside / 1.25, atol=2e-3)


def test_an_inverse_behind_an_affine_map_undoes_both() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", [10, -20, 30], degrees=True).as_matrix() * 1.1
    matrix[:3, 3] = 5, -6, 7
    transform = Transform(matrix, "both", waving(2.0))
    fixed = 0.6 * POINTS
    np.testing.assert_allclose(
        transform.inverse().moving_from_fixed(transform.moving_from_fixed(fixed)), fixed, atol=0.06
    )


def test_two_dense_maps_compose_to_what_they_do_in_turn() -> None:
    first, second = Transform.dense(waving(2.0), "a"), Transform.dense(waving(-1.5), "b")
    in_turn = second.moving_from_fixed(first.moving_from_fixed(POINTS))
    np.testing.assert_allclose(first.then(second).moving_from_fixed(POINTS), in_turn, atol=0.05)


def test_a_fold_is_told_and_not_filled() -> None:
    folded = Transform.dense(waving(40.0), "fold")
    with pytest.raises(ImpastoError, match="folded"):
        folded.inverse()


def test_beyond_its_grid_the_nearest_displacement_holds() -> None:
    field = waving(3.0)
    face = GRID.world_from_index([0, 10, 10])
    np.testing.assert_allclose(field.at(face + np.array([50.0, 0.0, 0.0])), field.at(face), atol=1e-6)


def test_itk_maps_points_alike_and_reads_back() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("xyz", [10, -20, 30], degrees=True).as_matrix() * 1.1
    matrix[:3, 3] = 5, -6, 7
    for transform in (Transform(matrix, "linear"), Transform(matrix, "both", waving(3.0))):
        itk = itk_transform(transform)
        theirs = np.array([itk.TransformPoint(p) for p in POINTS.tolist()])
        np.testing.assert_allclose(theirs, transform.moving_from_fixed(POINTS), atol=1e-5)
        again = transform_from_itk(itk, "again")
        np.testing.assert_allclose(again.moving_from_fixed(POINTS), theirs, atol=1e-4)


def test_transforms_about_a_centre_and_shifts_are_read() -> None:
    rigid = SimpleITK.Euler3DTransform((10.0, 20.0, 30.0), 0.1, 0.2, -0.3, (1.0, 2.0, 3.0))
    shift = SimpleITK.TranslationTransform(3, (4.0, 5.0, 6.0))
    for itk in (rigid, shift, SimpleITK.CompositeTransform([rigid, shift])):
        theirs = np.array([itk.TransformPoint(p) for p in POINTS.tolist()])
        np.testing.assert_allclose(transform_from_itk(itk, "itk").moving_from_fixed(POINTS), theirs, atol=1e-9)
    with pytest.raises(ImpastoError, match="BSpline"):
        transform_from_itk(SimpleITK.BSplineTransform(3, 3), "splines")


def test_images_lie_in_itk_where_they_lie_here() -> None:
    values = np.random.default_rng(1).normal(size=GRID.shape)
    image = itk_image(values, GRID)
    assert image.GetPixel(3, 4, 5) == values[3, 4, 5]
    np.testing.assert_allclose(image.TransformIndexToPhysicalPoint((3, 4, 5)), GRID.world_from_index([3, 4, 5]))
    assert grid_from_itk(image).matches(GRID, 1e-9)
    np.testing.assert_array_equal(values_from_itk(image), values)
