"""Tracer-kinetic models against OSIPI's digital reference objects, whose parameters are known."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.maps.dce import (
    ArterialInput,
    extended_tofts_concentration,
    parker_blood_concentration,
    patlak_concentration,
    tofts_concentration,
)


def _rows(path: Path) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def _series(text: str) -> np.ndarray:
    return np.array([float(part) for part in text.split()])


def _agrees(label: str, found: np.ndarray, given: np.ndarray, noise: float) -> None:
    residual = found - given
    if "highSNR" in label:
        # the object's concentrations come from signals stored as integers, in steps of 3e-4 mmol/L
        np.testing.assert_allclose(found, given, atol=1.5e-3)
        assert np.sqrt(np.mean(residual**2)) < 5e-4
    else:
        assert abs(residual.mean()) < 4.0 * noise / np.sqrt(len(residual)) + 1e-3
        assert residual.std() < 1.5 * noise


def test_tofts_rows(reference_data: Callable[[str], Path]) -> None:
    rows = _rows(reference_data("dsc_dce_osipi") / "dce_DRO_data_tofts.csv")
    assert len(rows) == 25
    for row in rows:
        times, given = _series(row["t"]), _series(row["C"])
        # the given input is that of plasma
        arterial = ArterialInput(times, _series(row["ca"]), haematocrit=0.0)
        found = tofts_concentration(times, arterial, float(row["Ktrans"]), float(row["ve"]))
        _agrees(row["label"], found, given, noise=given[:50].std())


def test_extended_tofts_rows(reference_data: Callable[[str], Path]) -> None:
    rows = _rows(reference_data("dsc_dce_osipi") / "dce_DRO_data_extended_tofts.csv")
    assert len(rows) == 15
    for row in rows:
        times, given = _series(row["t"]), _series(row["C"])
        arterial = ArterialInput(times, _series(row["ca"]), haematocrit=0.0)
        parameters = (float(row[name]) for name in ("Ktrans", "ve", "vp"))
        _agrees(row["label"], extended_tofts_concentration(times, arterial, *parameters), given, given[:20].std())


def test_patlak_rows(reference_data: Callable[[str], Path]) -> None:
    rows = _rows(reference_data("dsc_dce_osipi") / "patlak_sd_0.02_delay_0.csv")
    assert len(rows) == 9
    for row in rows:
        times = _series(row["t"])
        arterial = ArterialInput(times, _series(row["cp_aif"]), haematocrit=0.0)
        found = patlak_concentration(times, arterial, float(row["ps"]), float(row["vp"]))
        _agrees("noisy", found, _series(row["C_t"]), noise=0.02)


@pytest.fixture
def arterial() -> ArterialInput:
    times = np.arange(0.0, 600.5, 0.5)
    return ArterialInput(times, parker_blood_concentration(times, 20.0), haematocrit=0.42)


def test_with_much_space_tofts_becomes_patlak(arterial: ArterialInput) -> None:
    times = np.array([0.0, 31.0, 90.0, 600.0])
    without_return = patlak_concentration(times, arterial, 0.01, 0.03)
    np.testing.assert_allclose(
        extended_tofts_concentration(times, arterial, 0.01, 1e6, 0.03), without_return, rtol=1e-6
    )


def test_fast_exchange_fills_the_space_to_the_plasmas_concentration(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 600.0, 7.0)
    found = tofts_concentration(times, arterial, 1e5, 0.3)
    np.testing.assert_allclose(found, 0.3 * arterial.blood_at(times) / 0.58, atol=2e-3)


def test_parameters_may_have_any_shape_and_nothing_leaks_without_transfer(arterial: ArterialInput) -> None:
    times = np.arange(0.0, 300.0, 5.0)
    found = extended_tofts_concentration(times, arterial, np.array([[0.0], [0.1]]), np.array([0.2, 0.4, 0.5]), 0.0)
    assert found.shape == (2, 3, 60)
    assert not found[0].any()
    assert not tofts_concentration(times, arterial, 0.0, 0.0).any()


@pytest.mark.parametrize(("ktrans", "ve"), [(-0.1, 0.2), (0.1, -0.2), (0.1, 0.0), (np.nan, 0.2)])
def test_impossible_tissue_is_refused(arterial: ArterialInput, ktrans: float, ve: float) -> None:
    with pytest.raises(ImpastoError, match="Ktrans|ve"):
        tofts_concentration(np.array([0.0, 60.0]), arterial, ktrans, ve)
