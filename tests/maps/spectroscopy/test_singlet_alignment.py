"""Frequency and phase by singlets, against voxels whose shift and phase are known."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.basis import simulate_basis
from impasto.maps.spectroscopy.pulse_sequences import Press
from impasto.maps.spectroscopy.signal import broadening, voxel_signal
from impasto.maps.spectroscopy.singlet_alignment import aligned_by_singlets

FREQUENCY_MHZ, DWELL_S, POINTS = 127.7, 1 / 988, 712
TIMES_S = DWELL_S * np.arange(POINTS)
NORMAL, TUMOUR = (9.0, 7.0, 1.8, 5.0, 8.0), (1.5, 4.0, 3.5, 3.0, 2.0)


def voxels(amplitudes, count, noise, seed=0):
    rng = np.random.default_rng(seed)
    basis = simulate_basis(("NAA", "Cr", "GPC", "Ins", "Glu"), Press(0.144, 0.03), FREQUENCY_MHZ, DWELL_S, POINTS)
    shift_hz, phase_rad = rng.uniform(-20, 20, count), rng.uniform(-np.pi, np.pi, count)
    decay = broadening(TIMES_S, rng.uniform(1, 4, count), rng.uniform(2, 7, count))
    spread = np.broadcast_to(amplitudes, (count, len(amplitudes)))
    fid = voxel_signal(spread, basis.fid, TIMES_S, decay, shift_hz, phase_rad)
    channels = rng.standard_normal((2, *fid.shape))
    return fid + noise * (channels[0] + 1j * channels[1]), shift_hz, phase_rad


@pytest.mark.parametrize("amplitudes", [NORMAL, TUMOUR])
def test_shift_and_phase_are_found_whatever_they_are(amplitudes):
    fid, shift_hz, phase_rad = voxels(amplitudes, 200, 1.0)
    found = aligned_by_singlets(fid, DWELL_S, FREQUENCY_MHZ)
    turned = np.angle(np.exp(1j * (found.phase_rad - phase_rad)))
    # coupled metabolites between the singlets pull a little
    assert np.quantile(np.abs(found.shift_hz - shift_hz), 0.95) < 0.6
    assert np.quantile(np.abs(turned), 0.95) < 0.2
    expected = fid * np.exp(-1j * (2 * np.pi * found.shift_hz[:, None] * TIMES_S + found.phase_rad[:, None]))
    np.testing.assert_allclose(found.fid, expected)


def test_three_lines_alone_are_put_where_they_belong():
    positions_hz = (4.65 - np.array([2.008, 3.027, 3.21])) * FREQUENCY_MHZ
    lines = np.exp(2j * np.pi * positions_hz[:, None] * TIMES_S)
    decay = broadening(TIMES_S, np.array([3.0]), np.array([4.0]))
    fid = voxel_signal(np.array([[3.0, 2.0, 2.5]]), lines, TIMES_S, decay, np.array([-7.3]), np.array([2.0]))
    found = aligned_by_singlets(fid, DWELL_S, FREQUENCY_MHZ)
    assert found.shift_hz[0] == pytest.approx(-7.3, abs=0.05)
    assert found.phase_rad[0] == pytest.approx(2.0, abs=0.01)
    assert found.coherence[0] == pytest.approx(1.0, abs=0.05)


def test_a_voxel_without_signal_stays_as_it_is():
    found = aligned_by_singlets(np.zeros((1, POINTS), dtype=complex), DWELL_S, FREQUENCY_MHZ)
    assert np.isfinite([found.shift_hz[0], found.phase_rad[0]]).all()
    assert found.coherence[0] == 0.0
    with pytest.raises(ImpastoError, match="no lines"):
        aligned_by_singlets(np.ones((1, POINTS), dtype=complex), DWELL_S, FREQUENCY_MHZ, lines=())
