"""Fits against OSIPI's reference objects, known parameters, and another solver."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from impasto.core import ImpastoError
from impasto.maps.dce import (
    ArterialInput,
    FrameNoise,
    KineticModelName,
    VoxelReason,
    extended_tofts_concentration,
    fit_kinetics,
    parker_blood_concentration,
    patlak_concentration,
    tofts_concentration,
)

# what OSIPI's code collection asks of a fit: absolute and relative part
_TOLERANCE = {"Ktrans": (0.005, 0.1), "ve": (0.05, 0.0), "vp": (0.025, 0.0)}


@pytest.fixture(scope="module")
def arterial() -> ArterialInput:
    times = np.arange(0.0, 600.5, 0.5)
    return ArterialInput(times, parker_blood_concentration(times, 20.0), haematocrit=0.42)


@pytest.mark.parametrize(
    ("file", "model", "columns", "count"),
    [
        ("dce_DRO_data_tofts.csv", "Tofts", ("C", "ca", "Ktrans"), 25),
        ("dce_DRO_data_extended_tofts.csv", "extended Tofts", ("C", "ca", "Ktrans"), 15),
        ("patlak_sd_0.02_delay_0.csv", "Patlak", ("C_t", "cp_aif", "ps"), 9),
    ],
)
def test_osipi_rows(
    reference_data: Callable[[str], Path],
    file: str,
    model: KineticModelName,
    columns: tuple[str, str, str],
    count: int,
) -> None:
    csv.field_size_limit(10_000_000)
    with (reference_data("dsc_dce_osipi") / file).open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == count
    curve, plasma, transfer = columns
    for row in rows:
        times, tissue, blood = (np.array([float(v) for v in row[c].split()]) for c in ("t", curve, plasma))
        # the given input is that of plasma
        fit = fit_kinetics(tissue[None], times, ArterialInput(times, blood, haematocrit=0.0), model)
        truth = {"Ktrans": float(row[transfer])} | {name: float(row[name]) for name in ("ve", "vp") if name in row}
        for name, value in truth.items():
            absolute, relative = _TOLERANCE[name]
            assert abs(fit.estimates[name][0] - value) <= absolute + relative * value, (row["label"], name)


def test_digital_reference_object_of_wide_range_is_reproduced(arterial: ArterialInput) -> None:
    # the grid of the QIBA object: Ktrans .01 to .35 and ve .01 to .5, so kep up to 35 per min
    ktrans, ve = (grid.ravel() for grid in np.meshgrid([0.01, 0.02, 0.05, 0.1, 0.2, 0.35], [0.01, 0.05, 0.1, 0.2, 0.5]))
    for times in (np.arange(0.0, 600.0, 0.5), np.arange(0.0, 600.0, 5.0)):
        fit = fit_kinetics(tofts_concentration(times, arterial, ktrans, ve), times, arterial, "Tofts")
        np.testing.assert_allclose(fit.estimates["Ktrans"], ktrans, rtol=1e-4)
        np.testing.assert_allclose(fit.estimates["ve"], ve, rtol=1e-4)
        assert not fit.reason.any()


@given(
    ktrans=st.floats(0.005, 1.0),
    ve=st.floats(0.12, 0.9),
    vp=st.floats(0.0, 0.3),
    seed=st.integers(0, 1000),
)
def test_uneven_frames_give_the_parameters_back(ktrans: float, ve: float, vp: float, seed: int) -> None:
    knots = np.arange(0.0, 400.5, 0.5)
    arterial = ArterialInput(knots, parker_blood_concentration(knots, 20.0), haematocrit=0.42)
    times = np.sort(np.random.default_rng(seed).uniform(0.0, 400.0, 70))
    curve = extended_tofts_concentration(times, arterial, ktrans, ve, vp)
    fit = fit_kinetics(curve[None], times, arterial)
    np.testing.assert_allclose(
        [fit.estimates[name][0] for name in ("Ktrans", "ve", "vp")], [ktrans, ve, vp], rtol=2e-3, atol=2e-4
    )


def test_same_minimum_as_a_general_solver(arterial: ArterialInput) -> None:
    rng = np.random.default_rng(5)
    times = np.arange(0.0, 300.0, 6.0)
    truth = [(0.2, 0.4, 0.05), (0.05, 0.2, 0.02), (0.4, 0.3, 0.08), (0.02, 0.5, 0.01)]
    curves = np.array([extended_tofts_concentration(times, arterial, *one) for one in truth])
    curves += rng.normal(0.0, 0.03, curves.shape)
    fit = fit_kinetics(curves, times, arterial)
    for n, start in enumerate(truth):

        def residual(p: np.ndarray, curve: np.ndarray = curves[n]) -> np.ndarray:
            return np.asarray(extended_tofts_concentration(times, arterial, *p) - curve)

        found = least_squares(residual, start, bounds=(1e-9, np.inf), x_scale=start, xtol=1e-12, ftol=1e-12, gtol=1e-12)
        assert fit.squared_residuals[n] <= 2.0 * found.cost * (1.0 + 1e-6)
        assert fit.squared_residuals[n] == pytest.approx(2.0 * found.cost, rel=1e-5)
        if found.x[2] > 1e-6:
            # the covariance of the general solver's numerical Jacobian
            covariance = np.linalg.inv(found.jac.T @ found.jac) * 2.0 * found.cost / (len(times) - 3)
            errors = [fit.standard_errors[name][n] for name in ("Ktrans", "ve", "vp")]
            np.testing.assert_allclose(errors, np.sqrt(np.diag(covariance)), rtol=0.02)


@pytest.mark.parametrize("model", ["Tofts", "extended Tofts"])
def test_unbiased_with_calibrated_standard_errors(model: KineticModelName) -> None:
    rng = np.random.default_rng(1)
    times, count = np.arange(60) * 5.0, 4000
    knots = np.arange(0.0, 296.0)
    arterial = ArterialInput(knots, parker_blood_concentration(knots, 25.0), haematocrit=0.42)
    truth = {"Ktrans": rng.uniform(0.01, 0.5, count), "ve": rng.uniform(0.1, 0.6, count)}
    truth["vp"] = rng.uniform(0.0, 0.1, count) if model == "extended Tofts" else np.zeros(count)
    curves = extended_tofts_concentration(times, arterial, *truth.values()) + rng.normal(0.0, 0.02, (count, 60))
    fit = fit_kinetics(curves.astype(np.float32), times, arterial, model)
    off = fit.estimates["Ktrans"] - truth["Ktrans"]
    assert np.median(np.abs(off)) < (0.0032 if model == "Tofts" else 0.0040)
    assert abs(off.mean()) < 0.01 * truth["Ktrans"].mean()
    for name in set(truth) & set(fit.estimates):
        error = fit.standard_errors[name]
        known = np.isfinite(error)
        assert known.mean() > 0.98
        within = np.mean(np.abs(fit.estimates[name] - truth[name])[known] <= error[known])
        assert within == pytest.approx(0.683, abs=0.03), name


def test_error_of_a_short_baseline_is_in_the_standard_error(arterial: ArterialInput) -> None:
    rng = np.random.default_rng(2)
    times, count = np.arange(60) * 5.0, 3000
    noise = rng.normal(0.0, 0.02, (count, 60))
    noise -= noise[:, :3].mean(axis=1, keepdims=True)
    curves = extended_tofts_concentration(times, arterial, 0.15, 0.3, 0.05) + noise
    with_it, without = (fit_kinetics(curves, times, arterial, noise=noise) for noise in (FrameNoise.even(60, 3), None))
    for name, truth in (("Ktrans", 0.15), ("ve", 0.3), ("vp", 0.05)):
        off = np.abs(with_it.estimates[name] - truth)
        assert np.mean(off <= with_it.standard_errors[name]) == pytest.approx(0.683, abs=0.03)
    off = np.abs(without.estimates["ve"] - 0.3)
    assert np.mean(off <= without.standard_errors["ve"]) < 0.5


def test_nothing_leaks_through_an_intact_barrier(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 5.0)
    vessel = patlak_concentration(times, arterial, 0.0, 0.04)
    lower = vessel - 0.0005 * np.arange(60)
    fit = fit_kinetics(np.stack([vessel, lower]), times, arterial)
    assert fit.reason[1] & VoxelReason.NO_LEAKAGE
    assert fit.estimates["Ktrans"][1] == 0.0
    assert fit.standard_errors["Ktrans"][1] > 0.0
    assert np.isnan([fit.estimates["kep"][1], fit.estimates["ve"][1]]).all()
    assert fit.estimates["Ktrans"][0] == pytest.approx(0.0, abs=1e-9)
    assert fit.estimates["vp"][0] == pytest.approx(0.04, rel=1e-6)


def test_reasons_name_what_is_wrong(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 5.0)
    kept = patlak_concentration(times, arterial, 0.03, 0.02)
    crowded = extended_tofts_concentration(times, arterial, 0.6, 1.3, 0.02)
    weak = np.random.default_rng(4).normal(0.0, 0.01, 60)
    broken = np.where(np.arange(60) == 30, np.nan, crowded)
    fit = fit_kinetics(np.stack([kept, crowded, weak, broken]), times, arterial)
    assert fit.reason[0] & VoxelReason.NO_WASHOUT or fit.estimates["ve"][0] > 10.0
    assert fit.reason[1] == VoxelReason.SPACE_ABOVE_ONE
    assert fit.reason[2] & (VoxelReason.WITHIN_NOISE | VoxelReason.NO_LEAKAGE)
    assert fit.reason[3] == VoxelReason.SIGNAL_LOST
    assert all(np.isnan(fit.estimates[name][3]) for name in fit.estimates)


def test_patlak_fit_is_ordinary_least_squares(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 5.0)
    curve = patlak_concentration(times, arterial, 0.02, 0.05) + np.random.default_rng(0).normal(0.0, 0.01, 60)
    design = np.stack(
        [patlak_concentration(times, arterial, 1.0, 0.0), patlak_concentration(times, arterial, 0.0, 1.0)]
    )
    expected, squares, *_ = np.linalg.lstsq(design.T, curve, rcond=None)
    fit = fit_kinetics(curve[None], times, arterial, "Patlak")
    np.testing.assert_allclose([fit.estimates["Ktrans"][0], fit.estimates["vp"][0]], expected, rtol=1e-9)
    covariance = np.linalg.inv(design @ design.T) * squares[0] / 58
    errors = [fit.standard_errors["Ktrans"][0], fit.standard_errors["vp"][0]]
    np.testing.assert_allclose(errors, np.sqrt(np.diag(covariance)), rtol=1e-6)


def test_unusable_input_is_refused(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 5.0)
    curve = np.zeros((1, 60))
    with pytest.raises(ImpastoError, match="kinetic model"):
        fit_kinetics(curve, times, arterial, "none")
    with pytest.raises(ImpastoError, match="shape"):
        fit_kinetics(curve[:, :50], times, arterial)
    with pytest.raises(ImpastoError, match="end of the series"):
        fit_kinetics(curve, times + 400.0, arterial)
    with pytest.raises(ImpastoError, match="no agent"):
        fit_kinetics(curve[:, :4], times[:4], arterial, "Tofts")
