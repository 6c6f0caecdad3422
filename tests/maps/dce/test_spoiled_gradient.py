"""Spoiled gradient echo: against OSIPI's measured voxels, and there and back."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from impasto.maps.dce import (
    concentration_from_signal,
    relaxation_rate,
    relaxation_rate_from_signal,
    spoiled_gradient_signal,
)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _series(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


def test_concentrations_of_osipis_signals(reference_data: Callable[[str], Path]) -> None:
    for row in _rows(reference_data("dsc_dce_osipi") / "SI2Conc_data.csv"):
        signal = _series(row["s"])
        # OSIPI's baseline leaves out the first frame
        baseline = signal[1 : int(row["numbaselinepts"])].mean()
        found = concentration_from_signal(
            signal, baseline, float(row["T1base"]), float(row["FA"]), float(row["TR"]), float(row["r1"])
        )
        np.testing.assert_allclose(found, _series(row["conc"]), atol=1e-10, rtol=1e-9)


@pytest.mark.parametrize(("name", "per_s"), [("t1_brain_data.csv", 1.0), ("t1_quiba_data.csv", 1000.0)])
def test_signals_of_known_relaxation(reference_data: Callable[[str], Path], name: str, per_s: float) -> None:
    # measured brain fits its own R1 to 6 %; the QIBA object has noise of sigma 2 to 10
    for row in _rows(reference_data("dsc_dce_osipi") / name):
        found = spoiled_gradient_signal(
            per_s * float(row["R1"]), _series(row["FA"]), _series(row["TR"]), float(row["s0"])
        )
        tolerance = 0.06 * _series(row["s"]).max() if "brain" in name else 40.0
        np.testing.assert_allclose(found, _series(row["s"]), atol=tolerance)


@given(st.floats(0.3, 5.0), st.floats(1.0, 60.0), st.floats(0.002, 2.0), st.floats(0.0, 10.0))
def test_concentration_comes_back(t1_s: float, flip_deg: float, tr_s: float, concentration: float) -> None:
    r1 = relaxation_rate(t1_s, np.array([0.0, concentration]), 4.5)
    signal = spoiled_gradient_signal(r1, flip_deg, tr_s, 1000.0)
    # where the signal is saturated its last digits hold the answer
    if signal[1] < 0.999 * 1000.0 * np.sin(np.deg2rad(flip_deg)):
        found = concentration_from_signal(signal, signal[0], t1_s, flip_deg, tr_s, 4.5)
        np.testing.assert_allclose(found, [0.0, concentration], atol=1e-6)


def test_signal_is_greatest_at_the_ernst_angle() -> None:
    angles = np.linspace(1.0, 40.0, 3901)
    strongest = angles[np.argmax(spoiled_gradient_signal(1.0, angles, 0.005))]
    assert strongest == pytest.approx(np.rad2deg(np.arccos(np.exp(-0.005))), abs=0.01)


def test_more_signal_than_there_can_be_has_no_rate() -> None:
    assert np.isnan(relaxation_rate_from_signal(1.0, 1.0, 30.0, 0.005))
    found = concentration_from_signal(np.array([10.0, 20.0]), 0.0, 1.4, 15.0, 0.005, 4.5)
    assert np.isnan(found).all()
