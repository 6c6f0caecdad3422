import numpy as np
import pytest
from scipy.linalg import hankel, svd

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.water_removal import WaterRemoval, remove_water

DWELL_S, FREQUENCY_MHZ, POINTS = 5e-4, 123.25, 512
TIMES_S = DWELL_S * np.arange(POINTS)


def water(count: int, strength: float, seed: int = 0) -> np.ndarray:
    """Three lines of unlike width and phase about a shifted centre."""
    rng = np.random.default_rng(seed)
    centre = rng.uniform(-20, 20, (count, 1))
    total = np.zeros((count, POINTS), dtype=complex)
    for _ in range(3):
        frequency, width = centre + rng.normal(0, 5, (count, 1)), rng.uniform(3, 15, (count, 1))
        height = strength * rng.uniform(0.2, 1.0, (count, 1)) * np.exp(1j * rng.uniform(-np.pi, np.pi, (count, 1)))
        total += height * np.exp(2j * np.pi * frequency * TIMES_S - np.pi * width * TIMES_S)
    return total


def metabolites(brain: BasisSet, amplitudes: np.ndarray, count: int) -> np.ndarray:
    decay = np.exp(-np.pi * 6.0 * TIMES_S)
    return np.repeat((amplitudes @ brain.fid * decay)[None], count, axis=0)


def noise(shape: tuple[int, ...], level: float) -> np.ndarray:
    rng = np.random.default_rng(5)
    return level * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def band(fid: np.ndarray, low_ppm: float, high_ppm: float) -> np.ndarray:
    ppm = 4.65 - np.fft.fftfreq(fid.shape[1], DWELL_S) / FREQUENCY_MHZ
    return np.fft.fft(fid, axis=1)[:, (ppm > low_ppm) & (ppm < high_ppm)]


@pytest.mark.parametrize("strength", [30.0, 300.0, 3000.0])
def test_water_goes_and_metabolites_stay(brain: BasisSet, usual_amplitudes: np.ndarray, strength: float) -> None:
    kept = metabolites(brain, usual_amplitudes, 200)
    added = water(200, strength)
    cleaned = remove_water(kept + added + noise(kept.shape, 0.05), DWELL_S, FREQUENCY_MHZ)
    left = cleaned - kept - noise(kept.shape, 0.05)
    before = fit_spectra(kept + noise(kept.shape, 0.05), DWELL_S, brain)
    after = fit_spectra(cleaned, DWELL_S, brain)
    for names in (("NAA", "NAAG"), ("Cr", "PCr"), ("GPC",)):
        change = after.total(names)[0] / before.total(names)[0] - 1.0
        assert np.median(np.abs(change)) < 0.005
    # what metabolites themselves have in the band may go with the water
    own = np.sum(np.abs(band(kept, 4.2, 5.1)) ** 2)
    assert np.sum(np.abs(band(left, 4.2, 5.1)) ** 2) < own + 1e-3 * np.sum(np.abs(band(added, 4.2, 5.1)) ** 2)


def test_nothing_is_taken_where_there_is_no_water(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    noisy = metabolites(brain, usual_amplitudes, 100) + noise((100, POINTS), 1.0)
    cleaned = remove_water(noisy, DWELL_S, FREQUENCY_MHZ)
    taken = np.linalg.norm(band(cleaned - noisy, 0.5, 3.6), axis=1)
    assert np.median(taken) < 0.1 * np.linalg.norm(band(noise((1, POINTS), 1.0), 0.5, 3.6))


def test_agrees_with_the_decomposition_of_the_whole_signal(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    """HSVD as published, on all points of one voxel, no filter, no decimation."""
    signal = (metabolites(brain, usual_amplitudes, 1) + water(1, 500.0, seed=3) + noise((1, POINTS), 0.1))[0]
    left, _, _ = svd(hankel(signal[:256], signal[255:]), full_matrices=False)
    space = left[:, :25]
    poles = np.linalg.eigvals(np.linalg.pinv(space[:-1]) @ space[1:])
    amplitudes = np.linalg.lstsq(poles[None, :] ** np.arange(POINTS)[:, None], signal, rcond=None)[0]
    inside = np.abs(np.angle(poles) / (2 * np.pi * DWELL_S)) < 0.45 * FREQUENCY_MHZ
    published = signal - (poles[inside][None, :] ** np.arange(POINTS)[:, None]) @ amplitudes[inside]
    ours = remove_water(signal[None], DWELL_S, FREQUENCY_MHZ)[0]
    apart = np.linalg.norm(band((ours - published)[None], 0.5, 3.6))
    assert apart < 0.01 * np.linalg.norm(band(signal[None], 0.5, 3.6))


def test_blocks_and_precision_do_not_matter(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    signal = metabolites(brain, usual_amplitudes, 50) + water(50, 200.0) + noise((50, POINTS), 0.1)
    whole = remove_water(signal, DWELL_S, FREQUENCY_MHZ)
    parts = remove_water(signal, DWELL_S, FREQUENCY_MHZ, WaterRemoval(block=7))
    np.testing.assert_allclose(parts, whole, atol=1e-6)
    single = remove_water(signal.astype(np.complex64), DWELL_S, FREQUENCY_MHZ)
    assert single.dtype == np.complex64
    assert np.max(np.abs(band(single - whole, 0.5, 3.6))) < 0.05 * np.max(np.abs(band(whole, 0.5, 3.6)))


@pytest.mark.parametrize(("points", "dwell_s"), [(1024, 2.5e-4), (2048, 5e-4), (512, 8.3e-4)])
def test_any_sampling(points: int, dwell_s: float) -> None:
    times_s = dwell_s * np.arange(points)
    line = 100.0 * np.exp(2j * np.pi * 7.0 * times_s - np.pi * 6.0 * times_s)[None]
    far = 5.0 * np.exp(2j * np.pi * 325.0 * times_s - np.pi * 6.0 * times_s)[None]
    cleaned = remove_water(line + far, dwell_s, FREQUENCY_MHZ)
    assert np.linalg.norm(cleaned - far) < 0.01 * np.linalg.norm(far)


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(ImpastoError, match="too short"):
        remove_water(np.ones((1, 64), dtype=complex), DWELL_S, FREQUENCY_MHZ)
    with pytest.raises(ImpastoError, match="empty"):
        WaterRemoval(band_ppm=(5.0, 4.0))
    with pytest.raises(ImpastoError, match="voxel, time"):
        remove_water(np.ones((1, 512)), DWELL_S, FREQUENCY_MHZ)
