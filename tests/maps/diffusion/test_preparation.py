"""Averages, shells and masks of series whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import erf
from tests.maps.diffusion.simulated import S0, fibres, gradient_table

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError
from impasto.maps.diffusion import (
    averaged_repeats,
    diffusion_signal,
    powder_averaged,
    signal_mask,
    tensor_mean_diffusivity,
    trace_weighted,
    unweighted_image,
    up_to_b,
)


def _series(table: GradientTable, signal: np.ndarray) -> DiffusionSeries:
    """Voxels along i."""
    grid = Grid.centred((len(signal), 1, 1), (2, 2, 2))
    image = Image(signal[:, None, None].astype(np.float32), grid, "signal", "1", np.arange(len(table)) * 5.0)
    return DiffusionSeries(image, table)


def test_repeats_are_averaged_wherever_they_stand() -> None:
    b = np.array([0.0, 1000.0, 5.0, 1000.0, 1020.0, 500.0])
    g = np.array([[0, 0, 0], [1, 0, 0], [0, 0, 1], [-1, 0, 0], [0, 1, 0], [1, 0, 0]], dtype=float)
    averaged = averaged_repeats(_series(GradientTable(b, g), np.arange(12.0).reshape(2, 6)))
    np.testing.assert_array_equal(averaged.averages, [2, 2, 1, 1])
    np.testing.assert_allclose(averaged.series.gradients.b_values_s_per_mm2, [2.5, 1000.0, 1020.0, 500.0])
    np.testing.assert_allclose(averaged.series.image.data[0, 0, 0], [1.0, 2.0, 4.0, 5.0])
    np.testing.assert_allclose(averaged.series.image.times_s, [5.0, 10.0, 20.0, 25.0])


def test_the_geometric_mean_decays_with_the_mean_diffusivity() -> None:
    table = gradient_table(12, 2, (600.0, 1200.0))
    tensor = fibres(1.6, 0.3, 20, 0)
    traced = trace_weighted(_series(table, diffusion_signal(np.full(20, S0), tensor, table)))
    np.testing.assert_array_equal(traced.averages, [2, 12, 12])
    np.testing.assert_array_equal(traced.series.gradients.b_values_s_per_mm2, [0, 600, 1200])
    assert not traced.series.gradients.directions.any()
    expected = S0 * np.exp(-np.outer(tensor_mean_diffusivity(tensor), [0.0, 0.6, 1.2]))
    np.testing.assert_allclose(traced.series.image.data[:, 0, 0], expected, rtol=0.02)


def test_the_powder_average_does_not_depend_on_how_fibres_run() -> None:
    table = gradient_table(60, 1, (2000.0,))
    signal = diffusion_signal(np.full(20, S0), fibres(1.6, 0.3, 20, 1), table)
    mean = powder_averaged(_series(table, signal)).series.image.data[:, 0, 0, 1]
    # of an axial tensor (Kaden 2016): sqrt(pi) / 2 erf(sqrt(x)) / sqrt(x) exp(-b radial), x = b (axial - radial)
    x = 2.0 * 1.3
    np.testing.assert_allclose(mean, S0 * np.exp(-0.6) * np.sqrt(np.pi / x) / 2 * erf(np.sqrt(x)), rtol=0.01)


def test_stronger_weightings_are_left_out() -> None:
    table = gradient_table(6, 1, (1000.0, 3000.0))
    series = _series(table, np.arange(26.0).reshape(2, 13))
    limited = up_to_b(series, 1500.0)
    np.testing.assert_array_equal(limited.gradients.b_values_s_per_mm2, [0.0, *[1000.0] * 6])
    np.testing.assert_array_equal(limited.image.data[1, 0, 0], np.arange(13.0, 20.0))
    assert up_to_b(series, np.inf) is series
    with pytest.raises(ImpastoError, match="allow greater b"):
        up_to_b(DiffusionSeries(series.image, GradientTable(np.full(13, 2e3), np.eye(3)[[0] * 13])), 1500.0)


def _head() -> tuple[Image, np.ndarray]:
    """Bright brain of 60 x 75 x 50 mm radii with a dark hole, a dim scalp around a dark skull, an eye on a bridge."""
    grid = Grid.centred((80, 96, 40), (2, 2, 4))
    x, y, z = np.moveaxis(grid.voxel_centres_mm(), -1, 0)

    def radius(a: float, b: float, c: float) -> np.ndarray:
        return np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)

    brain = radius(60, 75, 50) < 1.0
    values = np.where(brain, 800.0, 20.0)
    values[(radius(70, 85, 60) < 1.0) & (radius(66, 81, 56) > 1.0)] = 200.0
    values[radius(8, 8, 8) < 1.0] = 30.0
    values[(x - 20) ** 2 + (y + 90) ** 2 + (z + 10) ** 2 < 100.0] = 900.0
    noise = np.random.default_rng(0).normal(0.0, 25.0, (2, *grid.shape))
    return Image(np.hypot(values + noise[0], noise[1]), grid, "signal without weighting", "1"), brain


def test_the_mask_is_the_brain_without_eyes_and_holes() -> None:
    image, brain = _head()
    mask = signal_mask(image)
    assert 2.0 * (mask & brain).sum() / (mask.sum() + brain.sum()) > 0.97
    middle = tuple(n // 2 for n in mask.shape)
    assert mask[middle]
    eye = np.round(image.grid.index_from_world((20.0, -90.0, -10.0))).astype(int)
    assert image.data[tuple(eye)] > 500.0
    assert not mask[tuple(eye)]


def test_the_mask_does_not_depend_on_the_unit_of_the_signal() -> None:
    image, _ = _head()
    np.testing.assert_array_equal(signal_mask(image), signal_mask(image.with_data(image.data * 1e-4)))
    with pytest.raises(ImpastoError, match="no contrast"):
        signal_mask(image.with_data(np.ones(image.grid.shape)))


def test_the_unweighted_image_is_the_mean_of_its_kind() -> None:
    series = _series(gradient_table(6, 3), np.arange(18.0).reshape(2, 9))
    np.testing.assert_allclose(unweighted_image(series).data[:, 0, 0], [1.0, 10.0])
    weighted = GradientTable(np.full(9, 1000.0), np.eye(3)[[0] * 9])
    with pytest.raises(ImpastoError, match="acquire one without weighting"):
        unweighted_image(DiffusionSeries(series.image, weighted))
