"""Sequences and density matrices against analytic cases and against an independent, brute-force propagation."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from impasto.core.errors import ImpastoError
from impasto.core.spectra import WATER_PPM
from impasto.maps.spectroscopy.pulse_sequences import Press, SemiLaser, Steam
from impasto.maps.spectroscopy.spin_simulation import Lines, coupled_spins, free_induction_decay
from impasto.maps.spectroscopy.spin_systems import Heteronucleus, SpinGroup

DWELL_S, POINTS = 5e-4, 64
CRUSHER_STEPS = 8
PAULI = {
    "x": np.array([[0, 1], [1, 0]]) / 2,
    "y": np.array([[0, -1j], [1j, 0]]) / 2,
    "z": np.array([[1, 0], [0, -1]]) / 2,
}


def group_of(shifts_ppm, couplings):
    matrix = np.zeros((len(shifts_ppm),) * 2)
    for i, j, value in couplings:
        matrix[i, j] = matrix[j, i] = value
    return SpinGroup(tuple(f"H{i}" for i in range(len(shifts_ppm))), np.array(shifts_ppm, dtype=float), matrix)


def signal_of(group, sequence, frequency_mhz=123.2, dwell_s=DWELL_S, points=POINTS):
    spins = coupled_spins(group, (WATER_PPM - group.shifts_ppm) * frequency_mhz)
    return free_induction_decay(spins.lines(sequence.echo(spins)), dwell_s, points)


# ---------------------------------------------------------------- brute force: physics' signs, pulses, crushers


def operator(axis, spin, count):
    return reduce(np.kron, [PAULI[axis] if i == spin else np.eye(2) for i in range(count)])


class BruteForce:
    """Propagates the physical Hamiltonian (downfield turns with positive frequency) with matrix exponentials."""

    def __init__(self, group, frequency_mhz):
        count = len(group.shifts_ppm)
        self.total = {axis: sum(operator(axis, i, count) for i in range(count)) for axis in "xyz"}
        self.hamiltonian = sum(
            frequency_mhz * (group.shifts_ppm[i] - WATER_PPM) * operator("z", i, count) for i in range(count)
        ).astype(complex)
        for i in range(count):
            for j in range(i + 1, count):
                for axis in "xyz":
                    product = operator(axis, i, count) @ operator(axis, j, count)
                    self.hamiltonian += group.couplings_hz[i, j] * product

    def turned(self, density, operator_, angle):
        rotation = expm(-1j * angle * operator_)
        return rotation @ density @ rotation.conj().T

    def delayed(self, density, time_s):
        return self.turned(density, self.hamiltonian, 2 * np.pi * time_s)

    def dephased(self, density, step):
        return self.turned(density, self.total["z"], 2 * np.pi * step / CRUSHER_STEPS)

    def press(self, sequence):
        """Average over each crusher pair's dephasing, as gradients over the voxel do."""
        density = self.turned(self.total["z"], self.total["x"], np.pi / 2)
        delays = (sequence.first_echo_s / 2, sequence.echo_time_s / 2)
        for delay_s in delays:
            density = self.delayed(density, delay_s)
            crushed = [
                self.dephased(self.turned(self.dephased(density, step), self.total["x"], np.pi), step)
                for step in range(CRUSHER_STEPS)
            ]
            density = np.mean(crushed, axis=0)
        return self.delayed(density, (sequence.echo_time_s - sequence.first_echo_s) / 2)

    def steam(self, sequence):
        """Average over the dephasing of both halves of TE, which is the same, and of the spoiler in TM."""
        excited = self.turned(self.total["z"], self.total["x"], np.pi / 2)
        excited = self.delayed(excited, sequence.echo_time_s / 2)
        echoes = []
        for step in range(CRUSHER_STEPS):
            density = self.turned(self.dephased(excited, step), self.total["x"], np.pi / 2)
            density = np.mean([self.dephased(density, spoiler) for spoiler in range(CRUSHER_STEPS)], axis=0)
            density = self.delayed(density, sequence.mixing_time_s)
            echoes.append(self.dephased(self.turned(density, self.total["x"], np.pi / 2), step))
        return 2 * self.delayed(np.mean(echoes, axis=0), sequence.echo_time_s / 2)

    def signal(self, density):
        """Sampled signal in impasto's sign convention; one proton is one, an on-resonance echo real and positive."""
        receiver = self.total["x"] + 1j * self.total["y"]
        norm = 2 ** (len(density).bit_length() - 2)
        samples = []
        step = expm(-2j * np.pi * self.hamiltonian * DWELL_S)
        for _ in range(POINTS):
            samples.append(np.trace(density @ receiver) / norm)
            density = step @ density @ step.conj().T
        return np.conj(samples)


def on_resonance_phase(sequence, method):
    proton = BruteForce(group_of([WATER_PPM], []), 123.2)
    return proton.signal(getattr(proton, method)(sequence))[0]


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.floats(1.5, 4.5), min_size=3, max_size=3),
    st.lists(st.floats(-16.0, 16.0), min_size=3, max_size=3),
    st.floats(0.005, 0.06),
    st.floats(0.2, 0.8),
)
def test_press_agrees_with_brute_force(shifts, couplings, echo_time_s, share):
    group = group_of(shifts, [(0, 1, couplings[0]), (0, 2, couplings[1]), (1, 2, couplings[2])])
    sequence = Press(echo_time_s, share * echo_time_s)
    brute = BruteForce(group, 123.2)
    reference = brute.signal(brute.press(sequence)) / on_resonance_phase(sequence, "press")
    np.testing.assert_allclose(signal_of(group, sequence), reference, atol=1e-6)


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.floats(1.5, 4.5), min_size=3, max_size=3),
    st.lists(st.floats(-16.0, 16.0), min_size=3, max_size=3),
    st.floats(0.005, 0.03),
    st.floats(0.0, 0.03),
)
def test_steam_agrees_with_brute_force(shifts, couplings, echo_time_s, mixing_time_s):
    group = group_of(shifts, [(0, 1, couplings[0]), (0, 2, couplings[1]), (1, 2, couplings[2])])
    sequence = Steam(echo_time_s, mixing_time_s)
    brute = BruteForce(group, 123.2)
    reference = brute.signal(brute.steam(sequence)) / on_resonance_phase(sequence, "steam")
    np.testing.assert_allclose(signal_of(group, sequence), reference, atol=1e-6)


# ---------------------------------------------------------------- analytic cases


def test_two_strongly_coupled_protons_give_the_ab_quartet():
    frequency_mhz, coupling, difference = 100.0, 12.0, 20.0
    group = group_of([3.0, 3.0 + difference / frequency_mhz], [(0, 1, coupling)])
    spins = coupled_spins(group, (WATER_PPM - group.shifts_ppm) * frequency_mhz)
    lines = spins.lines(spins.lowered())
    order = np.argsort(lines.frequencies_hz)
    root = np.hypot(coupling, difference)
    centre = (WATER_PPM - 3.1) * frequency_mhz
    expected = centre + np.array([-(root + coupling), -(root - coupling), root - coupling, root + coupling]) / 2
    np.testing.assert_allclose(lines.frequencies_hz[order], expected, atol=1e-9)
    outer, inner = 1 - coupling / root, 1 + coupling / root
    np.testing.assert_allclose(lines.amplitudes[order].real, np.array([outer, inner, inner, outer]) / 2, atol=1e-12)


@pytest.mark.parametrize("sequence", [Press(0.05, 0.02), SemiLaser(0.05)])
def test_a_weakly_coupled_pair_is_modulated_with_the_cosine_of_its_coupling(sequence):
    coupling = 7.0
    fid = signal_of(group_of([1.0, 8.0], [(0, 1, coupling)]), sequence, frequency_mhz=3000.0, dwell_s=1e-5, points=1)
    assert fid[0].real == pytest.approx(2 * np.cos(np.pi * coupling * 0.05), abs=0.01)


@pytest.mark.parametrize("sequence", [Press(0.03, 0.0108), Press(0.144), SemiLaser(0.09), Steam(0.02, 0.01)])
def test_an_uncoupled_proton_is_one_at_the_echo_and_turns_with_its_shift(sequence):
    fid = signal_of(group_of([2.0], []), sequence)
    times_s = np.arange(POINTS) * DWELL_S
    np.testing.assert_allclose(fid, np.exp(2j * np.pi * 2.65 * 123.2 * times_s), atol=1e-9)


def test_coupling_to_phosphorus_is_refocused_at_the_echo_and_splits_the_line_after_it():
    coupling = 20.0
    group = SpinGroup(
        ("H",), np.array([WATER_PPM]), np.zeros((1, 1)), 1.0, (Heteronucleus("31P", 0.5, np.array([coupling])),)
    )
    fids = []
    for offsets_hz in group.heteronuclear_offsets_hz():
        spins = coupled_spins(group, offsets_hz)
        fids.append(free_induction_decay(spins.lines(Press(0.03, 0.01).echo(spins)), DWELL_S, POINTS))
    times_s = np.arange(POINTS) * DWELL_S
    np.testing.assert_allclose(np.mean(fids, axis=0), np.cos(np.pi * coupling * times_s), atol=1e-9)


def test_semi_laser_hides_coupling_that_press_shows():
    group = group_of([2.0, 2.15], [(0, 1, -15.0)])
    short_refocused = signal_of(group, SemiLaser(0.03))[0].real
    press = signal_of(group, Press(0.03, 0.015))[0].real
    assert short_refocused > press


def test_lines_beyond_the_bandwidth_are_filtered_out():
    lines = Lines(np.array([100.0, 700.0]), np.array([1.0 + 0j, 1.0 + 0j]))
    fid = free_induction_decay(lines, 1e-3, 10)
    np.testing.assert_allclose(fid, np.exp(2j * np.pi * 100.0 * np.arange(10) * 1e-3), atol=1e-12)


@pytest.mark.parametrize(
    "make", [lambda: Press(0.03, 0.04), lambda: Press(0.0), lambda: SemiLaser(-1.0), lambda: Steam(0.02, -0.1)]
)
def test_impossible_timing_is_refused(make):
    with pytest.raises(ImpastoError, match="give"):
        make()
