"""Lactate editing against the product operators of a weakly coupled doublet, and experiments with known lactate."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.basis import simulate_basis
from impasto.maps.spectroscopy.edited_fit import fit_difference, joined_fits
from impasto.maps.spectroscopy.editing import EditedPress, combined_edited, edited_basis, lactate_editing
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.macromolecules import lipid_basis
from impasto.maps.spectroscopy.pulse_sequences import Press
from impasto.maps.spectroscopy.signal import broadening, voxel_signal
from impasto.maps.spectroscopy.spin_simulation import coupled_spins
from impasto.maps.spectroscopy.spin_systems import spin_system

FREQUENCY_MHZ, DWELL_S, POINTS = 127.7, 1 / 988, 712
ECHO_S, FIRST_ECHO_S, COUPLING_HZ = 0.144, 0.03, 6.933
NAMES = ("NAA", "Cr", "GPC", "Ins", "Glu", "Lac")
TIMES_S = DWELL_S * np.arange(POINTS)
EDITING = lactate_editing(ECHO_S, FREQUENCY_MHZ, FIRST_ECHO_S)
BAND_HZ = EDITING[0].band_hz


def doublet(sequence, frequency_mhz=FREQUENCY_MHZ):
    """Sum of the amplitudes of lactate's methyl lines."""
    group = spin_system("Lac").groups[0]
    spins = coupled_spins(group, (4.65 - group.shifts_ppm) * frequency_mhz)
    lines = spins.lines(sequence.echo(spins))
    return lines.amplitudes[lines.frequencies_hz > 2.0 * frequency_mhz].sum()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.35, 0.5])
def test_the_doublet_turns_by_the_time_in_which_coupling_is_not_refocused(share):
    # I_x turns into I_x cos(pi J t), t = TE less twice what passes between the inversions: where coupling is weak
    sequence = EditedPress(ECHO_S, share * ECHO_S, (-20e3, 20e3), FIRST_ECHO_S)
    expected = 3.0 * np.cos(np.pi * COUPLING_HZ * ECHO_S * (1.0 - 2.0 * share))
    assert doublet(sequence, 100 * FREQUENCY_MHZ) == pytest.approx(expected, abs=2e-3)


def test_at_3_tesla_the_doublet_is_nearly_whole_upright_and_inverted():
    edit_on, edit_off = (doublet(sequence).real for sequence in EDITING)
    # what is lost is of the order of J over the distance of the shifts, 0.02
    assert 2.9 < edit_on <= 3.0
    assert -3.0 <= edit_off < -2.9


def test_inversions_next_to_each_other_leave_what_plain_press_gives():
    off, plain = EDITING[1], Press(ECHO_S, FIRST_ECHO_S)
    assert doublet(off) == pytest.approx(doublet(plain), abs=0.06)
    edited = simulate_basis(("Cr", "sIns"), off, FREQUENCY_MHZ, DWELL_S, POINTS)
    np.testing.assert_allclose(
        edited.fid, simulate_basis(("Cr", "sIns"), plain, FREQUENCY_MHZ, DWELL_S, POINTS).fid, atol=1e-6
    )


def test_an_inversion_of_no_proton_does_nothing_and_of_all_is_a_refocusing_pulse():
    group = spin_system("Lac").groups[0]
    spins = coupled_spins(group, (4.65 - group.shifts_ppm) * FREQUENCY_MHZ)
    density = spins.evolved(spins.lowered(), 0.02)
    np.testing.assert_array_equal(spins.inverted(density, np.zeros(4, bool)), density)
    # gradients dephase what turns, so that populations alone are compared
    populations = spins.of_order(spins.flipped_90(density), 0)
    np.testing.assert_array_equal(spins.inverted(populations, np.ones(4, bool)), spins.refocused(populations))
    assert not spins.inverted(density, np.ones(4, bool)).any()


def test_the_sum_has_no_lactate_and_the_difference_no_singlets_or_lipid():
    basis = edited_basis(EDITING, FREQUENCY_MHZ, DWELL_S, POINTS, NAMES)
    assert "Lac" not in basis.total.names
    assert {"NAA", "Cr", "GPC", "Lip13"} <= set(basis.total.names)
    assert "Lac" in basis.difference.names
    assert not {"Cr", "Glu", "Lip13"} & set(basis.difference.names)
    lactate = basis.difference.fid[basis.difference.names.index("Lac")]
    alone = simulate_basis(("Lac",), EDITING[0], FREQUENCY_MHZ, DWELL_S, POINTS).fid[0]
    assert np.linalg.norm(lactate - alone) < 0.05 * np.linalg.norm(alone)


def experiment(count, noise, seed=0, most_lipid=12.0):
    """Both acquisitions of voxels with lactate of none to four, lipid, and a drift between the two."""
    rng = np.random.default_rng(seed)
    usual = np.array([9.0, 7.0, 1.8, 5.0, 8.0, 0.0])
    amplitudes = usual * rng.uniform(0.4, 1.6, (count, len(NAMES)))
    amplitudes[:, -1] = rng.choice([0.0, 1.0, 2.0, 4.0], count)
    lipid = rng.uniform(0.0, most_lipid, (count, 1))
    decay = broadening(TIMES_S, rng.uniform(1, 4, count), rng.uniform(2, 6, count))
    shift_hz, phase_rad = rng.uniform(-12, 12, count), rng.uniform(-np.pi, np.pi, count)
    drift_hz, turned = rng.uniform(-3, 3, count), rng.uniform(-0.5, 0.5, count)
    fat = lipid_basis(ECHO_S, FREQUENCY_MHZ, DWELL_S, POINTS).fid[1:2]
    fid = []
    for sequence, off in zip(EDITING, (0.0, 1.0), strict=True):
        basis = simulate_basis(NAMES, sequence, FREQUENCY_MHZ, DWELL_S, POINTS)
        functions = np.concatenate([basis.fid, fat])
        every = np.concatenate([amplitudes, lipid], axis=1)
        moved = (shift_hz + off * drift_hz, phase_rad + off * turned)
        channels = noise * rng.standard_normal((2, count, POINTS))
        fid.append(voxel_signal(every, functions, TIMES_S, decay, *moved) + channels[0] + 1j * channels[1])
    truth = {"lactate": amplitudes[:, -1], "naa": amplitudes[:, 0], "lipid": lipid[:, 0]}
    return SimpleNamespace(on=fid[0], off=fid[1], drift_hz=drift_hz, turned=turned, **truth)


@pytest.fixture(scope="module")
def fitted():
    made = experiment(500, 1.5)
    signals = combined_edited(made.on, made.off, DWELL_S, FREQUENCY_MHZ)
    basis = edited_basis(EDITING, FREQUENCY_MHZ, DWELL_S, POINTS, NAMES)
    of_sum = fit_spectra(signals.total, DWELL_S, basis.total)
    lactate = basis.difference.without(set(basis.difference.names) - {"Lac"})
    return made, signals, of_sum, fit_difference(signals.difference, DWELL_S, lactate, of_sum)


def test_a_drift_between_the_acquisitions_is_found_and_taken_out(fitted):
    made, signals, _, _ = fitted
    alignment = signals.alignment
    assert np.quantile(np.abs(alignment.shift_hz - made.drift_hz), 0.9) < 0.5
    assert np.quantile(np.abs(np.angle(np.exp(1j * (alignment.phase_rad - made.turned)))), 0.9) < 0.12


def test_sum_and_difference_are_on_the_scale_of_one_acquisition():
    rng = np.random.default_rng(3)
    channels = rng.standard_normal((4, 300, POINTS))
    signal = experiment(300, 0.0, most_lipid=0.0).on
    on, off = signal + channels[0] + 1j * channels[1], signal + channels[2] + 1j * channels[3]
    made = combined_edited(on, off, DWELL_S, FREQUENCY_MHZ)
    tail = slice(POINTS // 2, None)
    scatter = [np.std((part - whole)[:, tail].real) for part, whole in ((made.total, signal), (made.difference, 0.0))]
    np.testing.assert_allclose(scatter, np.sqrt(0.5), rtol=0.05)


def test_lactate_is_found_without_bias_and_with_its_error_beside_lipid(fitted):
    made, _, of_sum, of_difference = fitted
    assert of_difference.names == ("Lac",)
    found, error = of_difference.total(["Lac"])
    for amount in (1.0, 2.0, 4.0):
        here = made.lactate == amount
        assert found[here].mean() == pytest.approx(amount, abs=0.05)
        assert 0.8 < np.std((found - amount)[here] / error[here]) < 1.35
    none = made.lactate == 0.0
    # half of the noise is negative and counts as none: the mean of what is left is 0.4 of an error
    assert found[none].mean() < 0.6 * error[none].mean()
    assert abs(np.corrcoef(found[none], made.lipid[none])[0, 1]) < 0.25
    naa, _ = of_sum.total(["NAA"])
    assert np.median(naa / made.naa) == pytest.approx(1.0, abs=0.02)


def test_lactate_from_the_difference_joins_the_fit_of_the_sum(fitted):
    _, _, of_sum, of_difference = fitted
    joined = joined_fits(of_sum, of_difference)
    ratio, error = joined.ratio(("Lac",), ("NAA",))
    np.testing.assert_allclose(ratio, of_difference.amplitudes[:, 0] / of_sum.total(["NAA"])[0], rtol=1e-6)
    np.testing.assert_allclose(joined.total(["Lac"])[1], of_difference.total(["Lac"])[1], rtol=1e-5)
    assert np.isfinite(error).all()
    assert (joined.shift_hz == of_sum.shift_hz).all()
    with pytest.raises(ImpastoError, match="both have Lac"):
        joined_fits(joined, of_difference)


def test_the_difference_can_be_fitted_on_its_own_where_there_is_lactate():
    made = experiment(60, 0.3, seed=5)
    signals = combined_edited(made.on, made.off, DWELL_S, FREQUENCY_MHZ)
    basis = edited_basis(EDITING, FREQUENCY_MHZ, DWELL_S, POINTS, NAMES)
    # the aspartyl protons of NAA, which are edited too, hold its frequency
    fit = fit_spectra(signals.difference, DWELL_S, basis.difference, FitSettings(shift_window_ppm=(1.1, 2.9)))
    for amount in (1.0, 2.0, 4.0):
        here = made.lactate == amount
        assert np.median(fit.total(["Lac"])[0][here]) == pytest.approx(amount, rel=0.02)


def test_acquisitions_and_times_that_do_not_go_together_are_refused(fitted):
    made, signals, of_sum, _ = fitted
    with pytest.raises(ImpastoError, match="do not fit"):
        combined_edited(made.on, made.off[:-1], DWELL_S, FREQUENCY_MHZ)
    with pytest.raises(ImpastoError, match="an interval of 140 ms"):
        EditedPress(ECHO_S, 0.14, BAND_HZ)
    with pytest.raises(ImpastoError, match="is empty"):
        EditedPress(ECHO_S, 0.07, (10.0, -10.0))
    basis = edited_basis(EDITING, FREQUENCY_MHZ, DWELL_S, POINTS, NAMES).difference
    with pytest.raises(ImpastoError, match="does not belong"):
        fit_difference(signals.difference[:3], DWELL_S, basis, of_sum)
    with pytest.raises(ImpastoError, match="points for"):
        fit_difference(signals.difference, DWELL_S, basis, of_sum, (1.30, 1.32))
