"""Two-compartment exchange against its differential equations and its limits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from impasto.core import ImpastoError
from impasto.maps.dce import (
    ArterialInput,
    VoxelReason,
    extended_tofts_concentration,
    fit_kinetics,
    parker_blood_concentration,
    two_compartment_exchange_concentration,
)


@pytest.fixture(scope="module")
def arterial() -> ArterialInput:
    times = np.arange(0.0, 400.5, 0.25)
    return ArterialInput(times, parker_blood_concentration(times, 20.0), haematocrit=0.42)


@pytest.fixture(scope="module")
def tissues() -> np.ndarray:
    """Fp in mL/100mL/min, PS per min, ve, vp."""
    grid = np.meshgrid([5.0, 25.0, 80.0], [0.01, 0.05, 0.15], [0.1, 0.4], [0.02, 0.1])
    return np.stack([axis.ravel() for axis in grid])


@pytest.mark.parametrize("tissue", [(30.0, 0.08, 0.25, 0.06), (90.0, 0.01, 0.4, 0.02), (8.0, 0.3, 0.15, 0.1)])
def test_solves_the_differential_equations(arterial: ArterialInput, tissue: tuple[float, ...]) -> None:
    flow, ps, ve, vp = tissue[0] / 6000.0, tissue[1] / 60.0, *tissue[2:]

    def change(t: float, c: np.ndarray) -> list[float]:
        blood = np.interp(t, arterial.times_s, arterial.plasma_mmol_l)
        return [(flow * (blood - c[0]) - ps * (c[0] - c[1])) / vp, ps * (c[0] - c[1]) / ve]

    times = np.arange(0.0, 300.0, 10.0)
    solved = solve_ivp(change, (0.0, 290.0), [0.0, 0.0], t_eval=times, max_step=0.25, rtol=1e-7, atol=1e-9)
    found = two_compartment_exchange_concentration(times, arterial, *tissue)
    np.testing.assert_allclose(found, vp * solved.y[0] + ve * solved.y[1], atol=2e-4)


def test_limits(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 3.0)
    fast = two_compartment_exchange_concentration(times, arterial, 1e6, 0.1, 0.3, 0.05)
    np.testing.assert_allclose(fast, extended_tofts_concentration(times, arterial, 0.1, 0.3, 0.05), atol=1e-3)
    # without exchange the plasma is a single well-mixed space with the transit time vp / Fp
    alone = two_compartment_exchange_concentration(times, arterial, 30.0, 0.0, 0.3, 0.05)
    single = extended_tofts_concentration(times, arterial, 0.3, 0.05, 0.0)
    np.testing.assert_allclose(alone, single, atol=1e-9)


@pytest.mark.parametrize("interval_s", [0.5, 2.0])
def test_fit_gives_the_parameters_back(arterial: ArterialInput, tissues: np.ndarray, interval_s: float) -> None:
    times = np.arange(0.25, 360.0, interval_s)
    curves = two_compartment_exchange_concentration(times, arterial, *tissues)
    fit = fit_kinetics(curves, times, arterial, "2CXM")
    for name, truth in zip(("Fp", "PS", "ve", "vp"), tissues, strict=True):
        np.testing.assert_allclose(fit.estimates[name], truth, rtol=1e-3, err_msg=name)
    np.testing.assert_allclose(
        fit.estimates["Ktrans"], tissues[0] / 100.0 * tissues[1] / (tissues[0] / 100.0 + tissues[1]), rtol=1e-3
    )


def test_no_noise_hides_the_least_sum_of_squares(arterial: ArterialInput, tissues: np.ndarray) -> None:
    # a fit that stopped in a wrong valley would leave more than the truth does
    times = np.arange(0.0, 360.0, 1.5)
    clean = np.repeat(two_compartment_exchange_concentration(times, arterial, *tissues), 20, axis=0)
    noise = np.random.default_rng(3).normal(0.0, 0.005, clean.shape)
    fit = fit_kinetics(clean + noise, times, arterial, "2CXM")
    assert (fit.squared_residuals <= np.square(noise).sum(axis=1) * (1.0 + 1e-9)).all()
    # four parameters take four degrees of freedom
    left = fit.squared_residuals.mean() / 0.005**2
    assert left == pytest.approx(len(times) - 4, abs=2.5)


def test_standard_errors_are_calibrated_where_exchange_is_resolved(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 360.0, 1.0)
    clean = two_compartment_exchange_concentration(times, arterial, 40.0, 0.1, 0.3, 0.08)
    noise = np.random.default_rng(4).normal(0.0, 0.01, (3000, len(times)))
    fit = fit_kinetics(clean + noise, times, arterial, "2CXM")
    for name, truth in (("Fp", 40.0), ("PS", 0.1), ("ve", 0.3), ("vp", 0.08)):
        off = np.abs(fit.estimates[name] - truth)
        assert np.mean(off <= fit.standard_errors[name]) == pytest.approx(0.683, abs=0.04), name


def test_tissue_without_exchange_has_no_ps(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 1.0)
    curve = two_compartment_exchange_concentration(times, arterial, 30.0, 0.0, 0.3, 0.05)
    noise = np.random.default_rng(5).normal(0.0, 0.001, (50, 300))
    fit = fit_kinetics(np.concatenate([curve[None], curve + noise]), times, arterial, "2CXM")
    assert fit.estimates["PS"][0] == pytest.approx(0.0, abs=1e-5)
    # a trace of a second exponential in the noise looks like exchange with next to no space: that is flagged
    doubts = VoxelReason.NO_LEAKAGE | VoxelReason.WITHIN_NOISE | VoxelReason.UNDETERMINED
    assert (fit.reason & doubts != 0).all()
    np.testing.assert_allclose(fit.estimates["Fp"], 30.0, rtol=0.08)
    np.testing.assert_allclose(fit.estimates["vp"] + np.nan_to_num(fit.estimates["ve"]), 0.05, rtol=0.05)


@pytest.mark.parametrize("tissue", [(-1.0, 0.1, 0.2, 0.1), (10.0, -0.1, 0.2, 0.1), (10.0, 0.1, 0.0, 0.1)])
def test_impossible_tissue_is_refused(arterial: ArterialInput, tissue: tuple[float, ...]) -> None:
    with pytest.raises(ImpastoError, match="Fp|PS|ve"):
        two_compartment_exchange_concentration(np.array([0.0, 60.0]), arterial, *tissue)
