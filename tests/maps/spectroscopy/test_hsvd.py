import tracemalloc

import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.hsvd import BandRemoval, remove_band
from impasto.maps.spectroscopy.linear_combination import fit_spectra

DWELL_S, FREQUENCY_MHZ, POINTS = 5e-4, 123.25, 512
TIMES_S = DWELL_S * np.arange(POINTS)
NAA_PEAK = 27.0
WATER = BandRemoval((4.2, 5.1), 6)


def shaped_water(count: int, shape: str, seed: int = 4) -> np.ndarray:
    """Water 100 times NAA, of three lines that no sum of few exponentials describes, up to 20 Hz off."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(-20, 20, (count, 1))
    total = np.zeros((count, POINTS), dtype=complex)
    for _ in range(3):
        lorentzian, gaussian = rng.uniform(2, 10, (count, 1)), rng.uniform(3, 10, (count, 1)) * (shape == "Voigt")
        decay = np.exp(-np.pi * lorentzian * TIMES_S - (np.pi * gaussian * TIMES_S) ** 2 / (4 * np.log(2)))
        height = rng.uniform(0.3, 1, (count, 1)) * np.exp(1j * rng.uniform(-0.5, 0.5, (count, 1)))
        total += height * decay * np.exp(2j * np.pi * (centre + rng.normal(0, 3, (count, 1))) * TIMES_S)
    if shape == "eddy currents":
        total *= np.exp(1j * rng.uniform(-2, 2, (count, 1)) * np.exp(-TIMES_S / 0.03))
    return 100.0 * NAA_PEAK * total / np.abs(total[:, :1]) * np.exp(1j * rng.uniform(-np.pi, np.pi, (count, 1)))


def noise(count: int, level: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    return level * (rng.standard_normal((count, POINTS)) + 1j * rng.standard_normal((count, POINTS)))


def energy(fid: np.ndarray, low_ppm: float, high_ppm: float) -> np.ndarray:
    ppm = 4.65 - np.fft.fftfreq(fid.shape[1], DWELL_S) / FREQUENCY_MHZ
    inside = (ppm > low_ppm) & (ppm < high_ppm)
    return np.sum(np.abs(np.fft.fft(fid, axis=1)[:, inside]) ** 2, axis=1)


def line(ppm: float, count: int = 1) -> np.ndarray:
    hz = (4.65 - ppm) * FREQUENCY_MHZ
    return np.repeat(NAA_PEAK * np.exp(2j * np.pi * hz * TIMES_S - np.pi * 6.0 * TIMES_S)[None], count, axis=0)


@pytest.mark.parametrize("shape", ["Voigt", "eddy currents"])
def test_water_of_any_shape_goes(brain: BasisSet, usual_amplitudes: np.ndarray, shape: str) -> None:
    kept = np.repeat((usual_amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S))[None], 100, axis=0)
    added = shaped_water(100, shape)
    cleaned = remove_band(kept + added + noise(100, 0.3), DWELL_S, FREQUENCY_MHZ, WATER)
    left = energy(cleaned - kept - noise(100, 0.3), 4.2, 5.1) / energy(added, 4.2, 5.1)
    assert np.median(left) < 1e-4
    assert np.percentile(left, 95) < 1e-3
    # without noise, what the fit finds is what removal has done to the metabolites
    cleaned = remove_band(kept + added, DWELL_S, FREQUENCY_MHZ, WATER)
    before, after = fit_spectra(kept, DWELL_S, brain), fit_spectra(cleaned, DWELL_S, brain)
    for names in (("NAA", "NAAG"), ("Cr", "PCr"), ("GPC",), ("Ins",)):
        change = after.total(names)[0] / before.total(names)[0] - 1.0
        assert np.median(np.abs(change)) < 0.005, names


def test_line_beside_the_band_stays() -> None:
    inositol = line(4.05, 100)
    rng = np.random.default_rng(1)
    hz, width = rng.uniform(-20, 20, (100, 1)), rng.uniform(4, 12, (100, 1))
    water = 100.0 * NAA_PEAK * np.exp(2j * np.pi * hz * TIMES_S - np.pi * width * TIMES_S)
    cleaned = remove_band(inositol + water, DWELL_S, FREQUENCY_MHZ, WATER)
    assert np.max(energy(cleaned - inositol, 3.9, 4.15) / energy(inositol, 3.9, 4.15)) < 1e-4


def test_noise_is_not_inflated() -> None:
    rng = np.random.default_rng(2)
    hz = rng.uniform(-20, 20, (400, 1))
    water = 10.0 * NAA_PEAK * np.exp(2j * np.pi * hz * TIMES_S - np.pi * 8.0 * TIMES_S)
    left = remove_band(water + noise(400, 1.0), DWELL_S, FREQUENCY_MHZ, WATER)
    for low, high in ((4.2, 5.1), (0.5, 4.0), (5.3, 8.0)):
        assert energy(left, low, high).mean() < 1.01 * energy(noise(400, 1.0), low, high).mean()


def test_band_may_be_anywhere() -> None:
    kept, gone = line(2.0), 20.0 * line(1.3) + 5.0 * line(0.9)
    change = remove_band(kept + gone, DWELL_S, FREQUENCY_MHZ, BandRemoval((0.6, 1.6), 8)) - kept
    assert np.abs(change).max() < 0.005 * np.abs(gone).max()
    # what is left is outside the other line, which keeps its energy
    assert energy(change, 1.9, 2.1) < 1e-4 * energy(kept, 1.9, 2.1)


def test_memory_does_not_grow_with_the_voxels() -> None:
    settings = BandRemoval((4.2, 5.1), 6, block=128)
    extra = []
    for count in (512, 2048):
        signal = (line(4.7, count) + noise(count, 0.3)).astype(np.complex64)
        tracemalloc.start()
        remove_band(signal, DWELL_S, FREQUENCY_MHZ, settings)
        extra.append(tracemalloc.get_traced_memory()[1] - signal.nbytes)
        tracemalloc.stop()
    assert extra[1] < 1.5 * extra[0]
    assert extra[1] < 50e6


def test_progress_reaches_the_end() -> None:
    shares: list[float] = []

    def note(work: str, fraction: float) -> None:
        assert work == "cleaning"
        shares.append(fraction)

    settings = BandRemoval((4.2, 5.1), 6, block=10)
    remove_band(line(4.7, 35), DWELL_S, FREQUENCY_MHZ, settings, note, "cleaning")
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_what_cannot_be_found_is_refused() -> None:
    with pytest.raises(ImpastoError, match="cannot be found"):
        BandRemoval((4.2, 5.1), 24)
    with pytest.raises(ImpastoError, match="block"):
        BandRemoval((4.2, 5.1), 6, block=0)
