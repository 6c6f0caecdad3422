import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.lipid_removal import LipidRemoval, remove_lipids, suppress_scalp_lipids

DWELL_S, FREQUENCY_MHZ, POINTS = 5e-4, 123.25, 512
TIMES_S = DWELL_S * np.arange(POINTS)
# lines of triglycerides and their shares of the protons (Hamilton 2011)
FAT = ((0.90, 0.088), (1.30, 0.64), (1.59, 0.07), (2.03, 0.06), (2.25, 0.05), (2.77, 0.012))
NAA_PEAK = 27.0


def fat(count: int, seed: int) -> np.ndarray:
    """Unit amount of fat in each voxel, all of one field and phase, each line with a width of its own."""
    rng = np.random.default_rng(seed)
    shift, phase = rng.uniform(-8, 8, (count, 1)), rng.uniform(-0.5, 0.5, (count, 1))
    total = np.zeros((count, POINTS), dtype=complex)
    for ppm, share in FAT:
        hz, width, gaussian = (4.65 - ppm) * FREQUENCY_MHZ + shift, rng.uniform(10, 20, (count, 1)), 8.0
        decay = np.exp(-np.pi * width * TIMES_S - (np.pi * gaussian * TIMES_S) ** 2 / (4 * np.log(2)))
        total += share * np.exp(2j * np.pi * hz * TIMES_S) * decay
    return total * np.exp(1j * phase)


def noise(count: int, level: float, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return level * (rng.standard_normal((count, POINTS)) + 1j * rng.standard_normal((count, POINTS)))


def band(fid: np.ndarray, low_ppm: float, high_ppm: float) -> np.ndarray:
    ppm = 4.65 - np.fft.fftfreq(fid.shape[1], DWELL_S) / FREQUENCY_MHZ
    return np.fft.fft(fid, axis=1)[:, (ppm > low_ppm) & (ppm < high_ppm)]


def energy(fid: np.ndarray, low_ppm: float, high_ppm: float) -> float:
    return float(np.sum(np.abs(band(fid, low_ppm, high_ppm)) ** 2))


@pytest.fixture(scope="module")
def metabolites(brain: BasisSet, usual_amplitudes: np.ndarray) -> np.ndarray:
    return usual_amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S)


@pytest.mark.parametrize("amount", [5.0, 50.0])
def test_lipid_band_is_cleared_and_the_rest_stays(metabolites: np.ndarray, amount: float) -> None:
    lipid = amount * NAA_PEAK * fat(100, seed=1)
    cleaned = remove_lipids(metabolites + lipid + noise(100, 0.3), DWELL_S, FREQUENCY_MHZ)
    left = cleaned - noise(100, 0.3)
    own = energy(np.repeat(metabolites[None], 100, axis=0), 0.6, 1.7)
    assert energy(left, 0.6, 1.7) < own + 0.02 * energy(lipid, 0.6, 1.7)
    # creatine and choline keep what they and lipid's smaller lines had there, but for a smooth baseline
    change = np.diff(band(left - metabolites - lipid, 2.95, 3.3), n=2, axis=1)
    assert np.abs(change).max() < 0.01 * np.abs(np.diff(band(metabolites[None], 2.95, 3.3), n=2, axis=1)).max()


def test_scalp_shapes_go_and_metabolites_stay(brain: BasisSet, metabolites: np.ndarray) -> None:
    scalp = 300.0 * NAA_PEAK * fat(300, seed=2) + noise(300, 0.3, seed=6)
    lipid = 10.0 * NAA_PEAK * fat(100, seed=9)
    # what is done is linear: lipid and metabolites may be looked at one by one
    assert energy(suppress_scalp_lipids(lipid, scalp, 100.0), 0.6, 1.7) < 0.01 * energy(lipid, 0.6, 1.7)
    before = fit_spectra(metabolites[None], DWELL_S, brain)
    after = fit_spectra(suppress_scalp_lipids(metabolites[None], scalp, 100.0), DWELL_S, brain)
    for names in (("NAA", "NAAG"), ("Cr", "PCr"), ("GPC",)):
        assert abs(after.total(names)[0][0] / before.total(names)[0][0] - 1.0) < 0.03


def test_solves_the_penalised_least_squares(metabolites: np.ndarray) -> None:
    """Against the normal equations, solved whole."""
    scalp, signal, strength = fat(20, seed=3), (metabolites + fat(5, seed=4)), 50.0
    penalty = strength / np.linalg.norm(scalp, 2) ** 2 * (scalp.T @ scalp.conj())
    solved = np.linalg.solve(np.eye(POINTS) + penalty, signal.T).T
    np.testing.assert_allclose(suppress_scalp_lipids(signal, scalp, strength), solved, atol=1e-4)


def test_strength_nothing_changes_nothing(metabolites: np.ndarray) -> None:
    signal = metabolites[None].astype(np.complex64)
    kept = suppress_scalp_lipids(signal, fat(4, seed=1), 0.0)
    assert kept.dtype == np.complex64
    np.testing.assert_array_equal(kept, signal)


def test_what_cannot_be_done_is_refused() -> None:
    with pytest.raises(ImpastoError, match="empty"):
        LipidRemoval(band_ppm=(2.0, 1.0))
    with pytest.raises(ImpastoError, match="sampled alike"):
        suppress_scalp_lipids(np.ones((2, 8), complex), np.ones((2, 9), complex), 1.0)
    with pytest.raises(ImpastoError, match="not possible"):
        suppress_scalp_lipids(np.ones((2, 8), complex), np.ones((2, 8), complex), -1.0)
    with pytest.raises(ImpastoError, match="no finite signal"):
        suppress_scalp_lipids(np.ones((2, 8), complex), np.zeros((2, 8), complex), 1.0)
