"""Normalisation to reference tissue: mode and mean against known distributions, errors against repetition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impasto.core import Grid, Image, ImpastoError
from impasto.maps.normalise import normalised, normalised_maps, reference_value


def _brain(seed: int, voxels: int = 3000) -> np.ndarray:
    """Reference tissue at .80 +- .05 with a tenth of fluid, on average, that the mask caught."""
    rng = np.random.default_rng(seed)
    is_fluid = rng.random(voxels) < 0.1
    return np.where(is_fluid, rng.uniform(1.0, 3.0, voxels), rng.normal(0.8, 0.05, voxels))


def test_mode_and_mean_of_a_known_distribution() -> None:
    values = np.random.default_rng(0).normal(0.8, 0.05, 200_000)
    share = np.ones(len(values))
    mode, mean = reference_value(values, share, "mode"), reference_value(values, share, "mean")
    assert mode.value == pytest.approx(0.8, abs=0.004)
    assert mean.value == pytest.approx(0.8, abs=0.0005)
    assert mean.standard_error == pytest.approx(0.05 / np.sqrt(200_000), rel=0.01)
    assert mode.spread == pytest.approx(0.05, rel=0.02)


def test_the_mode_of_a_skewed_distribution_is_its_peak() -> None:
    # a gamma distribution of shape k and scale 1 peaks at k - 1, its mean is k
    values = np.random.default_rng(1).gamma(4.0, size=400_000)
    found = reference_value(values, np.ones(len(values)))
    assert found.value == pytest.approx(3.0, abs=0.08)


def test_fluid_in_the_mask_moves_the_mean_not_the_mode() -> None:
    values = _brain(2)
    share = np.ones(len(values))
    assert reference_value(values, share, "mode").value == pytest.approx(0.8, abs=0.01)
    assert reference_value(values, share, "mean").value > 0.88


@pytest.mark.parametrize("statistic", ["mode", "mean"])
def test_standard_errors_are_those_of_repetition(statistic: str) -> None:
    found = [reference_value(_brain(seed), np.ones(3000), statistic) for seed in range(10, 130)]
    scatter = np.std([f.value for f in found])
    assert np.mean([f.standard_error for f in found]) == pytest.approx(scatter, rel=0.25)


def test_shares_weight_the_mean_and_choose_for_the_mode() -> None:
    values = np.concatenate([np.full(100, 1.0), np.full(100, 2.0), np.full(1000, 9.0)])
    share = np.concatenate([np.full(100, 1.0), np.full(100, 0.5), np.full(1000, 0.4)])
    assert reference_value(values, share, "mean").value == pytest.approx((100 + 100) / 150)
    assert reference_value(values, share, "mean", least_share=0.0).value == pytest.approx(3800 / 550)
    assert reference_value(values, share, "mean").voxels == pytest.approx(150**2 / 125)


@settings(max_examples=25)
@given(st.floats(1e-3, 1e6), st.floats(0.0, 5.0))
def test_scale_and_shift_carry_over(scale: float, shift: float) -> None:
    values = _brain(3, 500)
    share = np.ones(len(values))
    plain, changed = reference_value(values, share), reference_value(scale * (values + shift), share)
    assert changed.value == pytest.approx(scale * (plain.value + shift), rel=1e-6)
    assert changed.standard_error == pytest.approx(scale * plain.standard_error, rel=1e-3)


def test_a_normalised_map_reads_one_in_its_reference_tissue() -> None:
    grid = Grid.centred((30, 20, 5), (2, 2, 3))
    rng = np.random.default_rng(4)
    adc = rng.normal(0.8, 0.04, grid.shape)
    adc[:10] = 1.6
    adc[0, 0, 0] = np.nan
    normal_tissue = np.zeros(grid.shape)
    normal_tissue[10:] = 1.0
    image = Image(adc, grid, "ADC", "um2/ms", standard_error=np.full(grid.shape, 0.04))
    other = Image(adc, grid, "S0", "1")
    maps, references = normalised_maps({"ADC": image, "S0": other}, normal_tissue, "mean")
    assert set(maps) == set(references) == {"nADC"}
    found = maps["nADC"]
    assert (found.quantity, found.unit) == ("nADC", "1")
    assert np.nanmean(found.data[10:]) == pytest.approx(1.0, abs=1e-6)
    assert np.nanmean(found.data[:10]) == pytest.approx(2.0, rel=5e-3)
    assert np.isnan(found.data[0, 0, 0])
    error = found.standard_error
    assert error is not None
    relative = references["nADC"].standard_error / references["nADC"].value
    np.testing.assert_allclose(error[5, 5, 2], np.hypot(0.04 / 0.8, 2.0 * relative), rtol=5e-3)


def test_images_without_errors_carry_that_of_the_reference() -> None:
    grid = Grid.centred((10, 10, 10), (1, 1, 1))
    image = Image(np.random.default_rng(5).normal(300.0, 30.0, grid.shape), grid, "T1c", "1")
    reference = reference_value(image.data, np.ones(grid.shape), "mean")
    found = normalised(image, reference)
    assert found.quantity == "nT1c"
    assert found.standard_error is not None
    np.testing.assert_allclose(found.standard_error, found.data * reference.standard_error / reference.value, rtol=1e-5)


def test_unusable_references_are_refused() -> None:
    values = np.ones(100)
    with pytest.raises(ImpastoError, match="3 voxels have a value"):
        reference_value(values, np.arange(100) < 3)
    with pytest.raises(ImpastoError, match="one share a voxel"):
        reference_value(values, np.ones(99))
    with pytest.raises(ImpastoError, match="unknown statistic 'median'"):
        reference_value(values, np.ones(100), "median")  # type: ignore[arg-type]
    grid = Grid.centred((10, 10, 1), (1, 1, 1))
    zero = Image(np.zeros(grid.shape), grid, "FA", "1")
    with pytest.raises(ImpastoError, match="FA: its mode in reference tissue is 0"):
        normalised_maps({"FA": zero}, np.ones(grid.shape))
    with pytest.raises(ImpastoError, match="FA: reference tissue: 0 voxels"):
        normalised_maps({"FA": zero}, np.zeros(grid.shape))
