from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from impasto.report import ReportContent
from impasto.report.embed import svg_text
from impasto.report.figures.chart import thinned
from impasto.report.figures.delivered import delivered_figure
from impasto.report.figures.dose_volume import dose_volume_figure
from impasto.report.figures.functional import functional_figure
from impasto.report.figures.orthogonal import orthogonal_figure
from impasto.report.figures.painting_function import painting_figure, running_percentiles, target_voxels
from impasto.report.figures.plan_comparison import comparison_figure, difference_overlay
from impasto.report.figures.quality_volume import quality_volume_figure
from impasto.report.scene import Scene, nice_limit
from impasto.report.theme import figure_style, structure_colours


@pytest.fixture(scope="module")
def scene(content: ReportContent) -> Scene:
    return Scene.of(content)


def panel_pixels(figure: Figure, axes: Axes) -> np.ndarray:
    """RGB of one panel, top row first."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())[..., :3].astype(float)
    box = axes.get_window_extent()
    rows = slice(round(image.shape[0] - box.y1), round(image.shape[0] - box.y0))
    return image[rows, round(box.x0) : round(box.x1)]


def at_mm(image: np.ndarray, axes: Axes, x_mm: float, y_mm: float) -> np.ndarray:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    column = (x_mm - left) / (right - left) * image.shape[1]
    row = (top - y_mm) / (top - bottom) * image.shape[0]
    return image[int(row), int(column)]


def test_dose_is_warm_in_the_target_and_absent_on_the_other_side(content: ReportContent, scene: Scene) -> None:
    with figure_style():
        figure = orthogonal_figure(scene, content.painted.dose)
    for axes, (x, y) in zip(figure.axes[:3], ((30, -25), (30, 20), (-25, 20)), strict=True):
        image = panel_pixels(figure, axes)
        red, _, blue = at_mm(image, axes, x + 3, y + 3)
        assert red > blue + 60
    transverse = panel_pixels(figure, figure.axes[0])
    far = at_mm(transverse, figure.axes[0], -45.0, 40.0)
    assert np.ptp(far) < 12  # grey: the lowest level does not reach the far side


def test_panels_share_one_scale(content: ReportContent, scene: Scene) -> None:
    with figure_style():
        figure = orthogonal_figure(scene, content.painted.dose)
    scales = [axes.get_window_extent().width / abs(np.diff(axes.get_xlim())[0]) for axes in figure.axes[:3]]
    heights = [axes.get_window_extent().height / abs(np.diff(axes.get_ylim())[0]) for axes in figure.axes[:3]]
    assert scales == pytest.approx(heights, rel=1e-6)
    assert max(scales) == pytest.approx(min(scales), rel=1e-6)


def test_difference_is_red_where_the_first_plan_gives_more(content: ReportContent, scene: Scene) -> None:
    first, second = content.plans
    with figure_style():
        figure = comparison_figure(scene, (first.dose, second.dose), (first.name, second.name))
    axes = figure.axes[2]
    image = panel_pixels(figure, axes)
    centre, rim = at_mm(image, axes, 30, -25), at_mm(image, axes, 30 - 15, -25)
    assert centre[0] > centre[2] + 40  # the painted core gets 72 Gy, the uniform plan 66
    assert rim[2] > rim[0] + 10  # the rim 60 against 66
    assert figure.axes[0].get_title(loc="left") == "Painted"


def test_difference_overlay_is_clear_at_zero() -> None:
    overlay = difference_overlay(np.array([0.0, 10.0, -10.0]), 10.0)
    assert overlay[0, 3] == 0.0
    assert overlay[1:, 3] == pytest.approx([0.8, 0.8])


def test_quality_is_neutral_when_delivered_is_prescribed(content: ReportContent, scene: Scene) -> None:
    exact = replace(content.painted.dose, image=content.images.prescribed)
    with figure_style():
        figure = delivered_figure(scene, content.images.prescribed, exact, "Exact")
    axes = figure.axes[2]
    image = panel_pixels(figure, axes)
    assert np.ptp(at_mm(image, axes, 33, -22)) < 10
    low = replace(exact, image=exact.image.with_data(exact.image.data * 0.92))
    with figure_style():
        figure = delivered_figure(scene, content.images.prescribed, low, "Low")
    red, _, blue = at_mm(panel_pixels(figure, figure.axes[2]), figure.axes[2], 33, -22)
    assert blue > red + 40


def test_functional_scale_names_quantity_and_unit(content: ReportContent, scene: Scene) -> None:
    functional = content.images.functional
    assert functional is not None
    with figure_style():
        figure = functional_figure(scene, functional)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "SUV body weight (g/ml)" in texts
    red, green, blue = at_mm(panel_pixels(figure, figure.axes[0]), figure.axes[0], 20, -25)
    assert green > red
    assert green > blue


def test_dose_volume_curves_pass_through_the_evaluated_points(content: ReportContent) -> None:
    histograms = [{h.structure: h for h in plan.evaluation.histograms} for plan in content.plans]
    colours = structure_colours(content.images.structures, content.display.structures)
    with figure_style():
        figure = dose_volume_figure(histograms, ("Painted", "Uniform"), colours, content.prescription.limits)
    lines = [line for line in figure.axes[0].lines if line.get_label() == "PTV"]
    assert [line.get_linestyle() for line in lines] == ["-", "--"]
    for line, plan in zip(lines, histograms, strict=True):
        assert line.get_color() == colours["PTV"].on_paper
        for percent in (98.0, 95.0, 50.0, 5.0):
            dose = np.interp(-percent, -line.get_ydata(), line.get_xdata())
            assert dose == pytest.approx(plan["PTV"].dose_at_volume_percent_gy(percent), abs=0.05)
    triangles = [line for line in figure.axes[0].lines if line.get_marker() == "<"]
    assert sorted((t.get_xdata()[0], t.get_ydata()[0]) for t in triangles) == [(20.0, 10.0), (54.0, 0.0)]


def test_quality_legend_states_the_quality_factor(content: ReportContent) -> None:
    quality = [{h.structure: h for h in plan.evaluation.quality} for plan in content.plans]
    with figure_style():
        figure = quality_volume_figure(quality, ("Painted", "Uniform"), {})
    texts = [text.get_text() for text in figure.axes[1].texts]
    for plan in content.plans:
        assert f"QF = {plan.evaluation.quality[0].quality_factor:.4f}" in texts


def test_prescription_line_is_the_painting_function(content: ReportContent) -> None:
    functional = content.images.functional
    assert functional is not None
    voxels = target_voxels(functional, content.images.prescribed, [plan.dose for plan in content.plans])
    assert len(voxels.intensity) == np.count_nonzero(content.images.prescribed.data)
    with figure_style():
        figure = painting_figure(voxels, functional, ("Painted", "Uniform"))
    line = figure.axes[0].lines[-1]
    expected = np.clip(60.0 + 12.0 * (line.get_xdata() - 3.0) / 6.0, 60.0, 72.0)
    assert np.abs(line.get_ydata() - expected).max() < 0.25  # width of a bin times the slope
    assert figure.axes[0].get_xlabel() == "SUV body weight (g/ml)"


def test_running_percentiles_of_a_noisy_line() -> None:
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 10, 40_000)
    y = 3.0 * x + rng.normal(0, 1.0, x.size)
    at, (low, middle, high) = running_percentiles(x, y, (5.0, 50.0, 95.0))
    assert np.abs(middle - 3.0 * at).max() < 0.15
    assert np.mean(high - low) == pytest.approx(2 * 1.645, rel=0.06)


@given(st.lists(st.floats(0.0, 1.0), min_size=2, max_size=80), st.floats(0.005, 0.2))
def test_thinned_curves_stay_within_tolerance(falls: list[float], tolerance: float) -> None:
    x, y = np.arange(len(falls), dtype=float), np.cumsum(falls)[::-1].copy()
    kept_x, kept_y = thinned(x, y, tolerance)
    assert np.abs(np.interp(x, kept_x, kept_y) - y).max() <= tolerance + 1e-12
    assert kept_x[0] == x[0]
    assert kept_x[-1] == x[-1]


@given(st.floats(1e-6, 1e6))
def test_nice_limit_is_just_above(value: float) -> None:
    assert value * (1 - 1e-6) <= nice_limit([value, -value]) <= 1.6 * value + 1e-8


def test_structures_keep_their_colours_and_differ(content: ReportContent) -> None:
    structures, names = content.images.structures, content.display.structures
    colours = structure_colours(structures, names)
    assert len({colour.on_paper for colour in colours.values()}) == len(names)
    assert structure_colours(structures, names) == colours


def test_svg_holds_vector_lines_and_smooth_pictures(content: ReportContent, scene: Scene) -> None:
    with figure_style():
        figure = orthogonal_figure(scene, content.painted.dose)
    svg = svg_text(figure)
    ET.fromstring(svg)
    assert svg.count("data:image/jpeg;base64,") == 3
    assert "pixelated" not in re.sub(r"base64,[^\"]*", "", svg)
    assert not re.search(r'href="(?!#|data:)', svg)
    jpeg = base64.b64decode(re.search(r"data:image/jpeg;base64,([^\"]+)", svg)[1])
    assert jpeg[:3] == b"\xff\xd8\xff"
    assert len(re.findall(r"<path ", svg)) > 30


def test_clear_bins_of_a_chart_stay_clear(content: ReportContent) -> None:
    functional = content.images.functional
    assert functional is not None
    voxels = target_voxels(functional, content.images.prescribed, [content.painted.dose])
    with figure_style():
        svg = svg_text(painting_figure(voxels, functional, ("Painted",)))
    assert "data:image/png" in svg
    assert "data:image/jpeg" not in svg


def test_same_content_gives_the_same_svg(content: ReportContent, scene: Scene) -> None:
    with figure_style():
        first, second = (svg_text(orthogonal_figure(scene, content.painted.dose)) for _ in range(2))
    assert first == second
