"""Spectra: a decay at a known offset shows up there, and unusable signals are refused."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError, Spectra

GRID = Grid.centred((2, 1, 1), (10, 10, 10))
TIME_S = np.arange(512) * 5e-4


def spectra(offset_hz: float = 125.0) -> Spectra:
    fid = np.broadcast_to(np.exp((2j * np.pi * offset_hz - 10.0) * TIME_S), (2, 1, 1, 512))
    return Spectra(fid, GRID, 5e-4, 123.25, 0.03)


@pytest.mark.parametrize("offset_hz", [-250.0, 0.0, 125.0])
def test_the_peak_lies_at_its_frequency(offset_hz: float) -> None:
    data = spectra(offset_hz)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft(data.fid, axis=3), axes=3))[0, 0, 0]
    assert data.frequencies_hz()[np.argmax(spectrum)] == pytest.approx(offset_hz, abs=2.0)


@pytest.mark.parametrize(
    ("fid", "dwell_s", "problem"),
    [
        (np.ones((2, 1, 1), dtype=complex), 5e-4, "does not fit"),
        (np.ones((2, 1, 1, 8)), 5e-4, "not complex"),
        (np.full((2, 1, 1, 8), np.nan + 0j), 5e-4, "not complex and finite"),
        (np.ones((2, 1, 1, 8), dtype=complex), 0.0, "not positive"),
    ],
)
def test_unusable_signals_are_refused(fid: np.ndarray, dwell_s: float, problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        Spectra(fid, GRID, dwell_s, 123.25, 0.03)


def test_the_signal_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValueError, match="read-only"):
        spectra().fid[0, 0, 0, 0] = 0.0
