"""Contours of masks against areas and volumes known in advance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, Role, Structure
from impasto.core.contours import contoured, contours_from_occupancy

GRID = Grid.centred((16, 18, 12), (2.0, 2.0, 2.0))


def filled(inside: object, grid: Grid = GRID, parts: int = 5) -> np.ndarray:
    """Share of each voxel inside, by counting points."""
    fine = grid.with_spacing(grid.spacing_mm / parts)
    x, y, z = np.moveaxis(fine.world_from_index(np.moveaxis(np.indices(fine.shape), 0, -1)), -1, 0)
    counted = inside(x, y, z)  # type: ignore[operator]
    n = grid.shape
    return counted.reshape(n[0], parts, n[1], parts, n[2], parts).mean(axis=(1, 3, 5))


def shoelace_mm2(contours: list[np.ndarray] | tuple[np.ndarray, ...]) -> dict[float, float]:
    """Signed area by height; holes run the other way round."""
    areas: dict[float, float] = {}
    for x, y, z in (contour.T for contour in contours):
        twice = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        areas[round(float(z[0]), 6)] = areas.get(round(float(z[0]), 6), 0.0) + 0.5 * twice
    return areas


def test_a_sphere_keeps_its_volume_and_its_surface() -> None:
    radius = 9.3
    share = filled(lambda x, y, z: x**2 + y**2 + z**2 < radius**2)
    drawn = contoured(Structure.from_mask("ball", Role.GTV, share, GRID))
    assert sum(map(abs, shoelace_mm2(drawn.contours).values())) * 2.0 == pytest.approx(
        4 / 3 * np.pi * radius**3, rel=5e-3
    )
    points = np.concatenate(drawn.contours)
    near_equator = points[np.abs(points[:, 2]) < 6.5]
    assert np.abs(np.linalg.norm(near_equator, axis=1) - radius).max() < 0.3


@pytest.mark.parametrize("tilt", [0.0, 0.3])
def test_a_sheet_thinner_than_a_voxel_keeps_its_volume(tilt: float) -> None:
    """1 mm thick, standing on the slices: filled by half nowhere, or only here and there."""
    share = filled(
        lambda x, y, z: (np.abs((x - 0.9) * np.cos(tilt) + y * np.sin(tilt)) < 0.5) & (np.abs(y) < 12) & (np.abs(z) < 8)
    )
    sheet = Structure.from_mask("sheet", Role.ORGAN, share, GRID)
    halved = sum(map(abs, shoelace_mm2(contours_from_occupancy(share, GRID)).values())) * 0.002
    drawn = contoured(sheet)
    kept = sum(map(abs, shoelace_mm2(drawn.contours).values())) * 0.002
    assert kept == pytest.approx(sheet.volume_ml(), rel=0.02)
    assert abs(halved - sheet.volume_ml()) > 0.2 * sheet.volume_ml()
    points = np.concatenate(drawn.contours)
    assert np.abs((points[:, 0] - 0.9) * np.cos(tilt) + points[:, 1] * np.sin(tilt)).max() < 2.0


def test_whole_voxels_stay_midway_between_centres() -> None:
    mask = np.zeros(GRID.shape)
    mask[3:13, 4:14, 2:9] = 1.0
    drawn = contoured(Structure.from_mask("box", Role.PTV, mask, GRID)).contours
    halved = contours_from_occupancy(mask, GRID)
    assert len(drawn) == len(halved) == 7
    for one, other in zip(drawn, halved, strict=True):
        np.testing.assert_array_equal(one, other)
    corners = GRID.world_from_index([[2.5, 3.5, 2.0], [12.5, 13.5, 8.0]])
    np.testing.assert_allclose([np.min(np.concatenate(drawn), 0), np.max(np.concatenate(drawn), 0)], corners)


def test_a_slice_that_a_flat_face_fills_in_part_is_whole_or_not_there() -> None:
    """No line of an even share encloses a part of it: what comes nearest is drawn."""
    for share, planes in ((0.3, 3), (0.7, 4)):
        mask = np.zeros(GRID.shape)
        mask[3:13, 4:14, 2:5] = 1.0
        mask[3:13, 4:14, 5] = share
        assert len(contours_from_occupancy(mask, GRID, level=None)) == planes


def test_holes_count_as_empty() -> None:
    share = filled(lambda x, y, z: (np.abs(np.hypot(x, y) - 9) < 0.8) & (np.abs(z) < 4))
    ring = Structure.from_mask("ring", Role.ORGAN, share, GRID)
    drawn = contoured(ring)
    assert len(drawn.contours) == 8
    assert drawn.volume_ml() == pytest.approx(ring.volume_ml(), rel=0.01)
    assert ring.volume_ml() == pytest.approx(np.pi * (9.8**2 - 8.2**2) * 8e-3, rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.05, 1.0))
def test_any_uneven_shares_keep_each_slices_area(seed: int, greatest: float) -> None:
    share = np.random.default_rng(seed).uniform(0.0, greatest, (9, 8, 3))
    grid = Grid.axis_aligned(share.shape, (1.5, 2.0, 3.0), (-4.0, 2.0, 10.0))
    areas = shoelace_mm2(contours_from_occupancy(share, grid, level=None))
    for k in range(3):
        wanted = share[:, :, k].sum() * 3.0
        # where four pixels form a saddle the line turns over at once, and the area jumps by up to a pixel of 3 mm2
        assert abs(abs(areas[10.0 + 3.0 * k]) - wanted) <= max(0.01 * wanted, 1.5)
