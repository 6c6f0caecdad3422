from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError
from impasto.core.spectra import RawSpectra
from impasto.files.nifti_mrs import read_nifti_mrs
from impasto.maps.spectroscopy.coil_combination import (
    average_transients,
    coil_noise_covariance,
    coil_weights,
    combination,
    combine_coils,
    combined,
)
from impasto.maps.spectroscopy.eddy_current import eddy_corrected
from impasto.maps.spectroscopy.noise import noise_level
from impasto.maps.spectroscopy.zero_filling import apodised, zero_filled

DWELL_S, POINTS = 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)
LINE = np.exp(2j * np.pi * 30.0 * TIMES_S - np.pi * 8.0 * TIMES_S)


def noise(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape) + 1j * rng.standard_normal(shape)


def sensitivities(voxels: int, coils: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.3, 1.5, (voxels, coils)) * np.exp(1j * rng.uniform(-np.pi, np.pi, (voxels, coils)))


def shared_noise_factor(coils: int) -> np.ndarray:
    """Unequal coils, each sharing noise with its neighbours out of phase."""
    factor = np.diag(np.linspace(0.5, 2.0, coils)).astype(complex)
    factor += np.diag(np.full(coils - 1, 0.4 + 0.5j), -1)
    return factor


@pytest.mark.parametrize("coils", [4, 32])
def test_equal_coils_gain_the_root_of_their_number(coils: int) -> None:
    phases = np.exp(1j * sensitivities(200, coils).real)
    fid = 10.0 * LINE[:, None] * phases[:, None, :] + noise((200, POINTS, coils))
    together = combine_coils(fid, fid * 20.0 + noise(fid.shape, 3))
    gain = np.abs(together[:, 0]).mean() / 10.0 / (noise_level(together).mean() / 1.0)
    assert gain == pytest.approx(np.sqrt(coils), rel=0.02)


def test_shared_noise_is_used_as_well_as_theory_allows() -> None:
    """Highest ratio that any weights reach: the root of ``s^H covariance^-1 s`` (Roemer 1990)."""
    coils, factor = 6, shared_noise_factor(6)
    received = sensitivities(300, coils)
    own = noise((300, POINTS, coils)) @ factor.T
    water = 1000.0 * LINE[:, None] * received[:, None, :]
    fid = LINE[:, None] * received[:, None, :] + own
    covariance = coil_noise_covariance(fid)
    weights = coil_weights(water, covariance)
    true = 2.0 * factor @ factor.conj().T
    height = np.abs(np.sum(weights * received, axis=1))
    spread = np.sqrt(np.einsum("vc,cd,vd->v", weights, true, weights.conj()).real)
    best = np.sqrt(np.einsum("vc,cd,vd->v", received.conj(), np.linalg.inv(true), received).real)
    np.testing.assert_allclose(height / spread, best, rtol=1e-3)
    assert np.all(height / spread <= best * (1 + 1e-9))


def test_noise_covariance_is_measured_beside_signal() -> None:
    coils, factor = 6, shared_noise_factor(6)
    fid = 500.0 * LINE[:, None] + noise((300, POINTS, coils)) @ factor.T
    true = 2.0 * factor @ factor.conj().T
    error = np.abs(coil_noise_covariance(fid) - true) / np.sqrt(np.outer(np.diag(true), np.diag(true))).real
    assert error.max() < 0.03


def test_size_is_the_root_of_the_sum_of_squares_and_phase_is_zero() -> None:
    received = sensitivities(20, 5)
    water = LINE[:, None] * received[:, None, :]
    weights = coil_weights(water, shared_noise_factor(5) @ shared_noise_factor(5).conj().T)
    together = np.sum(water * weights[:, None], axis=2)
    expected = np.linalg.norm(received, axis=1)[:, None] * LINE
    np.testing.assert_allclose(together, expected, atol=1e-9)


def test_drifting_transients_average_as_if_they_had_not_drifted() -> None:
    rng = np.random.default_rng(7)
    shift_hz, phase_rad = rng.normal(0, 5.0, (3, 16, 1)), rng.normal(0, 0.5, (3, 16, 1))
    drift = np.exp(1j * (2.0 * np.pi * shift_hz * TIMES_S + phase_rad))
    fid = np.swapaxes(20.0 * LINE * drift, 1, 2) + noise((3, POINTS, 16))
    averaged = average_transients(fid, DWELL_S)
    plain = average_transients(fid, DWELL_S, limit_hz=0.0)
    height = np.abs(np.fft.fft(averaged, axis=1)).max(axis=1)
    undrifted = np.abs(np.fft.fft(20.0 * LINE)).max()
    np.testing.assert_allclose(height, undrifted, rtol=0.05)
    assert np.all(np.abs(np.fft.fft(plain, axis=1)).max(axis=1) < 0.85 * undrifted)
    assert noise_level(averaged).mean() == pytest.approx(0.25, rel=0.1)


def test_coils_and_transients_of_a_volume_become_spectra_with_their_water() -> None:
    received = sensitivities(4, 3).reshape(2, 2, 1, 1, 3, 1)
    signal = np.broadcast_to(LINE[:, None, None] * received, (2, 2, 1, POINTS, 3, 4))
    grid = Grid.centred((2, 2, 1), (10, 10, 10))
    raw = RawSpectra(signal + 0.01 * noise(signal.shape), grid, DWELL_S, 123.25, 0.03)
    water = RawSpectra(100.0 * signal[..., :1] + 0.01 * noise((2, 2, 1, POINTS, 3, 1)), grid, DWELL_S, 123.25, 0.03)
    spectra = combined(raw, water)
    assert spectra.water is not None
    np.testing.assert_allclose(spectra.water, 100.0 * spectra.fid, atol=5.0)
    np.testing.assert_allclose(
        np.abs(spectra.fid[..., 0]), np.linalg.norm(received[:, :, :, 0, :, 0], axis=3), atol=0.03
    )
    elsewhere = RawSpectra(water.fid, Grid.centred((2, 2, 1), (12, 10, 10)), DWELL_S, 123.25, 0.03)
    with pytest.raises(ImpastoError, match="elsewhere"):
        combined(raw, elsewhere)


def raw_volume(size: float, drift_hz: float) -> RawSpectra:
    """Eight voxels, two coils, twelve transients that all voxels share a drift of."""
    grid = Grid.centred((2, 2, 2), (10, 10, 10))
    received = sensitivities(8, 2).reshape(2, 2, 2, 1, 2, 1)
    drift = np.exp(2j * np.pi * drift_hz * np.linspace(-1.0, 1.0, 12) * TIMES_S[:, None])
    signal = size * received * (LINE[:, None] * drift)[:, None, :]
    return RawSpectra(signal + noise(signal.shape), grid, DWELL_S, 123.25, 0.03)


def test_what_was_done_is_told() -> None:
    done = combination(raw_volume(10.0, 3.0))
    assert (done.coils, done.transients, done.by_water) == (2, 12, False)
    assert done.shift_hz is not None
    assert done.shift_hz.shape == (12,)
    np.testing.assert_allclose(done.shift_hz, np.linspace(-3.0, 3.0, 12), atol=0.3)
    assert combination(raw_volume(10.0, 3.0), limit_hz=0.0).shift_hz is None


def test_noise_is_not_aligned_with_noise() -> None:
    """Aligned, noise would grow a peak of its own."""
    raw = raw_volume(0.0, 0.0)
    done, plain = combination(raw), combination(raw, limit_hz=0.0)
    assert done.shift_hz is None
    np.testing.assert_array_equal(done.spectra.fid, plain.spectra.fid)


@pytest.fixture(scope="module")
def measured(reference_data: Callable[[str], Path]) -> dict[str, RawSpectra]:
    """STEAM of a brain at 7 T: four coils, 16 transients; and what others made of it."""
    folder = reference_data("mrs")
    return {name: read_nifti_mrs(folder / f"{name}.nii.gz") for name in ("metab_raw", "wref_raw", "metab")}


def naa_height(fid: np.ndarray, dwell_s: float, frequency_mhz: float) -> float:
    smooth = zero_filled(apodised(fid, dwell_s, lorentzian_hz=5.0), 16384)
    ppm = 4.65 - np.fft.fftfreq(smooth.size, dwell_s) / frequency_mhz
    return float(np.abs(np.fft.fft(smooth)[(ppm > 1.9) & (ppm < 2.1)]).max())


def naa_over_noise(fid: np.ndarray, dwell_s: float, frequency_mhz: float) -> float:
    return naa_height(fid, dwell_s, frequency_mhz) / float(noise_level(fid[None])[0])


def test_measured_coils_together_beat_the_best_alone(measured: dict[str, RawSpectra]) -> None:
    raw, water = measured["metab_raw"], measured["wref_raw"]
    facts = raw.dwell_s, raw.frequency_mhz
    alone = [average_transients(raw.fid[0, 0, 0][None, :, coil], raw.dwell_s)[0] for coil in range(4)]
    ratios = [naa_over_noise(fid, *facts) for fid in alone]
    together = naa_over_noise(combined(raw, water).fid[0, 0, 0], *facts)
    assert 1.3 * max(ratios) < together < np.linalg.norm(ratios) * 1.1


def test_measured_drifts_taken_out_raise_the_peak(measured: dict[str, RawSpectra]) -> None:
    raw, water = measured["metab_raw"], measured["wref_raw"]
    facts = raw.dwell_s, raw.frequency_mhz
    drifting = combined(raw, water, limit_hz=0.0).fid[0, 0, 0]
    # the same noise is in both
    assert naa_height(combined(raw, water).fid[0, 0, 0], *facts) > 1.01 * naa_height(drifting, *facts)


def test_measured_spectrum_is_what_others_made_of_it(measured: dict[str, RawSpectra]) -> None:
    raw, others = measured["metab_raw"], measured["metab"].fid[0, 0, 0, :, 0, 0]
    spectra = combined(raw, measured["wref_raw"])
    assert spectra.water is not None
    corrected = eddy_corrected(spectra.fid[0, 0, 0][None], spectra.water[0, 0, 0][None], raw.dwell_s)[0]
    # they left out the first point, which is empty, and chose where zero lies
    times_s = raw.dwell_s * np.arange(others.size)
    ppm = 4.65 - np.fft.fftfreq(others.size, raw.dwell_s) / raw.frequency_mhz
    band = (ppm > 0.5) & (ppm < 4.0)
    theirs = np.fft.fft(others)[band]

    def similarity(shift_hz: float) -> float:
        ours = np.fft.fft(corrected[1:] * np.exp(2j * np.pi * shift_hz * times_s))[band]
        return float(np.abs(np.vdot(ours, theirs)) / np.linalg.norm(ours) / np.linalg.norm(theirs))

    assert max(similarity(shift_hz) for shift_hz in np.arange(-10.0, 10.0, 0.25)) > 0.99


def test_what_cannot_be_combined_is_refused() -> None:
    fid = noise((2, POINTS, 3))
    with pytest.raises(ImpastoError, match="same voxels and coils"):
        combine_coils(fid, fid[:, :, :2])
    with pytest.raises(ImpastoError, match="positive definite"):
        combine_coils(fid, noise_covariance=np.ones((3, 3)))
    with pytest.raises(ImpastoError, match="coil 1.*no noise"):
        combine_coils(fid * np.array([1, 0, 1]))
    with pytest.raises(ImpastoError, match="voxel, time, transient"):
        average_transients(fid[0], DWELL_S)
