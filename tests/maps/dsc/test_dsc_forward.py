"""Susceptibility contrast: indicator dilution, signal and leakage against calculus and second methods."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma

from impasto.core import ImpastoError
from impasto.maps.dce import ArterialInput, exponential_convolution, parker_blood_concentration
from impasto.maps.dsc import (
    apparent_delta_r2star,
    arterial_delta_r2star,
    capillary_concentration,
    delta_r2star,
    exponential_residue,
    gamma_residue,
    gradient_echo_signal,
    haematocrit_factor,
    leaking_delta_r2star,
    residue_convolution,
)


@pytest.fixture
def bolus() -> ArterialInput:
    """Give a triangular bolus that ends, so that areas are finite."""
    return ArterialInput(np.array([0.0, 10.0, 14.0, 24.0, 400.0]), np.array([0.0, 0.0, 6.0, 0.0, 0.0]), 0.45)


def test_area_is_blood_volume(bolus: ArterialInput) -> None:
    times = np.arange(0.0, 400.0, 0.1)
    cbf, transit = np.array([60.0, 20.0]), np.array([4.0, 12.0])
    curve = capillary_concentration(times, bolus, cbf, transit, haematocrit_small_vessel=0.25)
    volume = cbf * transit / 60.0 / 100.0
    area = np.trapezoid(curve, times)
    np.testing.assert_allclose(area, volume / haematocrit_factor(0.45, 0.25) * (0.5 * 6.0 * 14.0), rtol=1e-4)


def test_the_exponential_bed_by_two_methods(bolus: ArterialInput) -> None:
    times = np.arange(0.0, 100.0, 0.05)
    closed = capillary_concentration(times, bolus, 50.0, 5.0, haematocrit_small_vessel=0.45)
    sampled = residue_convolution(exponential_residue(times, 5.0), bolus.blood_at(times), 0.05) * 50.0 / 6000.0
    np.testing.assert_allclose(sampled, closed, atol=1e-5 * closed.max())


def test_residue_convolution_is_exact_between_samples() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(6) * 1.5
    residue, values = rng.normal(size=6), rng.normal(size=6)
    found = residue_convolution(residue, values, 1.5)
    for n in range(1, 6):
        exact, _ = quad(
            lambda s, end: np.interp(s, times, values) * np.interp(end - s, times, residue),
            0.0,
            times[n],
            args=(times[n],),
            points=times[:n],
        )
        assert found[n] == pytest.approx(exact, abs=1e-10)


@pytest.mark.parametrize("shape", [1.0, 2.5, 8.0])
def test_residue_is_what_has_not_passed_and_its_area_the_mean_transit_time(shape: float) -> None:
    times = np.arange(0.0, 200.0, 0.01)
    residue = gamma_residue(times, np.array([4.0, 6.0]), shape)
    np.testing.assert_allclose(np.trapezoid(residue, times), [4.0, 6.0], rtol=1e-4)
    np.testing.assert_allclose(residue[1, ::1000], gamma.sf(times[::1000], shape, scale=6.0 / shape), atol=1e-12)
    if shape == 1.0:
        np.testing.assert_allclose(residue[0], exponential_residue(times, 4.0), atol=1e-12)


def test_signal_there_and_back_and_where_there_is_none() -> None:
    rates = np.array([0.0, 5.0, 40.0])
    np.testing.assert_allclose(delta_r2star(gradient_echo_signal(800.0, rates, 0.03), 800.0, 0.03), rates, atol=1e-12)
    assert np.isnan(delta_r2star(np.array([0.0, 5.0]), np.array([10.0, 0.0]), 0.03)).all()


def test_blood_dephases_with_the_square_of_its_agent() -> None:
    low, high = arterial_delta_r2star(np.array([0.01, 6.0]))
    assert high / low > 600.0
    assert high == pytest.approx(0.493 * 6.0 + 2.62 * 36.0)


def test_leakage_adds_up_over_time() -> None:
    times = np.array([0.0, 1.0, 4.0, 6.0])
    reference = np.array([0.0, 2.0, 2.0, 0.0])
    found = leaking_delta_r2star(times, reference, np.array([1.0, 2.0]), np.array([0.0, 0.1]))
    np.testing.assert_allclose(found, [[0.0, 2.0, 2.0, 0.0], [0.0, 3.9, 3.3, -0.9]])


def test_leaked_agent_follows_the_two_parameter_model_while_little_has_leaked() -> None:
    """K2 from calculus against the model's fit to a leaking bed of which nothing returns."""
    times = np.arange(0.0, 60.0, 0.5)
    knots = np.arange(0.0, 61.0, 0.25)
    arterial = ArterialInput(knots, parker_blood_concentration(knots, 10.0), 0.45)
    reference = 87.0 * capillary_concentration(times, arterial, 30.0, 6.0, 0.25)
    transfer_per_s = 1e-5
    leaked = transfer_per_s * exponential_convolution(0.0, knots, arterial.blood_mmol_l, times)
    measured = apparent_delta_r2star(2.0 * reference + 30.0 * leaked, 1 / 1.5, 4.5 * leaked, 0.03, 1.5, 60.0)
    # d ln f / d R1 of sin (1 - E) / (1 - E / 2), E = exp(-1): TR E (1 / (1 - E) - .5 / (1 - E / 2))
    share = np.exp(-1.0)
    sensitivity = 1.5 * share * (1.0 / (1.0 - share) - 0.5 / (1.0 - 0.5 * share))
    reference_area = 87.0 * 0.03 / haematocrit_factor(0.45, 0.25)
    expected = transfer_per_s * (4.5 * sensitivity / 0.03 - 30.0) / reference_area
    model = leaking_delta_r2star(times, reference, np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    k1, k2 = np.linalg.lstsq(model.T, measured, rcond=None)[0]
    # leakage begins a transit time before the reference tissue's area does
    assert k1 == pytest.approx(2.0, abs=2e-3)
    assert k2 == pytest.approx(expected, rel=0.12)


def test_a_bed_without_transit_time_is_refused(bolus: ArterialInput) -> None:
    with pytest.raises(ImpastoError, match="mean transit time"):
        capillary_concentration(np.array([0.0, 1.0]), bolus, 0.0, 0.0, 0.25)
