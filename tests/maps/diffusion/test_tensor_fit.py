"""The tensor fit against known tensors, a second solver and dipy; its errors against repetition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from tests.maps.diffusion.simulated import S0, fibres, gradient_table, measured, unit_vectors

from impasto.core import GradientTable, ImpastoError
from impasto.maps.diffusion import (
    DiffusionReason,
    FitSettings,
    TensorFit,
    axial_tensor,
    diffusion_signal,
    eigenvalues,
    fit_tensor,
    fractional_anisotropy,
    mean_diffusivity,
    principal_direction,
    tensor_from_eigensystem,
)


@settings(max_examples=30)
@given(st.lists(st.floats(0.05, 3.0), min_size=3, max_size=3), st.floats(1e-3, 1e5), st.integers(0, 2**31))
def test_noiseless_signals_lead_back_to_their_tensor(values: list[float], s0: float, seed: int) -> None:
    axes = Rotation.random(4, random_state=seed).as_matrix()
    tensor = tensor_from_eigensystem(np.tile(values, (4, 1)), axes)
    table = gradient_table(6, 1)
    found = fit_tensor(diffusion_signal(np.full(4, s0), tensor, table), table)
    np.testing.assert_allclose(found.tensor_um2_per_ms, tensor, atol=1e-8)
    np.testing.assert_allclose(found.s0, s0, rtol=1e-8)
    np.testing.assert_allclose(found.eigenvalues_um2_per_ms, np.tile(sorted(values)[::-1], (4, 1)), atol=1e-6)
    np.testing.assert_allclose(found.mean_diffusivity_um2_per_ms, np.mean(values), atol=1e-8)
    np.testing.assert_allclose(found.anisotropy, fractional_anisotropy(np.array(values)), atol=1e-6)


@settings(max_examples=30)
@given(st.integers(0, 2**31))
def test_axes_are_those_of_lapack(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tensor = rng.normal(0.8, 0.5, (50, 6))
    tensor[:5] = axial_tensor(np.full(5, 0.9), np.full(5, 0.9), unit_vectors(5, seed))
    table = gradient_table(12, 2)
    found = fit_tensor(diffusion_signal(np.full(50, S0), tensor, table), table)
    truth = eigenvalues(tensor)
    np.testing.assert_allclose(found.eigenvalues_um2_per_ms, truth, atol=2e-6)
    apart = truth[:, 0] - truth[:, 1] > 0.01
    along = np.abs((found.principal_direction * principal_direction(tensor)).sum(axis=1))
    np.testing.assert_allclose(along[apart], 1.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(found.principal_direction, axis=1), 1.0, atol=1e-6)


@pytest.mark.parametrize("signal_to_noise", [30.0, 6.0])
def test_it_is_the_weighted_least_squares_of_a_second_solver(signal_to_noise: float) -> None:
    table = gradient_table(10, 3, (700.0, 1400.0))
    signal = measured(fibres(1.6, 0.35, 40, 1), table, signal_to_noise, 2)
    found = fit_tensor(signal, table)
    g, b = table.directions, 1e-3 * table.b_values_s_per_mm2
    x, y, z = g.T
    design = np.stack(
        [-b * x * x, -2 * b * x * y, -2 * b * x * z, -b * y * y, -2 * b * y * z, -b * z * z, b**0], axis=1
    )
    for voxel in range(40):
        logarithm = np.log(signal[voxel])
        first = np.linalg.lstsq(design, logarithm, rcond=None)[0]
        weights = np.exp(design @ first)
        second = np.linalg.lstsq(design * weights[:, None], logarithm * weights, rcond=None)[0]
        np.testing.assert_allclose(found.tensor_um2_per_ms[voxel], second[:6], atol=1e-8)


@pytest.mark.parametrize(("directions", "unweighted", "signal_to_noise"), [(6, 4, 30.0), (30, 5, 15.0)])
def test_it_equals_dipy(directions: int, unweighted: int, signal_to_noise: float) -> None:
    dti = pytest.importorskip("dipy.reconst.dti", reason="dipy is not installed")
    gradients = pytest.importorskip("dipy.core.gradients")
    table = gradient_table(directions, unweighted)
    signal = measured(fibres(1.4, 0.5, 500, 3), table, signal_to_noise, 4)
    theirs = gradients.gradient_table(table.b_values_s_per_mm2, bvecs=table.directions, b0_threshold=1)
    peer = dti.TensorModel(theirs, fit_method="WLS").fit(signal)
    found = fit_tensor(signal, table)
    positive = found.eigenvalues_um2_per_ms[:, 2] > 0.0
    full = 1e3 * peer.quadratic_form[positive]
    components = full[:, [0, 0, 0, 1, 1, 2], [0, 1, 2, 1, 2, 2]]
    np.testing.assert_allclose(found.tensor_um2_per_ms[positive], components, atol=1e-6)
    np.testing.assert_allclose(found.anisotropy, peer.fa, atol=1e-6)


def _inside(error: np.ndarray, standard_error: np.ndarray) -> float:
    return float(np.mean(np.abs(error) <= standard_error))


@pytest.mark.parametrize(("directions", "unweighted", "signal_to_noise"), [(6, 4, 30.0), (12, 4, 30.0), (30, 5, 20.0)])
@pytest.mark.parametrize(
    ("axial", "radial", "tolerance"), [(1.7, 0.2, 0.02), (1.6, 0.33, 0.02), (1.2, 0.6, 0.03), (0.83, 0.83, 0.03)]
)
def test_errors_are_calibrated(
    directions: int, unweighted: int, signal_to_noise: float, axial: float, radial: float, tolerance: float
) -> None:
    table = gradient_table(directions, unweighted)
    found = fit_tensor(measured(fibres(axial, radial, 12_000, 5), table, signal_to_noise, 6), table)
    values = np.array([axial, radial, radial])
    md = found.mean_diffusivity_um2_per_ms - mean_diffusivity(values)
    fa = found.anisotropy - fractional_anisotropy(values)
    assert _inside(md, found.mean_diffusivity_error) == pytest.approx(0.683, abs=0.02)
    assert _inside(fa, found.anisotropy_error) == pytest.approx(0.683, abs=tolerance)
    assert abs(md.mean()) < 0.1 * md.std()
    corrected = found.corrected_anisotropy - fractional_anisotropy(values)
    assert abs(corrected.mean()) < max(0.006, 0.45 * abs(fa.mean()))


@pytest.mark.parametrize(("axial", "radial"), [(0.95, 0.75), (1.15, 0.85), (1.75, 1.2)])
def test_errors_of_small_anisotropy_are_of_the_right_size(axial: float, radial: float) -> None:
    # one to five errors from isotropy they are neither Gaussian nor even, and what noise adds depends on chance
    table = gradient_table(30, 5)
    found = fit_tensor(measured(fibres(axial, radial, 12_000, 5), table, 20.0, 6), table)
    error = found.anisotropy - fractional_anisotropy(np.array([axial, radial, radial]))
    assert 0.60 < _inside(error, found.anisotropy_error) < 0.76
    # below two errors the interval is drawn out to zero, and so larger than the error usually is
    ratio = np.sqrt(np.mean(found.anisotropy_error**2) / np.mean(error**2))
    assert 0.95 < ratio < 1.3


def test_a_given_noise_sets_the_errors_and_few_voxels_rest_on_their_own() -> None:
    table = gradient_table(30, 5)
    signal = measured(fibres(1.5, 0.4, 40, 7), table, 25.0, 8)
    given_noise = fit_tensor(signal, table, FitSettings(noise_standard_deviation=20.0))
    doubled = fit_tensor(signal, table, FitSettings(noise_standard_deviation=40.0))
    assert (given_noise.noise == 20.0).all()
    np.testing.assert_allclose(doubled.mean_diffusivity_error, 2.0 * given_noise.mean_diffusivity_error, rtol=1e-5)
    alone = fit_tensor(signal, table).noise
    assert alone.std() / alone.mean() == pytest.approx(1.0 / np.sqrt(2 * 28), rel=0.35)
    assert alone.mean() == pytest.approx(40.0, rel=0.1)


def test_units_of_the_signal_and_blocks_do_not_matter() -> None:
    table = gradient_table(12, 2)
    signal = measured(fibres(1.5, 0.4, 300, 9), table, 20.0, 10)
    whole, small = fit_tensor(signal, table), fit_tensor(1e-6 * signal, table, FitSettings(block=17))
    np.testing.assert_allclose(small.tensor_um2_per_ms, whole.tensor_um2_per_ms, atol=1e-9)
    np.testing.assert_allclose(small.anisotropy_error, whole.anisotropy_error, rtol=1e-4)
    np.testing.assert_allclose(small.noise, 1e-6 * whole.noise, rtol=1e-6)
    np.testing.assert_array_equal(small.reasons, whole.reasons)


def test_averages_count_as_often_as_they_were_taken() -> None:
    table = gradient_table(6, 4)
    signal = diffusion_signal(np.full(30, S0), fibres(1.5, 0.4, 30, 11), table)
    signal[:, 0:4] *= np.random.default_rng(12).normal(1.0, 0.003, (30, 4))
    averaged = np.concatenate([signal[:, :4].mean(axis=1, keepdims=True), signal[:, 4:]], axis=1)
    short = GradientTable(table.b_values_s_per_mm2[3:], table.directions[3:])
    counts = np.array([4.0, *[1.0] * 6])
    noise = FitSettings(noise_standard_deviation=10.0)
    together, apart = fit_tensor(averaged, short, noise, counts), fit_tensor(signal, table, noise)
    np.testing.assert_allclose(together.tensor_um2_per_ms, apart.tensor_um2_per_ms, atol=3e-5)
    np.testing.assert_allclose(together.mean_diffusivity_error, apart.mean_diffusivity_error, rtol=1e-3)


def _reasons(found: TensorFit, voxel: int) -> DiffusionReason:
    return DiffusionReason(int(found.reasons[voxel]))


def test_every_failure_has_its_reason() -> None:
    table = gradient_table(12, 3)
    tensor = np.concatenate([fibres(1.5, 0.4, 200, 13), axial_tensor(3.3, 3.3, unit_vectors(1, 0))])
    signal = measured(tensor, table, 40.0, 14)
    signal[0] = 0.0
    signal[1, 4] = np.nan
    signal[2, 3:9] = -1.0
    signal[2, :3] = 0.0
    signal[3] = diffusion_signal(S0, axial_tensor(1.5, -0.2, unit_vectors(1, 1)[0]), table)
    signal[4] = np.random.default_rng(0).rayleigh(S0 / 40.0, 15)
    found = fit_tensor(signal, table, FitSettings(greatest_diffusivity_um2_per_ms=2.5))
    assert _reasons(found, 0) == (DiffusionReason.NO_SIGNAL | DiffusionReason.UNDETERMINED | DiffusionReason.MISSING)
    assert _reasons(found, 1) == DiffusionReason.MISSING
    assert DiffusionReason.UNDETERMINED in _reasons(found, 2)
    assert _reasons(found, 3) == DiffusionReason.NEGATIVE_EIGENVALUE
    assert DiffusionReason.NO_SIGNAL in _reasons(found, 4)
    assert DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY | DiffusionReason.NOISE_FLOOR in _reasons(found, 200)
    assert not found.reasons[5:200].any()
    assert np.isnan(found.mean_diffusivity_um2_per_ms[[0, 2]]).all()
    assert 0.0 <= found.anisotropy[3] <= 1.0
    clean = np.delete(np.arange(15), 4)
    without = fit_tensor(signal[1:2, clean], GradientTable(table.b_values_s_per_mm2[clean], table.directions[clean]))
    np.testing.assert_allclose(found.tensor_um2_per_ms[1], without.tensor_um2_per_ms[0], atol=1e-9)


def test_outliers_are_found_and_left_out() -> None:
    table = gradient_table(30, 5)
    tensor = fibres(1.5, 0.4, 4000, 15)
    clean = measured(tensor, table, 25.0, 16)
    rng = np.random.default_rng(17)
    bad = rng.random(clean.shape) < 0.03
    spoilt = np.where(bad, clean * rng.choice([0.3, 2.0], size=clean.shape), clean)
    robust = FitSettings(rejects_outliers=True)
    truth = fractional_anisotropy(np.array([1.5, 0.4, 0.4]))
    errors = {
        name: np.sqrt(np.mean((fit_tensor(signal, table, how).anisotropy - truth) ** 2))
        for name, signal, how in (
            ("clean", clean, FitSettings()),
            ("clean, robust", clean, robust),
            ("spoilt", spoilt, FitSettings()),
            ("spoilt, robust", spoilt, robust),
        )
    }
    assert errors["clean, robust"] < 1.06 * errors["clean"]
    assert errors["spoilt"] > 2.0 * errors["clean"]
    assert errors["spoilt, robust"] < 1.15 * errors["clean"]
    found = fit_tensor(spoilt, table, robust)
    assert found.outlier_count.sum() == pytest.approx(bad.sum(), rel=0.1)
    flagged = (found.reasons & int(DiffusionReason.OUTLIERS)) != 0
    np.testing.assert_array_equal(flagged, found.outlier_count > 0)
    md = found.mean_diffusivity_um2_per_ms - 2.3 / 3.0
    assert _inside(md, found.mean_diffusivity_error) == pytest.approx(0.683, abs=0.05)


def test_unusable_input_is_refused() -> None:
    table = gradient_table(6, 1)
    with pytest.raises(ImpastoError, match="signals of shape"):
        fit_tensor(np.ones((5, 6)), table)
    three = gradient_table(3, 2)
    with pytest.raises(ImpastoError, match="5 measurements do not determine the model's 7 parameters"):
        fit_tensor(np.ones((5, 5)), three)
    with pytest.raises(ImpastoError, match="one positive count a measurement"):
        fit_tensor(np.ones((5, 7)), table, averages=np.zeros(7))
    with pytest.raises(ImpastoError, match="outlier_threshold is -1"):
        FitSettings(outlier_threshold=-1.0)
    with pytest.raises(ImpastoError, match="unknown weighting"):
        FitSettings(weighting="log")  # type: ignore[arg-type]


def test_no_voxels_give_empty_maps() -> None:
    found = fit_tensor(np.empty((0, 7)), gradient_table(6, 1), FitSettings(rejects_outliers=True))
    assert found.tensor_um2_per_ms.shape == (0, 6)
    assert found.reasons.shape == (0,)
