"""Diameters of lesions against shapes whose longest lines are known, and what must not change them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import BoolArray
from impasto.outcome.response import LesionRule, measure_lesions
from impasto.outcome.response.chords import longest_chords

GRID = Grid.centred((70, 70, 6), (1.0, 1.0, 3.0))
X, Y = GRID.voxel_centres_mm()[..., 0], GRID.voxel_centres_mm()[..., 1]


def slab(inside: BoolArray) -> BoolArray:
    """A shape in four slices."""
    mask = inside.copy()
    mask[..., [0, 5]] = False
    return mask


def diameters(mask: BoolArray, grid: Grid = GRID) -> tuple[float, float]:
    lesion = measure_lesions(mask, grid).lesions[0]
    return lesion.longest_mm, lesion.perpendicular_mm


def ellipse(angle_deg: float, half_mm: tuple[float, float] = (30.0, 15.0)) -> BoolArray:
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return slab(np.hypot((c * X + s * Y) / half_mm[0], (c * Y - s * X) / half_mm[1]) < 1.0)


@pytest.mark.parametrize("angle_deg", [0.0, 17.0, 45.0, 63.5, 120.0])
def test_an_ellipse_has_its_axes_however_it_is_turned(angle_deg: float) -> None:
    assert diameters(ellipse(angle_deg)) == pytest.approx((60.0, 30.0), abs=1.2)


def test_the_longest_line_of_a_box_is_its_diagonal_and_the_other_is_at_right_angles() -> None:
    box = slab((np.abs(X) < 10.0) & (np.abs(Y) < 5.0))
    diagonal = np.hypot(20.0, 10.0)
    # the line across the diagonal of a 2:1 box goes from one long side to the other
    assert diameters(box) == pytest.approx((diagonal, 10.0 * diagonal / 20.0), rel=2e-3)


def test_a_cavity_ends_every_line() -> None:
    radius = np.hypot(X, Y)
    ring = slab((radius < 30.0) & (radius > 20.0))
    # the longest line in a ring touches the hole
    assert diameters(ring)[0] == pytest.approx(2.0 * np.sqrt(30.0**2 - 20.0**2), abs=1.2)
    assert diameters(slab(radius < 30.0))[0] == pytest.approx(60.0, abs=1.2)


def test_a_line_stays_inside_an_l_shape() -> None:
    low = (X > -30.0) & (Y > -30.0)
    shape = slab(low & (((X < 0.0) & (Y < -20.0)) | ((X < -20.0) & (Y < 0.0))))
    # arms of 30 x 10 mm: from the end of one arm past the inner corner; across it, over the width of the other arm
    assert diameters(shape) == pytest.approx((np.hypot(30.0, 15.0), np.hypot(10.0, 20.0)), abs=0.15)


def test_the_ends_lie_on_the_lesion_and_apart_by_its_length() -> None:
    turned = Grid(GRID.shape, np.array([[0, 0, 3.0, 5], [1.0, 0, 0, -9], [0, 1.0, 0, 2], [0, 0, 0, 1]]))
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[20:50, 20:40, 1:5] = True
    lesion = measure_lesions(mask, turned).lesions[0]
    assert np.linalg.norm(np.diff(lesion.longest_ends_mm, axis=0)) == pytest.approx(lesion.longest_mm)
    assert np.linalg.norm(np.diff(lesion.perpendicular_ends_mm, axis=0)) == pytest.approx(lesion.perpendicular_mm)
    along, across = (np.diff(ends, axis=0)[0] for ends in (lesion.longest_ends_mm, lesion.perpendicular_ends_mm))
    assert along @ across == pytest.approx(0.0, abs=1e-6)
    # here the axial slices run along the second index
    assert lesion.longest_ends_mm[0, 2] == lesion.longest_ends_mm[1, 2]
    assert lesion.slices == 20


def test_slices_may_be_anisotropic_in_plane() -> None:
    grid = Grid.centred((40, 70, 6), (2.0, 1.0, 3.0))
    points = grid.voxel_centres_mm()
    c, s = np.cos(0.6), np.sin(0.6)
    u, v = c * points[..., 0] + s * points[..., 1], c * points[..., 1] - s * points[..., 0]
    assert diameters(slab(np.hypot(u / 30.0, v / 15.0) < 1.0), grid) == pytest.approx(
        (60.0, 30.0), abs=np.hypot(2.0, 1.0)
    )


def by_crossings(mask: BoolArray, angle: float) -> float:
    """Cut lines half a pixel apart at every border between pixels, and test the middle of each piece."""
    c, s = np.cos(angle), np.sin(angle)
    best = 0.0
    for offset in np.arange(-12.0, 12.5, 0.5):
        x, y = 0.5 * mask.shape[0] - s * offset, 0.5 * mask.shape[1] + c * offset
        cuts = np.sort(np.concatenate([(np.arange(mask.shape[0] + 1) - x) / c, (np.arange(mask.shape[1] + 1) - y) / s]))
        lengths, middles = np.diff(cuts), 0.5 * (cuts[1:] + cuts[:-1])
        i, j = np.floor(x + c * middles).astype(int), np.floor(y + s * middles).astype(int)
        known = (i >= 0) & (j >= 0) & (i < mask.shape[0]) & (j < mask.shape[1])
        inside = known & mask[np.where(known, i, 0), np.where(known, j, 0)]
        run = 0.0
        for length, is_inside in zip(lengths, inside, strict=True):
            run = run + length if is_inside else (run if length < 1e-9 else 0.0)
            best = max(best, run)
    return best


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 3.0))
def test_lines_agree_with_those_cut_into_pieces(seed: int, angle: float) -> None:
    mask = np.random.default_rng(seed).random((12, 15)) < 0.8
    found = longest_chords(mask, (1.0, 1.0), np.degrees(np.array([angle])))[0, 0]
    assert found == pytest.approx(by_crossings(mask, angle), abs=1e-6)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.3, 4.0), st.booleans())
def test_turning_and_scaling_change_nothing_but_the_scale(seed: int, factor: float, is_mirrored: bool) -> None:
    generator = np.random.default_rng(seed)
    i, j = np.indices((32, 32)) - 15.5
    discs = [np.hypot(i - a, j - b) < r for a, b, r in generator.uniform((-8, -8, 4), (8, 8, 7), (3, 3))]
    mask = np.zeros((32, 32, 3), dtype=bool)
    mask[..., 1:] = np.any(discs, axis=0)[..., None]
    first = measure_lesions(mask, Grid.centred(mask.shape, (1.0, 1.0, 2.0)))
    turned = np.rot90(mask[::-1] if is_mirrored else mask)
    second = measure_lesions(turned, Grid.centred(mask.shape, (factor, factor, 2.0)))
    assert second.volume_ml == pytest.approx(factor**2 * first.volume_ml)
    longest = [max(one.longest_mm for one in each.lesions) for each in (first, second)]
    assert longest[1] == pytest.approx(factor * longest[0], rel=0.01)


def cubes(*places: tuple[int, int, int]) -> BoolArray:
    """Boxes of a side in voxels at a corner; four slices of 3 mm."""
    mask = np.zeros(GRID.shape, dtype=bool)
    for i, j, side in places:
        mask[i : i + side, j : j + side, 1:5] = True
    return mask


def test_lesions_are_measurable_from_ten_millimetres_in_two_slices() -> None:
    found = measure_lesions(cubes((2, 2, 12), (30, 30, 6)), GRID)
    assert [one.is_measurable for one in found.lesions] == [True, False]
    assert found.product_mm2 == found.lesions[0].product_mm2
    assert found.volume_ml == pytest.approx(3.0 * 4 * (144 + 36) / 1000.0)
    one_slice = cubes((2, 2, 12))
    one_slice[..., 2:] = False
    assert not measure_lesions(one_slice, GRID).is_measurable


def test_thick_slices_ask_for_more() -> None:
    assert measure_lesions(cubes((2, 2, 12)), GRID).slice_thickness_mm == pytest.approx(3.0)
    assert measure_lesions(cubes((2, 2, 12)), GRID, slice_thickness_mm=6.0).is_measurable
    assert not measure_lesions(cubes((2, 2, 12)), GRID, slice_thickness_mm=10.0).is_measurable
    assert LesionRule().least_diameter_mm(5.0) == 10.0
    assert LesionRule().least_diameter_mm(7.0) == 14.0


def test_the_five_largest_lesions_make_the_sum() -> None:
    sides = (10, 15, 11, 12, 13, 14)
    places = [(2 + 22 * (n % 3), 5 + 30 * (n // 3), side) for n, side in enumerate(sides)]
    found = measure_lesions(cubes(*places), GRID)
    # the diagonals of a square are its diameters
    assert found.product_mm2 == pytest.approx(2.0 * sum(side**2 for side in sorted(sides)[1:]), rel=2e-3)
    assert len(found.lesions) == 6
    assert measure_lesions(cubes(*places), GRID, LesionRule(most_targets=2)).product_mm2 == pytest.approx(
        2.0 * (15**2 + 14**2), rel=2e-3
    )


def test_targets_are_followed_below_ten_millimetres_and_new_lesions_seen() -> None:
    before = cubes((5, 5, 14))
    first = measure_lesions(before, GRID)
    now = cubes((8, 8, 6), (40, 40, 12))
    alone = measure_lesions(now, GRID)
    followed = measure_lesions(now, GRID, before=[before], followed=first.targets_mask)
    assert alone.product_mm2 == pytest.approx(2.0 * 144, rel=2e-3)
    assert followed.product_mm2 == pytest.approx(2.0 * (144 + 36), rel=2e-3)
    assert [one.is_new for one in followed.lesions] == [True, False]
    assert not alone.new_lesions


def test_an_empty_mask_has_no_lesion_and_a_wrong_one_is_refused() -> None:
    none = measure_lesions(np.zeros(GRID.shape, dtype=bool), GRID)
    assert (none.product_mm2, none.volume_ml, none.is_measurable) == (0.0, 0.0, False)
    with pytest.raises(ImpastoError, match="shape"):
        measure_lesions(np.zeros((2, 2, 2), dtype=bool), GRID)
