from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, Image
from impasto.plan.photon.radiological_depth import box_entry, radiological_depth_mm, surface_distance_mm

TURN = np.deg2rad(25.0)
OBLIQUE = np.array(
    [
        [2.0 * np.cos(TURN), -3.0 * np.sin(TURN), 0.0, -40.0],
        [2.0 * np.sin(TURN), 3.0 * np.cos(TURN), 0.0, -50.0],
        [0.0, 0.0, -4.0, 30.0],
        [0.0, 0.0, 0.0, 1.0],
    ]
)


def density_image(values: np.ndarray, grid: Grid) -> Image:
    return Image(values.astype(np.float32), grid, "relative electron density", "1")


def test_homogeneous_box_depth_is_the_distance_from_its_face() -> None:
    grid = Grid.centred((20, 30, 40), (3.0, 2.0, 1.0))
    density = density_image(np.ones(grid.shape), grid)
    source = np.array([0.0, -1000.0, 0.0])
    points = np.array([[10.0, 5.0, -3.0], [-20.0, 29.0, 15.0], [0.0, -30.0, 0.0]])
    share_in_air = (1000.0 - 30.0) / (points[:, 1] + 1000.0)
    expected = (1.0 - share_in_air) * np.linalg.norm(points - source, axis=1)
    np.testing.assert_allclose(radiological_depth_mm(density, source, points), expected, rtol=1e-6, atol=1e-4)


def test_slabs_add_up_with_their_densities_on_oblique_rays() -> None:
    grid = Grid.centred((60, 60, 60), (2.0, 2.0, 2.0))
    profile = np.repeat([1.0, 0.25, 1.7, 1.0], 15)
    density = density_image(np.broadcast_to(profile[None, :, None], grid.shape), grid)
    source = np.array([150.0, -900.0, 80.0])
    point = np.array([[-11.0, 59.0, 7.0]])
    way = point[0] - source
    thickness = np.array([30.0, 30.0, 30.0, 29.0])
    expected = float((thickness * [1.0, 0.25, 1.7, 1.0]).sum() * np.linalg.norm(way) / way[1])
    assert radiological_depth_mm(density, source, point)[0] == pytest.approx(expected, rel=1e-6)


def test_ray_through_a_sphere_of_voxels_agrees_with_its_chord() -> None:
    grid = Grid.centred((81, 81, 81), (1.0, 1.0, 1.0))
    radius = 35.0
    density = density_image(np.linalg.norm(grid.voxel_centres_mm(), axis=-1) <= radius, grid)
    source = np.array([600.0, -700.0, 300.0])
    far = -source / np.linalg.norm(source) * 60.0
    chord = radiological_depth_mm(density, source, far[None])[0]
    assert chord == pytest.approx(2 * radius, abs=1.0)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_walk_agrees_with_cutting_at_every_plane(seed: int) -> None:
    """Siddon's sorted crossings, on an oblique left-handed grid of random densities, sources and points."""
    rng = np.random.default_rng(seed)
    grid = Grid((9, 7, 6), OBLIQUE)
    density = density_image(rng.random(grid.shape), grid)
    centre = grid.world_from_index([4.0, 3.0, 2.5])
    source = centre + rng.normal(size=3) * 60.0
    points = centre + rng.normal(size=(8, 3)) * 15.0
    depth = radiological_depth_mm(density, source, points)
    for point, walked in zip(points, depth, strict=True):
        assert walked == pytest.approx(depth_by_crossings(density, source, point), rel=1e-5, abs=1e-4)


def depth_by_crossings(density: Image, source: np.ndarray, point: np.ndarray) -> float:
    start, end = density.grid.index_from_world(source), density.grid.index_from_world(point)
    cuts = [0.0, 1.0]
    for axis, count in enumerate(density.grid.shape):
        planes = (np.arange(count + 1) - 0.5 - start[axis]) / (end[axis] - start[axis])
        cuts.extend(planes[(planes > 0.0) & (planes < 1.0)])
    cuts = np.sort(cuts)
    total = 0.0
    for low, high in pairwise(cuts):
        voxel = np.floor(start + 0.5 * (low + high) * (end - start) + 0.5).astype(int)
        if np.all(voxel >= 0) and np.all(voxel < density.grid.shape):
            total += (high - low) * float(density.data[tuple(voxel)])
    return total * float(np.linalg.norm(point - source))


def test_surface_distance_stops_at_the_first_dense_voxel() -> None:
    grid = Grid.centred((21, 21, 21), (2.0, 2.0, 2.0))
    values = np.zeros(grid.shape)
    values[:, 6:, :] = 1.0
    source = np.array([0.0, -1000.0, 0.0])
    found = surface_distance_mm(density_image(values, grid), source, np.zeros(3), 0.05)
    assert found == pytest.approx(1000.0 - 9.0)
    assert surface_distance_mm(density_image(np.zeros(grid.shape), grid), source, np.zeros(3), 0.05) is None


def test_box_entry_is_nan_for_rays_that_miss() -> None:
    grid = Grid.centred((10, 10, 10), (1.0, 1.0, 1.0))
    entry = box_entry(grid, np.array([0.0, -100.0, 0.0]), np.array([[0.0, 100.0, 0.0], [90.0, 100.0, 0.0]]))
    assert entry[0] == pytest.approx(95.0 / 200.0)
    assert np.isnan(entry[1])
