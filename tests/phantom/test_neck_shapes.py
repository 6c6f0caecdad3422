"""Flat, drum-shaped and upright solids against their volumes; unions of solids seen through a warp."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid
from impasto.core.atlas.solids import Ellipsoid, Tube, union_distance_mm
from impasto.phantom.neck_frame import LATTICE, displaced, on_grid, warped_points
from impasto.phantom.neck_shapes import Drum, Strap, Wall, WarpedPoints, mirrored
from impasto.phantom.warp import PatientWarp, world_coordinates

GRID = Grid.centred((60, 60, 60), (1.0, 1.0, 1.0))


def points(grid: Grid = GRID) -> WarpedPoints:
    return WarpedPoints(*(np.broadcast_to(axis, grid.shape).copy() for axis in world_coordinates(grid)))


def volume_ml(distance: np.ndarray) -> float:
    return float(np.clip(0.5 - distance, 0.0, 1.0).sum()) / 1000.0


def test_a_strap_is_as_broad_as_it_is_flat() -> None:
    strap = Strap(Tube(((0, 0, -40), (0, 0, 40)), (4.0, 4.0)), (2.0, 0.0, 0.0), 3.0)
    through = strap.distance_mm(*world_coordinates(GRID))[:, :, 30]
    inside = through < 0.0
    # an ellipse with half axes of 12 and 4 mm
    assert inside.any(axis=1).sum() == pytest.approx(24, abs=1)
    assert inside.any(axis=0).sum() == pytest.approx(8, abs=1)
    assert inside.sum() == pytest.approx(np.pi * 12 * 4, rel=0.03)


def test_drum_and_wall_have_their_volumes() -> None:
    axes = world_coordinates(GRID)
    drum = volume_ml(Drum((0, 0, 0), (13, 10, 8)).distance_mm(*axes))
    # the waist and the rounded rim take a little off the cylinder
    assert 0.85 * np.pi * 13 * 10 * 16 / 1000 < drum < np.pi * 13 * 10 * 16 / 1000
    wall = volume_ml(Wall(((-15, 0), (15, 0)), (-10.0, 10.0), 4.0).distance_mm(*axes))
    assert wall == pytest.approx((30 * 4 + np.pi * 4) * 20 / 1000, rel=0.02)


def test_a_mirror_twice_is_the_same_and_the_midline_has_none() -> None:
    strap = Strap(Tube(((5, 1, 0), (9, 2, 9)), (2.0, 3.0)), (0.3, 1.0, 0.0), 2.0)
    assert mirrored(strap) == Strap(Tube(((-5, 1, 0), (-9, 2, 9)), (2.0, 3.0)), (-0.3, 1.0, 0.0), 2.0)
    assert mirrored(mirrored(strap)) == strap  # type: ignore[arg-type]
    assert mirrored(Ellipsoid((0, 3, 4), (1, 1, 1))) is None
    assert mirrored(Drum((2, 3, 4), (1, 1, 1))) == Drum((-2, 3, 4), (1, 1, 1))


def test_without_a_warp_the_union_is_that_of_the_lattice() -> None:
    solids = (Ellipsoid((12, 0, 0), (6, 9, 12)), Tube(((10, -15, -10), (15, 15, 10)), (3.0, 4.0)))
    here = points().union_mm(solids, reach_mm=6.0, both_sides=False)
    np.testing.assert_allclose(here, union_distance_mm(solids, GRID, reach_mm=6.0), atol=1e-4)
    both = points().union_mm(solids, reach_mm=6.0)
    np.testing.assert_allclose(both, np.minimum(here, here[::-1]), atol=1e-4)


def test_bodies_that_touch_keep_their_gap() -> None:
    bodies = ((Ellipsoid((6, 0, 0), (8, 8, 8)),),)
    parted = points().parted_mm(bodies, gap_mm=1.0)
    along = parted[:, 30, 30]
    x = GRID.voxel_centres_mm()[:, 30, 30, 0]
    # two balls that overlap by 4 mm: each keeps 1 mm from the plane where they would meet
    assert (along[np.abs(x) < 0.9] > 0.0).all()
    assert (along[(np.abs(x) > 1.6) & (np.abs(x) < 12.0)] < 0.0).all()


def test_a_moved_patient_is_the_former_one_elsewhere() -> None:
    rng = np.random.default_rng(0)
    bend = 3.0 * np.sin(LATTICE.voxel_centres_mm() / 40.0 + rng.uniform(0, 6, 3))
    before = PatientWarp(np.array([1.05, 1.07, 1.02]), LATTICE, bend.astype(np.float32))
    change = np.broadcast_to(np.float32([2.0, -1.0, 3.0]), (*LATTICE.shape, 3))
    after = displaced(before, change)
    here = np.array([[20.0, 5.0, -100.0], [-40.0, 30.0, -150.0]])
    expected = before.template_points_mm(here + np.array([2.0, -1.0, 3.0]))
    np.testing.assert_allclose(after.template_points_mm(here), expected, atol=0.05)


def test_interpolation_on_a_grid_is_exact_for_linear_fields() -> None:
    x, y, z = world_coordinates(LATTICE)
    values = np.broadcast_to(0.3 * x - 0.2 * y + 0.1 * z, LATTICE.shape).astype(np.float32)
    grid = Grid.centred((20, 21, 22), (3.3, 2.1, 2.7), (10.0, 5.0, -100.0))
    u, v, w = world_coordinates(grid)
    np.testing.assert_allclose(on_grid(values, LATTICE, grid), 0.3 * u - 0.2 * v + 0.1 * w, atol=1e-3)


def test_points_through_a_warp_agree_with_the_warp_itself() -> None:
    bend = np.random.default_rng(1).normal(0.0, 1.0, (*LATTICE.shape, 3)).astype(np.float32)
    warp = PatientWarp(np.array([1.05, 1.07, 1.02]), LATTICE, bend)
    grid = Grid.centred((9, 8, 7), (7.0, 9.0, 11.0), (10.0, 5.0, -100.0))
    seen = np.stack(warped_points(warp, grid).axes, axis=-1)
    np.testing.assert_allclose(seen, warp.template_points_mm(grid.voxel_centres_mm()), atol=2e-3)
