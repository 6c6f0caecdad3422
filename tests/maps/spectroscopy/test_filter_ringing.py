from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import BasisSet
from impasto.files import read_spectra
from impasto.maps.spectroscopy.filter_ringing import without_filter_ringing
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS, SpectralFit
from impasto.maps.spectroscopy.linear_combination import fit_spectra

DWELL_S, POINTS = 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)
CHECKED = ("tNAA", "tCho", "tCr", "Ins")


def band_limited(fid: np.ndarray, margin: float = 0.06) -> np.ndarray:
    """What a scanner does that filters by a circular transform: nothing near the highest frequencies passes."""
    spectrum = np.fft.fft(fid, axis=1)
    spectrum[:, np.abs(np.fft.fftfreq(fid.shape[1])) > 0.5 - margin] = 0.0
    return np.fft.ifft(spectrum, axis=1)


def noise(voxels: int, level: float) -> np.ndarray:
    rng = np.random.default_rng(2)
    return level * (rng.standard_normal((voxels, POINTS)) + 1j * rng.standard_normal((voxels, POINTS)))


def sums(fit: SpectralFit) -> np.ndarray:
    return np.array([np.median(fit.total(METABOLITE_SUMS[name])[0]) for name in CHECKED])


def test_amplitudes_and_residual_are_as_if_there_were_no_filter(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean = (usual_amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S))[None]
    unfiltered = clean + noise(60, 0.1)
    filtered = band_limited(unfiltered)
    cleaned, points = without_filter_ringing(filtered)
    assert 4 <= points <= POINTS // 8
    assert not cleaned[:, -points:].any()
    np.testing.assert_array_equal(cleaned[:, :-points], filtered[:, :-points])
    without, cut, ringing = (fit_spectra(fid, DWELL_S, brain) for fid in (unfiltered, cleaned, filtered))
    assert np.abs(sums(cut) / sums(without) - 1.0).max() < 0.005
    assert np.median(cut.residual) < 1.3 < 2.0 < np.median(ringing.residual)


@pytest.mark.parametrize("height", [0.0, 10.0, 1e4])
def test_signals_that_merely_end_are_left_alone(brain: BasisSet, usual_amplitudes: np.ndarray, height: float) -> None:
    """Long-lived lines do not rise at the end, however much is left of them."""
    line = np.exp((2j * np.pi * 123.4 - 2.0) * TIMES_S)
    fid = height * line + noise(3, 1.0)
    cleaned, points = without_filter_ringing(fid)
    assert points == 0
    assert cleaned is fid
    assert without_filter_ringing(np.zeros((2, POINTS), dtype=complex))[1] == 0
    assert without_filter_ringing(np.zeros((0, POINTS), dtype=complex))[1] == 0


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("SVS_30.rda", 20, 64),
        ("SVS_30.IMA", 20, 64),
        ("sub-01_PRESS_35_act.sdat", 0, 0),
        ("sub-02_PRESS_35_act.sdat", 0, 0),
        ("metab.nii.gz", 0, 0),
    ],
)
def test_measured_spectra_ring_where_they_do(
    reference_data: Callable[[str], Path], name: str, least: int, most: int
) -> None:
    pytest.importorskip("spec2nii", reason="the extra 'spectra' is not installed")
    fid = read_spectra(reference_data("mrs") / name).fid[0, 0, 0]
    assert least <= without_filter_ringing(fid[None])[1] <= most
