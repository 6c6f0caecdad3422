"""Arrival, areas, peaks and the choice of a model, each against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from impasto.core import ImpastoError
from impasto.maps.dce import (
    KINETIC_MODELS,
    ArterialInput,
    FrameNoise,
    area_weights,
    bolus_arrival_time_s,
    choose_model,
    corrected_akaike,
    extended_tofts_concentration,
    fit_kinetics,
    frames_before_bolus,
    initial_area,
    parker_blood_concentration,
    patlak_concentration,
    population_arterial_input,
    time_to_peak_s,
    tofts_concentration,
)


@given(start=st.floats(0.0, 100.0), duration=st.floats(1.0, 90.0), seed=st.integers(0, 99))
def test_area_is_that_under_the_line_through_samples(start: float, duration: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.concatenate([[0.0], np.sort(rng.uniform(1.0, 199.0, 20)), [200.0]])
    values = rng.normal(size=22)
    inside = times[(times > start) & (times < start + duration)]
    edges = np.concatenate([[start], inside, [start + duration]])
    between = np.interp(edges, times, values)
    expected = np.sum(0.5 * (between[1:] + between[:-1]) * np.diff(edges))
    area = initial_area(values[None], times, np.array([start]), duration)
    assert area[0] == pytest.approx(expected, abs=1e-9)


def test_area_of_blood_and_its_error() -> None:
    times = np.arange(0.0, 150.0, 0.5)
    blood = parker_blood_concentration(times, 20.0)
    truth, _ = quad(lambda t: float(parker_blood_concentration(np.array(t), 20.0)), 20.0, 80.0, limit=200)
    assert initial_area(blood[None], times, np.array([20.0]), 60.0)[0] == pytest.approx(truth, rel=1e-3)
    noisy = blood + np.random.default_rng(0).normal(0.0, 0.1, (4000, 300))
    noisy -= noisy[:, :10].mean(axis=1, keepdims=True)
    area = initial_area(noisy, times, np.full(4000, 20.3), 60.0)
    variance = FrameNoise.even(300, 10).variance_of_sum(area_weights(times, np.array([20.3]), 60.0))
    assert area.std() == pytest.approx(0.1 * np.sqrt(variance[0]), rel=0.05)
    assert np.isnan(initial_area(blood[None], times, np.array([100.0]), 60.0)[0])
    with pytest.raises(ImpastoError, match="duration"):
        area_weights(times, np.array([0.0]), 0.0)


def test_time_to_peak_from_arrival() -> None:
    times = np.arange(0.0, 100.0, 4.0)
    curves = np.exp(-0.5 * ((times - np.array([[41.0], [54.5]])) / 15.0) ** 2)
    np.testing.assert_allclose(time_to_peak_s(curves, times, np.array([20.0, 24.5])), [21.0, 30.0], atol=0.1)


@pytest.mark.parametrize("interval_s", [1.0, 2.5, 5.0])
def test_arrival_of_a_bolus(interval_s: float) -> None:
    times = np.arange(0.0, 200.0, interval_s)
    blood = parker_blood_concentration(times, 33.0) + np.random.default_rng(1).normal(0.0, 0.05, len(times))
    arrival = bolus_arrival_time_s(blood, times)
    # the first seconds of the bolus are faint
    assert 33.0 - 0.5 * interval_s <= arrival <= 33.0 + 5.0
    before = frames_before_bolus(arrival, times)
    assert before >= 2
    assert times[before - 1] <= 33.0


def test_no_bolus_and_no_baseline_are_refused() -> None:
    with pytest.raises(ImpastoError, match="does not rise"):
        bolus_arrival_time_s(np.arange(10.0)[::-1], np.arange(10.0))
    with pytest.raises(ImpastoError, match="no frame"):
        frames_before_bolus(-1.0, np.arange(10.0))


def test_corrected_criterion_by_hand() -> None:
    # n = 20, K = 3 + 1: 20 ln(.5 / 20) + 8 + 40 / 15
    expected = 20.0 * np.log(0.025) + 8.0 + 40.0 / 15.0
    assert corrected_akaike(np.array([0.5]), 20, 3)[0] == pytest.approx(expected)
    with pytest.raises(ImpastoError, match="longer series"):
        corrected_akaike(np.array([0.5]), 5, 3)


def test_each_tissue_gets_its_own_model() -> None:
    times = np.arange(0.0, 300.0, 3.0)
    arterial = population_arterial_input("Parker", times, 20.0)
    tissues = {
        "none": np.zeros(100),
        "Patlak": patlak_concentration(times, arterial, 0.03, 0.04),
        "Tofts": tofts_concentration(times, arterial, 0.2, 0.3),
        "extended Tofts": extended_tofts_concentration(times, arterial, 0.2, 0.3, 0.05),
    }
    codes = list(KINETIC_MODELS)
    for truth, curve in tissues.items():
        curves = curve + np.random.default_rng(2).normal(0.0, 0.01, (300, 100))
        squares = {name: fit_kinetics(curves, times, arterial, name).squared_residuals for name in codes[1:4]}  # type: ignore[arg-type]
        code, weight = choose_model({"none": np.square(curves).sum(axis=1)} | squares, 100)  # type: ignore[arg-type]
        assert np.mean(code == codes.index(truth)) > 0.75, truth
        assert weight.min() >= 0.25
        assert weight.max() <= 1.0
    code, weight = choose_model({"none": np.array([np.nan]), "Tofts": np.array([1.0])}, 100)
    assert code[0] == -1
    assert np.isnan(weight[0])


def test_population_input_scales_with_dose_and_reaches_the_end() -> None:
    times = np.arange(0.0, 301.3, 5.1)
    one, half = (population_arterial_input("Georgiou", times, 12.0, dose) for dose in (0.1, 0.05))
    np.testing.assert_allclose(one.blood_mmol_l, 2.0 * half.blood_mmol_l)
    assert one.haematocrit == 0.35
    assert one.times_s[-1] >= times[-1]
    assert population_arterial_input("Parker", times, 12.0, haematocrit=0.4).haematocrit == 0.4
    with pytest.raises(ImpastoError, match="population"):
        population_arterial_input("Fritz", times, 12.0)  # type: ignore[arg-type]


def test_dispersion_keeps_the_area_and_moves_the_centre() -> None:
    times = np.arange(0.0, 400.0, 0.25)
    bolus = np.exp(-0.5 * ((times - 40.0) / 5.0) ** 2)
    mixed = ArterialInput(times, bolus, 0.4).dispersed(6.0).blood_mmol_l
    assert mixed.sum() == pytest.approx(bolus.sum(), rel=1e-3)
    assert (mixed @ times) / mixed.sum() == pytest.approx(46.0, abs=0.05)
    variance = (mixed @ (times - 46.0) ** 2) / mixed.sum()
    assert variance == pytest.approx(5.0**2 + 6.0**2, rel=0.01)
    with pytest.raises(ImpastoError, match="dispersion"):
        ArterialInput(times, bolus, 0.4).dispersed(-1.0)
