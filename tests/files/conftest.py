"""Fixtures for tests of files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from impasto.core import RawSpectra, Spectra


@pytest.fixture(scope="session")
def highest_ppm() -> Callable[[RawSpectra | Spectra, float, float], float]:
    """Give the chemical shift of the highest peak within a range.

    Written out from NIfTI-MRS's definition: a signal of p ppm turns with (4.65 - p) times the spectrometer frequency.
    """

    def peak_ppm(spectra: RawSpectra | Spectra, low_ppm: float, high_ppm: float) -> float:
        fid = spectra.fid[0, 0, 0].reshape(spectra.fid.shape[3], -1)[:, 0]
        times_s = np.arange(len(fid)) * spectra.dwell_s
        ppm = np.arange(low_ppm, high_ppm, 0.002)
        frequencies_hz = (4.65 - ppm) * spectra.frequency_mhz
        height = np.abs(np.exp(-2j * np.pi * np.outer(frequencies_hz, times_s)) @ (fid * np.exp(-10.0 * times_s)))
        return float(ppm[np.argmax(height)])

    return peak_ppm
