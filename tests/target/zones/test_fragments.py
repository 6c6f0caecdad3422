"""Small parts of zones join the zones beside them, and no volume is lost."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from impasto.core import Grid
from impasto.target.zones import merged_fragments

LINE = Grid.centred((12, 1, 1), (10.0, 10.0, 10.0))
"""Voxels of 1 ml."""


def along(zones: str, least_ml: float, share: float = 1.0, lasting: tuple[int, ...] = ()) -> tuple[str, int]:
    """Zones of a row of voxels by their digits; a dot lies outside."""
    zone = np.array([-1 if one == "." else int(one) for one in zones.ljust(12, ".")]).reshape(12, 1, 1)
    found, merged = merged_fragments(zone, np.where(zone >= 0, share, 0.0), least_ml, LINE, lasting)
    return "".join("." if one < 0 else str(one) for one in found.ravel()).rstrip("."), len(merged)


def test_a_fragment_joins_the_hottest_lasting_zone_that_it_touches() -> None:
    assert along("222102220000", 2.0) == ("222222220000", 2)
    assert along("222100000000", 2.0) == ("222000000000", 1)
    assert along("000122222222", 2.0) == ("000022222222", 1)


def test_what_touches_no_lasting_part_is_decided_by_where_its_hottest_zone_lasts() -> None:
    # the island's hottest zone lasts elsewhere
    assert along("000.12.0.111", 2.0) == ("000.11.0.111", 1)
    # it does not, so that the nearest part decides
    assert along("222..01.1111", 3.0) == ("222..11.1111", 1)
    assert along("1111...0", 2.0) == ("1111...1", 1)
    # nothing lasts at all
    assert along("12", 5.0) == ("11", 1)


def test_voxels_that_are_hardly_filled_make_no_part_last() -> None:
    assert along("0000011111", 4.0, share=0.9) == ("0000011111", 0)
    assert along("000.111111", 2.0, share=0.4)[1] == 0
    zone = np.array([0, 0, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1]).reshape(12, 1, 1)
    share = np.array([1, 1, 0.4, 0.4, 0.4, 0.4, 0, 0, 0, 0, 0, 0]).reshape(12, 1, 1)
    found, (merged,) = merged_fragments(zone, share, 1.5, LINE)
    assert np.all(found[:6] == 0)
    assert (merged.zone, merged.into, round(merged.volume_ml, 6)) == (1, 0, 1.6)


def test_drawn_zones_and_a_volume_of_nothing_leave_all_as_it_was() -> None:
    assert along("222102220000", 0.0) == ("222102220000", 0)
    assert along("222022222222", 2.0, lasting=(0,)) == ("222022222222", 0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.002, 0.05))
def test_every_part_is_large_enough_and_hotter_parts_only_grow(seed: int, least_ml: float) -> None:
    grid = Grid.centred((9, 8, 7), (2.0, 2.0, 2.0))
    random = np.random.default_rng(seed)
    zone = random.integers(-1, 3, grid.shape)
    found, merged = merged_fragments(zone, np.where(zone >= 0, 1.0, 0.0), least_ml, grid)
    assert np.array_equal(found < 0, zone < 0)
    assert np.isclose(sum(one.volume_ml for one in merged), np.sum(found != zone) * grid.voxel_volume_ml)
    # what stays small are islands of the tumour, away from other zones
    for place in range(3):
        labels, count = ndimage.label(found == place)
        for part in range(1, count + 1):
            own = labels == part
            if own.sum() * grid.voxel_volume_ml < least_ml - 1e-9:
                assert not np.any(ndimage.binary_dilation(own) & ~own & (found >= 0))
