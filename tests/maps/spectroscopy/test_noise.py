from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.files import read_spectra
from impasto.maps.spectroscopy.noise import noise_level

DWELL_S, POINTS = 8e-4, 1024
TIMES_S = DWELL_S * np.arange(POINTS)


def noise(voxels: int, points: int = POINTS, level: float = 1.0) -> np.ndarray:
    rng = np.random.default_rng(0)
    return level * (rng.standard_normal((voxels, points)) + 1j * rng.standard_normal((voxels, points)))


@pytest.mark.parametrize(("points", "scatter"), [(128, 0.16), (1024, 0.055), (4096, 0.03)])
def test_white_noise_is_measured_without_bias(points: int, scatter: float) -> None:
    found = noise_level(noise(2000, points, 3.0)) / 3.0
    assert np.mean(found) == pytest.approx(1.0, abs=0.015)
    assert np.std(found) < scatter


def test_lines_that_still_ring_do_not_count() -> None:
    """Singlets of 1 Hz, still twenty times the noise at the end of sampling."""
    frequencies_hz = np.array([0.0, 180.3, 201.7, 325.1])
    lines = 1e2 * np.exp((2j * np.pi * frequencies_hz[:, None] - np.pi) * TIMES_S).sum(axis=0)
    assert np.abs(lines[-POINTS // 4 :]).mean() > 19.0
    assert np.median(noise_level(lines + noise(200))) == pytest.approx(1.0, rel=0.06)


def test_what_a_digital_filter_leaves_at_the_end_does_not_count() -> None:
    """The half of a sharp filter's response that lies before time zero, come round to the end: alternating, as 1/n."""
    before_zero = np.arange(POINTS, 0, -1)
    ringing = 1e3 * (-1.0) ** before_zero / before_zero
    found = noise_level(ringing + noise(200))
    assert np.mean(found / noise_level(noise(200))) == pytest.approx(1.0, abs=0.03)


def test_noise_of_measured_spectra_is_that_of_their_quiet_part(reference_data: Callable[[str], Path]) -> None:
    pytest.importorskip("spec2nii", reason="the extra 'spectra' is not installed")
    folder = reference_data("mrs")
    for name in ("SVS_30.rda", "SVS_30.IMA"):
        fid = read_spectra(folder / name).fid[0, 0, 0]
        # differences of high order cut away lines and drifts; filter's ringing is at its least in the middle
        middle = fid[500:820]
        taper = np.blackman(middle.size)
        power = np.square(np.abs(np.fft.fft(middle * taper))) / np.square(taper).sum()
        assert float(noise_level(fid[None])[0]) == pytest.approx(np.sqrt(np.median(power) / np.log(4.0)), rel=0.2)
    for number in (1, 2):
        fid = read_spectra(folder / f"sub-0{number}_PRESS_35_act.sdat").fid[0, 0, 0]
        end = fid[-len(fid) // 8 :]
        assert float(noise_level(fid[None])[0]) == pytest.approx(np.std(end) / np.sqrt(2.0), rel=0.15)
