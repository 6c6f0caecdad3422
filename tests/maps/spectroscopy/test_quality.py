"""Figures of quality and judgements of voxels: what is known of simulated spectra is found again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.artefact_simulation import Artefact, SpectraConditions, simulate_good, simulate_spoilt
from impasto.maps.spectroscopy.basis import brain_basis
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.pulse_sequences import Press
from impasto.maps.spectroscopy.quality import SpectralQuality, signals_as_fitted, spectral_quality
from impasto.maps.spectroscopy.rejection import QualityLimits, RejectionReason, rejection_reasons
from impasto.maps.spectroscopy.signal import broadening, voxel_signal

GOOD = SpectralQuality(
    signal_to_noise=np.full(3, 20.0),
    fwhm_hz=np.full(3, 8.0),
    fwhm_ppm=np.full(3, 0.065),
    cramer_rao_percent={"tNAA": np.full(3, 5.0), "tCho": np.full(3, 9.0), "tCr": np.full(3, 6.0)},
    residual=np.full(3, 1.1),
    residual_share=np.full(3, 0.05),
    lipid=np.full(3, 0.5),
    water=np.full(3, 0.5),
    artefact_probability=np.full(3, 0.1),
)


@pytest.fixture(scope="module")
def basis() -> BasisSet:
    return brain_basis(Press(0.035), 123.25, 8e-4, 400)


def made_fit(basis: BasisSet, count: int, **changed: np.ndarray) -> SpectralFit:
    """Build a fit of normal amplitudes, each known to a twentieth of its own."""
    amplitudes = np.tile(np.where(np.isin(basis.names, ["NAA", "PCr", "GPC"]), 8.0, 1.0), (count, 1))
    covariance = np.einsum("nm,mk->nmk", (0.05 * amplitudes) ** 2, np.eye(len(basis.names)))
    names = ("shift_hz", "zero_order_phase_rad", "first_order_phase_s", "lorentzian_hz", "gaussian_hz", "fwhm_hz")
    columns = {name: np.zeros(count) for name in names}
    columns |= {"signal_to_noise": np.full(count, 20.0), "noise": np.ones(count), "residual": np.ones(count)}
    return SpectralFit(basis.names, amplitudes, covariance, **{**columns, "fwhm_hz": np.full(count, 6.0), **changed})


def test_signals_as_fitted_are_those_before_shift_and_phase(basis: BasisSet):
    rng = np.random.default_rng(0)
    times_s = basis.dwell_s * np.arange(400)
    amplitudes = rng.uniform(1, 5, (6, len(basis.names)))
    decay = broadening(times_s, np.full(6, 3.0), np.full(6, 5.0))
    shift_hz, phase = rng.uniform(-20, 20, 6), rng.uniform(-3, 3, 6)
    still = voxel_signal(amplitudes, basis.fid, times_s, decay, 0 * shift_hz, 0 * phase)
    moved = voxel_signal(amplitudes, basis.fid, times_s, decay, shift_hz, phase)
    fit = made_fit(basis, 6, shift_hz=shift_hz, zero_order_phase_rad=phase)
    np.testing.assert_allclose(signals_as_fitted(moved, basis.dwell_s, fit), still, atol=2e-4 * np.abs(still).max())


def test_the_fits_delay_is_taken_off_in_the_sense_in_which_the_fit_means_it(basis: BasisSet):
    quiet = SpectraConditions(signal_to_noise=(150.0, 151.0), delay_s=1e-4, phase_rad=0.5, tumour_share=0.0)
    fid = simulate_good(basis, 24, np.random.default_rng(1), quiet)
    fit = fit_spectra(fid, basis.dwell_s, basis)
    again = fit_spectra(signals_as_fitted(fid, basis.dwell_s, fit), basis.dwell_s, basis)
    # zero-order phase and delay are well known together only: as the phase where the metabolites are
    middle_hz = (4.65 - 2.6) * basis.frequency_mhz
    before, after = (f.zero_order_phase_rad + 2 * np.pi * middle_hz * f.first_order_phase_s for f in (fit, again))
    assert np.median(np.abs(before)) > 0.2
    assert np.median(np.abs(after)) < 0.02
    assert np.median(np.abs(again.shift_hz)) < 0.1


def test_contamination_measures_the_height_of_added_lines(basis: BasisSet):
    times_s = basis.dwell_s * np.arange(400)
    fit = made_fit(basis, 3)
    decay = broadening(times_s, np.full(3, 0.0), np.full(3, 10.0))

    def lines(position_ppm: float, heights: list[float]) -> np.ndarray:
        turning = np.exp(2j * np.pi * (4.65 - position_ppm) * basis.frequency_mhz * times_s)
        return np.array(heights)[:, None] * decay * turning

    quality = spectral_quality(
        lines(2.01, [1, 1, 1]) + lines(3.03, [0.9, 0.9, 0.9]) + lines(1.3, [0.5, 6, 0]) + lines(4.7, [0, 0, 8]),
        basis.dwell_s,
        basis.frequency_mhz,
        fit,
    )
    # a magnitude line's tail at a distance d is 1 / (2 pi d T) of its height, T = .44 / FWHM the area under its decay:
    # of NAA .1 is left at 1.7 ppm (38 Hz), of the strong lipid .25 is added to the metabolites
    np.testing.assert_allclose(quality.lipid[:2], [0.5, 6.0], rtol=0.15)
    np.testing.assert_allclose(quality.lipid[2], 0.1, atol=0.1)
    np.testing.assert_allclose(quality.water[2], 8.0, rtol=0.15)
    assert quality.water[:2].max() < 0.2


def test_figures_of_the_fit_are_passed_on(basis: BasisSet):
    fid = simulate_good(basis, 4, np.random.default_rng(2))
    quality = spectral_quality(fid, basis.dwell_s, basis.frequency_mhz, made_fit(basis, 4))
    # tNAA: NAA 8 and NAAG 1, each known to a twentieth: sqrt(.4^2 + .05^2) / 9
    np.testing.assert_allclose(quality.cramer_rao_percent["tNAA"], 100 * (0.16 + 0.0025) ** 0.5 / 9)
    np.testing.assert_allclose(quality.fwhm_ppm, 6.0 / 123.25)
    np.testing.assert_allclose(quality.residual_share, 1.0 / 20.0)


def test_good_tumour_without_naa_is_kept(basis: BasisSet):
    tumour = SpectraConditions(signal_to_noise=(25.0, 80.0), tumour_share=1.0)
    fid = simulate_good(basis, 120, np.random.default_rng(3), tumour)
    fit = fit_spectra(fid, basis.dwell_s, basis)
    quality = spectral_quality(fid, basis.dwell_s, basis.frequency_mhz, fit)
    reasons = rejection_reasons(quality)
    uncertain_naa = quality.cramer_rao_percent["tNAA"] > 20.0
    assert uncertain_naa.sum() > 10
    assert (reasons[uncertain_naa] == 0).mean() > 0.85
    assert (reasons == 0).mean() > 0.93


@pytest.mark.parametrize(
    ("artefact", "reason"),
    [
        (Artefact.LOW_SIGNAL, RejectionReason.LOW_SIGNAL),
        (Artefact.BROAD_LINES, RejectionReason.BROAD_LINE),
        (Artefact.SPIKE, RejectionReason.RESIDUAL),
        (Artefact.SPURIOUS_ECHO, RejectionReason.CRAMER_RAO),
    ],
)
def test_artefacts_are_rejected_for_the_reason_they_have(basis: BasisSet, artefact: Artefact, reason: RejectionReason):
    fid = simulate_spoilt(artefact, basis, 80, np.random.default_rng(4))
    fit = fit_spectra(fid, basis.dwell_s, basis)
    reasons = rejection_reasons(spectral_quality(fid, basis.dwell_s, basis.frequency_mhz, fit))
    assert (reasons > 0).mean() > 0.95
    assert ((reasons & int(reason)) > 0).mean() > 0.5


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"signal_to_noise": 2.9}, RejectionReason.LOW_SIGNAL),
        ({"fwhm_ppm": 0.147}, RejectionReason.BROAD_LINE),
        ({"lipid": 5.1}, RejectionReason.LIPID),
        ({"water": 5.1}, RejectionReason.WATER),
        ({"artefact_probability": 0.51}, RejectionReason.ARTEFACT),
        ({"residual": 2.1, "residual_share": 0.11}, RejectionReason.RESIDUAL),
        ({"signal_to_noise": np.nan}, RejectionReason.LOW_SIGNAL),
    ],
)
def test_each_limit_rejects_for_its_own_reason_only(changed: dict[str, float], reason: RejectionReason):
    values = {name: np.array([value, *getattr(GOOD, name)[1:]]) for name, value in changed.items()}
    reasons = rejection_reasons(replace(GOOD, **values))
    assert RejectionReason(int(reasons[0])) is reason
    assert not reasons[1:].any()


def test_residual_must_be_large_over_noise_and_over_signal():
    for changed in ({"residual": np.full(3, 9.0)}, {"residual_share": np.full(3, 0.5)}):
        assert not rejection_reasons(replace(GOOD, **changed)).any()


def test_one_of_choline_and_naa_well_known_is_enough():
    bounds = {"tNAA": np.array([np.inf, 5.0, 30.0]), "tCho": np.array([8.0, 40.0, 30.0])}
    reasons = rejection_reasons(replace(GOOD, cramer_rao_percent=bounds))
    assert reasons.tolist() == [0, 0, int(RejectionReason.CRAMER_RAO)]
    assert not rejection_reasons(replace(GOOD, cramer_rao_percent={})).any()


def test_linewidth_limit_is_18_hz_at_3_tesla_and_grows_with_field():
    limits = QualityLimits()
    assert limits.fwhm_ppm * 123.25 == pytest.approx(18.0, abs=0.05)
    assert limits.fwhm_ppm * 297.2 == pytest.approx(43.4, abs=0.1)


def test_box_and_several_reasons_at_once():
    reasons = rejection_reasons(replace(GOOD, lipid=np.array([9.0, 0, 0])), inside_box=np.array([False, True, True]))
    assert RejectionReason(int(reasons[0])) == RejectionReason.LIPID | RejectionReason.OUTSIDE_BOX
    assert not reasons[1:].any()


def test_bad_input_says_what_is_wrong(basis: BasisSet):
    with pytest.raises(ImpastoError, match="do not belong"):
        spectral_quality(np.ones((2, 400), dtype=complex), basis.dwell_s, 123.25, made_fit(basis, 3))
    with pytest.raises(ImpastoError, match="box mask"):
        rejection_reasons(GOOD, inside_box=np.ones(2, dtype=bool))
    with pytest.raises(ImpastoError, match="lipid is 0"):
        QualityLimits(lipid=0.0)
