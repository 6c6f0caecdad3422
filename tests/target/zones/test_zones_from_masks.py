"""Zones from masks: a partition of the tumour, hottest first, the penumbra as near as is said."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.target.zones import zones_from_masks


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.floats(0.0, 5.0))
def test_zones_divide_the_tumour(seed, near_mm):
    random = np.random.default_rng(seed)
    tumour, aggressive = random.random((2, 6, 7, 5)) < np.array([0.7, 0.2])[:, None, None, None]
    spacing = np.array([1.0, 1.5, 2.0])
    zone = zones_from_masks(tumour, aggressive, None, near_mm, spacing)
    np.testing.assert_array_equal(zone >= 0, tumour)
    np.testing.assert_array_equal(zone == 0, tumour & aggressive)
    hot = np.argwhere(zone == 0) * spacing
    for place in (1, 2):
        for voxel in np.argwhere(zone == place) * spacing:
            nearest = np.linalg.norm(hot - voxel, axis=1).min() if len(hot) else np.inf
            assert (nearest <= near_mm + 1e-9) == (place == 1)


def test_a_drawn_penumbra_goes_before_distance():
    tumour = np.ones((1, 1, 4), dtype=bool)
    aggressive = np.array([[[True, False, False, False]]])
    drawn = np.array([[[False, False, False, True]]])
    assert zones_from_masks(tumour, aggressive, drawn, 9.0, (1, 1, 1)).tolist() == [[[0, 2, 2, 1]]]
