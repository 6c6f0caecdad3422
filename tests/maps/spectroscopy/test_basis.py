"""Simulated basis sets against published facts about metabolites."""

import time

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.core.spectra import chemical_shifts_ppm
from impasto.maps.spectroscopy.basis import BRAIN_METABOLITES, BroadSignals, brain_basis, simulate_basis
from impasto.maps.spectroscopy.pulse_sequences import Press, SemiLaser, Steam
from impasto.maps.spectroscopy.signal import broadening
from impasto.maps.spectroscopy.spin_systems import spin_system

FREQUENCY_MHZ, DWELL_S, POINTS = 123.2, 5e-4, 4096


def spectrum(basis, name, width_hz=2.0):
    times_s = np.arange(POINTS) * DWELL_S
    fid = basis.fid[basis.names.index(name)] * broadening(times_s, np.array(0.0), np.array(width_hz))
    fid[0] *= 0.5
    ppm = chemical_shifts_ppm(np.fft.fftshift(np.fft.fftfreq(POINTS, DWELL_S)), FREQUENCY_MHZ)
    return ppm, np.fft.fftshift(np.fft.fft(fid))


def singlet_basis(names, echo_time_s=0.03):
    return simulate_basis(names, Press(echo_time_s, echo_time_s / 3), FREQUENCY_MHZ, DWELL_S, POINTS)


@pytest.mark.parametrize(
    ("name", "position_ppm"),
    [
        ("NAA", 2.008),
        ("NAAG", 2.042),
        ("Cr", 3.027),
        ("PCr", 3.029),
        ("GPC", 3.212),
        ("PCh", 3.208),
        ("sIns", 3.34),
        ("Gly", 3.548),
    ],
)
def test_the_highest_line_of_a_metabolite_lies_where_it_is_published(name, position_ppm):
    ppm, values = spectrum(singlet_basis([name]), name)
    step_ppm = 1.0 / (POINTS * DWELL_S * FREQUENCY_MHZ)
    assert ppm[np.argmax(values.real)] == pytest.approx(position_ppm, abs=step_ppm)


def test_areas_count_protons():
    ppm, values = spectrum(singlet_basis(["Cr"]), "Cr")
    methyl = values.real[np.abs(ppm - 3.027) < 0.3].sum()
    methylene = values.real[np.abs(ppm - 3.913) < 0.3].sum()
    assert methyl / methylene == pytest.approx(1.5, rel=0.01)


@pytest.mark.parametrize("sequence", [Press(1e-6, 5e-7), SemiLaser(1e-6), Steam(1e-6, 0.0)])
def test_without_time_to_evolve_every_proton_counts_one(sequence):
    basis = simulate_basis(BRAIN_METABOLITES, sequence, FREQUENCY_MHZ, DWELL_S / 4, 1)
    expected = [spin_system(name).protons() for name in BRAIN_METABOLITES]
    np.testing.assert_allclose(basis.fid[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize(("echo_time_s", "sign"), [(0.136, -1), (0.144, -1), (0.272, 1), (0.288, 1)])
def test_lactate_is_inverted_at_intermediate_and_upright_at_long_echo_time(echo_time_s, sign):
    ppm, values = spectrum(singlet_basis(["Lac"], echo_time_s), "Lac")
    doublet = np.abs(ppm - 1.314) < 0.1
    peaks = sign * values.real[doublet]
    assert peaks.max() > 5 * abs(peaks.min())
    low, high = sorted(ppm[doublet][np.argsort(peaks)[-2:]])
    if high - low < 0.02:  # both highest points on one line: find the other's
        away = np.abs(ppm[doublet] - low) > 0.02
        low, high = sorted([low, ppm[doublet][away][np.argmax(peaks[away])]])
    assert (high - low) * FREQUENCY_MHZ == pytest.approx(6.933, abs=0.7)


def test_a_full_set_is_quick():
    began = time.perf_counter()
    simulate_basis(BRAIN_METABOLITES, Press(0.03, 0.0108), FREQUENCY_MHZ, DWELL_S, 2048)
    assert time.perf_counter() - began < 2.0


def test_a_signal_does_not_depend_on_how_it_is_sampled():
    fine = simulate_basis(BRAIN_METABOLITES, Press(0.03), FREQUENCY_MHZ, DWELL_S / 3, 301)
    coarse = simulate_basis(BRAIN_METABOLITES, Press(0.03), FREQUENCY_MHZ, DWELL_S, 101)
    np.testing.assert_allclose(fine.fid[:, ::3], coarse.fid, atol=1e-9)


def test_a_brain_basis_has_macromolecules_at_short_echo_time_only():
    short = brain_basis(Press(0.03), FREQUENCY_MHZ, DWELL_S, 512)
    long = brain_basis(Press(0.144), FREQUENCY_MHZ, DWELL_S, 512)
    assert {"MM09", "MM12", "MM14", "MM17", "MM20", "Lip09", "Lip13", "Lip20"} <= set(short.names)
    assert not any(name.startswith("MM") for name in long.names)
    assert "Lip13" in long.names
    bare = brain_basis(Press(0.03), FREQUENCY_MHZ, DWELL_S, 512, ("NAA",), BroadSignals(0.0, lipids=False))
    assert bare.names == ("NAA",)
    assert (short.sequence, short.echo_time_s) == ("PRESS", 0.03)


def test_unknown_metabolites_and_impossible_sampling_are_refused():
    with pytest.raises(ImpastoError, match="no spin system"):
        simulate_basis(["NAA", "Abc"], Press(0.03), FREQUENCY_MHZ, DWELL_S, 8)
    with pytest.raises(ImpastoError, match="cannot be sampled"):
        simulate_basis(["NAA"], Press(0.03), FREQUENCY_MHZ, 0.0, 8)
