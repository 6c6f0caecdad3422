"""Transforms compose, invert, and move grids as they move points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import Grid, ImpastoError, Transform


@st.composite
def transforms(draw: st.DrawFn) -> Transform:
    matrix = np.eye(4)
    angles = draw(st.tuples(*[st.floats(-90, 90)] * 3))
    matrix[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * draw(st.floats(0.5, 2))
    matrix[:3, 3] = draw(st.tuples(*[st.floats(-50, 50)] * 3))
    return Transform(matrix)


POINTS = np.random.default_rng(0).normal(scale=50, size=(20, 3))


@given(transforms())
def test_a_transform_and_its_inverse_cancel(transform: Transform) -> None:
    np.testing.assert_allclose(transform.then(transform.inverse()).moving_from_fixed(POINTS), POINTS, atol=1e-9)


@given(transforms(), transforms(), transforms())
def test_composition_is_associative_and_in_order(a: Transform, b: Transform, c: Transform) -> None:
    step_by_step = c.moving_from_fixed(b.moving_from_fixed(a.moving_from_fixed(POINTS)))
    np.testing.assert_allclose(a.then(b).then(c).moving_from_fixed(POINTS), step_by_step, rtol=1e-9, atol=1e-6)
    np.testing.assert_allclose(a.then(b.then(c)).moving_from_fixed(POINTS), step_by_step, rtol=1e-9, atol=1e-6)


@given(transforms())
def test_a_moved_grid_holds_the_same_voxels(transform: Transform) -> None:
    moving = Grid.centred((4, 5, 6), (1, 2, 3), (10, 0, -5))
    fixed = transform.grid_in_fixed(moving)
    moved = transform.moving_from_fixed(fixed.voxel_centres_mm())
    np.testing.assert_allclose(moved, moving.voxel_centres_mm(), atol=1e-7)


def test_a_singular_matrix_is_refused() -> None:
    with pytest.raises(ImpastoError, match="singular"):
        Transform(np.diag([1.0, 1.0, 0.0, 1.0]))
