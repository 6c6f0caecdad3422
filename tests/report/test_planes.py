from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from impasto.core import Grid, Image, Role, Structure
from impasto.report.planes import Orientation, Plane
from impasto.report.slice_view import SliceView, Window, blend, body_bounds_mm, bounds_around
from impasto.report.theme import StructureColour

BOUNDS = np.array([[-60.0, -60.0, -60.0], [60.0, 60.0, 60.0]])
HOT_MM = (33.0, -24.0, 18.0)
"""Left, anterior, superior of the middle."""


def rendered(plane: Plane) -> tuple[Figure, Axes, SliceView]:
    """Axes that fill a 6 inch wide figure."""
    figure = Figure(figsize=(6.0, 6.0 / plane.aspect), dpi=100)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    return figure, axes, SliceView(axes, plane)


def pixels(figure: Figure) -> np.ndarray:
    canvas = figure.canvas
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(float)


def hot_ct(flips: tuple[int, int, int]) -> Image:
    """A CT whose only bright voxels are at HOT_MM; stored with any axes reversed."""
    grid = Grid.centred((40, 40, 40), (3.0, 3.0, 3.0))
    near = np.linalg.norm(grid.voxel_centres_mm() - np.array(HOT_MM), axis=-1) < 5.0
    data = np.where(near, 500.0, -1000.0)
    affine = grid.affine.copy()
    for axis, flip in enumerate(flips):
        if flip:
            data = np.flip(data, axis)
            affine[:3, 3] += affine[:3, axis] * (grid.shape[axis] - 1)
            affine[:3, axis] *= -1
    return Image(data, Grid(grid.shape, affine), "CT number", "[hnsf'U]")


@pytest.mark.parametrize("flips", [(0, 0, 0), (1, 1, 0), (0, 0, 1), (1, 1, 1)])
@pytest.mark.parametrize(
    ("orientation", "column_share", "row_share"),
    [
        (Orientation.TRANSVERSE, (33 + 60) / 120, (-24 + 60) / 120),
        (Orientation.CORONAL, (33 + 60) / 120, (60 - 18) / 120),
        (Orientation.SAGITTAL, (-24 + 60) / 120, (60 - 18) / 120),
    ],
)
def test_a_hot_voxel_appears_where_the_letters_say(
    orientation: Orientation, column_share: float, row_share: float, flips: tuple[int, int, int]
) -> None:
    plane = Plane.through(orientation, HOT_MM, BOUNDS)
    figure, _, view = rendered(plane)
    view.base(hot_ct(flips), Window())
    bright = pixels(figure)[..., 0] > 200
    rows, columns = np.nonzero(bright)
    assert columns.mean() / bright.shape[1] == pytest.approx(column_share, abs=0.01)
    assert rows.mean() / bright.shape[0] == pytest.approx(row_share, abs=0.01)


@pytest.mark.parametrize(
    ("orientation", "letters"),
    [
        (Orientation.TRANSVERSE, {"left": "R", "right": "L", "top": "A", "bottom": "P"}),
        (Orientation.CORONAL, {"left": "R", "right": "L", "top": "S", "bottom": "I"}),
        (Orientation.SAGITTAL, {"left": "A", "right": "P", "top": "S", "bottom": "I"}),
    ],
)
def test_letters_stand_at_their_edges(orientation: Orientation, letters: dict[str, str]) -> None:
    figure, axes, view = rendered(Plane.through(orientation, HOT_MM, BOUNDS))
    view.marks()
    figure.canvas.draw()
    places = {}
    for text in axes.texts:
        if len(text.get_text()) == 1:
            box = text.get_window_extent()
            x, y = (box.x0 + box.x1) / 2 / figure.bbox.width, (box.y0 + box.y1) / 2 / figure.bbox.height
            edge = "left" if x < 0.1 else "right" if x > 0.9 else "top" if y > 0.9 else "bottom"
            places[edge] = text.get_text()
    assert places == letters


def test_position_is_written_in_millimetres() -> None:
    _, axes, view = rendered(Plane.through(Orientation.CORONAL, HOT_MM, BOUNDS))
    view.marks()
    assert "y = \u221224.0 mm" in [text.get_text() for text in axes.texts]


def test_scale_bar_is_as_long_as_it_says() -> None:
    _, axes, view = rendered(Plane.through(Orientation.TRANSVERSE, HOT_MM, BOUNDS))
    view.marks()
    bar = next(line for line in axes.lines if line.get_label() == "scale bar")
    assert np.ptp(bar.get_xdata()) == pytest.approx(20.0)
    assert "2 cm" in [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("orientation", list(Orientation))
def test_outline_of_a_fractional_sphere_lies_on_its_surface(orientation: Orientation) -> None:
    grid = Grid.centred((48, 48, 48), (2.5, 2.5, 2.5))
    distance = np.linalg.norm(grid.voxel_centres_mm() - np.array(HOT_MM), axis=-1)
    ball = Structure.from_mask("ball", Role.PTV, np.clip(0.5 - (distance - 20.0) / 12.0, 0.0, 1.0), grid)
    plane = Plane.through(orientation, HOT_MM, BOUNDS)
    (line,) = plane.contours_mm(ball)
    a, v, _ = orientation.axes
    radii = np.linalg.norm(line - np.array([HOT_MM[a], HOT_MM[v]]), axis=1)
    # linear interpolation of a distance errs by h^2 / 8 times its curvature, 2 / radius: 0.08 mm
    assert np.abs(radii - 20.0).max() < 0.08


def test_outline_of_contours_is_the_contour() -> None:
    square = np.array([[10.0, -30, 0], [40, -30, 0], [40, 5, 0], [10, 5, 0]])
    planes = tuple(square + np.array([0, 0, z]) for z in (-3.0, 0.0, 3.0))
    box = Structure("box", Role.ORGAN, contours=planes)
    (line,) = Plane.through(Orientation.TRANSVERSE, (0, 0, 1.0), BOUNDS).contours_mm(box)
    assert line.min(axis=0) == pytest.approx([10, -30], abs=0.05)
    assert line.max(axis=0) == pytest.approx([40, 5], abs=0.05)
    (side,) = Plane.through(Orientation.SAGITTAL, (25.0, 0, 0), BOUNDS).contours_mm(box)
    assert side.min(axis=0) == pytest.approx([-30, -4.5], abs=0.3)
    assert side.max(axis=0) == pytest.approx([5, 4.5], abs=0.3)


def test_outline_is_drawn_on_its_millimetres() -> None:
    """Pixels of the outline's colour span the square's sides, by the picture's own geometry."""
    square = np.array([[10.0, -30, 0], [40, -30, 0], [40, 5, 0], [10, 5, 0]])
    box = Structure("box", Role.ORGAN, contours=(square,), plane_spacing_mm=3.0)
    plane = Plane.through(Orientation.TRANSVERSE, (0, 0, 0), BOUNDS)
    figure, _, view = rendered(plane)
    view.outline(box, plane.contours_mm(box), StructureColour("#ff0000", "#00ff00"))
    image = pixels(figure)
    rows, columns = np.nonzero((image[..., 1] > 180) & (image[..., 0] < 80))
    mm_per_pixel = 120.0 / image.shape[1]
    # a line of 1.2 pt is 1.7 pixels wide, 0.33 mm
    assert columns.min() * mm_per_pixel - 60 == pytest.approx(10, abs=0.5)
    assert columns.max() * mm_per_pixel - 60 == pytest.approx(40, abs=0.5)
    assert rows.min() * mm_per_pixel - 60 == pytest.approx(-30, abs=0.5)
    assert rows.max() * mm_per_pixel - 60 == pytest.approx(5, abs=0.5)


def test_outside_a_structure_nothing_is_drawn() -> None:
    square = np.array([[10.0, -30, 0], [40, -30, 0], [40, 5, 0], [10, 5, 0]])
    box = Structure("box", Role.ORGAN, contours=(square,), plane_spacing_mm=3.0)
    assert Plane.through(Orientation.TRANSVERSE, (0, 0, 30.0), BOUNDS).contours_mm(box) == []
    assert Plane.through(Orientation.TRANSVERSE, (0, 0, 0), BOUNDS).contours_mm(Structure("none")) == []


def test_window_maps_its_ends_to_black_and_white() -> None:
    assert Window(40, 400).grey(np.array([-1000.0, -160, 40, 240, 3000])).tolist() == [0, 0, 0.5, 1, 1]


def test_blend_is_a_weighted_mean() -> None:
    overlay = np.array([[[1.0, 0.0, 0.0, 0.25], [0.0, 1.0, 0.0, 0.0]]])
    assert blend(np.array([[0.4, 0.8]]), overlay)[0] == pytest.approx(np.array([[0.55, 0.3, 0.3], [0.8, 0.8, 0.8]]))


def test_boxes_stay_inside_the_image() -> None:
    limits = np.array([[-50.0, -50, -10], [50, 50, 10]])
    box = bounds_around((45.0, 0.0, 0.0), 30.0, limits)
    assert box[:, 0].tolist() == [-10.0, 50.0]
    assert box[:, 2].tolist() == [-10.0, 10.0]
    assert np.all(box[0] >= limits[0])


def test_body_without_external_contour_is_what_is_dense(content) -> None:
    from impasto.core import StructureSet

    bounds = body_bounds_mm(content.images.ct, StructureSet(), margin_mm=0.0)
    assert bounds[1] == pytest.approx([70.0, 85.0, 75.0], abs=3.0)
    assert bounds[0] == pytest.approx([-70.0, -85.0, -75.0], abs=3.0)
