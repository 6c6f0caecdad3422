"""Spectroscopic imaging: signs, shifts, widths, noise and truth of the simulated scanner."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import Grid, ImpastoError
from impasto.core.structures import StructureSet
from impasto.maps.spectroscopy import brain_basis
from impasto.maps.spectroscopy.signal import broadening, voxel_signal
from impasto.phantom.anatomy import Anatomy, Tissue
from impasto.phantom.metabolites import concentrations
from impasto.phantom.mrsi import MrsiScan, mrsi_scan
from impasto.phantom.mrsi_acquisition import EPSI, PRESS_BOX, Imperfections, excited_volume_mm, mrsi_grid
from impasto.phantom.mrsi_basis import tissue_basis
from impasto.phantom.mrsi_encoding import excitation_profiles
from impasto.phantom.mrsi_sources import metabolite_relaxation
from impasto.phantom.mrsi_voxels import VoxelConditions, modulated, singlet_width_hz

TUMOUR_MM = np.array([34.0, 6.0, 10.0])
PERFECT = Imperfections(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
COARSE_EPSI = replace(EPSI, voxel_mm=(9.0, 9.0, 10.0))
IDEAL_EPSI = replace(COARSE_EPSI, imperfections=PERFECT, signal_to_noise=np.inf)
IDEAL_PRESS = replace(PRESS_BOX, imperfections=PERFECT, signal_to_noise=np.inf)


@pytest.fixture(scope="module")
def ideal(head_of_ellipsoids: Anatomy) -> MrsiScan:
    return mrsi_scan(head_of_ellipsoids, IDEAL_EPSI, seed=0)


@pytest.fixture(scope="module")
def real(head_of_ellipsoids: Anatomy) -> MrsiScan:
    return mrsi_scan(head_of_ellipsoids, COARSE_EPSI, seed=0)


def voxel_at(scan: MrsiScan, point_mm: np.ndarray) -> tuple[int, int, int]:
    i, j, k = np.rint(scan.spectra.grid.index_from_world(point_mm)).astype(int)
    return int(i), int(j), int(k)


def spectrum(fid: np.ndarray) -> np.ndarray:
    return np.fft.fftshift(np.fft.fft(fid, axis=-1), axes=-1)


def conditions(count: int, **given: object) -> VoxelConditions:
    none = np.zeros(count)
    plain = {"shift_hz": none, "lorentzian_hz": none, "gaussian_hz": none, "phase_rad": none, "eddy_current_rad": none}
    return VoxelConditions(**(plain | {"eddy_current_decay_s": 0.04, "sensitivity": none + 1.0} | given))


def test_normal_white_matter_shows_naa_creatine_and_choline_in_place(ideal: MrsiScan) -> None:
    voxel = voxel_at(ideal, TUMOUR_MM * [-1, 1, 1])
    ppm = ideal.spectra.chemical_shifts_ppm() + ideal.truth.field_hz.data[voxel] / EPSI.frequency_mhz
    real_part = spectrum(ideal.spectra.fid[voxel]).real
    for shift_ppm in (2.01, 3.03, 3.21):
        near = np.abs(ppm - shift_ppm) < 0.06
        assert abs(ppm[near][np.argmax(real_part[near])] - shift_ppm) < 0.025
    assert abs(ppm[np.argmax(real_part)] - 2.01) < 0.025


def test_an_ideal_fit_finds_concentration_times_relaxation(ideal: MrsiScan) -> None:
    voxel = voxel_at(ideal, TUMOUR_MM * [-1, 1, 1])
    basis = tissue_basis(EPSI)
    # widths by a search of our own: the truth gives their sum only
    times = EPSI.times_s()
    turning = np.exp(2j * np.pi * ideal.truth.field_hz.data[voxel].astype(float) * times)
    best = (np.inf, np.zeros(len(basis.names)))
    for lorentzian in np.arange(2.6, 4.2, 0.2):
        width = float(ideal.truth.linewidth_hz.data[voxel])
        gaussian = np.sqrt(max((width - 0.5346 * lorentzian) ** 2 - 0.2166 * lorentzian**2, 0.0))
        model = basis.fid * turning * broadening(times, np.array(lorentzian), np.array(gaussian))
        found, *_ = np.linalg.lstsq(model.T, ideal.spectra.fid[voxel].astype(complex), rcond=None)
        left = np.linalg.norm(model.T @ found - ideal.spectra.fid[voxel])
        best = min(best, (left, found.real), key=lambda pair: pair[0])
    amplitude = dict(zip(basis.names, best[1], strict=True))
    for names in (("NAA", "NAAG"), ("Cr", "PCr"), ("GPC", "PCh"), ("Ins",), ("Glu",), ("MM09",)):
        expected = sum(ideal.truth.concentrations[n].data[voxel] * ideal.truth.relaxation[n] for n in names)
        assert sum(amplitude[n] for n in names) == pytest.approx(expected, rel=0.02), names


def test_relaxation_by_hand() -> None:
    # NAA: T1 1.4 s, T2 .26 s; TR 1.55 s, TE 50 ms: (1 - e^-1.107) e^-.1923
    assert metabolite_relaxation(["NAA", "MM09"], EPSI) == pytest.approx([0.6695 * 0.8250, 1.0], abs=2e-4)


def test_the_batched_signal_agrees_with_the_forward_model() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(256) * 8e-4
    signals = rng.standard_normal((3, 256)) + 1j * rng.standard_normal((3, 256))
    amplitudes = rng.random((2000, 3))
    shift, lorentzian, gaussian = rng.normal(0, 30, 2000), rng.uniform(1, 9, 2000), rng.uniform(0, 12, 2000)
    phase = rng.normal(0, 1, 2000)
    given = conditions(2000, shift_hz=shift, lorentzian_hz=lorentzian, gaussian_hz=gaussian, phase_rad=phase)
    decay = broadening(times, lorentzian, gaussian)
    expected = voxel_signal(amplitudes, signals, times, decay, shift, phase)
    np.testing.assert_allclose(modulated(amplitudes, signals, times, given), expected, atol=2e-4)


def test_a_higher_field_moves_lines_to_lower_shift_and_widths_are_voigt() -> None:
    times = np.arange(8192) * 5e-4
    given = conditions(2, shift_hz=np.array([0.0, 20.0]), lorentzian_hz=np.full(2, 4.0), gaussian_hz=np.full(2, 6.0))
    lines = spectrum(modulated(np.ones((2, 1)), np.ones((1, 8192)), times, given)).real
    frequencies = np.fft.fftshift(np.fft.fftfreq(8192, 5e-4))
    assert frequencies[lines.argmax(axis=1)] == pytest.approx([0.0, 20.0], abs=0.25)
    above = frequencies[lines[0] > lines[0].max() / 2]
    assert above[-1] - above[0] == pytest.approx(float(singlet_width_hz(np.array(4.0), np.array(6.0))), abs=0.6)


def test_the_noise_gives_the_ratio_asked_for(head_of_ellipsoids: Anatomy, ideal: MrsiScan) -> None:
    noisy = replace(IDEAL_EPSI, signal_to_noise=15.0)
    clean, seen = ideal, mrsi_scan(head_of_ellipsoids, noisy, seed=0)
    noise = spectrum(seen.spectra.fid - clean.spectra.fid).real.std()
    normal = (clean.truth.brain.data > 0.8) & (clean.truth.choline_naa.data < 0.18) & (clean.truth.excited.data > 0.8)
    ppm = clean.spectra.chemical_shifts_ppm()
    highest = spectrum(clean.spectra.fid[normal]).real[:, (ppm > 0.5) & (ppm < 4.2)].max(axis=1)
    assert np.median(highest) / noise == pytest.approx(15.0, rel=0.1)


def test_tumour_and_necrosis_look_as_they_should(ideal: MrsiScan) -> None:
    truth = ideal.truth
    mirror, middle = voxel_at(ideal, TUMOUR_MM * [-1, 1, 1]), voxel_at(ideal, TUMOUR_MM)
    rim = voxel_at(ideal, TUMOUR_MM + np.array([0.0, 14.0, 0.0]))
    assert truth.choline_naa.data[mirror] == pytest.approx(0.173, abs=0.01)
    assert truth.choline_naa.data[rim] > 1.0
    assert truth.concentrations["Lip13"].data[middle] > 20 > 10 * truth.concentrations["Lip13"].data[mirror]
    assert truth.concentrations["NAA"].data[middle] < 2 < 7 < truth.concentrations["NAA"].data[mirror]


def test_the_truth_averages_the_anatomy_over_the_point_spread(head_of_ellipsoids: Anatomy, ideal: MrsiScan) -> None:
    fine = concentrations(head_of_ellipsoids, ["GPC"], idh_mutant=False)["GPC"]
    low, high = ideal.spectra.grid.bounds_mm()
    z = fine.grid.voxel_centres_mm()[0, 0, :, 2]
    inside = (z > low[2] + 20) & (z < high[2] - 20)
    seen = ideal.truth.concentrations["GPC"]
    z_seen = seen.grid.voxel_centres_mm()[0, 0, :, 2]
    seen_inside = (z_seen > low[2] + 20) & (z_seen < high[2] - 20)
    per_mm = fine.data[:, :, inside].sum(dtype=float) * 9.0 / inside.sum()
    assert seen.data[:, :, seen_inside].sum() * 81.0 / seen_inside.sum() == pytest.approx(per_mm, rel=0.02)


def test_fat_leaks_into_the_brain_beside_the_scalp(head_of_ellipsoids: Anatomy, ideal: MrsiScan) -> None:
    only_fat = replace(IDEAL_EPSI, imperfections=replace(PERFECT, lipid_left=0.01))
    scan = mrsi_scan(head_of_ellipsoids, only_fat, seed=0)
    difference = scan.spectra.fid - ideal.spectra.fid
    strength = np.abs(difference).max(axis=-1)
    scalp, cortex, middle = (voxel_at(scan, np.array([0.0, y, 0.0])) for y in (92.0, 78.0, 20.0))
    assert strength[scalp] > 3 * strength[cortex] > 9 * strength[middle]
    ppm = scan.spectra.chemical_shifts_ppm() + 0.0
    assert abs(ppm[np.abs(spectrum(difference[scalp])).argmax()] - 1.3) < 0.3


def test_water_is_suppressed_but_not_in_the_reference(real: MrsiScan) -> None:
    voxel = voxel_at(real, TUMOUR_MM * [-1, 1, 1])
    assert real.spectra.water is not None
    ppm = real.spectra.chemical_shifts_ppm() + real.truth.field_hz.data[voxel] / EPSI.frequency_mhz
    reference, suppressed = (np.abs(spectrum(s[voxel])) for s in (real.spectra.water, real.spectra.fid))
    assert abs(ppm[reference.argmax()] - 4.65) < 0.03
    near = np.abs(ppm - 4.65) < 0.2
    assert 1e-4 < suppressed[near].max() / reference.max() < 0.03
    # by hand: white matter, 111 mol/L of protons x .70, TE 50 ms / T2 80 ms, TR 1.55 s / T1 .832 s
    assert np.abs(real.spectra.water[voxel][0]) == pytest.approx(
        111e3 * 0.70 * 0.5353 * 0.8448 * real.truth.sensitivity.data[voxel], rel=0.03
    )


def test_the_same_seed_gives_the_same_scan(head_of_ellipsoids: Anatomy, real: MrsiScan) -> None:
    again, other = (mrsi_scan(head_of_ellipsoids, COARSE_EPSI, seed=s) for s in (0, 1))
    np.testing.assert_array_equal(real.spectra.fid, again.spectra.fid)
    assert np.any(real.spectra.fid != other.spectra.fid)
    np.testing.assert_array_equal(real.truth.choline_naa.data, other.truth.choline_naa.data)


def test_the_box_moves_with_chemical_shift_by_bandwidth(head_of_ellipsoids: Anatomy) -> None:
    line = Grid.centred((400, 400, 400), (0.5, 0.5, 0.5))
    box = np.array([[-40.0, -50.0, -25.0], [40.0, 50.0, 25.0]])
    position = np.arange(400) * 0.5 - 99.75
    for axis, (size, bandwidth) in enumerate(zip((80.0, 100.0, 50.0), PRESS_BOX.bandwidth_hz, strict=True)):
        naa, choline = (excitation_profiles(line, box, PRESS_BOX, ppm)[axis] for ppm in (2.01, 3.21))
        apart = np.average(position, weights=choline) - np.average(position, weights=naa)
        assert apart == pytest.approx(size * 1.2 * 123.25 / bandwidth, abs=0.02)
    naa = excitation_profiles(line, box, EPSI, 2.01)
    assert naa[0].min() == 1.0


def test_a_box_sees_nothing_outside_and_the_truth_inside(head_of_ellipsoids: Anatomy) -> None:
    scan = mrsi_scan(head_of_ellipsoids, IDEAL_PRESS, seed=0)
    strength = np.abs(scan.spectra.fid[..., 0])
    centres = scan.spectra.grid.voxel_centres_mm()
    margin = 20.0
    outside = np.any((centres < scan.box_mm[0] - margin) | (centres > scan.box_mm[1] + margin), axis=-1)
    assert strength[outside].max() < 0.1 * strength.max()
    assert scan.truth.brain.data.max() < 1.05  # nothing folds into the truth
    assert np.all(excited_volume_mm(head_of_ellipsoids, PRESS_BOX) == scan.box_mm)


def test_lactate_is_inverted_at_an_echo_time_of_135_ms(head_of_ellipsoids: Anatomy) -> None:
    scan = mrsi_scan(head_of_ellipsoids, IDEAL_PRESS, seed=0)
    basis = brain_basis(PRESS_BOX.sequence, 123.25, 5e-4, 1024)
    lactate = spectrum(basis.fid[basis.names.index("Lac")] * np.exp(-20 * PRESS_BOX.times_s())).real
    ppm = scan.spectra.chemical_shifts_ppm()
    assert lactate[np.abs(ppm - 1.31) < 0.15].min() < -3 * lactate[np.abs(ppm - 1.31) < 0.15].max()


def test_grids_cover_what_they_should(head_of_ellipsoids: Anatomy) -> None:
    grid = mrsi_grid(head_of_ellipsoids, EPSI)
    assert grid.spacing_mm == pytest.approx([6.25, 6.25, 10.0])
    low, high = grid.bounds_mm()
    assert low[0] <= -78 < 78 <= high[0]
    assert low[1] <= -96 < 96 <= high[1]
    assert all(n % 2 == 0 for n in grid.shape)


def test_an_anatomy_without_brain_is_refused() -> None:
    grid = Grid.centred((8, 8, 8), (4, 4, 4))
    air = np.ones(grid.shape, dtype=np.float32)
    nothing = Anatomy(grid, {Tissue.AIR: air}, 0 * air, StructureSet(()))
    with pytest.raises(ImpastoError, match="no brain"):
        mrsi_scan(nothing, EPSI, seed=0)
