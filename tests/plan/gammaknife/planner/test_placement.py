"""Packing of isocentres: inside the target, deepest first, never one inside another's ball."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError
from impasto.plan.gammaknife.planner import PackingSettings, packed_isocentres

GRID = Grid.centred((24, 24, 24), (1.0, 1.0, 1.0), (3.0, -7.0, 11.0))


@settings(max_examples=20, deadline=None)
@given(st.tuples(*[st.floats(3.0, 10.0)] * 3), st.floats(0.3, 1.0))
def test_isocentres_lie_inside_apart_and_in_order(axes_mm: tuple[float, ...], share: float) -> None:
    offset = (GRID.voxel_centres_mm() - GRID.world_from_index([11.5, 11.5, 11.5])) / axes_mm
    target = np.sum(offset**2, axis=-1) < 1.0
    chosen = PackingSettings(radius_share=share, most=12)
    places = packed_isocentres(target, GRID, chosen)
    index = np.rint(GRID.index_from_world(places)).astype(int)
    assert np.all(target[tuple(index.T)])
    assert len(places) <= chosen.most
    apart = np.linalg.norm(places[:, None] - places, axis=-1)
    assert np.all(apart[np.triu_indices(len(places), 1)] >= chosen.least_radius_mm)


def test_the_first_isocentre_of_a_ball_is_its_middle() -> None:
    target = np.linalg.norm(GRID.voxel_centres_mm() - GRID.world_from_index([12, 12, 12]), axis=-1) < 8.0
    np.testing.assert_allclose(packed_isocentres(target, GRID)[0], GRID.world_from_index([12, 12, 12]))


def test_an_empty_target_is_one_clear_error() -> None:
    with pytest.raises(ImpastoError, match="no voxel"):
        packed_isocentres(np.zeros(GRID.shape, dtype=bool), GRID)
