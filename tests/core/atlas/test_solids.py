"""Solids: distances are those of geometry, unions hold what their parts hold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core import Grid
from impasto.core.atlas.solids import Ellipsoid, Tube, smooth_minimum, union_distance_mm

GRID = Grid.centred((41, 41, 41), (1, 1, 1))
METRES = st.floats(-20, 20, allow_nan=False)


def coordinates() -> list[np.ndarray]:
    return [axis.astype(np.float32) for axis in np.moveaxis(GRID.voxel_centres_mm(), -1, 0)]


def test_a_ball_is_a_ball() -> None:
    distance = Ellipsoid((2, -3, 1), (9, 9, 9)).distance_mm(*coordinates())
    expected = np.linalg.norm(GRID.voxel_centres_mm() - (2, -3, 1), axis=-1) - 9
    np.testing.assert_allclose(distance, expected, atol=1e-4)


def test_an_ellipsoid_has_its_volume() -> None:
    distance = union_distance_mm((Ellipsoid((0, 0, 0), (15, 9, 12)),), GRID)
    share = np.clip(0.5 - distance, 0, 1)
    assert share.sum() == pytest.approx(4 / 3 * np.pi * 15 * 9 * 12, rel=0.01)


def test_a_tapering_tube_has_its_radius_at_each_end() -> None:
    tube = Tube(((0, 0, -10), (0, 0, 10)), (2.0, 6.0))
    x, z = np.float32([[2.0, 6.0, 4.0]]), np.float32([[-10.0, 10.0, 0.0]])
    np.testing.assert_allclose(tube.distance_mm(x, np.zeros_like(x), z), 0.0, atol=1e-5)


def test_distance_to_a_bent_tube_is_that_to_many_points_of_its_axis() -> None:
    path = np.array([(-12.0, 0, 0), (0, 8, 3), (10, -4, 6)])
    tube = Tube([tuple(p) for p in path], (3.0, 3.0, 3.0))
    dense = np.concatenate([np.linspace(a, b, 400) for a, b in pairwise(path)])
    probe = np.random.default_rng(0).uniform(-18, 18, size=(60, 3))
    nearest = np.linalg.norm(probe[:, None] - dense[None], axis=-1).min(axis=1) - 3.0
    np.testing.assert_allclose(tube.distance_mm(*probe.T.astype(np.float32)), nearest, atol=0.02)


def test_a_union_is_cut_off_at_its_reach_and_exact_below_it() -> None:
    solids = (Ellipsoid((-8, 0, 0), (4, 4, 4)), Tube(((5, 5, 5), (12, 5, 5)), (2, 2)))
    union = union_distance_mm(solids, GRID, reach_mm=6.0)
    whole = np.minimum(*(solid.distance_mm(*coordinates()) for solid in solids))
    np.testing.assert_allclose(union, np.minimum(whole, 6.0), atol=1e-4)


@given(METRES, METRES, st.floats(0.5, 10))
def test_a_rounded_seam_only_adds(first: float, second: float, blend_mm: float) -> None:
    merged = float(smooth_minimum(np.float32([first]), np.float32([second]), blend_mm)[0])
    assert min(first, second) - blend_mm / 4 - 1e-4 <= merged <= min(first, second) + 1e-4
