from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import nnls

from impasto.core import BasisSet, ImpastoError
from impasto.maps.spectroscopy.fit_curves import fit_curves
from impasto.maps.spectroscopy.fit_kernel import _non_negative
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.signal import broadening, voxel_signal

STIFF = FitSettings(baseline_freedom_per_ppm=2.0, usual_ratios=())
T_NAA, T_CR, T_CHO = ("NAA", "NAAG"), ("Cr", "PCr"), ("GPC", "PCh")


def signals(
    basis: BasisSet, amplitudes: np.ndarray, count: int, seed: int = 0
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Noise-free voxels of one composition at many shifts, phases and widths."""
    rng = np.random.default_rng(seed)
    times_s = np.arange(basis.fid.shape[1]) * basis.dwell_s
    truth = {
        "shift_hz": rng.uniform(-15, 15, count),
        "phase_rad": rng.uniform(-np.pi, np.pi, count),
        "lorentzian_hz": rng.uniform(1, 4, count),
        "gaussian_hz": rng.uniform(2, 9, count),
    }
    decay = broadening(times_s, truth["lorentzian_hz"], truth["gaussian_hz"])
    spread = np.broadcast_to(amplitudes, (count, len(amplitudes)))
    return voxel_signal(spread, basis.fid, times_s, decay, truth["shift_hz"], truth["phase_rad"]), truth


def with_noise(fid: np.ndarray, level: float, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return fid + level * (rng.standard_normal(fid.shape) + 1j * rng.standard_normal(fid.shape))


def test_all_parameters_are_recovered_without_noise(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, truth = signals(brain, usual_amplitudes, 200)
    fit = fit_spectra(with_noise(clean, 1e-3), brain.dwell_s, brain, STIFF)
    np.testing.assert_allclose(fit.shift_hz, truth["shift_hz"], atol=0.05)
    turned = np.angle(np.exp(1j * (fit.zero_order_phase_rad - truth["phase_rad"])))
    assert np.max(np.abs(turned)) < 0.02
    np.testing.assert_allclose(fit.lorentzian_hz, truth["lorentzian_hz"], atol=0.3)
    np.testing.assert_allclose(fit.gaussian_hz, truth["gaussian_hz"], atol=0.5)
    for names in (T_NAA, T_CR, T_CHO, ("Ins",), ("Glu",)):
        true = fit.weights(names) @ usual_amplitudes
        np.testing.assert_allclose(fit.total(names)[0], true, rtol=0.015)


@pytest.mark.parametrize("seed", range(5))
def test_non_negative_amplitudes_are_lawson_and_hansons(seed: int) -> None:
    rng = np.random.default_rng(seed)
    design = rng.normal(size=(60, 12)) + rng.normal(size=(60, 1))
    data = design @ rng.normal(size=12) + 0.1 * rng.normal(size=60)
    amplitudes = np.maximum(rng.normal(size=12), 0.0)
    _non_negative(design.T @ design, design.T @ data, amplitudes, np.empty((12, 12)))
    np.testing.assert_allclose(amplitudes, nnls(design, data)[0], atol=1e-6)


def test_standard_errors_are_the_spread_over_repeated_noise(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 1, seed=3)
    repeated = with_noise(np.repeat(clean, 1500, axis=0), 6.0)
    fit = fit_spectra(repeated, brain.dwell_s, brain, STIFF)
    for names in (T_NAA, T_CR, T_CHO):
        amplitude, error = fit.total(names)
        assert np.std(amplitude) / np.median(error) == pytest.approx(1.0, abs=0.15)
    ratio, error = fit.ratio(T_CHO, T_NAA)
    assert np.std(ratio) / np.median(error) == pytest.approx(1.0, abs=0.15)


def test_noise_and_residual_are_those_put_in(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 300)
    fit = fit_spectra(with_noise(clean, 2.5), brain.dwell_s, brain, STIFF)
    assert np.median(fit.noise) == pytest.approx(2.5, rel=0.03)
    assert np.median(fit.residual) == pytest.approx(1.0, abs=0.05)


def test_units_of_the_scanner_do_not_matter(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 20)
    noisy = with_noise(clean, 2.0)
    one = fit_spectra(noisy, brain.dwell_s, brain, STIFF)
    other = fit_spectra(noisy * 1e-7, brain.dwell_s, brain, STIFF)
    np.testing.assert_allclose(other.amplitudes * 1e7, one.amplitudes, rtol=2e-3, atol=2e-2)
    np.testing.assert_allclose(other.signal_to_noise, one.signal_to_noise, rtol=1e-3)


def test_blocks_do_not_change_the_result(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 30)
    noisy = with_noise(clean, 2.0)
    whole = fit_spectra(noisy, brain.dwell_s, brain, STIFF)
    parts = fit_spectra(noisy, brain.dwell_s, brain, replace(STIFF, block=7))
    np.testing.assert_allclose(parts.amplitudes, whole.amplitudes, rtol=1e-4, atol=1e-3)


def test_a_smooth_baseline_is_not_taken_for_metabolites(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 100)
    times_s = np.arange(clean.shape[1]) * brain.dwell_s
    roll = 300.0 * np.exp(2j * np.pi * 250.0 * times_s - (np.pi * 120.0 * times_s) ** 2)
    fit = fit_spectra(with_noise(clean + roll, 0.5), brain.dwell_s, brain, replace(STIFF, baseline_freedom_per_ppm=4.0))
    amplitude = fit.total(T_NAA)[0]
    assert np.median(np.abs(amplitude / 10.2 - 1.0)) < 0.03


def test_noise_alone_gives_no_significant_metabolite(brain: BasisSet) -> None:
    noise = with_noise(np.zeros((300, brain.fid.shape[1]), dtype=complex), 1.0)
    fit = fit_spectra(noise, brain.dwell_s, brain, STIFF)
    amplitude, error = fit.total(T_CR)
    assert np.all(fit.amplitudes >= 0.0)
    assert np.mean(amplitude > 3.0 * error) < 0.1
    assert np.isfinite(error).all()


def test_silent_voxels_give_zeros(brain: BasisSet) -> None:
    fit = fit_spectra(np.zeros((3, brain.fid.shape[1]), dtype=complex), brain.dwell_s, brain)
    assert np.all(fit.amplitudes == 0.0)
    assert fit_spectra(np.zeros((0, brain.fid.shape[1]), dtype=complex), brain.dwell_s, brain).amplitudes.shape == (
        0,
        8,
    )


def test_usual_ratios_hold_what_noise_would_inflate(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    from impasto.maps.spectroscopy.amplitude_ratios import UsualRatio

    clean, _ = signals(brain, usual_amplitudes, 300)
    noisy = with_noise(clean, 8.0)
    expected = UsualRatio("Lac", 0.8 / 13.1, 0.02, {"Cr": 1.0, "PCr": 1.0, "NAA": 0.6})
    free = fit_spectra(noisy, brain.dwell_s, brain, STIFF)
    held = fit_spectra(noisy, brain.dwell_s, brain, replace(STIFF, usual_ratios=(expected,)))
    assert np.std(held.total(("Lac",))[0]) < 0.5 * np.std(free.total(("Lac",))[0])


def test_curves_add_up_to_what_was_fitted(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    clean, _ = signals(brain, usual_amplitudes, 4)
    noisy = with_noise(clean, 1.0)
    fit = fit_spectra(noisy, brain.dwell_s, brain, STIFF)
    curves = fit_curves(noisy[2], brain, fit, 2, STIFF)
    assert curves.shifts_ppm[0] > curves.shifts_ppm[-1]
    assert np.std(curves.residual) == pytest.approx(1.0, abs=0.15)
    peak = curves.shifts_ppm[np.argmax(curves.components["NAA"])]
    assert peak == pytest.approx(2.01, abs=0.02)


def test_sums_without_a_member_are_refused(brain: BasisSet, usual_amplitudes: np.ndarray) -> None:
    fit: SpectralFit = fit_spectra(signals(brain, usual_amplitudes, 1)[0], brain.dwell_s, brain)
    with pytest.raises(ImpastoError, match="not in the fitted basis set"):
        fit.total(("2HG",))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda basis: replace(basis, dwell_s=4e-4), "resample"),
        (lambda basis: replace(basis, fid=basis.fid[:, :300]), "longer"),
        (lambda basis: basis.without(("NAA", "NAAG", "Cr", "PCr", "GPC")), "no singlet"),
    ],
)
def test_a_basis_that_does_not_fit_is_refused(brain: BasisSet, change: object, problem: str) -> None:
    assert callable(change)
    with pytest.raises(ImpastoError, match=problem):
        fit_spectra(np.ones((1, 512), dtype=complex), 5e-4, change(brain))


def test_signals_that_are_not_signals_are_refused(brain: BasisSet) -> None:
    for wrong in (np.ones((2, 512)), np.ones(512, dtype=complex), np.full((1, 512), np.nan + 0j)):
        with pytest.raises(ImpastoError, match="voxel, time"):
            fit_spectra(wrong, brain.dwell_s, brain)
