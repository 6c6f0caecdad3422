"""Concentrations by water against voxels built from moles, published water contents, and a volunteer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.relaxation import (
    METABOLITE_RELAXATION_3T,
    WATER_RELAXATION_3T,
    AcquisitionTiming,
    ReferenceConstants,
    Relaxation,
)
from impasto.maps.spectroscopy.signal import broadening
from impasto.maps.spectroscopy.water_reference import (
    TissueShares,
    WaterAmplitude,
    molal_concentrations,
    molar_concentrations,
    water_amplitude,
)

FREQUENCY_MHZ, DWELL_S, POINTS = 123.25, 5e-4, 512
TIMES_S = DWELL_S * np.arange(POINTS)
TIMING = AcquisitionTiming(0.030, 2.0)


def fit_of(amplitudes, names=("NAA", "Cr"), relative_error=0.05):
    amplitudes = np.atleast_2d(np.asarray(amplitudes, dtype=float))
    covariance = np.array([np.diag(np.square(relative_error * row)) for row in amplitudes])
    return SpectralFit(names, amplitudes, covariance, *(np.zeros(len(amplitudes)),) * 9)


def water_of(amplitude, error=0.0):
    amplitude = np.atleast_1d(np.asarray(amplitude, dtype=float))
    return WaterAmplitude(amplitude, np.full_like(amplitude, error))


def built_voxel(shares, per_litre_of_tissue):
    """Signals of a litre of voxel: protons of its water in three pools, and of metabolites in its tissue."""
    pools = zip(shares, (0.78, 0.65, 0.97), ((1.331, 0.110), (0.832, 0.0792), (3.817, 0.503)), strict=True)
    water = sum(
        share * content * 2 * 55510 * np.exp(-0.030 / t2) * (1 - np.exp(-2.0 / t1))
        for share, content, (t1, t2) in pools
    )
    tissue = shares[0] + shares[1]
    times = [METABOLITE_RELAXATION_3T[name] for name in ("NAA", "Cr")]
    left = [np.exp(-0.030 / time.t2_s) * (1 - np.exp(-2.0 / time.t1_s)) for time in times]
    return water, np.array(per_litre_of_tissue) * tissue * left


@pytest.mark.parametrize("shares", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.4, 0.4, 0.2), (0.3, 0.5, 0.1)])
def test_a_voxel_built_of_moles_gives_them_back_whatever_its_fluid(shares):
    water, metabolites = built_voxel(shares, (10.0, 8.0))
    tissue = TissueShares(*(np.array([share]) for share in shares))
    arguments = (fit_of(metabolites), water_of(water), tissue, TIMING)
    np.testing.assert_allclose(molar_concentrations(*arguments).amplitudes[0], [10.0, 8.0], rtol=1e-6)
    # a litre of tissue holds 0.78 or 0.65 kg of water
    kg_per_litre = (0.78 * shares[0] + 0.65 * shares[1]) / (shares[0] + shares[1])
    molal = molal_concentrations(*arguments).amplitudes[0]
    np.testing.assert_allclose(molal, np.array([10.0, 8.0]) / kg_per_litre, rtol=1e-6)


def test_without_relaxation_white_matter_has_the_customary_molarity_of_water():
    # 35.88 to 36.1 mol/L of water in white matter, 43.3 in grey matter, are the values in common use
    slow = Relaxation(1e-6, 1e9)
    constants = ReferenceConstants(dict.fromkeys(WATER_RELAXATION_3T, slow), {}, slow)
    for shares, water_mmol in (((0, 1, 0), 36080.0), ((1, 0, 0), 43300.0)):
        tissue = TissueShares(*(np.array([float(share)]) for share in shares))
        found = molar_concentrations(fit_of([1.0, 2.0]), water_of(2.0), tissue, TIMING, constants)
        np.testing.assert_allclose(found.amplitudes[0], [water_mmol, 2 * water_mmol], rtol=1e-3)
        molal = molal_concentrations(fit_of([1.0, 2.0]), water_of(2.0), tissue, TIMING, constants)
        np.testing.assert_allclose(molal.amplitudes[0], [55510.0, 111020.0], rtol=1e-6)


def test_errors_of_metabolite_and_water_add_and_the_waters_is_shared():
    rng = np.random.default_rng(0)
    draws = 40000
    amplitudes = np.array([9.0, 7.0]) * (1 + 0.05 * rng.standard_normal((draws, 2)))
    water = 4e4 * (1 + 0.03 * rng.standard_normal(draws))
    tissue = TissueShares(*(np.full(draws, share) for share in (0.5, 0.4, 0.1)))
    scattered = molal_concentrations(fit_of(amplitudes), water_of(water), tissue, TIMING).amplitudes
    one = TissueShares(*(np.array([share]) for share in (0.5, 0.4, 0.1)))
    told = molal_concentrations(fit_of([9.0, 7.0]), water_of(4e4, 0.03 * 4e4), one, TIMING)
    np.testing.assert_allclose(np.cov(scattered.T), told.covariance[0], rtol=0.06)
    # ratios do not know of the reference
    np.testing.assert_allclose(told.ratio(("NAA",), ("Cr",))[1], (9 / 7) * np.sqrt(2) * 0.05 * 1.0, rtol=0.1)


def test_voxels_without_tissue_or_water_have_no_concentration_and_broad_signals_no_relaxation():
    tissue = TissueShares(np.array([0.05, 0.5, 0.5]), np.zeros(3), np.array([0.9, 0.0, 0.0]))
    fit = fit_of(np.ones((3, 2)), ("NAA", "MM09"))
    found = molal_concentrations(fit, water_of([4e4, 0.0, 4e4]), tissue, TIMING)
    assert np.isnan(found.amplitudes[:2]).all()
    assert np.isnan(found.covariance[:2]).all()
    left = METABOLITE_RELAXATION_3T["NAA"].left_at_echo(TIMING)
    assert found.amplitudes[2, 1] == pytest.approx(left * found.amplitudes[2, 0])


def water(amplitudes, seed=0, noise=1.0, eddy_rad=0.4, lipid=0.0):
    rng = np.random.default_rng(seed)
    count = len(amplitudes)
    decay = broadening(TIMES_S, rng.uniform(2, 6, count), rng.uniform(2, 9, count))
    angles = 2 * np.pi * rng.uniform(-20, 20, (count, 1)) * TIMES_S + rng.uniform(-3, 3, (count, 1))
    fid = amplitudes[:, None] * decay * np.exp(1j * (angles + eddy_rad * np.exp(-TIMES_S / 0.04)))
    fat = np.exp(2j * np.pi * (4.65 - 1.3) * FREQUENCY_MHZ * TIMES_S - 60.0 * TIMES_S)
    channels = noise * rng.standard_normal((2, *fid.shape))
    return fid + lipid * amplitudes[:, None] * fat + channels[0] + 1j * channels[1]


@pytest.mark.parametrize(("lipid", "bound"), [(0.0, 0.001), (0.05, 0.005), (0.2, 0.03)])
def test_the_amplitude_of_water_is_found_through_eddy_currents_spoilt_samples_and_lipid(lipid, bound):
    amplitudes = np.random.default_rng(1).uniform(1e4, 3e4, 300)
    fid = water(amplitudes, lipid=lipid)
    fid[:, 0] *= 0.5
    fid[:, 1] *= 1.07
    found = water_amplitude(fid, DWELL_S, FREQUENCY_MHZ)
    assert np.quantile(np.abs(found.amplitude / amplitudes - 1.0), 0.95) < bound


def test_the_error_of_waters_amplitude_is_its_scatter():
    amplitudes = np.full(1000, 2e3)
    found = water_amplitude(water(amplitudes, noise=10.0), DWELL_S, FREQUENCY_MHZ, 2.0)
    z = (found.amplitude - 2.0 * amplitudes) / found.standard_error
    assert 0.8 < z.std() < 1.2
    assert abs(z.mean()) < 0.2


def test_a_volunteers_concentrations_are_those_of_normal_brain(reference_data):
    # ranges: Govindaraju 2000, table 1 (total NAA, creatine, choline, myo-inositol)
    from impasto.files import read_lcmodel_basis, read_spectra
    from impasto.maps.spectroscopy.basis_sampling import basis_at_frequency, resampled_basis, scaled_basis
    from impasto.maps.spectroscopy.linear_combination import fit_spectra
    from impasto.maps.spectroscopy.water_removal import remove_water

    folder = reference_data("mrs")
    spectra = read_spectra(folder / "sub-02_PRESS_35_act.sdat", folder / "sub-02_PRESS_35_ref.sdat")
    fid, reference = spectra.fid.reshape(1, -1), spectra.water.reshape(1, -1)
    basis = scaled_basis(read_lcmodel_basis(folder / "press_30ms_3T.basis"), "Cr", 5.0)
    basis = resampled_basis(basis_at_frequency(basis, spectra.frequency_mhz), spectra.dwell_s, fid.shape[1])
    fit = fit_spectra(remove_water(fid, spectra.dwell_s, spectra.frequency_mhz), spectra.dwell_s, basis)
    amplitude = water_amplitude(reference, spectra.dwell_s, spectra.frequency_mhz)
    tissue = TissueShares(np.array([0.4]), np.array([0.5]), np.array([0.1]))
    timing = AcquisitionTiming(spectra.echo_time_s, spectra.repetition_time_s)
    found = molar_concentrations(fit, amplitude, tissue, timing)
    for names, low, high in (
        (("NAA", "NAAG"), 8.0, 17.0),
        (("Cr", "PCr"), 5.0, 11.0),
        (("GPC", "PCh"), 0.9, 2.5),
        (("Ins",), 3.8, 8.5),
    ):
        value, error = found.total([name for name in names if name in found.names])
        assert low < value[0] < high, (names, value)
        assert 0.0 < error[0] < 0.2 * value[0]


def test_what_cannot_be_is_refused():
    tissue = TissueShares(np.array([0.5]), np.array([0.5]), np.array([0.0]))
    with pytest.raises(ImpastoError, match="not of the same voxels"):
        molal_concentrations(fit_of(np.ones((2, 2))), water_of([1.0, 1.0]), tissue, TIMING)
    with pytest.raises(ImpastoError, match="sum to more than one"):
        TissueShares(np.array([0.9]), np.array([0.5]), np.array([0.0]))
    with pytest.raises(ImpastoError, match="do not go together"):
        replace(TIMING, repetition_time_s=0.01)
    with pytest.raises(ImpastoError, match="give positive times"):
        Relaxation(0.0, 0.1)
    with pytest.raises(ImpastoError, match="is not enough"):
        water_amplitude(np.ones((1, 20), complex), DWELL_S, FREQUENCY_MHZ)
    with pytest.raises(ImpastoError, match="is not positive"):
        water_amplitude(np.ones((1, POINTS), complex), DWELL_S, FREQUENCY_MHZ, 0.0)
