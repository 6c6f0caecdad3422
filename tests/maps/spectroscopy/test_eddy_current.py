from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.files.nifti_mrs import read_nifti_mrs
from impasto.maps.spectroscopy.coil_combination import combined
from impasto.maps.spectroscopy.eddy_current import eddy_corrected, water_phase

DWELL_S, POINTS = 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)


def noise(shape: tuple[int, ...], level: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return level * (rng.standard_normal(shape) + 1j * rng.standard_normal(shape))


def eddy_phase(amplitude_hz: np.ndarray, decay_s: np.ndarray) -> np.ndarray:
    """Phase that a frequency offset decaying from `amplitude_hz` winds up."""
    amplitude_hz, decay_s = np.atleast_1d(amplitude_hz)[:, None], np.atleast_1d(decay_s)[:, None]
    return 2.0 * np.pi * amplitude_hz * decay_s * (1.0 - np.exp(-TIMES_S / decay_s))


def water(phase_rad: np.ndarray, width_hz: float = 8.0, offset_hz: float = 6.0) -> np.ndarray:
    return 1000.0 * np.exp(1j * (phase_rad + 0.7 + 2.0 * np.pi * offset_hz * TIMES_S) - np.pi * width_hz * TIMES_S)


@pytest.mark.parametrize("decay_s", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("level", [0.1, 3.0])
def test_exponential_eddy_phase_is_undone(
    brain: BasisSet, usual_amplitudes: np.ndarray, decay_s: float, level: float
) -> None:
    clean = usual_amplitudes @ brain.fid * np.exp(-np.pi * 6.0 * TIMES_S)
    phase_rad = eddy_phase(np.linspace(-20.0, 20.0, 40), np.full(40, decay_s))
    wound = clean * np.exp(1j * (phase_rad + 0.7 + 2.0 * np.pi * 6.0 * TIMES_S))
    corrected = eddy_corrected(wound, water(phase_rad) + noise(phase_rad.shape, level), DWELL_S)
    left = np.linalg.norm(corrected - clean, axis=1) / np.linalg.norm(clean)
    assert left.max() < (0.005 if level < 1.0 else 0.03)


def test_phase_goes_on_straight_where_the_water_is_gone() -> None:
    """Water of a short decay: less than half the points carry a phase."""
    phase_rad = eddy_phase(np.full(100, 10.0), np.full(100, 0.01))
    reference = water(phase_rad, width_hz=15.0) + noise(phase_rad.shape, 2.0)
    assert np.flatnonzero(np.abs(water(phase_rad[:1], width_hz=15.0))[0] > 6.0)[-1] < 0.45 * POINTS
    error = water_phase(reference, DWELL_S) - (phase_rad + 0.7 + 2.0 * np.pi * 6.0 * TIMES_S)
    error -= 2.0 * np.pi * np.round(error[:, :1] / (2.0 * np.pi))
    early, late = error[:, :200], error[:, 200:400]
    assert np.sqrt(np.mean(early**2)) < 0.1
    assert np.sqrt(np.mean(late**2)) < 0.5
    assert abs(np.mean(late)) < 0.1


def test_phase_is_smoother_than_the_signals_own() -> None:
    phase_rad = eddy_phase(np.full(200, 10.0), np.full(200, 0.03))
    reference = water(phase_rad) + noise(phase_rad.shape, 10.0)
    true = phase_rad + 0.7 + 2.0 * np.pi * 6.0 * TIMES_S
    smooth = np.angle(np.exp(1j * (water_phase(reference, DWELL_S) - true)))
    own = np.angle(reference * np.exp(-1j * true))
    weak = slice(120, 240)
    assert np.sqrt(np.mean(smooth[:, weak] ** 2)) < 0.4 * np.sqrt(np.mean(own[:, weak] ** 2))


def test_single_precision_an_empty_voxel_and_a_late_first_point_are_taken() -> None:
    reference = np.concatenate([water(np.zeros((1, POINTS))), np.zeros((1, POINTS)), water(np.zeros((1, POINTS)))])
    reference[2, 0] = 0.0
    corrected = eddy_corrected(reference.astype(np.complex64), reference.astype(np.complex64), DWELL_S)
    assert corrected.dtype == np.complex64
    np.testing.assert_allclose(corrected[::2, 1:], np.abs(reference[::2, 1:]), atol=0.1)
    assert not corrected[1].any()


def test_measured_water_is_corrected_by_a_reference_of_its_own(reference_data: Callable[[str], Path]) -> None:
    """7 T STEAM: a reference measured for eddy currents stills the phase of another one."""
    folder = reference_data("mrs")
    raw, ecc = (read_nifti_mrs(folder / f"{name}.nii.gz") for name in ("wref_raw", "ecc"))
    spectra = combined(raw, ecc)
    assert spectra.water is not None
    fid, reference = spectra.fid.reshape(1, -1), spectra.water.reshape(1, -1)
    corrected = eddy_corrected(fid, reference, raw.dwell_s)[0]
    used = slice(1, int(0.1 / raw.dwell_s))
    before, after = (np.unwrap(np.angle(signal[used])) for signal in (fid[0], corrected))
    times = np.arange(before.size)
    bent = [np.std(phase - np.polyval(np.polyfit(times, phase, 1), times)) for phase in (before, after)]
    assert bent[1] < 0.25 * bent[0]
    own = eddy_corrected(fid, fid, raw.dwell_s)[0, used]
    assert np.std(np.angle(own)) < 0.02


def test_what_cannot_be_corrected_is_refused() -> None:
    fid = np.ones((2, POINTS), dtype=complex)
    with pytest.raises(ImpastoError, match="same voxels and times"):
        eddy_corrected(fid, fid[:, :100], DWELL_S)
    with pytest.raises(ImpastoError, match="positive frequency"):
        eddy_corrected(fid, fid, DWELL_S, eddy_hz=0.0)
    with pytest.raises(ImpastoError, match="finite complex"):
        water_phase(np.full((1, POINTS), np.nan + 0j), DWELL_S)
