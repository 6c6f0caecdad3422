"""Heights and areas of peaks against the closed form of their lines, and noise against its measured scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.peak_height import peak_areas, peak_heights, reading_as_fit
from impasto.maps.spectroscopy.peaks import CHOLINE, CREATINE, INVERTED_LACTATE, LACTATE, LIPID, NAA
from impasto.maps.spectroscopy.signal import broadening

FREQUENCY_MHZ, DWELL_S, POINTS = 127.7, 5e-4, 1024
TIMES_S = DWELL_S * np.arange(POINTS)
FLAT = replace(NAA, baseline_ppm=((0.5, 0.7), (3.9, 4.1)), reach_ppm=0.6)


def line(position_ppm, amplitude=1.0, lorentzian_hz=0.0, gaussian_hz=0.0, shift_hz=0.0):
    hz = (4.65 - position_ppm) * FREQUENCY_MHZ + shift_hz
    decay = broadening(TIMES_S, np.array(lorentzian_hz), np.array(gaussian_hz))
    return (amplitude * decay * np.exp(2j * np.pi * hz * TIMES_S))[None]


def noise(count, level=1.0, seed=0):
    channels = np.random.default_rng(seed).standard_normal((2, count, POINTS))
    return level * (channels[0] + 1j * channels[1])


@pytest.mark.parametrize(("lorentzian_hz", "apodisation_hz"), [(4.0, 0.0), (4.0, 3.0), (9.0, 3.0)])
def test_a_lorentzian_is_as_high_as_its_amplitude_over_pi_times_its_width(lorentzian_hz, apodisation_hz):
    found = peak_heights(line(2.008, 6.0, lorentzian_hz), DWELL_S, FREQUENCY_MHZ, (FLAT,), apodisation_hz)
    assert found.values[0, 0] == pytest.approx(6.0 / (np.pi * (lorentzian_hz + apodisation_hz)), rel=0.01)
    assert found.fwhm_hz[0] == pytest.approx(lorentzian_hz, rel=0.05)


def test_a_gaussian_is_as_high_and_as_large_as_it_should_be():
    found = peak_heights(line(2.008, 6.0, gaussian_hz=8.0), DWELL_S, FREQUENCY_MHZ, (FLAT,), 0.0)
    assert found.values[0, 0] == pytest.approx(3.0 * np.sqrt(4 * np.log(2) / np.pi) / 8.0, rel=0.005)
    area = peak_areas(line(2.008, 6.0, gaussian_hz=8.0), DWELL_S, FREQUENCY_MHZ, (FLAT,), 0.0)
    # one width to either side of a Gaussian holds erf(2 sqrt(ln 2)) of it
    assert area.values[0, 0] == pytest.approx(6.0 * 0.9815, rel=0.005)


@pytest.mark.parametrize("lorentzian_hz", [3.0, 6.0, 12.0])
def test_the_same_share_of_a_lorentzian_is_counted_whatever_its_width(lorentzian_hz):
    area = peak_areas(line(2.008, 6.0, lorentzian_hz), DWELL_S, FREQUENCY_MHZ, (FLAT,), 0.0)
    assert area.values[0, 0] == pytest.approx(6.0 * 2 / np.pi * np.arctan(2.0), rel=0.02)


@settings(max_examples=20, deadline=None)
@given(st.floats(-3.0, 3.0), st.floats(-50.0, 50.0), st.floats(0.3, 3.0))
def test_a_slanting_baseline_changes_nothing_and_scale_scales(height, slope, scale):
    fid = line(2.008, 6.0, 3.0, 3.0)
    plain = peak_heights(fid, DWELL_S, FREQUENCY_MHZ)
    # a first sample and a difference of the first two are a constant and, in the narrow window, nearly a slope
    spoiled = fid.copy()
    spoiled[0, 0] += height
    spoiled[0, 1] += 1e-2 * slope
    found = peak_heights(scale * spoiled, DWELL_S, FREQUENCY_MHZ)
    np.testing.assert_allclose(found.values[0, 0], scale * plain.values[0, 0], rtol=0.02)


def test_a_peak_is_followed_within_its_width_and_no_farther():
    at = [peak_heights(line(2.008, 6.0, 4.0, 4.0, shift), DWELL_S, FREQUENCY_MHZ).values[0, 0] for shift in (0, 2, 9)]
    assert at[1] == pytest.approx(at[0], rel=0.01)
    assert at[2] < 0.7 * at[0]


@pytest.mark.parametrize("read", [peak_heights, peak_areas])
def test_standard_errors_and_correlation_are_those_of_the_scatter(read):
    lines = [(2.008, 27.0), (3.027, 20.0), (3.207, 16.0), (1.28, 10.0)]
    clean = np.sum([line(*one, 2.0, 5.0) for one in lines], axis=0)
    peaks = (NAA, CREATINE, CHOLINE, LIPID)
    found = read(clean + noise(2000, 1.5), DWELL_S, FREQUENCY_MHZ, peaks)
    scatter, told = np.cov(found.values.T), found.covariance.mean(axis=0)
    # noise also moves where the peak is looked for, by a few per cent of the error
    np.testing.assert_allclose(np.sqrt(np.diag(scatter)), np.sqrt(np.diag(told)), rtol=0.12)
    correlation = [c[1, 2] / np.sqrt(c[1, 1] * c[2, 2]) for c in (scatter, told)]
    assert correlation[0] == pytest.approx(correlation[1], abs=0.07)
    np.testing.assert_allclose(found.standard_error().mean(axis=0), np.sqrt(np.diag(told)), rtol=0.02)


def test_noise_alone_is_hardly_a_peak():
    found = peak_heights(noise(1000), DWELL_S, FREQUENCY_MHZ)
    z = found.values / found.standard_error()
    assert (z.mean(axis=0) < 1.0).all()
    assert found.signal_to_noise.mean() < 4.0


def test_inverted_lactate_and_lipid_are_told_apart_by_their_sign():
    doublet = sum(line(1.314 + side / FREQUENCY_MHZ, -3.0, 2.0, 3.0) for side in (-3.47, 3.47))
    found = peak_heights(doublet, DWELL_S, FREQUENCY_MHZ, (LIPID, INVERTED_LACTATE))
    upright = peak_heights(-doublet, DWELL_S, FREQUENCY_MHZ, (LACTATE,))
    assert found.values[0, 1] == pytest.approx(upright.values[0, 0], rel=0.1)
    assert found.values[0, 0] < 0.1 * found.values[0, 1]
    lipid = peak_heights(line(1.28, 5.0, gaussian_hz=20.0), DWELL_S, FREQUENCY_MHZ, (LIPID, INVERTED_LACTATE))
    assert lipid.values[0, 0] > 0.0
    assert lipid.values[0, 1] < 0.0


def test_heights_in_the_form_of_a_fit_give_the_ratio_of_peaks_by_the_protons():
    clean = line(2.008, 27.0, 2.0, 5.0) + line(3.207, 18.0, 2.0, 5.0)
    reading = peak_heights(clean + noise(1, 0.2), DWELL_S, FREQUENCY_MHZ)
    fit = reading_as_fit(reading, np.zeros(1), np.zeros(1))
    ratio, error = fit.ratio(("Cho",), ("NAA",))
    assert 3.0 * ratio[0] == pytest.approx(reading.values[0, 2] / reading.values[0, 0], rel=1e-6)
    assert 0.0 < 3.0 * error[0] < 0.1


def test_peaks_outside_the_spectrum_and_no_peaks_are_refused():
    with pytest.raises(ImpastoError, match="the spectrum from"):
        peak_heights(line(2.0), 5e-3, FREQUENCY_MHZ)
    with pytest.raises(ImpastoError, match="none is asked for"):
        peak_areas(line(2.0), DWELL_S, FREQUENCY_MHZ, ())
    assert peak_heights(np.zeros((0, POINTS), complex), DWELL_S, FREQUENCY_MHZ).values.shape == (0, 3)
