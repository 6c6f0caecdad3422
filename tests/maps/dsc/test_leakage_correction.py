"""Leakage correction: recovery, second methods, and errors against the scatter they claim."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import curve_fit

from impasto.core import ImpastoError
from impasto.maps.dsc import (
    CurveNoise,
    LeakageModel,
    baseline_noise,
    delta_r2star,
    gradient_echo_signal,
    leaking_delta_r2star,
    non_leaking_voxels,
    trapezoid_weights,
)

TIMES = np.arange(80) * 1.5


def gamma_variate(start: float, power: float, scale: float) -> np.ndarray:
    ratio = np.maximum(TIMES - start, 0.0) / (power * scale)
    return ratio**power * np.exp(power * (1.0 - ratio))


REFERENCE = 8.0 * gamma_variate(15.0, 3.0, 1.5) + 1.2 * gamma_variate(28.0, 3.0, 3.0)
REFERENCE += 0.8 / (1.0 + np.exp(-(TIMES - 25.0) / 3.0))


@given(start=st.floats(-5.0, 70.0), length=st.floats(0.0, 90.0))
def test_areas_between_any_two_times(start: float, length: float) -> None:
    knots = np.array([0.0, 1.0, 4.0, 9.0, 20.0, 60.0])
    values = np.array([1.0, 3.0, -2.0, 5.0, 0.0, 1.0])
    low, high = np.clip([start, start + length], 0.0, 60.0)
    inner = [float(k) for k in knots if low < k < high]
    expected, _ = quad(lambda t: float(np.interp(t, knots, values)), low, high, points=inner or None)
    assert trapezoid_weights(knots, start, start + length) @ values == pytest.approx(expected, abs=1e-7)


@given(k1=st.floats(0.1, 8.0), k2=st.floats(-0.2, 0.2), end=st.floats(30.0, 118.0))
def test_leakage_is_found_and_taken_back_exactly(k1: float, k2: float, end: float) -> None:
    model = LeakageModel(TIMES, REFERENCE)
    curve = leaking_delta_r2star(TIMES, REFERENCE, [k1], [k2])
    fit = model.fit(curve, start_s=10.0, end_s=end)
    area = trapezoid_weights(TIMES, 10.0, end) @ REFERENCE
    assert fit.k1[0] == pytest.approx(k1, rel=1e-9)
    assert fit.k2_per_s[0] == pytest.approx(k2, abs=1e-9)
    assert fit.area[0] == pytest.approx(k1 * area, rel=1e-9)
    np.testing.assert_allclose(model.corrected(curve, fit.k2_per_s)[0], k1 * REFERENCE, atol=1e-9)


def test_the_same_as_a_general_least_squares_fit() -> None:
    rng = np.random.default_rng(2)
    curve = leaking_delta_r2star(TIMES, REFERENCE, 2.0, 0.05) + rng.normal(0.0, 0.4, len(TIMES))

    def model(_: np.ndarray, k1: float, k2: float) -> np.ndarray:
        return leaking_delta_r2star(TIMES, REFERENCE, k1, k2)

    values, covariance = curve_fit(model, TIMES, curve, p0=(1.0, 0.0))
    fit = LeakageModel(TIMES, REFERENCE).fit(curve[None])
    np.testing.assert_allclose([fit.k1[0], fit.k2_per_s[0]], values, rtol=1e-6)
    np.testing.assert_allclose([fit.k1_error[0], fit.k2_error_per_s[0]], np.sqrt(np.diag(covariance)), rtol=1e-5)


def simulated(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    k1, k2 = rng.uniform(0.5, 4.0, count), rng.uniform(-0.05, 0.08, count)
    return k1, k2, leaking_delta_r2star(TIMES, REFERENCE, k1, k2)


def test_blood_volume_is_unbiased_and_its_error_true_with_noise_in_the_curves() -> None:
    k1, k2, clean = simulated(4000)
    noisy = clean + np.random.default_rng(6).normal(0.0, 0.3, clean.shape)
    fit = LeakageModel(TIMES, REFERENCE).fit(noisy)
    truth = k1 * np.trapezoid(REFERENCE, TIMES)
    low, middle, high = np.percentile(fit.area / truth, [5, 50, 95])
    assert middle == pytest.approx(1.0, abs=0.01)
    assert low > 0.93
    assert high < 1.07
    for found, true, error in (
        (fit.area, truth, fit.area_error),
        (fit.k1, k1, fit.k1_error),
        (fit.k2_per_s, k2, fit.k2_error_per_s),
    ):
        assert np.mean(np.abs(found - true) <= error) == pytest.approx(0.683, abs=0.03)


@pytest.mark.parametrize("end", [45.0, 118.5])
@pytest.mark.parametrize("signal_to_noise", [40.0, 120.0])
def test_errors_are_true_with_noise_in_the_signal_and_so_in_the_baseline(signal_to_noise: float, end: float) -> None:
    k1, k2, clean = simulated(4000)
    rng = np.random.default_rng(7)
    signal = gradient_echo_signal(1.0, clean, 0.03) + rng.normal(0.0, 1.0 / signal_to_noise, clean.shape)
    before = TIMES < 15.0
    with np.errstate(invalid="ignore"):
        curves = delta_r2star(signal, signal[:, before].mean(axis=1, keepdims=True), 0.03)
    noise = CurveNoise(baseline_noise(curves, before | (TIMES > 70.0), 0.03), 0.03, before)
    fit = LeakageModel(TIMES, REFERENCE).fit(curves, noise, 12.0, end)
    truth = k1 * (trapezoid_weights(TIMES, 12.0, end) @ REFERENCE)
    for found, true, error in (
        (fit.area, truth, fit.area_error),
        (fit.k1, k1, fit.k1_error),
        (fit.k2_per_s, k2, fit.k2_error_per_s),
    ):
        assert np.mean(np.abs(found - true) <= error) == pytest.approx(0.683, abs=0.04)


def test_noise_is_told_from_drift() -> None:
    rng = np.random.default_rng(8)
    curves = rng.normal(0.0, 0.5, (3000, 80)) + 0.2 * TIMES
    assert np.median(baseline_noise(curves, TIMES > 40.0, 0.0)) == pytest.approx(0.5, rel=0.02)
    with pytest.raises(ImpastoError, match="quiet"):
        baseline_noise(curves, np.arange(80) % 2 == 0, 0.0)


def test_leaking_tissue_and_vessels_stay_out_of_the_reference() -> None:
    rng = np.random.default_rng(9)
    k1 = np.concatenate([rng.uniform(0.7, 1.4, 300), rng.uniform(1.0, 3.0, 100), np.full(20, 9.0)])
    k2 = np.concatenate([np.zeros(300), rng.choice([-0.06, 0.08], 100), np.zeros(20)])
    curves = leaking_delta_r2star(TIMES, REFERENCE, k1, k2) + rng.normal(0.0, 0.3, (420, 80))
    usable = np.ones(420, dtype=bool)
    usable[:10] = False
    found = non_leaking_voxels(curves, TIMES, usable)
    assert found[10:300].mean() > 0.9
    assert found[300:].mean() < 0.02
    assert not found[:10].any()


def test_unusable_references_are_refused() -> None:
    with pytest.raises(ImpastoError, match="positive area"):
        LeakageModel(TIMES, -REFERENCE)
    with pytest.raises(ImpastoError, match="do not fit"):
        LeakageModel(TIMES, REFERENCE[:-1])
    with pytest.raises(ImpastoError, match="not finite"):
        LeakageModel(TIMES, np.where(TIMES == 30.0, np.nan, REFERENCE))
    with pytest.raises(ImpastoError, match=r"shape \(voxel, time\)"):
        LeakageModel(TIMES, REFERENCE).fit(REFERENCE)
    with pytest.raises(ImpastoError, match="0 voxels"):
        non_leaking_voxels(np.zeros((30, 80)), TIMES, np.zeros(30, dtype=bool))
