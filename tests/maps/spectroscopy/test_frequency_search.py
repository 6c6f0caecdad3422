import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.frequency_search import coarse_shift_hz

DWELL_S, FREQUENCY_MHZ, POINTS = 5e-4, 123.25, 512
TIMES_S = DWELL_S * np.arange(POINTS)


def shifted(brain: BasisSet, amplitudes: np.ndarray, shift_hz: np.ndarray, level: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    phase = rng.uniform(-np.pi, np.pi, (len(shift_hz), 1))
    signal = amplitudes @ brain.fid * np.exp(-np.pi * rng.uniform(4, 10, (len(shift_hz), 1)) * TIMES_S)
    turned = signal * np.exp(1j * (2 * np.pi * shift_hz[:, None] * TIMES_S + phase))
    return turned + level * (rng.standard_normal(turned.shape) + 1j * rng.standard_normal(turned.shape))


def test_shift_is_found_whatever_the_phase(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    truth = np.random.default_rng(1).uniform(-35, 35, 300)
    found = coarse_shift_hz(shifted(brain, usual_amplitudes, truth, 3.0), DWELL_S, FREQUENCY_MHZ)
    assert np.percentile(np.abs(found - truth), 95) < 1.5
    assert np.max(np.abs(found - truth)) < 4.0


def test_tumour_without_naa_is_not_mistaken(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    factors = {"NAA": 0.1, "NAAG": 0.1, "GPC": 2.0, "Cr": 0.6, "PCr": 0.6, "Lac": 5.0}
    tumour = usual_amplitudes * [factors.get(name, 1.0) for name in brain.names]
    truth = np.random.default_rng(2).uniform(-20, 20, 200)
    found = coarse_shift_hz(shifted(brain, tumour, truth, 1.0), DWELL_S, FREQUENCY_MHZ)
    assert np.percentile(np.abs(found - truth), 95) < 4.0


def test_single_precision_and_empty_voxels(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    signal = shifted(brain, usual_amplitudes, np.array([7.0, -7.0]), 0.1)
    signal[1] = 0.0
    found = coarse_shift_hz(signal.astype(np.complex64), DWELL_S, FREQUENCY_MHZ)
    assert found[0] == pytest.approx(7.0, abs=1.0)
    assert found[1] == 0.0


def test_other_lines_may_be_looked_for() -> None:
    signal = np.exp(2j * np.pi * ((4.65 - 1.3) * FREQUENCY_MHZ - 12.0) * TIMES_S - 20.0 * TIMES_S)[None]
    found = coarse_shift_hz(signal, DWELL_S, FREQUENCY_MHZ, lines=((1.3, 1.0),))
    assert found[0] == pytest.approx(-12.0, abs=0.3)


def test_what_cannot_be_searched_is_refused() -> None:
    signal = np.ones((1, POINTS), dtype=complex)
    with pytest.raises(ImpastoError, match="lines"):
        coarse_shift_hz(signal, DWELL_S, FREQUENCY_MHZ, lines=())
    with pytest.raises(ImpastoError, match="leaves the spectrum"):
        coarse_shift_hz(signal, DWELL_S, FREQUENCY_MHZ, greatest_shift_hz=900.0)
