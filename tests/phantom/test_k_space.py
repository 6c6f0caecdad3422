"""Encoding through few steps of k-space: sums kept, waves weighted by the filter, noise shared by neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, ImpastoError
from impasto.phantom.k_space import hamming_filtered_noise, phase_encoding

FINE = Grid.centred((48, 36, 30), (2, 2, 2), (3.0, -1.0, 5.0))
NOMINAL = Grid.centred((12, 10, 7), (9, 8, 10), (1.0, 0.0, 4.0))


@settings(max_examples=20)
@given(seed=st.integers(0, 1000))
def test_what_lies_inside_keeps_its_sum(seed: int) -> None:
    values = np.zeros(FINE.shape, dtype=np.float32)
    values[8:40, 6:30, 6:24] = np.random.default_rng(seed).random((32, 24, 18))
    encoded = phase_encoding(FINE, NOMINAL)(values)
    before = values.sum(dtype=float) * FINE.voxel_volume_ml
    assert encoded.sum(dtype=float) * NOMINAL.voxel_volume_ml == pytest.approx(before, rel=1e-5)


@pytest.mark.parametrize("folding", [True, False])
def test_a_constant_stays_constant(folding: bool) -> None:
    # one field of view of ones, or three in each direction
    whole = NOMINAL.with_spacing((1.0, 1.0, 1.0)) if folding else Grid.centred((162, 120, 105), (2, 2, 2), (1, 0, 4))
    seen = phase_encoding(whole, NOMINAL, folding)(np.ones(whole.shape, np.float32))
    np.testing.assert_allclose(seen, 1.0, atol=1e-3 if folding else 0.02)


@pytest.mark.parametrize(("cycles", "weight"), [(0, 1.0), (2, 0.54 + 0.46 * 0.5), (4, 0.54 - 0.46 * 0.5), (9, 0.0)])
def test_a_wave_is_weighted_by_the_filter_and_lost_beyond_k_space(cycles: int, weight: float) -> None:
    # over a field of view of 108 mm sampled in 12 steps: +-6 cycles are seen
    fine = Grid.centred((1080, 10, 7), (0.1, 8, 10), (1.0, 0.0, 4.0))
    phase = 2 * np.pi * cycles / 108.0
    x = fine.voxel_centres_mm()[..., 0] - 1.0
    seen = phase_encoding(fine, NOMINAL)(np.cos(phase * x + 0.3).astype(np.float32))
    expected = weight * np.cos(phase * (NOMINAL.voxel_centres_mm()[..., 0] - 1.0) + 0.3)
    np.testing.assert_allclose(seen, expected, atol=2e-3)


def test_what_lies_outside_the_field_of_view_folds_in() -> None:
    point = np.zeros((60, 1, 1), dtype=np.float32)
    point[2] = 1.0
    fine = Grid.axis_aligned(point.shape, (2, 8, 10), (-120.0, 0.0, 0.0))
    onto = Grid.centred((10, 1, 1), (8, 8, 10))
    # at -116 mm, one field of view of 80 mm further on: -36 mm, the first voxel
    assert np.argmax(phase_encoding(fine, onto)(point)) == 0
    assert not phase_encoding(fine, onto, folding=False)(point).any()


def test_noise_has_unit_variance_and_neighbours_share_some() -> None:
    noise = hamming_filtered_noise((16, 16, 8, 64), np.random.default_rng(0))
    assert noise.real.std() == pytest.approx(1.0, rel=0.03)
    assert noise.imag.std() == pytest.approx(1.0, rel=0.03)
    shared = np.mean(noise.real[1:] * noise.real[:-1])
    # by hand, w = a + b cos: the mean of w^2 cos is a b, that of w^2 is a^2 + b^2 / 2
    assert shared == pytest.approx(0.54 * 0.46 / (0.54**2 + 0.46**2 / 2), abs=0.02)


def test_oblique_voxels_are_refused() -> None:
    turned = FINE.affine.copy()
    turned[:3, :3] = [[1.9, 0.6, 0], [-0.6, 1.9, 0], [0, 0, 2]]
    with pytest.raises(ImpastoError, match="oblique"):
        phase_encoding(Grid(FINE.shape, turned), NOMINAL)
