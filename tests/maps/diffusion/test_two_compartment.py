"""Restricted and hindered water: known mixtures, a second solver, errors against repetition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import least_squares

from impasto.core import ImpastoError
from impasto.maps.diffusion import DiffusionReason, TwoCompartmentSettings, fit_two_compartments

_B = np.array([0.0, 700.0, 1500.0, 3000.0])
_AVERAGES = np.array([6.0, 20.0, 30.0, 40.0])


def _mixture(fraction: float, hindered: float, b: np.ndarray = _B, restricted: float = 0.1) -> np.ndarray:
    return 1000.0 * (fraction * np.exp(-1e-3 * b * restricted) + (1 - fraction) * np.exp(-1e-3 * b * hindered))


@settings(max_examples=40)
@given(st.floats(0.0, 0.8), st.floats(0.5, 3.0), st.floats(0.0, 0.3), st.booleans())
def test_noiseless_mixtures_are_taken_apart(fraction: float, hindered: float, restricted: float, three: bool) -> None:
    b = _B[[0, 1, 3]] if three else _B
    assumed = TwoCompartmentSettings(restricted_um2_per_ms=restricted)
    found = fit_two_compartments(_mixture(fraction, hindered, b, restricted)[None], b, assumed, noise=1.0)
    assert found.restricted_fraction[0] == pytest.approx(fraction, abs=1e-4)
    assert found.hindered_um2_per_ms[0] == pytest.approx(hindered, rel=1e-3)
    assert found.s0[0] == pytest.approx(1000.0, rel=1e-4)


def test_it_finds_what_a_general_solver_finds() -> None:
    signal = _mixture(0.25, 1.1) + np.random.default_rng(0).normal(0.0, 4.0, (10, 4))
    found = fit_two_compartments(signal, _B, averages=_AVERAGES)
    for voxel in range(10):

        def misfit(p: np.ndarray, measured: np.ndarray = signal[voxel]) -> np.ndarray:
            model = p[0] * (p[1] * np.exp(-1e-4 * _B) + (1 - p[1]) * np.exp(-1e-3 * _B * p[2]))
            return np.sqrt(_AVERAGES) * (model - measured)

        other = least_squares(misfit, [1000.0, 0.3, 1.0], xtol=1e-12, ftol=1e-12, x_scale=[1000.0, 0.1, 1.0])
        np.testing.assert_allclose(found.restricted_fraction[voxel], other.x[1], atol=2e-4)
        np.testing.assert_allclose(found.hindered_um2_per_ms[voxel], other.x[2], atol=2e-3)


@pytest.mark.parametrize("fraction", [0.0, 0.1, 0.4])
@pytest.mark.parametrize("knows_noise", [True, False])
def test_errors_are_calibrated(fraction: float, knows_noise: bool) -> None:
    spread = 30.0
    rng = np.random.default_rng(1)
    signal = _mixture(fraction, 1.2) + rng.normal(0.0, spread / np.sqrt(_AVERAGES), (8000, 4))
    found = fit_two_compartments(signal, _B, averages=_AVERAGES, noise=spread if knows_noise else None)
    error = found.restricted_fraction - fraction
    assert np.mean(np.abs(error) <= found.restricted_fraction_error) == pytest.approx(0.683, abs=0.02)
    assert np.mean(np.abs(found.hindered_um2_per_ms - 1.2) <= found.hindered_error) == pytest.approx(0.683, abs=0.02)
    assert abs(error.mean()) < 0.1 * error.std()


def test_three_shells_need_a_noise_for_their_errors() -> None:
    b = _B[[0, 1, 3]]
    found = fit_two_compartments(np.tile(_mixture(0.3, 1.0, b), (3, 1)), b)
    assert np.isnan(found.restricted_fraction_error).all()
    assert not found.reasons.any()


def test_odd_voxels_have_their_reasons() -> None:
    signal = np.stack([_mixture(-0.4, 1.0), _mixture(0.2, 5.0), np.zeros(4), np.full(4, np.nan)])
    found = fit_two_compartments(signal, _B, noise=1.0)
    names = [DiffusionReason(int(r)) for r in found.reasons]
    assert DiffusionReason.IMPLAUSIBLE_FRACTION in names[0]
    assert DiffusionReason.IMPLAUSIBLE_DIFFUSIVITY in names[1]
    assert names[2] == names[3] == DiffusionReason.UNDETERMINED
    assert np.isnan(found.restricted_fraction[2:]).all()


def test_unusable_input_is_refused() -> None:
    with pytest.raises(ImpastoError, match="2 b-values; measure three or more"):
        fit_two_compartments(np.ones((3, 3)), [0.0, 1000.0, 1000.0])
    with pytest.raises(ImpastoError, match="signals of shape"):
        fit_two_compartments(np.ones((3, 2)), _B)
    with pytest.raises(ImpastoError, match="three rising diffusivities"):
        TwoCompartmentSettings(restricted_um2_per_ms=0.5)
