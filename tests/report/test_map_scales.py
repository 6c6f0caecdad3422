"""Colours of maps, which slices are drawn, and what is striped, on maps of known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.report.known_maps import DOUBTED_MM, TUMOUR_MM, diffusion_maps
from tests.report.known_spectra import metabolite_maps

from impasto.core import ImpastoError
from impasto.report import USUAL_SCALES, ColourScale
from impasto.report.figures.map_cut import map_cut, shown_bounds_mm
from impasto.report.figures.map_overlay import scale_limits, voxel_overlay
from impasto.report.figures.maps_over_anatomy import maps_figure, overview_figure
from impasto.report.figures.shown_slices import common_slices_mm, shown_slices_mm
from impasto.report.theme import figure_style

VALUES = np.concatenate([np.linspace(0.0, 1.0, 1000), [np.nan, 50.0]])


def lightness(colours: np.ndarray) -> np.ndarray:
    """CIE 1976 L* of sRGB colours (IEC 61966-2-1)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    return np.where(luminance > 0.008856, 116.0 * np.cbrt(luminance) - 16.0, 903.3 * luminance)


@pytest.mark.parametrize(
    ("scale", "limits"),
    [
        (USUAL_SCALES["ADC"], (0.0, 3.0)),
        (USUAL_SCALES["FA"], (0.0, 1.0)),
        (ColourScale(), (0.0, 1.0)),
        (ColourScale(percentile=50.0), (0.0, 0.6)),
        (ColourScale(least_end=4.0), (0.0, 4.0)),
        (ColourScale(is_signed=True), (-1.0, 1.0)),
    ],
)
def test_range_is_usual_or_robust(scale: ColourScale, limits: tuple[float, float]) -> None:
    assert scale_limits(scale, VALUES) == pytest.approx(limits)


def test_range_of_nothing_is_no_error() -> None:
    assert scale_limits(ColourScale(), np.array([np.nan])) == (0.0, 1.0)


@pytest.mark.parametrize("name", sorted(name for name, scale in USUAL_SCALES.items() if not scale.is_signed))
def test_lightness_rises_evenly(name: str) -> None:
    colours = USUAL_SCALES[name].colours(np.linspace(0.0, 1.0, 33))[:, :3]
    steps = np.diff(lightness(colours))
    assert steps.min() > 0.0
    assert steps.max() < 2.5 * steps.mean()


def test_signed_scale_is_light_where_nothing_is() -> None:
    colours = USUAL_SCALES["K2"].colours(np.linspace(0.0, 1.0, 65))[:, :3]
    assert int(np.argmax(lightness(colours))) == pytest.approx(32, abs=1)


def test_voxels_without_a_value_to_trust_are_striped() -> None:
    maps = diffusion_maps()
    cut = map_cut(maps, 6.0, shown_bounds_mm(maps, [6.0]))
    x, y = np.meshgrid(*(np.linspace(*ends, n) for ends, n in zip((cut.plane.across_mm, cut.plane.vertical_mm),
                                                                   cut.fitted.shape[::-1], strict=True)))  # fmt: skip
    striped = cut.striped("ADC")
    assert striped[np.hypot(x, y) < 5.0].all()  # fitted, but without a value
    assert striped[np.hypot(x - DOUBTED_MM[0], y - DOUBTED_MM[1]) < 5.0].all()
    assert not striped[np.hypot(x - TUMOUR_MM[0], y - TUMOUR_MM[1]) < 9.0].any()
    assert not striped[np.hypot(x, y) > 62.0].any()
    assert not cut.striped("FA").any()


def test_doubted_value_is_not_shown_between_the_stripes() -> None:
    striped = np.arange(27)[:, None] * np.ones(27) < 18
    overlay = voxel_overlay(np.full((27, 27), 1.5), striped, (0.0, 3.0), USUAL_SCALES["ADC"])
    assert np.mean(overlay[:18, :, 3] == 0.0) == pytest.approx(2.0 / 3.0, abs=0.02)
    np.testing.assert_allclose(overlay[18:], np.broadcast_to(USUAL_SCALES["ADC"].colours(0.5), (9, 27, 4)))


def test_picture_is_cut_to_what_its_slices_hold() -> None:
    maps = diffusion_maps()
    wide, narrow = shown_bounds_mm(maps, [-2.0, 2.0]), shown_bounds_mm(maps, [36.0])
    assert np.all(np.ptp(narrow, axis=0)[:2] < np.ptp(wide, axis=0)[:2])
    np.testing.assert_allclose(np.abs(narrow[:, :2]), np.abs(narrow[0, 0]), atol=1e-6)


def test_where_little_leaks_anatomy_shows() -> None:
    none = np.zeros((9, 9), dtype=bool)
    assert voxel_overlay(np.zeros((9, 9)), none, (0.0, 1.0), USUAL_SCALES["Ktrans"])[..., 3].max() == 0.0
    assert voxel_overlay(np.zeros((9, 9)), none, (0.0, 3.0), USUAL_SCALES["ADC"])[..., 3].min() == 1.0


def test_slices_pass_through_the_target_and_lie_apart() -> None:
    slices = shown_slices_mm(diffusion_maps())
    assert len(slices) == 4
    np.testing.assert_allclose(np.diff(slices), 8.0)
    assert slices[0] < TUMOUR_MM[2] < slices[-1]


def test_steps_share_the_slices_of_the_thickest() -> None:
    thick, thin = metabolite_maps(), diffusion_maps()
    assert common_slices_mm([thin, thick]) == [shown_slices_mm(thick)] * 2
    low = replace(thin, fitted=thin.fitted & (np.arange(20) < 6))
    assert common_slices_mm([low, thick]) == [shown_slices_mm(low), shown_slices_mm(thick)]
    assert common_slices_mm([]) == []


def test_key_says_the_unit_and_the_usual_range() -> None:
    with figure_style():
        figure = maps_figure(diffusion_maps(), slices_mm=[6.0, 14.0])
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "\u00b5m\u00b2/ms" in words
    assert {"0", "1", "2", "3", "0.2", "GTV"} <= set(words)


def test_overview_draws_maps_of_several_steps_at_one_scale() -> None:
    with figure_style():
        figure = overview_figure([(metabolite_maps(), "Cho/NAA"), (diffusion_maps(), "ADC")], -5.0)
    panels = [axes for axes in figure.axes if axes.images and axes.get_aspect() == 1.0]
    assert [axes.get_title("left") for axes in panels] == ["Anatomy", "Cho/NAA", "ADC"]
    assert len({(axes.get_xlim(), axes.get_ylim()) for axes in panels}) == 1


def test_doubts_of_no_map_are_refused() -> None:
    maps = diffusion_maps()
    with pytest.raises(ImpastoError, match="MTT: has a threshold, a colour scale or doubts"):
        replace(maps, doubted={"MTT": maps.fitted})
