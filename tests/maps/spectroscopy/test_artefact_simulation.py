"""Simulated good and spoilt spectra: they are what their labels say."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.artefact_simulation import Artefact, SpectraConditions, simulate_good, simulate_spoilt
from impasto.maps.spectroscopy.noise import noise_level

QUIET = SpectraConditions(
    signal_to_noise=(1e5, 1.1e5), fwhm_ppm=(0.05, 0.0501), shift_ppm=0.0, phase_rad=0.0, delay_s=0.0, tumour_share=0.0
)


def real_spectra(fid: np.ndarray, basis: BasisSet) -> tuple[np.ndarray, np.ndarray]:
    frequencies = np.fft.fftshift(np.fft.fftfreq(fid.shape[1], basis.dwell_s))
    spectra = np.fft.fftshift(np.fft.fft(fid, axis=1), axes=1)
    return 4.65 - frequencies / basis.frequency_mhz, spectra


def band(ppm: np.ndarray, low: float, high: float) -> np.ndarray:
    return (ppm > low) & (ppm < high)


def test_most_good_spectra_of_normal_brain_peak_at_naa(brain: BasisSet):
    ppm, spectra = real_spectra(simulate_good(brain, 50, np.random.default_rng(0), QUIET), brain)
    core = band(ppm, 1.8, 3.5)
    peaks = ppm[core][spectra.real[:, core].argmax(axis=1)]
    # concentrations stray by a sixth, so creatine's line is now and then the higher one
    assert (np.abs(peaks - 2.01) < 0.04).mean() > 0.9
    assert (np.min(np.abs(peaks[:, None] - np.array([2.01, 3.03])), axis=1) < 0.04).all()


def test_good_spectra_of_tumour_have_more_choline_than_naa_somewhere(brain: BasisSet):
    tumour = SpectraConditions(signal_to_noise=(1e3, 1.1e3), shift_ppm=0.0, phase_rad=0.0, tumour_share=1.0)
    ppm, spectra = real_spectra(simulate_good(brain, 200, np.random.default_rng(0), tumour), brain)
    choline = spectra.real[:, band(ppm, 3.17, 3.27)].max(axis=1)
    naa = spectra.real[:, band(ppm, 1.95, 2.07)].max(axis=1)
    assert 0.2 < (choline > naa).mean() < 0.8


def test_signal_to_noise_is_as_asked(brain: BasisSet):
    fixed = SpectraConditions(signal_to_noise=(20.0, 20.001), residual_height=0.021, shift_ppm=0.0, phase_rad=0.0)
    fid = simulate_good(brain, 200, np.random.default_rng(0), fixed)
    _, spectra = real_spectra(fid, brain)
    noise = noise_level(fid) * np.sqrt(fid.shape[1])
    # noise and baseline add a little to the highest point; stray lineshape takes a little off it
    assert np.median(spectra.real.max(axis=1) / noise) == pytest.approx(20.0, rel=0.15)


def test_a_seed_gives_the_same_spectra(brain: BasisSet):
    once, again = (simulate_spoilt(Artefact.MOTION, brain, 5, np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize("artefact", list(Artefact))
def test_every_artefact_changes_spectra_and_keeps_them_finite(brain: BasisSet, artefact: Artefact):
    good, spoilt = (
        made(np.random.default_rng(1))
        for made in (lambda r: simulate_good(brain, 40, r), lambda r: simulate_spoilt(artefact, brain, 40, r))
    )
    assert spoilt.shape == good.shape
    assert np.isfinite(spoilt).all()
    change = np.linalg.norm(spoilt - good, axis=1) / np.linalg.norm(good, axis=1)
    assert np.median(change) > 0.2


def test_lipid_stands_out_of_its_band_and_water_out_of_its_own(brain: BasisSet):
    rng = np.random.default_rng(2)
    ppm, lipid = real_spectra(simulate_spoilt(Artefact.LIPID, brain, 50, rng, QUIET), brain)
    _, water = real_spectra(simulate_spoilt(Artefact.WATER, brain, 50, rng, QUIET), brain)
    naa = band(ppm, 1.98, 2.04)
    ratios = [
        np.abs(made[:, region]).max(axis=1) / np.abs(made[:, naa]).max(axis=1)
        for made, region in ((lipid, band(ppm, 0.6, 1.7)), (water, band(ppm, 4.2, 5.1)))
    ]
    assert np.median(ratios[0]) > 3.0
    assert np.median(ratios[1]) > 3.0


def test_broad_lines_are_broad(brain: BasisSet):
    rng = np.random.default_rng(3)
    ppm, spectra = real_spectra(simulate_spoilt(Artefact.BROAD_LINES, brain, 50, rng, QUIET), brain)
    core = band(ppm, 1.5, 2.5)
    above = spectra.real[:, core] > 0.5 * spectra.real[:, core].max(axis=1, keepdims=True)
    widths = above.sum(axis=1) * abs(ppm[1] - ppm[0])
    assert np.median(widths) > 0.15


def test_bad_input_says_what_is_wrong(brain: BasisSet):
    with pytest.raises(ImpastoError, match="no NAA"):
        simulate_good(brain.without(["NAA", "Cr", "PCr", "GPC"]), 1, np.random.default_rng(0))
    with pytest.raises(ImpastoError, match="is empty"):
        SpectraConditions(fwhm_ppm=(0.1, 0.1))
