import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.alignment import aligned, aligned_transients
from impasto.maps.spectroscopy.water_removal import remove_water

DWELL_S, POINTS = 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)


def noise(shape: tuple[int, ...], level: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return level * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def turned(fid: np.ndarray, shift_hz: np.ndarray, phase_rad: np.ndarray) -> np.ndarray:
    return fid * np.exp(1j * (2.0 * np.pi * shift_hz[:, None] * TIMES_S + phase_rad[:, None]))


def bounds(fid: np.ndarray, level: float) -> np.ndarray:
    """Least standard deviations of relative amplitude, phase and shift that any unbiased estimate has."""
    slope = np.stack([fid, 1j * fid, 2j * np.pi * TIMES_S * fid])
    return np.sqrt(np.diag(np.linalg.inv((slope.conj() @ slope.T).real / level**2)))


def drifts(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(-18.0, 18.0, count), rng.uniform(-3.0, 3.0, count)


@pytest.fixture(scope="module")
def normal(brain: BasisSet, usual_amplitudes: np.ndarray) -> np.ndarray:
    return usual_amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S)


@given(st.floats(-19.9, 19.9), st.floats(-3.1, 3.1), st.floats(0.1, 10.0))
def test_without_noise_the_drift_is_found_exactly(shift_hz: float, phase_rad: float, size: float) -> None:
    line = np.exp(-np.pi * 7.0 * TIMES_S) * (1.0 + 0.5 * np.exp(2j * np.pi * 120.0 * TIMES_S))
    moved = turned(size * line[None], np.array([shift_hz]), np.array([phase_rad]))
    found = aligned(moved, line, DWELL_S)
    assert found.shift_hz[0] == pytest.approx(shift_hz, abs=1e-4)
    assert found.phase_rad[0] == pytest.approx(phase_rad, abs=1e-4)
    assert found.coherence[0] == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found.fid[0], size * line, atol=1e-3 * size)


def test_errors_reach_the_bound_of_cramer_and_rao(normal: np.ndarray) -> None:
    shift_hz, phase_rad = drifts(2000)
    level = 0.1 * np.abs(normal[0])
    found = aligned(turned(normal[None], shift_hz, phase_rad) + noise((2000, POINTS), level), normal, DWELL_S)
    bound = bounds(normal, level)
    assert np.std(found.shift_hz - shift_hz) == pytest.approx(bound[2], rel=0.05)
    assert np.std(np.angle(np.exp(1j * (found.phase_rad - phase_rad)))) == pytest.approx(bound[1], rel=0.05)
    assert abs(np.mean(found.shift_hz - shift_hz)) < 4.0 * bound[2] / np.sqrt(2000)


def test_agrees_with_least_squares_in_the_time_domain(normal: np.ndarray) -> None:
    """The published fit, one signal at a time, from the truth as start."""
    shift_hz, phase_rad = drifts(10)
    noisy = turned(normal[None], shift_hz, phase_rad) + noise((10, POINTS), 0.2 * np.abs(normal[0]))
    found = aligned(noisy, normal, DWELL_S)
    for row in range(10):

        def difference(unknown: np.ndarray, signal: np.ndarray = noisy[row]) -> np.ndarray:
            model = unknown[2] * normal * np.exp(1j * (2.0 * np.pi * unknown[0] * TIMES_S + unknown[1]))
            return np.concatenate([(signal - model).real, (signal - model).imag])

        fitted = least_squares(difference, [shift_hz[row], phase_rad[row], 1.0], x_scale=[1.0, 0.1, 0.1]).x
        assert found.shift_hz[row] == pytest.approx(fitted[0], abs=2e-3)
        assert found.phase_rad[row] == pytest.approx(fitted[1], abs=1e-3)


def test_residual_water_misleads_less_in_a_band_and_hardly_once_removed(normal: np.ndarray) -> None:
    rng = np.random.default_rng(2)
    shift_hz, phase_rad = drifts(200)
    strength = np.abs(normal[0]) * np.exp(1j * rng.uniform(-np.pi, np.pi, (200, 1)))
    moved = turned(normal[None], 0.5 * shift_hz, phase_rad) + strength * np.exp(-np.pi * 10.0 * TIMES_S)

    def largest_error_hz(fid: np.ndarray, band_hz: tuple[float, float] | None = None) -> float:
        return float(np.abs(aligned(fid, normal, DWELL_S, band_hz=band_hz).shift_hz - 0.5 * shift_hz).max())

    # from 1.7 to 3.5 ppm at 3 T
    assert largest_error_hz(moved, (142.0, 364.0)) < 0.35 * largest_error_hz(moved)
    assert largest_error_hz(remove_water(moved, DWELL_S, 123.25)) < 0.1


def test_coherence_tells_signal_from_noise(normal: np.ndarray) -> None:
    level = 0.05 * np.abs(normal[0])
    signal = aligned(normal + noise((50, POINTS), level), normal, DWELL_S)
    nothing = aligned(noise((50, POINTS), level), normal, DWELL_S)
    # noise adds its energy, but nothing that agrees
    energy = np.linalg.norm(normal) ** 2
    assert signal.coherence.mean() == pytest.approx(np.sqrt(energy / (energy + 2.0 * POINTS * level**2)), rel=0.01)
    assert signal.coherence.min() > 0.8
    assert nothing.coherence.max() < 0.5


def test_transients_come_to_lie_on_each_other_and_their_mean_stays(normal: np.ndarray) -> None:
    rng = np.random.default_rng(3)
    shift_hz, phase_rad = rng.normal(0.0, 4.0, (50, 16)), rng.normal(0.0, 0.4, (50, 16))
    moved = turned(normal[None], shift_hz.ravel(), phase_rad.ravel()).reshape(50, 16, POINTS)
    level = 0.05 * np.abs(normal[0])
    noisy = np.swapaxes(moved + noise(moved.shape, level), 1, 2)
    found = aligned_transients(noisy, DWELL_S)
    error = found.shift_hz - (shift_hz - shift_hz.mean(axis=1, keepdims=True))
    # the mean of the others is no better a reference than its own noise lets it be
    bound = bounds(normal, level * np.sqrt(16.0 / 15.0))
    assert np.std(error) < 1.1 * bound[2]
    np.testing.assert_allclose(found.shift_hz.mean(axis=1), 0.0, atol=1e-9)
    centred = np.exp(1j * phase_rad)
    centred = np.angle(centred * np.conj(centred.sum(axis=1, keepdims=True)))
    assert np.std(found.phase_rad - centred) < 1.1 * bound[1]
    assert found.fid.shape == noisy.shape


def test_a_shared_drift_is_found_where_single_voxels_have_too_much_noise(normal: np.ndarray) -> None:
    rng = np.random.default_rng(8)
    shift_hz, phase_rad = rng.normal(0.0, 3.0, (1, 16)), rng.normal(0.0, 0.3, (1, 16))
    own_hz, own_rad = rng.normal(0.0, 10.0, 40), rng.uniform(-np.pi, np.pi, 40)
    still = turned(normal[None], own_hz, own_rad)[:, :, None]
    drift = np.exp(1j * (2.0 * np.pi * shift_hz * TIMES_S[:, None] + phase_rad))
    level = 0.3 * np.abs(normal[0])
    noisy = still * drift + noise((40, POINTS, 16), level)
    together = aligned_transients(noisy, DWELL_S, shared=True)
    true_hz = shift_hz - shift_hz.mean()
    assert np.ptp(together.shift_hz, axis=0).max() == 0.0
    assert np.std(together.shift_hz - true_hz) < 0.6
    apart = aligned_transients(noisy, DWELL_S)
    assert np.std(apart.shift_hz - true_hz) > 10.0 * np.std(together.shift_hz - true_hz)
    alone = aligned_transients(noisy[:1], DWELL_S), aligned_transients(noisy[:1], DWELL_S, shared=True)
    np.testing.assert_allclose(alone[0].fid, alone[1].fid, atol=1e-9)


def test_what_cannot_be_aligned_is_refused(normal: np.ndarray) -> None:
    fid = normal[None]
    with pytest.raises(ImpastoError, match="do not fit"):
        aligned(fid, normal[:100], DWELL_S)
    with pytest.raises(ImpastoError, match="reference is zero"):
        aligned(fid, 0.0 * normal, DWELL_S)
    with pytest.raises(ImpastoError, match="spectral width"):
        aligned(fid, normal, DWELL_S, limit_hz=2000.0)
    with pytest.raises(ImpastoError, match="no frequency"):
        aligned(fid, normal, DWELL_S, band_hz=(300.0, 200.0))
    with pytest.raises(ImpastoError, match="voxel, time, transient"):
        aligned_transients(fid, DWELL_S)
    with pytest.raises(ImpastoError, match="where there is one"):
        aligned_transients(fid[:, :, None], DWELL_S)
