"""The front: straight through uniform tissue, by the fastest way through others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.phantom.growth import travel_time


def test_in_uniform_tissue_travel_is_distance() -> None:
    shape, middle = (31, 31, 31), np.array([15, 15, 15])
    times = travel_time(np.ones(shape, dtype=np.float32), middle[None], 2.0)
    distance = 2.0 * np.linalg.norm(np.indices(shape) - middle[:, None, None, None], axis=0)
    far = distance > 10
    # first-order scheme: late by some per cent, never early
    assert (times[far] / distance[far]).min() > 0.999
    assert (times[far] / distance[far]).max() < 1.08


def test_a_plane_front_adds_up_the_slowness_of_its_way() -> None:
    at = np.linspace(0.5, 3.0, 101, dtype=np.float32)
    slowness = np.broadcast_to(at[:, None, None], (101, 3, 3)).copy()
    seeds = np.array([(0, j, k) for j in range(3) for k in range(3)])
    times = travel_time(slowness, seeds, 1.5)
    integral = 1.5 * np.r_[0, np.cumsum(0.5 * (at[1:] + at[:-1]))]
    np.testing.assert_allclose(times[5:, 1, 1], integral[5:], rtol=0.02)


def test_the_front_goes_around_what_is_slow() -> None:
    slowness = np.ones((21, 21, 3), dtype=np.float32)
    slowness[10, :18] = 1000.0
    times = travel_time(slowness, np.array([[5, 2, 1]]), 1.0)
    around = np.hypot(5, 16) + np.hypot(5, 16)
    assert times[15, 2, 1] == pytest.approx(around, rel=0.12)


@settings(max_examples=10, deadline=None)
@given(st.floats(0.1, 10), st.integers(0, 100))
def test_travel_scales_with_slowness(factor: float, seed: int) -> None:
    slowness = np.random.default_rng(seed).uniform(0.5, 4, size=(9, 8, 7)).astype(np.float32)
    start = np.array([[4, 4, 3]])
    scaled = travel_time(slowness * np.float32(factor), start, 1.0)
    np.testing.assert_allclose(scaled, factor * travel_time(slowness, start, 1.0), rtol=1e-4)
