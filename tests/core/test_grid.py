"""Grids: index and world coordinates are inverse, and every change of grid leaves the patient where it is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import Grid, ImpastoError


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    spacing = np.array(draw(st.tuples(*[st.floats(0.5, 6)] * 3)))
    mirror = np.array(draw(st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)))
    affine = np.eye(4)
    affine[:3, :3] = Rotation.from_euler("xyz", angles, degrees=True).as_matrix() * spacing * mirror
    affine[:3, 3] = draw(st.tuples(*[st.floats(-300, 300)] * 3))
    return Grid(draw(st.tuples(*[st.integers(1, 9)] * 3)), affine)


@given(grids(), st.tuples(*[st.floats(-50, 50)] * 3))
def test_index_and_world_are_inverse(grid: Grid, index: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(grid.index_from_world(grid.world_from_index(index)), index, atol=1e-8)


@given(grids())
def test_spacing_and_volume_follow_the_affine(grid: Grid) -> None:
    steps = grid.world_from_index(np.eye(3)) - grid.world_from_index(np.zeros(3))
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), grid.spacing_mm, rtol=1e-12)
    assert grid.voxel_volume_ml == pytest.approx(np.prod(grid.spacing_mm) / 1000)


@given(grids())
def test_reoriented_keeps_every_voxel_and_runs_nearest_to_the_patient_axes(grid: Grid) -> None:
    turned = grid.reoriented()
    before = {tuple(p) for p in np.round(grid.voxel_centres_mm().reshape(-1, 3), 5)}
    after = {tuple(p) for p in np.round(turned.voxel_centres_mm().reshape(-1, 3), 5)}
    assert len(before ^ after) <= 0 or np.allclose(sorted(before), sorted(after), atol=1e-4)
    assert turned.nearest_orientation() == ((0, 1, 2), (False, False, False))


def test_an_axis_half_way_between_two_keeps_its_place() -> None:
    half_way = Rotation.from_euler("xyz", (0, 45, 181), degrees=True).as_matrix()
    affine = np.eye(4)
    affine[:3, :3] = half_way
    turned = Grid((2, 3, 4), affine).reoriented()
    assert turned.nearest_orientation() == ((0, 1, 2), (False, False, False))


@given(grids(), st.floats(0.4, 5))
def test_with_spacing_keeps_the_extent_and_refines(grid: Grid, spacing: float) -> None:
    fine = grid.with_spacing(spacing)
    np.testing.assert_allclose(fine.bounds_mm(), grid.bounds_mm(), atol=1e-6)
    assert np.all(fine.spacing_mm <= np.maximum(spacing, 0) + 1e-5)


@given(grids(), st.data())
def test_cropped_voxels_stay_in_place(grid: Grid, data: st.DataObject) -> None:
    start = [data.draw(st.integers(0, n - 1)) for n in grid.shape]
    stop = [data.draw(st.integers(a + 1, n)) for a, n in zip(start, grid.shape, strict=True)]
    part = grid.cropped(start, stop)
    np.testing.assert_allclose(part.world_from_index((0, 0, 0)), grid.world_from_index(start), atol=1e-9)
    assert part.shape == tuple(b - a for a, b in zip(start, stop, strict=True))


@pytest.mark.parametrize(
    ("shape", "affine", "problem"),
    [
        ((2, 2, 0), np.eye(4), "three positive numbers"),
        ((2, 2, 2), np.diag([1.0, 1.0, 0.0, 1.0]), "singular"),
        ((2, 2, 2), np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "singular"),
        ((2, 2, 2), np.full((4, 4), np.nan), "finite"),
        ((2, 2, 2), np.eye(3), "finite 4 x 4"),
    ],
)
def test_unusable_geometry_is_refused(shape: tuple[int, int, int], affine: np.ndarray, problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        Grid(shape, affine)


def test_a_grid_cannot_be_changed_in_place() -> None:
    grid = Grid.centred((3, 3, 3), (1, 1, 1))
    with pytest.raises(ValueError, match="read-only"):
        grid.affine[0, 0] = 2.0
