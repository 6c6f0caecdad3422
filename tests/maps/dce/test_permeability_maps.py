"""Whole series to maps: simulated signals with known tissue, and a measured breast tumour."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.ndimage import binary_opening, label

from impasto.core import Grid, Image, ImpastoError
from impasto.maps.dce import (
    KINETIC_MODELS,
    ArterialInput,
    DceAcquisition,
    DceRegions,
    DceSettings,
    NativeTissue,
    VoxelReason,
    dce_maps,
    extended_tofts_concentration,
    parker_blood_concentration,
    prepare_dce,
    relaxation_rate,
    spoiled_gradient_signal,
    variable_flip_angle_maps,
)

_SCAN = DceAcquisition(flip_angle_deg=15.0, repetition_time_s=0.005, relaxivity_l_per_mmol_s=4.5)
_GRID = Grid.centred((20, 20, 4), (2.0, 2.0, 4.0))
_TIMES = np.arange(70) * 4.0


@pytest.fixture(scope="module")
def phantom() -> tuple[Image, dict[str, np.ndarray], ArterialInput]:
    """A series in integers: tissue of known kinetics, T1 .8 to 2 s, 24 voxels of artery, air on one side."""
    rng = np.random.default_rng(0)
    knots = np.arange(0.0, 280.0, 0.5)
    arterial = ArterialInput(knots, parker_blood_concentration(knots, 32.0), haematocrit=0.42)
    truth = {
        "Ktrans": rng.uniform(0.05, 0.3, _GRID.shape),
        "ve": rng.uniform(0.2, 0.5, _GRID.shape),
        "vp": rng.uniform(0.02, 0.08, _GRID.shape),
        "T1": rng.uniform(0.8, 2.0, _GRID.shape),
    }
    concentration = extended_tofts_concentration(_TIMES, arterial, truth["Ktrans"], truth["ve"], truth["vp"])
    artery = np.zeros(_GRID.shape, dtype=bool)
    artery[4:8, 4:7, :2] = True
    concentration[artery] = arterial.blood_at(_TIMES)
    truth["T1"][artery] = 1.65
    rate = relaxation_rate(truth["T1"][..., None], concentration, 4.5)
    signal = spoiled_gradient_signal(rate, 15.0, 0.005, 20_000.0)
    signal[-2:] = 0.0
    signal += rng.normal(0.0, 4.0, signal.shape)
    truth["artery"] = artery
    series = Image(np.maximum(signal, 0.0).astype(np.int16), _GRID, "T1-weighted signal", "1", _TIMES)
    return series, truth, arterial


def _inside(truth: dict[str, np.ndarray]) -> np.ndarray:
    inside = ~truth["artery"]
    inside[-2:] = False
    return inside


def _t1(truth: dict[str, np.ndarray]) -> NativeTissue:
    return NativeTissue(Image(truth["T1"], _GRID, "T1", "s"))


def test_given_input_gives_known_tissue(phantom: tuple[Image, dict[str, np.ndarray], ArterialInput]) -> None:
    series, truth, arterial = phantom
    maps = dce_maps(series, _SCAN, _t1(truth), arterial, settings=DceSettings(delay="none"))
    inside = _inside(truth)
    for name in ("Ktrans", "ve", "vp"):
        found, error = maps[name].data[inside], maps[name].standard_error
        assert np.median(np.abs(found / truth[name][inside] - 1.0)) < 0.05, name
        assert error is not None
        within = np.mean(np.abs(found - truth[name][inside]) <= error[inside])
        assert within == pytest.approx(0.683, abs=0.05), name
    assert {name: maps[name].unit for name in ("Ktrans", "kep", "ve", "IAUC60", "TTP")} == {
        "Ktrans": "/min",
        "kep": "/min",
        "ve": "1",
        "IAUC60": "mmol/L.s",
        "TTP": "s",
    }
    assert np.mean(maps["model"].data[inside] == list(KINETIC_MODELS).index("extended Tofts")) > 0.9
    assert np.isnan(maps["Ktrans"].data[-2:]).all()
    clean = extended_tofts_concentration(np.arange(32.0, 92.1, 0.1), arterial, 0.1, 0.3, 0.05)
    expected = float(np.sum(0.5 * (clean[1:] + clean[:-1])) * 0.1)
    alike = np.abs(truth["Ktrans"] - 0.1) + np.abs(truth["vp"] - 0.05) < 0.015
    assert np.median(maps["IAUC60"].data[alike & inside]) == pytest.approx(expected, rel=0.1)


def test_input_is_measured_where_an_artery_is_drawn_or_found(
    phantom: tuple[Image, dict[str, np.ndarray], ArterialInput],
) -> None:
    series, truth, _ = phantom
    inside = _inside(truth)
    settings = DceSettings(arterial_voxels=12, compared_models=())
    for regions in (None, DceRegions(arterial=truth["artery"])):
        maps = dce_maps(series, _SCAN, _t1(truth), regions=regions, settings=settings)
        picked = maps["arterial-region"].data.astype(bool)
        assert (picked & truth["artery"]).sum() == picked.sum()
        assert np.median(maps["Ktrans"].data[inside] / truth["Ktrans"][inside]) == pytest.approx(1.0, abs=0.06)
        assert "model" not in maps


def test_delay_of_each_voxel(phantom: tuple[Image, dict[str, np.ndarray], ArterialInput]) -> None:
    series, truth, arterial = phantom
    region = np.zeros(_GRID.shape, dtype=bool)
    region[10:14, 10:14] = True
    settings = DceSettings(delay="voxel", longest_delay_s=8.0, earliest_delay_s=-1.0, compared_models=())
    early = arterial.delayed(-3.0).held_until(300.0)
    maps = dce_maps(series, _SCAN, _t1(truth), early, DceRegions(brain=region), settings)
    assert np.median(maps["BAT"].data[region]) == pytest.approx(32.0, abs=2.0)
    assert np.median(maps["Ktrans"].data[region] / truth["Ktrans"][region]) == pytest.approx(1.0, abs=0.05)
    assert np.isnan(maps["Ktrans"].data[~region]).all()


def test_reasons_of_missing_t1_and_signal(phantom: tuple[Image, dict[str, np.ndarray], ArterialInput]) -> None:
    series, truth, arterial = phantom
    t1 = truth["T1"].copy()
    t1[10, 10, 0] = np.nan
    data = np.array(series.data)
    data[11, 10, 0] = 0
    data[12, 10, 0, 40] = 32000
    native = NativeTissue(Image(t1, _GRID, "T1", "s"))
    everywhere = DceRegions(brain=np.ones(_GRID.shape, dtype=bool))
    maps = dce_maps(series.with_data(data), _SCAN, native, arterial, everywhere, DceSettings(delay="none"))
    reason = maps["reason"].data[10:13, 10, 0]
    assert reason.tolist() == [VoxelReason.NO_T1, VoxelReason.NO_SIGNAL, VoxelReason.SIGNAL_LOST]
    assert np.isnan(maps["Ktrans"].data[10:13, 10, 0]).all()


def test_unusable_input_is_refused(phantom: tuple[Image, dict[str, np.ndarray], ArterialInput]) -> None:
    series, _, arterial = phantom
    elsewhere = Grid.centred((20, 20, 4), (3.0, 2.0, 4.0))
    with pytest.raises(ImpastoError, match="another grid"):
        dce_maps(series, _SCAN, NativeTissue(Image(np.ones(_GRID.shape), elsewhere, "T1", "s")), arterial)
    with pytest.raises(ImpastoError, match="no time axis"):
        dce_maps(Image(series.data[..., 0], _GRID, "signal", "1"), _SCAN, NativeTissue(1.4), arterial)
    with pytest.raises(ImpastoError, match="in seconds"):
        NativeTissue(Image(np.ones(_GRID.shape), _GRID, "T1", "ms"))
    with pytest.raises(ImpastoError, match="flip angle"):
        DceAcquisition(0.0, 0.005, 4.5)
    with pytest.raises(ImpastoError, match="model"):
        DceSettings(model="none")
    with pytest.raises(ImpastoError, match="haematocrit"):
        DceSettings(haematocrit=42.0)


def test_half_the_frames_of_a_measured_tumour(reference_data: Callable[[str], Path]) -> None:
    stored = loadmat(reference_data("dce") / "invivo.mat")
    grid = Grid.axis_aligned((192, 192, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    repetition = float(stored["TR"].squeeze())
    scans = [Image(one[:, :, None], grid, "signal", "1") for one in stored["T1data"]]
    body = np.mean(stored["T1data"], axis=0)[:, :, None] > 5e5
    t1 = variable_flip_angle_maps(scans, stored["T1flip"].ravel().astype(float), repetition, region=body)["T1"]
    data, times = np.moveaxis(stored["DCEdata"], 0, -1)[:, :, None], stored["t"].ravel()
    scan = DceAcquisition(float(stored["DCEflip"].squeeze()), repetition, float(stored["relaxivity"].squeeze()))
    tumour = _tumour(data, t1.data)

    def median(frames: slice, settings: DceSettings, blood: ArterialInput) -> float:
        series = Image(data[..., frames], grid, "T1-weighted signal", "1", times[frames])
        maps = dce_maps(series, scan, NativeTissue(t1), blood, DceRegions(brain=body), settings)
        return float(np.nanmedian(maps["Ktrans"].data[tumour]))

    # the given input, measured elsewhere, lags the tissue; the lag that the whole series shows belongs to the input
    arterial = ArterialInput(times, stored["Cp"].ravel(), haematocrit=0.0)
    series = Image(data, grid, "T1-weighted signal", "1", times)
    lag_s = prepare_dce(series, scan, NativeTissue(t1), arterial, DceRegions(brain=body)).delay_s
    assert -15.0 < lag_s < -5.0
    in_time = arterial.delayed(lag_s).held_until(float(times[-1]))
    settings = DceSettings(delay="none", compared_models=())
    whole = median(slice(None), settings, in_time)
    assert 0.05 < whole < 0.2
    for half in (slice(0, None, 2), slice(1, None, 2)):
        assert median(half, settings, in_time) == pytest.approx(whole, rel=0.05)


def _tumour(data: np.ndarray, t1_s: np.ndarray) -> np.ndarray:
    """Largest piece that at least doubles its signal, in the middle of the breast."""
    before = data[..., :4].mean(axis=-1)
    bright = (data.max(axis=-1) > 2.0 * before) & (t1_s > 0.5) & (before > 2e5)
    middle = np.zeros(before.shape, dtype=bool)
    middle[80:140, 70:130] = True
    found, _ = label(binary_opening((bright & middle)[:, :, 0]))
    tumour: np.ndarray = (found == np.bincount(found.ravel())[1:].argmax() + 1)[:, :, None]
    assert 300 < tumour.sum() < 900
    return tumour
