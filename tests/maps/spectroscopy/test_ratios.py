"""Ratios: worked by hand, and their standard errors against repeated draws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.ratios import amplitude_ratio, ratio_over_reference

ONE = np.ones(1)


def test_ratio_worked_by_hand():
    # r = 3/6 = .5; var = (.3^2 + .5^2 .6^2 - 2 .5 .09) / 36 = (.09 + .09 - .09) / 36 = .0025
    found = amplitude_ratio(3 * ONE, 6 * ONE, 0.3 * ONE, 0.6 * ONE, covariance=0.09)
    assert found.ratio[0] == pytest.approx(0.5)
    assert found.standard_error[0] == pytest.approx(0.05)
    assert not found.lower_bound[0]


def test_standard_error_is_the_scatter_of_repeated_draws():
    rng = np.random.default_rng(0)
    covariance = np.array([[0.04, 0.03], [0.03, 0.09]])
    draws = rng.multivariate_normal([2.0, 8.0], covariance, size=200_000)
    found = amplitude_ratio(2 * ONE, 8 * ONE, 0.2 * ONE, 0.3 * ONE, covariance=0.03)
    assert found.standard_error[0] == pytest.approx((draws[:, 0] / draws[:, 1]).std(), rel=0.01)


def test_same_as_the_fit_result_gives_with_its_covariance():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(5, 3, 3))
    covariance = 0.01 * root @ root.transpose(0, 2, 1)
    amplitudes, flat = rng.uniform(2, 4, (5, 3)), np.ones(5)
    fit = SpectralFit(("NAA", "GPC", "PCh"), amplitudes, covariance, *(flat,) * 9)
    choline, naa = fit.total(("GPC", "PCh")), fit.total(("NAA",))
    both = covariance[:, 0, 1] + covariance[:, 0, 2]
    found = amplitude_ratio(choline[0], naa[0], choline[1], naa[1], covariance=both)
    ratio, error = fit.ratio(("GPC", "PCh"), ("NAA",))
    np.testing.assert_allclose(found.ratio, ratio)
    np.testing.assert_allclose(found.standard_error, error)


def test_tumour_without_naa_keeps_a_lower_bound():
    choline, naa, error = np.full(3, 4.0), np.array([0.0, 0.5, 8.0]), np.full(3, 0.5)
    assert np.isnan(amplitude_ratio(choline, naa, error, error).ratio[0])
    found = amplitude_ratio(choline, naa, error, error, floor_errors=2.0)
    np.testing.assert_allclose(found.ratio, [4.0, 4.0, 0.5])
    assert found.lower_bound.tolist() == [True, True, False]


def test_missing_amplitudes_give_no_ratio():
    found = amplitude_ratio(np.array([np.nan, 1.0]), np.array([1.0, np.nan]), np.ones(2), np.ones(2), floor_errors=1.0)
    assert np.isnan(found.ratio).all()
    assert not found.lower_bound.any()


def test_reference_worked_by_hand():
    # weights 1 and .5: mean = (.5 + .5 x .8) / 1.5 = .6; its variance = (.1^2 + .25 x .2^2) / 2.25 = .02 / 2.25
    ratio, error = np.array([0.5, 0.8, 3.0, 9.0]), np.array([0.1, 0.2, 0.3, 0.9])
    share, usable = np.array([1.0, 0.5, 0.0, 1.0]), np.array([True, True, True, False])
    found = ratio_over_reference(ratio, error, share, usable)
    assert found.reference_mean == pytest.approx(0.6)
    assert found.reference_standard_error == pytest.approx((0.02 / 2.25) ** 0.5)
    assert found.reference_voxels == 2
    np.testing.assert_allclose(found.ratio, ratio / 0.6)
    # outside the reference: relative errors add in squares: 5 sqrt(.1^2 + .02 / 2.25 / .36)
    assert found.standard_error[2] == pytest.approx(5 * (0.01 + 0.02 / 2.25 / 0.36) ** 0.5)


def test_standard_errors_inside_and_outside_the_reference_are_the_scatter_of_repeated_draws():
    rng = np.random.default_rng(2)
    truth, error = np.array([0.5, 0.6, 0.7, 2.0]), np.array([0.02, 0.03, 0.02, 0.1])
    share, usable = np.array([1.0, 0.8, 0.6, 0.0]), np.ones(4, dtype=bool)
    found = ratio_over_reference(truth, error, share, usable)
    draws = rng.normal(truth, error, size=(100_000, 4))
    means = draws[:, :3] @ (share[:3] / share[:3].sum())
    np.testing.assert_allclose(found.standard_error, (draws / means[:, None]).std(axis=0), rtol=0.02)


@given(scale=st.floats(1e-3, 1e3), seed=st.integers(0, 1000))
def test_units_of_the_raw_ratio_cancel(scale, seed):
    rng = np.random.default_rng(seed)
    ratio, error, share = rng.uniform(0.2, 3, 20), rng.uniform(0.01, 0.1, 20), rng.uniform(0.5, 1, 20)
    usable = np.ones(20, dtype=bool)
    once, scaled = (ratio_over_reference(f * ratio, f * error, share, usable) for f in (1.0, scale))
    np.testing.assert_allclose(scaled.ratio, once.ratio, rtol=1e-9)
    np.testing.assert_allclose(scaled.standard_error, once.standard_error, rtol=1e-7)
    assert share @ once.ratio / share.sum() == pytest.approx(1.0)


def test_rejected_voxels_change_nothing():
    rng = np.random.default_rng(3)
    ratio, error, share = rng.uniform(0.4, 0.6, 20), np.full(20, 0.02), np.ones(20)
    usable = np.arange(20) < 15
    spoiled = np.where(usable, ratio, [np.nan, 1e9, -5.0, np.inf, 7.0] * 4)
    once, again = (ratio_over_reference(r, error, share, usable) for r in (ratio, spoiled))
    assert again.reference_mean == once.reference_mean
    assert again.reference_voxels == 15
    np.testing.assert_array_equal(again.ratio[:15], once.ratio[:15])


def test_bad_input_says_what_is_wrong():
    ratio, share, usable = np.ones(3), np.array([1.0, 1.0, 0.2]), np.array([True, False, True])
    with pytest.raises(ImpastoError, match="only 1 accepted"):
        ratio_over_reference(ratio, ratio, share, usable)
    with pytest.raises(ImpastoError, match="its mean ratio is 0"):
        ratio_over_reference(0 * ratio, ratio, np.ones(3), np.ones(3, dtype=bool))
    with pytest.raises(ImpastoError, match="do not fit"):
        ratio_over_reference(ratio, ratio[:2], share, usable)
    with pytest.raises(ImpastoError, match="do not fit"):
        amplitude_ratio(ratio, ratio[:2], ratio, ratio)
    with pytest.raises(ImpastoError, match="negative"):
        amplitude_ratio(ratio, ratio, -ratio, ratio)
