"""T1 before contrast agent against OSIPI's rows, known T1, and spins followed pulse by pulse."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.maps.dce import (
    T1Reason,
    look_locker_maps,
    look_locker_t1,
    spoiled_gradient_signal,
    variable_flip_angle_maps,
    variable_flip_angle_t1,
)

_ANGLES = [2.0, 5.0, 10.0, 15.0, 20.0]


def _numbers(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


@pytest.mark.parametrize("method", ["linear", "nonlinear"])
@pytest.mark.parametrize(("file", "per_s", "count"), [("t1_brain_data.csv", 1.0, 76), ("t1_quiba_data.csv", 1e3, 45)])
def test_osipi_rows(reference_data: Callable[[str], Path], file: str, per_s: float, count: int, method: str) -> None:
    with (reference_data("dsc_dce_osipi") / file).open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == count
    for row in rows:
        fit = variable_flip_angle_t1(
            _numbers(row["s"])[None],
            _numbers(row["FA"]),
            _numbers(row["TR"]),
            method=method,  # type: ignore[arg-type]
        )
        rate = per_s * float(row["R1"])
        assert abs(1.0 / fit.t1_s[0] - rate) <= 0.05 + 0.05 * rate, row["label"]
        if method == "nonlinear" and "brain" in file:
            # these were made by a nonlinear fit
            assert 1.0 / fit.t1_s[0] == pytest.approx(rate, abs=1.1e-5)
            assert fit.s0[0] == pytest.approx(float(row["s0"]), rel=2e-5)


@pytest.mark.parametrize("method", ["linear", "nonlinear"])
def test_known_t1_with_b1(method: str) -> None:
    t1, b1 = np.array([0.25, 0.8, 1.4, 4.0]), np.array([0.8, 1.0, 1.15, 0.9])
    signal = spoiled_gradient_signal(1.0 / t1[:, None], np.array(_ANGLES) * b1[:, None], 0.005, 700.0)
    fit = variable_flip_angle_t1(signal, _ANGLES, 0.005, b1, method)  # type: ignore[arg-type]
    np.testing.assert_allclose(fit.t1_s, t1, rtol=1e-6)
    np.testing.assert_allclose(fit.s0, 700.0, rtol=1e-6)
    assert not fit.reason.any()


def test_repetition_times_may_differ() -> None:
    angles, repetition = np.array([5.0, 15.0, 15.0]), np.array([0.005, 0.005, 0.02])
    signal = spoiled_gradient_signal(1.0 / 1.2, angles, repetition, 100.0)
    assert variable_flip_angle_t1(signal[None], angles, repetition).t1_s[0] == pytest.approx(1.2, rel=1e-6)
    with pytest.raises(ImpastoError, match="differ"):
        variable_flip_angle_t1(signal[None], angles, repetition, method="linear")


def test_standard_error_is_the_spread() -> None:
    clean = spoiled_gradient_signal(1.0 / 1.3, np.array(_ANGLES), 0.005, 1000.0)
    signal = clean + np.random.default_rng(0).normal(0.0, 0.5, (4000, 5))
    fit = variable_flip_angle_t1(signal, _ANGLES, 0.005, noise=0.5)
    assert np.mean(np.abs(fit.t1_s - 1.3) <= fit.t1_error_s) == pytest.approx(0.683, abs=0.03)
    assert np.mean(np.abs(fit.s0 - 1000.0) <= fit.s0_error) == pytest.approx(0.683, abs=0.03)
    of_residuals = variable_flip_angle_t1(signal, _ANGLES, 0.005)
    assert np.sqrt(np.mean(of_residuals.t1_error_s**2)) == pytest.approx(fit.t1_error_s.mean(), rel=0.05)


def test_look_locker_follows_spins_through_their_pulses() -> None:
    t1, interval_s, angle, pulses = np.array([0.4, 0.9, 1.5, 2.5]), 0.02, np.deg2rad(4.0), 250
    magnetisation, signals = -np.ones(4), []
    for _ in range(pulses):
        magnetisation = 1.0 - (1.0 - magnetisation) * np.exp(-interval_s / t1)
        signals.append(magnetisation * np.sin(angle))
        magnetisation = magnetisation * np.cos(angle)
    times, signal = (np.arange(pulses) + 1.0) * interval_s, 5000.0 * np.stack(signals, axis=1)
    for is_magnitude in (True, False):
        fit = look_locker_t1(np.abs(signal) if is_magnitude else signal, times, is_magnitude)
        np.testing.assert_allclose(fit.t1_s, t1, rtol=0.01)
        assert not fit.reason.any()
    noisy = signal + np.random.default_rng(1).normal(0.0, 5.0, (800, 4, pulses))
    for n in range(4):
        fit = look_locker_t1(np.abs(noisy[:, n]), times)
        assert fit.t1_error_s.mean() == pytest.approx(fit.t1_s.std(), rel=0.12)


def test_maps_say_why_voxels_are_missing() -> None:
    grid = Grid.centred((3, 1, 1), (1.0, 1.0, 1.0))
    signal = spoiled_gradient_signal(1.0 / 1.1, np.array(_ANGLES), 0.006, 900.0)
    signals = np.stack([signal, np.zeros(5), np.full(5, np.nan)])
    scans = [Image(signals[:, n].reshape(3, 1, 1), grid, "signal", "1") for n in range(5)]
    maps = variable_flip_angle_maps(scans, _ANGLES, 0.006)
    assert maps["T1"].unit == "s"
    assert maps["T1"].data[0, 0, 0] == pytest.approx(1.1, rel=1e-5)
    assert maps["T1-reason"].data.ravel().tolist() == [0, T1Reason.NO_SIGNAL, T1Reason.NO_SIGNAL]
    assert np.isnan(maps["T1"].data[1:]).all()
    with pytest.raises(ImpastoError, match="angles"):
        variable_flip_angle_maps(scans, _ANGLES[:3], 0.006)
    times = np.arange(1, 30) * 0.1
    recovery = 100.0 * np.abs(1.0 - 2.0 * np.exp(-times / 0.9))
    series = Image(np.tile(recovery, (3, 1, 1, 1)).reshape(3, 1, 1, 29), grid, "signal", "1", times)
    np.testing.assert_allclose(look_locker_maps(series)["T1"].data, 0.9, rtol=1e-4)


def test_unusable_input_is_refused() -> None:
    with pytest.raises(ImpastoError, match="two different"):
        variable_flip_angle_t1(np.ones((1, 2)), [5.0, 5.0], 0.005)
    with pytest.raises(ImpastoError, match="shape"):
        variable_flip_angle_t1(np.ones((1, 3)), [5.0, 8.0], 0.005)
    with pytest.raises(ImpastoError, match="fewer than four"):
        look_locker_t1(np.ones((1, 3)), np.array([0.1, 0.2, 0.3]))
