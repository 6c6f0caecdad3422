"""The delay of the bolus, for each voxel and for a series."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.maps.dce import (
    ArterialInput,
    DelaySearch,
    TissueResponses,
    VoxelReason,
    extended_tofts_concentration,
    fit_kinetics_with_delay,
    parker_blood_concentration,
    series_delay_s,
    two_compartment_exchange_concentration,
)


@pytest.fixture(scope="module")
def arterial() -> ArterialInput:
    times = np.arange(0.0, 320.0, 0.25)
    return ArterialInput(times, parker_blood_concentration(times, 30.0), haematocrit=0.42)


def _tissue(times: np.ndarray, arterial: ArterialInput, delays: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    ranges = ((0.02, 0.5), (0.1, 0.6), (0.01, 0.1))
    truth = np.stack([rng.uniform(low, high, len(delays)) for low, high in ranges])
    curves = [
        extended_tofts_concentration(times, arterial.delayed(float(d)).held_until(times[-1]), *p)
        for d, p in zip(delays, truth.T, strict=True)
    ]
    return np.array(curves), truth


def test_each_voxel_gets_its_delay(arterial: ArterialInput) -> None:
    times, delays = np.arange(0.0, 300.0, 2.0), np.random.default_rng(0).uniform(0.0, 8.0, 60)
    curves, truth = _tissue(times, arterial, delays, 1)
    fit = fit_kinetics_with_delay(curves, times, arterial)
    assert np.median(np.abs(fit.delay_s - delays)) < 0.02
    for name, values in zip(("Ktrans", "ve", "vp"), truth, strict=True):
        assert np.median(np.abs(fit.estimates[name] / values - 1.0)) < 2e-3


def test_errors_know_of_the_delay(arterial: ArterialInput) -> None:
    times, delays = np.arange(0.0, 300.0, 2.0), np.random.default_rng(2).uniform(1.0, 6.0, 500)
    curves, truth = _tissue(times, arterial, delays, 3)
    noisy = curves + np.random.default_rng(4).normal(0.0, 0.02, curves.shape)
    fit = fit_kinetics_with_delay(noisy, times, arterial, search=DelaySearch(0.0, 8.0, 2.0))
    for name, values in zip(("Ktrans", "ve", "vp"), truth, strict=True):
        error = fit.standard_errors[name]
        known = np.isfinite(error)
        within = np.mean(np.abs(fit.estimates[name] - values)[known] <= error[known])
        assert within == pytest.approx(0.683, abs=0.06), name
    assert np.mean(np.abs(fit.delay_s - delays) <= fit.delay_error_s) == pytest.approx(0.683, abs=0.06)


def test_two_compartments_with_delay(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 0.5)
    curve = two_compartment_exchange_concentration(times, arterial.delayed(5.0), 25.0, 0.05, 0.2, 0.05)
    fit = fit_kinetics_with_delay(curve[None], times, arterial, "2CXM")
    assert fit.delay_s[0] == pytest.approx(5.0, abs=0.05)
    found = [fit.estimates[name][0] for name in ("Fp", "PS", "ve", "vp")]
    np.testing.assert_allclose(found, [25.0, 0.05, 0.2, 0.05], rtol=0.02)


def test_one_delay_for_a_series_also_of_a_late_input(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 8.0)
    for true_delay_s in (-7.0, 3.5):
        curves, _ = _tissue(times, arterial, np.full(200, true_delay_s), 5)
        noisy = curves + np.random.default_rng(6).normal(0.0, 0.02, curves.shape)
        responses = TissueResponses(times, arterial, 10.0)
        found = series_delay_s(responses, noisy, "extended Tofts", DelaySearch(-12.0, 12.0, 1.0))
        assert found == pytest.approx(true_delay_s, abs=0.2)


def test_delay_beyond_the_search_is_flagged_and_a_lost_voxel_has_none(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 2.0)
    curves, _ = _tissue(times, arterial, np.array([9.0, 9.0]), 7)
    curves[1, 4] = np.nan
    fit = fit_kinetics_with_delay(curves, times, arterial, search=DelaySearch(0.0, 5.0))
    assert fit.reason[0] & VoxelReason.DELAY_AT_LIMIT
    assert fit.reason[1] == VoxelReason.SIGNAL_LOST
    assert np.isnan(fit.delay_s[1])


def test_search_needs_steps() -> None:
    with pytest.raises(ImpastoError, match="three at least"):
        DelaySearch(0.0, 2.0, 1.0)
