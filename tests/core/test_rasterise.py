"""The exact-area rasteriser against areas known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core.rasterise import even_odd_coverage


def circle(centre: tuple[float, float], radius: float, vertices: int = 720) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])


def shoelace(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


@given(st.floats(8, 11), st.floats(8, 11))
def test_a_3_mm_circle_on_1_mm_pixels_keeps_its_area_wherever_it_lies(x: float, y: float) -> None:
    area = even_odd_coverage([circle((x, y), 3.0)], (20, 20)).sum()
    assert area == pytest.approx(9 * np.pi, rel=1e-4)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(1, 8), st.floats(0, 1)), min_size=3, max_size=40), st.floats(0, 6.28))
def test_star_polygons_keep_their_shoelace_area(spokes: list[tuple[float, float]], turn: float) -> None:
    radius = np.array([s[0] for s in spokes])
    angle = turn + 2 * np.pi * (np.arange(len(spokes)) + 0.5 * np.array([s[1] for s in spokes])) / len(spokes)
    polygon = 12.0 + np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    coverage = even_odd_coverage([polygon], (25, 25))
    # rounding of coordinates that almost coincide costs up to 1e-9 of a pixel per vertex
    assert coverage.sum() == pytest.approx(shoelace(polygon), abs=1e-7)
    assert coverage.min() >= 0.0
    assert coverage.max() <= 1.0


def test_each_pixel_holds_its_own_share() -> None:
    triangle = np.array([[-0.5, -0.5], [3.5, -0.5], [-0.5, 1.5]])
    coverage = even_odd_coverage([triangle], (4, 2))
    # the hypotenuse falls by half a pixel per column
    np.testing.assert_allclose(coverage[:, 0], [1.0, 1.0, 0.75, 0.25])
    np.testing.assert_allclose(coverage[:, 1], [0.75, 0.25, 0.0, 0.0])


def test_a_contour_within_a_contour_is_a_hole() -> None:
    ring = even_odd_coverage([circle((10, 10), 6.0), circle((10.2, 9.7), 3.0)], (21, 21))
    assert ring.sum() == pytest.approx(np.pi * (36 - 9), rel=1e-4)
    assert ring[10, 10] == 0.0


def test_a_keyhole_is_the_hole_it_encloses() -> None:
    outer, inner = circle((10, 10), 6.0), circle((10, 10), 3.0)[::-1]
    keyhole = np.concatenate([outer, outer[:1], inner[-1:], inner])
    two = even_odd_coverage([outer, inner], (21, 21))
    np.testing.assert_allclose(even_odd_coverage([keyhole], (21, 21)), two, atol=1e-9)


def test_crossing_contours_combine_by_exclusive_or() -> None:
    lens = 2 * 9 * np.arccos(1 / 3) - np.sqrt(36 - 4)
    crossing = even_odd_coverage([circle((9, 10), 3.0), circle((11, 10), 3.0)], (21, 21))
    assert crossing.sum() == pytest.approx(2 * (9 * np.pi - lens), rel=1e-4)
    bow_tie = np.array([[3.0, 3.0], [13.0, 13.0], [13.0, 3.0], [3.0, 13.0]])
    assert even_odd_coverage([bow_tie], (21, 21)).sum() == pytest.approx(50.0)


def test_polygons_that_leave_the_array_are_cut() -> None:
    half = even_odd_coverage([circle((-0.5, 10), 4.0)], (21, 21))
    assert half.sum() == pytest.approx(8 * np.pi, rel=1e-4)
    corner = even_odd_coverage([circle((20.5, 20.5), 4.0)], (21, 21))
    assert corner.sum() == pytest.approx(4 * np.pi, rel=1e-4)
    assert even_odd_coverage([circle((40, 40), 4.0)], (21, 21)).sum() == 0.0


def test_points_and_lines_enclose_nothing() -> None:
    assert even_odd_coverage([np.zeros((1, 2)), np.array([[1.0, 1.0], [5.0, 5.0]])], (8, 8)).sum() == 0.0
