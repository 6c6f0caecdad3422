"""Resampled basis sets against the same signals simulated at the wanted sampling."""

from dataclasses import replace

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM
from impasto.files.lcmodel_basis import read_lcmodel_basis
from impasto.maps.spectroscopy.basis import brain_basis
from impasto.maps.spectroscopy.basis_sampling import resampled_basis, scaled_basis
from impasto.maps.spectroscopy.pulse_sequences import Press
from impasto.maps.spectroscopy.signal import broadening

FREQUENCY_MHZ = 123.2
METABOLITES = ("NAA", "Cr", "GPC", "Ins", "Glu", "Lac", "Asp", "Tau")
RANGE_PPM = np.arange(0.2, 4.2, 0.005)


def damped_set(dwell_s, duration_s):
    points = int(duration_s / dwell_s)
    basis = brain_basis(Press(0.03, 0.0108), FREQUENCY_MHZ, dwell_s, points, METABOLITES)
    times_s = np.arange(points) * dwell_s
    return replace(basis, fid=basis.fid * broadening(times_s, np.array(1.0), np.array(3.0)))


def continuous_spectrum(basis):
    """Fourier integral by the trapezoid rule at any frequency of the range."""
    frequencies_hz = (WATER_PPM - RANGE_PPM) * basis.frequency_mhz
    times_s = np.arange(basis.fid.shape[1]) * basis.dwell_s
    kernel = np.exp(-2j * np.pi * np.outer(times_s, frequencies_hz)) * basis.dwell_s
    kernel[0] *= 0.5
    return basis.fid @ kernel


@pytest.mark.parametrize(
    ("from_s", "to_s", "signal_bound", "spectrum_bound"),
    [(2e-4, 5e-4, 5e-4, 1e-4), (2e-4, 8.3e-4, 5e-4, 1e-4), (5e-4, 8.3e-4, 1e-3, 2e-4), (8.3e-4, 5e-4, 0.15, 5e-3)],
)
def test_resampling_gives_what_sampling_would_have_given(from_s, to_s, signal_bound, spectrum_bound):
    truth = damped_set(to_s, 0.6)
    found = resampled_basis(damped_set(from_s, 0.8), to_s, truth.fid.shape[1])
    scale = np.abs(truth.fid).max(axis=1, keepdims=True)
    # a finer sampling lacks what the coarse one never recorded: only its first points differ
    assert (np.abs(found.fid - truth.fid) / scale).max() < signal_bound
    assert (np.abs(found.fid - truth.fid) / scale)[:, 20:-20].max() < 2e-3
    errors, values = continuous_spectrum(replace(truth, fid=found.fid - truth.fid)), continuous_spectrum(truth)
    assert (np.abs(errors).max(axis=1) / np.abs(values).max(axis=1)).max() < spectrum_bound


@pytest.mark.parametrize("dwell_s", [5e-4, 8.3e-4])
def test_a_real_basis_keeps_its_spectrum_in_the_band(reference_data, dwell_s):
    basis = read_lcmodel_basis(reference_data("mrs") / "press_30ms_3T.basis")
    points = int(basis.fid.shape[1] * basis.dwell_s / dwell_s)
    before = continuous_spectrum(basis).real
    after = continuous_spectrum(resampled_basis(basis, dwell_s, points)).real
    assert (np.abs(after - before).max(axis=1) / np.abs(before).max(axis=1)).max() < 5e-3


def test_the_same_dwell_time_only_cuts_or_fills():
    basis = damped_set(5e-4, 0.1)
    np.testing.assert_array_equal(resampled_basis(basis, 5e-4, 50).fid, basis.fid[:, :50])
    longer = resampled_basis(basis, 5e-4, 300).fid
    np.testing.assert_array_equal(longer[:, :200], basis.fid)
    assert not longer[:, 200:].any()


def test_beyond_its_end_a_basis_is_zero():
    found = resampled_basis(damped_set(2e-4, 0.1), 5e-4, 400)
    assert not found.fid[:, 201:].any()
    assert np.abs(found.fid[:, 150]).max() > 0


def test_scaling_makes_a_proton_one():
    basis = damped_set(5e-4, 0.1)
    scaled = scaled_basis(replace(basis, fid=0.013 * basis.fid), "Cr", 5)
    np.testing.assert_allclose(scaled.fid, basis.fid, rtol=1e-9)
    with pytest.raises(ImpastoError, match="Abc: is not in the basis set"):
        scaled_basis(basis, "Abc", 5)


def test_impossible_sampling_is_refused():
    with pytest.raises(ImpastoError, match="cannot be sampled"):
        resampled_basis(damped_set(5e-4, 0.05), 0.0, 10)
