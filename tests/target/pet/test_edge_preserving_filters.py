"""Anisotropic diffusion and the bilateral filter against heat flow, Gaussian means and steps."""

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.target.pet.anisotropic_diffusion import anisotropic_diffusion
from impasto.target.pet.bilateral import bilateral_filter

UNIT = (1.0, 1.0, 1.0)


def noisy_step(noise=0.1):
    step = np.zeros((16, 16, 16))
    step[8:] = 2.0
    return step + noise * np.random.default_rng(4).standard_normal(step.shape), step


def test_without_edges_diffusion_is_heat_flow():
    place = np.arange(31) - 15.0
    radius2 = sum(np.meshgrid(place**2, place**2, place**2, indexing="ij"))
    blob = np.exp(-0.5 * radius2 / 2.0**2)
    found = anisotropic_diffusion(blob, UNIT, edge_difference=1e4, iterations=9).astype(float)
    # variance grows by twice the time, here 1/6 a step
    assert np.sum(found * radius2) / found.sum() / 3.0 == pytest.approx(4.0 + 9 * 2.0 / 6.0, rel=1e-3)


def test_diffusion_keeps_the_mean_and_steps_and_loses_noise():
    noisy, step = noisy_step()
    found = anisotropic_diffusion(noisy, UNIT, edge_difference=0.2, iterations=12)
    assert found.mean(dtype=float) == pytest.approx(noisy.mean(), abs=1e-6)
    assert (found - step)[2:6].std() < 0.5 * (noisy - step)[2:6].std()
    assert found[8].mean() - found[7].mean() > 1.75


def test_thick_slices_exchange_less():
    blob = np.zeros((9, 9, 9))
    blob[4, 4, 4] = 1.0
    found = anisotropic_diffusion(blob, (1.0, 1.0, 2.0), edge_difference=1e4, iterations=1)
    assert found[4, 4, 5] == pytest.approx(found[4, 5, 4] / 4.0, rel=1e-5)


def test_bilateral_weights_are_those_of_its_formula():
    values = np.random.default_rng(5).random((7, 7, 7))
    found = bilateral_filter(values, (1.0, 1.5, 2.0), distance_mm=1.3, difference=0.4)
    offsets = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), axis=-1) * (1.0, 1.5, 2.0)
    apart = np.linalg.norm(offsets, axis=-1)
    weight = np.exp(-0.5 * (apart / 1.3) ** 2 - 0.5 * ((values - values[3, 3, 3]) / 0.4) ** 2) * (apart <= 2.6)
    assert found[3, 3, 3] == pytest.approx(np.sum(weight * values) / weight.sum(), rel=1e-5)


def test_bilateral_keeps_steps_and_loses_noise():
    noisy, step = noisy_step()
    found = bilateral_filter(noisy, UNIT, distance_mm=1.5, difference=0.3)
    assert (found - step)[2:6].std() < 0.4 * (noisy - step)[2:6].std()
    assert found[8].mean() - found[7].mean() == pytest.approx(2.0, abs=0.05)


def test_widths_that_are_not_positive_are_refused():
    with pytest.raises(ImpastoError, match="edge difference of 0"):
        anisotropic_diffusion(np.ones((3, 3, 3)), UNIT, 0.0, 1)
    with pytest.raises(ImpastoError, match="widths of 1 mm and 0"):
        bilateral_filter(np.ones((3, 3, 3)), UNIT, 1.0, 0.0)
