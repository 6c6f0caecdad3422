"""Maps on a grid: values, errors, colours and reasons where they belong."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from tests.maps.diffusion.simulated import S0, gradient_table, magnitude, unit_vectors

from impasto.core import DiffusionSeries, GradientTable, Grid, Image, ImpastoError
from impasto.files.nifti import write_nifti
from impasto.maps.diffusion import (
    DiffusionReason,
    DiffusionSettings,
    FitSettings,
    TwoCompartmentSettings,
    axial_tensor,
    colour_anisotropy,
    diffusion_maps,
    diffusion_signal,
    fit_tensor_volume,
)

_GRID = Grid.centred((12, 10, 6), (2, 2, 3))


def _volume(table: GradientTable, signal_to_noise: float = 30.0) -> DiffusionSeries:
    """Half fibres of one direction, half isotropic tissue, in an array that runs the other way in memory."""
    tensor = np.empty((*_GRID.shape, 6))
    tensor[:6] = axial_tensor(1.6, 0.3, np.array([0.0, 1.0, 0.0]))
    tensor[6:] = axial_tensor(0.9, 0.9, np.array([0.0, 1.0, 0.0]))
    clean = diffusion_signal(np.full(_GRID.shape, S0), tensor, table)
    data = np.asfortranarray(magnitude(clean, signal_to_noise, 0).astype(np.float32))
    return DiffusionSeries(Image(data, _GRID, "signal", "1", np.arange(len(table)) * 4.0), table)


def test_maps_lie_where_their_voxels_are() -> None:
    series = _volume(gradient_table(12, 4))
    mask = np.ones(_GRID.shape, dtype=bool)
    mask[:, 0] = False
    series.image.data.flags.writeable = False
    maps = diffusion_maps(series, mask)
    assert set(maps) == {"ADC", "FA", "FA corrected", "AD", "RD", "S0", "noise", "outliers", "reasons"}
    adc, fa = maps["ADC"], maps["FA"]
    assert (adc.quantity, adc.unit, fa.unit) == ("ADC", "um2/ms", "1")
    assert np.isnan(adc.data[:, 0]).all()
    assert np.isfinite(adc.data[:, 1:]).all()
    assert np.nanmean(adc.data[:6]) == pytest.approx(2.2 / 3.0, abs=0.01)
    assert np.nanmean(adc.data[6:]) == pytest.approx(0.9, abs=0.01)
    assert np.nanmean(fa.data[:6]) == pytest.approx(0.789, abs=0.01)
    assert np.nanmean(maps["FA corrected"].data[6:]) < 0.6 * np.nanmean(fa.data[6:])
    assert np.nanmean(maps["AD"].data[:6]) == pytest.approx(1.6, abs=0.03)
    assert np.nanmean(maps["RD"].data[:6]) == pytest.approx(0.3, abs=0.03)
    for image in (adc, fa):
        assert image.standard_error is not None
        np.testing.assert_array_equal(np.isnan(image.standard_error), np.isnan(image.data))


def test_failed_voxels_are_empty_and_say_why() -> None:
    series = _volume(gradient_table(6, 2))
    data = series.image.data.copy()
    data[3, 3, 3] = 0.0
    broken = DiffusionSeries(series.image.with_data(data), series.gradients)
    maps = diffusion_maps(broken, np.ones(_GRID.shape, dtype=bool))
    assert np.isnan(maps["FA"].data[3, 3, 3])
    assert DiffusionReason.NO_SIGNAL in DiffusionReason(int(maps["reasons"].data[3, 3, 3]))
    assert np.isnan(maps["FA"].data).sum() == 1


def test_too_strong_weightings_are_left_out_unless_asked_for() -> None:
    table = gradient_table(12, 2, (1000.0, 3000.0))
    series = _volume(table, 200.0)
    data = series.image.data.copy()
    # as tissue does: more signal at high b than one exponential leaves
    data[..., table.b_values_s_per_mm2 > 2000.0] *= 3.0
    bent = DiffusionSeries(series.image.with_data(data), table)
    mask = np.ones(_GRID.shape, dtype=bool)
    usual = diffusion_maps(bent, mask)["ADC"].data
    everything = diffusion_maps(bent, mask, DiffusionSettings(greatest_b_s_per_mm2=np.inf))["ADC"].data
    assert usual[6:].mean() == pytest.approx(0.9, abs=0.01)
    assert everything[6:].mean() < 0.8


def test_few_directions_give_an_adc_map() -> None:
    maps = diffusion_maps(_volume(gradient_table(3, 4, (500.0, 1000.0))), np.ones(_GRID.shape, dtype=bool))
    assert "FA" not in maps
    assert maps["ADC"].data[:6].mean() == pytest.approx(2.2 / 3.0, abs=0.02)
    assert maps["ADC"].data[6:].mean() == pytest.approx(0.9, abs=0.02)


def test_kurtosis_and_compartments_on_request() -> None:
    table = gradient_table(30, 4, (700.0, 1500.0, 3000.0))
    decay = 0.3 * np.exp(-1e-4 * table.b_values_s_per_mm2) + 0.7 * np.exp(-1.2e-3 * table.b_values_s_per_mm2)
    data = magnitude(np.broadcast_to(S0 * decay, (*_GRID.shape, len(table))), 40.0, 1)
    series = DiffusionSeries(Image(data, _GRID, "signal", "1", np.arange(len(table)) * 4.0), table)
    settings = DiffusionSettings(maps_kurtosis=True, two_compartments=TwoCompartmentSettings())
    maps = diffusion_maps(series, np.ones(_GRID.shape, dtype=bool), settings)
    fraction, hindered = maps["restricted fraction"], maps["hindered diffusivity"]
    assert fraction.data.mean() == pytest.approx(0.3, abs=0.005)
    assert hindered.data.mean() == pytest.approx(1.2, abs=0.03)
    assert fraction.standard_error is not None
    assert np.mean(np.abs(fraction.data - 0.3) <= fraction.standard_error) == pytest.approx(0.683, abs=0.06)
    assert maps["kurtosis"].data.mean() > 0.3


def test_colours_tell_the_direction(tmp_path: Path) -> None:
    table = gradient_table(12, 2)
    series = _volume(table, 100.0)
    volume = fit_tensor_volume(series, np.ones(_GRID.shape, dtype=bool), FitSettings())
    image = colour_anisotropy(volume)
    # fibres run front to back: green, as bright as their anisotropy
    green = image.data["G"][:6].mean()
    assert green == pytest.approx(255 * 0.789, abs=4)
    assert max(image.data[name][:6].mean() for name in ("R", "B")) < 20
    assert max(image.data[name][6:].mean() for name in ("R", "G", "B")) < 20
    write_nifti(image, tmp_path / "colour.nii.gz")
    stored = nibabel.load(tmp_path / "colour.nii.gz")
    assert stored.header["datatype"] == 128
    np.testing.assert_array_equal(np.asarray(stored.dataobj)["G"], image.data["G"])


def test_without_a_mask_the_signal_makes_one() -> None:
    grid = Grid.centred((30, 30, 10), (3, 3, 4))
    table = gradient_table(6, 2)
    inside = np.linalg.norm(grid.voxel_centres_mm() / (30, 30, 15), axis=-1) < 1.0
    s0 = np.where(inside, S0, 0.0)
    tensor = axial_tensor(0.8, 0.8, unit_vectors(1, 0)[0]) * np.ones((*grid.shape, 1))
    data = magnitude(diffusion_signal(s0, tensor, table), 40.0, 2)
    maps = diffusion_maps(DiffusionSeries(Image(data, grid, "signal", "1", np.arange(8.0)), table))
    shown = np.isfinite(maps["ADC"].data)
    assert 2.0 * (shown & inside).sum() / (shown.sum() + inside.sum()) > 0.93


def test_unusable_input_is_refused() -> None:
    series = _volume(gradient_table(6, 1))
    with pytest.raises(ImpastoError, match="a mask of shape"):
        diffusion_maps(series, np.ones((2, 2, 2), dtype=bool))
    with pytest.raises(ImpastoError, match="2 b-values; measure three or more"):
        wanted = DiffusionSettings(two_compartments=TwoCompartmentSettings())
        diffusion_maps(series, np.ones(_GRID.shape, dtype=bool), wanted)
