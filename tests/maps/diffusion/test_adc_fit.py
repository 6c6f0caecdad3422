"""ADC and kurtosis against known decays, closed forms and repetition."""

from __future__ import annotations

import numpy as np
import pytest
from tests.maps.diffusion.simulated import S0, magnitude

from impasto.core import ImpastoError
from impasto.maps.diffusion import DiffusionReason, FitSettings, fit_adc, fit_kurtosis


def _decay(b: np.ndarray, diffusivity: float, kurtosis: float, count: int) -> np.ndarray:
    x = 1e-3 * b * diffusivity
    return np.tile(S0 * np.exp(-x + x**2 * kurtosis / 6.0), (count, 1))


def test_two_b_values_give_the_textbook_ratio() -> None:
    signal = np.array([[1000.0, 400.0], [500.0, 300.0]])
    found = fit_adc(signal, [0.0, 800.0])
    np.testing.assert_allclose(found.adc_um2_per_ms, np.log(signal[:, 0] / signal[:, 1]) / 0.8, atol=1e-10)
    np.testing.assert_allclose(found.s0, signal[:, 0])
    # two measurements leave nothing to tell the noise by
    assert np.isnan(found.adc_error).all()
    known = fit_adc(signal, [0.0, 800.0], FitSettings(noise_standard_deviation=10.0))
    np.testing.assert_allclose(known.adc_error, 10.0 * np.hypot(1 / signal[:, 0], 1 / signal[:, 1]) / 0.8, rtol=1e-9)


@pytest.mark.parametrize("weighting", ["signal", "none"])
def test_errors_of_the_adc_are_calibrated(weighting: str) -> None:
    b = np.array([0.0, 0.0, 500.0, 800.0, 1000.0])
    signal = magnitude(_decay(b, 0.9, 0.0, 12_000), 50.0, 1)
    found = fit_adc(signal, b, FitSettings(weighting=weighting))  # type: ignore[arg-type]
    error = found.adc_um2_per_ms - 0.9
    assert np.mean(np.abs(error) <= found.adc_error) == pytest.approx(0.683, abs=0.02)
    assert abs(error.mean()) < 0.05 * error.std()
    assert np.median(found.noise) == pytest.approx(20.0, rel=0.03)


def test_weighting_helps_where_signals_differ_much() -> None:
    b = np.array([0.0, 500.0, 1000.0, 2000.0])
    signal = magnitude(_decay(b, 1.2, 0.0, 5000), 60.0, 2)
    spread = [fit_adc(signal, b, FitSettings(weighting=w)).adc_um2_per_ms.std() for w in ("signal", "none")]
    assert spread[0] < 0.75 * spread[1]


def test_without_weighting_it_is_the_line_of_polyfit() -> None:
    b = np.array([0.0, 300.0, 600.0, 900.0])
    signal = magnitude(_decay(b, 0.8, 0.0, 20), 20.0, 3)
    found = fit_adc(signal, b, FitSettings(weighting="none"))
    slope, level = np.polyfit(1e-3 * b, np.log(signal).T, 1)
    np.testing.assert_allclose(found.adc_um2_per_ms, -slope, atol=1e-9)
    np.testing.assert_allclose(found.s0, np.exp(level), rtol=1e-9)


def test_kurtosis_of_known_decays() -> None:
    b = np.array([0.0, 0.0, 500.0, 1000.0, 2000.0, 2500.0])
    exact = fit_kurtosis(_decay(b, 0.9, 0.8, 3), b)
    np.testing.assert_allclose(exact.kurtosis, 0.8, atol=1e-8)
    np.testing.assert_allclose(exact.diffusivity_um2_per_ms, 0.9, atol=1e-8)
    noisy = fit_kurtosis(magnitude(_decay(b, 0.9, 0.8, 12_000), 100.0, 4), b)
    for value, error, truth in (
        (noisy.kurtosis, noisy.kurtosis_error, 0.8),
        (noisy.diffusivity_um2_per_ms, noisy.diffusivity_error, 0.9),
    ):
        assert np.mean(np.abs(value - truth) <= error) == pytest.approx(0.683, abs=0.02)
    # the slope of one exponential through the same points is too small
    assert fit_adc(_decay(b, 0.9, 0.8, 1), b).adc_um2_per_ms[0] < 0.8


def test_odd_decays_have_their_reasons() -> None:
    signal = np.array([[100.0, 120.0, 140.0], [1000.0, 20.0, 1.0], [0.0, 0.0, 0.0]])
    found = fit_adc(signal, [0.0, 500.0, 1000.0], FitSettings(noise_standard_deviation=0.1))
    names = [DiffusionReason(int(r)) for r in found.reasons]
    assert names[0] == DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY
    assert names[1] == DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY
    assert DiffusionReason.NO_SIGNAL in names[2]
    assert np.isnan(found.adc_um2_per_ms[2])


def test_unusable_input_is_refused() -> None:
    with pytest.raises(ImpastoError, match="2 measurements do not determine the model's 2 parameters"):
        fit_adc(np.ones((3, 2)), [800.0, 800.0])
    with pytest.raises(ImpastoError, match="3 measurements do not determine the model's 3 parameters"):
        fit_kurtosis(np.ones((3, 3)), [0.0, 800.0, 800.0])
    with pytest.raises(ImpastoError, match="signals of shape"):
        fit_adc(np.ones((3, 2)), [0.0, 500.0, 1000.0])
