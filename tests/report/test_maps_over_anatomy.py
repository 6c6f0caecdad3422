from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from tests.report.known_spectra import HOT, metabolite_maps

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.report.embed import svg_text
from impasto.report.figures.map_overlay import anatomy_window, voxel_overlay
from impasto.report.figures.maps_over_anatomy import maps_figure
from impasto.report.figures.shown_slices import shown_slices_mm
from impasto.report.theme import FUNCTIONAL, figure_style


@pytest.fixture(scope="module")
def figure() -> Figure:
    with figure_style():
        made = maps_figure(metabolite_maps(), slices_mm=[-15.0, -5.0])
        FigureCanvasAgg(made).draw()
    return made


def panel(figure: Figure, row: int, column: int) -> Axes:
    return [axes for axes in figure.axes if axes.images and axes.get_aspect() == 1.0][2 * row + column]


def picture(axes: Axes, x_mm: float, y_mm: float) -> np.ndarray:
    """Colours of the pixels within 4 mm of a point, as drawn under the lines."""
    data = np.asarray(axes.images[0].get_array(), float)
    left, right, low, high = axes.images[0].get_extent()
    column = (np.arange(data.shape[1]) + 0.5) / data.shape[1] * (right - left) + left
    row = (np.arange(data.shape[0]) + 0.5) / data.shape[0] * (high - low) + low
    return data[np.abs(row - y_mm) < 4.0][:, np.abs(column - x_mm) < 4.0]


def test_voxels_are_drawn_as_voxels_at_their_place(figure: Figure) -> None:
    maps = metabolite_maps()
    x, y, z = maps.grid.world_from_index(HOT)
    assert (x, y, z) == (35.0, -35.0, -5.0)
    beside, hot = picture(panel(figure, 1, 0), x, y), picture(panel(figure, 1, 1), x, y)
    assert hot.mean() > beside.mean() + 50
    smooth = picture(panel(figure, 2, 1), 5.0, 5.0)
    assert np.ptp(hot[..., 1]) <= np.ptp(smooth[..., 1]) + 25  # flat inside the voxel but for the anatomy's stripes
    neighbour = picture(panel(figure, 1, 1), x - 10.0, y)
    assert np.abs(neighbour.mean(axis=(0, 1)) - picture(panel(figure, 1, 1), 5, 5).mean(axis=(0, 1))).max() < 8


def test_left_of_the_patient_is_on_the_right_and_front_on_top(figure: Figure) -> None:
    axes = panel(figure, 1, 1)
    x, y = axes.transAxes.inverted().transform(axes.transData.transform((35.0, -35.0)))
    assert x > 0.5
    assert y > 0.5


def test_rejected_voxels_are_striped_and_what_was_not_fitted_is_clear(figure: Figure) -> None:
    rejected = picture(panel(figure, 1, 1), -25.0, 35.0)
    anatomy = picture(panel(figure, 0, 1), -25.0, 35.0)
    assert np.ptp(rejected.mean(axis=-1)) > 50
    assert (np.abs(rejected - anatomy).max(axis=-1) < 1).mean() == pytest.approx(2 / 3, abs=0.1)
    np.testing.assert_array_equal(picture(panel(figure, 1, 1), 45.0, 45.0), picture(panel(figure, 0, 1), 45.0, 45.0))


def test_threshold_is_outlined_along_the_voxel_in_every_row(figure: Figure) -> None:
    for row in range(3):
        lines = [line for line in panel(figure, row, 1).lines if line.get_label() == "Cho/NAA > 2"]
        assert len(lines) == 1
        points = np.asarray(lines[0].get_xydata())
        np.testing.assert_allclose(points.min(axis=0), (30.0, -40.0), atol=0.3)
        np.testing.assert_allclose(points.max(axis=0), (40.0, -30.0), atol=0.3)
        assert not [line for line in panel(figure, row, 0).lines if line.get_label() == "Cho/NAA > 2"]


def test_excited_box_is_outlined(figure: Figure) -> None:
    box = next(line for line in panel(figure, 0, 0).lines if line.get_label() == "Excited box")
    points = np.asarray(box.get_xydata())
    np.testing.assert_allclose(points.max(axis=0), (45.0, 40.0), atol=0.3)
    np.testing.assert_allclose(points.min(axis=0), (-45.0, -40.0), atol=0.3)


def test_turned_box_is_outlined_turned() -> None:
    turn = np.array([[np.cos(0.5), -np.sin(0.5), 0.0], [np.sin(0.5), np.cos(0.5), 0.0], [0.0, 0.0, 1.0]])
    affine = np.eye(4)
    affine[:3, :3] = turn * [60.0, 40.0, 60.0]
    with figure_style():
        figure = maps_figure(replace(metabolite_maps(), excited=Grid((1, 1, 1), affine)), slices_mm=[0.0])
    box = next(line for line in figure.axes[0].lines if line.get_label() == "Excited box")
    across = np.abs(np.asarray(box.get_xydata()) @ turn[:2, :2])
    on_an_edge = np.minimum(np.abs(across[:, 0] - 30.0), np.abs(across[:, 1] - 20.0))
    assert on_an_edge.max() < 0.5


def test_keys_carry_units_and_the_threshold() -> None:
    with figure_style():
        figure = maps_figure(metabolite_maps(), slices_mm=[-5.0, 5.0])
    words = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert "arb. unit" in words
    assert {"Cho/NAA > 2", "Excited box", "R", "L", "z = \u22125.0 mm"} <= set(words)
    titles = [axes.get_title("left") for axes in figure.axes]
    assert [title for title in titles if title] == ["Anatomy", "Cho/NAA", "tNAA"]


def test_slices_are_those_with_most_above_the_threshold() -> None:
    maps = metabolite_maps()
    assert shown_slices_mm(maps) == pytest.approx([-15.0, -5.0, 5.0, 15.0])
    assert shown_slices_mm(maps, most=1) == pytest.approx([-5.0])
    assert len(shown_slices_mm(replace(maps, thresholds={}), most=2)) == 2


def test_single_slice_puts_maps_side_by_side() -> None:
    with figure_style():
        one = maps_figure(metabolite_maps(), slices_mm=[-5.0])
        two = maps_figure(metabolite_maps(), slices_mm=[-5.0, 5.0])
    assert one.get_figheight() < 0.6 * two.get_figheight()


def test_structures_are_named_below() -> None:
    grid = Grid.centred((32, 32, 24), (4.0, 4.0, 4.0))
    ball = np.linalg.norm(grid.voxel_centres_mm(), axis=-1) < 25.0
    structures = StructureSet((Structure.from_mask("GTV", Role.GTV, ball, grid),))
    with figure_style():
        figure = maps_figure(replace(metabolite_maps(), structures=structures), slices_mm=[-5.0, 5.0])
    assert "GTV" in [text.get_text() for text in figure.axes[-1].texts]
    outline = next(line for line in figure.axes[0].lines if line.get_label() == "GTV")
    radius = np.linalg.norm(np.asarray(outline.get_xydata()), axis=1)
    assert radius.mean() == pytest.approx(np.sqrt(25.0**2 - 5.0**2), abs=1.5)


def test_overlay_is_clear_striped_or_coloured() -> None:
    values = np.full((60, 60), np.nan)
    values[:20] = 1.0
    fitted = np.zeros(values.shape, dtype=bool)
    fitted[:40] = True
    overlay = voxel_overlay(values, fitted & np.isnan(values), (0.0, 1.0))
    np.testing.assert_allclose(overlay[:20, :, :3], np.broadcast_to(FUNCTIONAL(1.0)[:3], (20, 60, 3)))
    assert np.all(overlay[:20, :, 3] == overlay[0, 0, 3])
    assert 0.5 < overlay[0, 0, 3] < 1.0
    assert 0.2 < np.mean(overlay[20:40, :, 3] > 0.0) < 0.5
    assert not overlay[40:, :, 3].any()


def test_grey_window_holds_soft_tissue_or_the_magnitude() -> None:
    grid = Grid.centred((10, 10, 10), (1.0, 1.0, 1.0))
    magnitude = np.zeros(grid.shape)
    magnitude[2:8] = np.random.default_rng(0).uniform(100.0, 200.0, (6, 10, 10))
    window = anatomy_window(Image(magnitude, grid, "T1", "1"))
    assert window.grey(np.array([0.0, 100.0, 150.0, 200.0])) == pytest.approx([0.0, 0.0, 0.5, 1.0], abs=0.06)
    assert anatomy_window(Image(magnitude, grid, "CT number", "[hnsf'U]")).level_hu == 40.0


def test_pictures_stay_small_on_the_page(figure: Figure) -> None:
    with figure_style():
        assert len(svg_text(figure)) < 400_000


def test_maps_that_do_not_fit_are_refused() -> None:
    maps = metabolite_maps()
    with pytest.raises(ImpastoError, match="there are none"):
        replace(maps, maps={}, thresholds={})
    other = Image(np.zeros((2, 2, 2)), Grid.centred((2, 2, 2), (10, 10, 10)), "tCr", "1")
    with pytest.raises(ImpastoError, match="tCr: lies on another grid"):
        replace(maps, maps={**maps.maps, "tCr": other})
    with pytest.raises(ImpastoError, match="CNI: has a threshold"):
        replace(maps, thresholds={"CNI": 2.0})
