"""Targets outlined over images: a row for each image, a column for each slice; and three cuts through their middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from impasto.core import Image, StructureSet
from impasto.core.arrays import FloatArray
from impasto.report.figures.layout import map_panels, slice_row, write_structure_names
from impasto.report.figures.map_overlay import anatomy_window
from impasto.report.planes import Orientation, Plane
from impasto.report.slice_view import SliceView, Window
from impasto.report.theme import StructureColour

__all__ = ["target_cuts_figure", "target_slices_figure"]

_MARGIN_MM = 28.0
_PIXELS = 320
_TINT = 0.14
_MOST_SLICES = 4
_LEAST_SPAN_MM = 15.0
_UPTAKE_UNITS = ("g/mL", "Bq/mL", "cm2/mL")
"""Of PET images, which are shown dark on white."""


def target_cuts_figure(image: Image, structures: StructureSet, colours: Mapping[str, StructureColour]) -> Figure:
    """Outline targets on the transverse, coronal and sagittal cut through the middle of the smallest of them."""
    bounds = _bounds_mm(structures, image)
    focus = _middle_mm(structures)
    planes = [Plane.through(way, focus, bounds, _PIXELS) for way in Orientation]
    row = slice_row(planes, [], highest_in=3.4, has_titles=False)
    window = _window(image, planes)
    for axes, plane in zip(row.panels, planes, strict=True):
        _draw(axes, plane, image, window, _Targets(structures, colours)).small_marks()
    write_structure_names(row.names, colours)
    return row.figure


def target_slices_figure(
    images: Mapping[str, Image], structures: StructureSet, colours: Mapping[str, StructureColour]
) -> Figure:
    """Show each image on the same transverse slices, without and with the targets outlined."""
    first = next(iter(images.values()))
    bounds = _bounds_mm(structures, first)
    planes = [
        Plane.through(Orientation.TRANSVERSE, (0.0, 0.0, z), bounds, _PIXELS) for z in _heights_mm(structures, first)
    ]
    rows = [(name, targets) for name in images for targets in (None, _Targets(structures, colours))]
    panels = map_panels(planes, len(rows), key_in=0.0)
    for number, (name, targets) in enumerate(rows):
        image = images[name]
        window = _window(image, planes)
        for axes, plane in zip(panels.rows[number], planes, strict=True):
            view = _draw(axes, plane, image, window, targets)
            view.small_marks() if number == 0 else view.position_mark()
        if targets is None:
            panels.rows[number][0].set_title(name, pad=3, parse_math=False)
    write_structure_names(panels.names, colours)
    return panels.figure


class _Targets:
    """Structures and the colours they are drawn in."""

    def __init__(self, structures: StructureSet, colours: Mapping[str, StructureColour]) -> None:
        # smaller ones over larger ones
        self.structures = sorted(structures, key=lambda one: -one.volume_ml())
        self.colours = colours

    def tint(self, plane: Plane) -> FloatArray:
        """Colour the inside of each."""
        overlay = np.zeros((*plane.pixels_of(np.zeros(plane.grid.shape)).shape, 4))
        for one in self.structures:
            inside = plane.occupancy_of(one) >= 0.5
            overlay[inside] = (*to_rgb(self.colours[one.name].on_dark), _TINT)
        return overlay


def _draw(axes: Axes, plane: Plane, image: Image, window: Window, targets: _Targets | None) -> SliceView:
    view = SliceView(axes, plane)
    view.base(image, window, None if targets is None else targets.tint(plane))
    if targets is not None:
        for one in targets.structures:
            view.outline(one, plane.contours_mm(one), targets.colours[one.name], line_width=0.9)
    return view


def _window(image: Image, planes: Sequence[Plane]) -> Window:
    """Take the anatomy's window; uptake from black at its greatest in the pictures to white at none."""
    if image.unit not in _UPTAKE_UNITS:
        return anatomy_window(image)
    top = max(float(np.nanmax(plane.sample(image))) for plane in planes)
    return Window(0.5 * top, -max(top, 1e-9))


def _bounds_mm(structures: StructureSet, image: Image) -> FloatArray:
    """Box around the targets with a margin, inside the image, shape (2, 3)."""
    boxes = [one.bounds_mm() for one in structures]
    low = np.min([box[0] for box in boxes], axis=0) - _MARGIN_MM
    high = np.max([box[1] for box in boxes], axis=0) + _MARGIN_MM
    half = 0.5 * float(np.max((high - low)[:2]))
    middle = 0.5 * (low + high)
    low[:2], high[:2] = middle[:2] - half, middle[:2] + half
    limits = image.grid.bounds_mm()
    return np.stack([np.maximum(low, limits[0]), np.minimum(high, limits[1])])


def _middle_mm(structures: StructureSet) -> tuple[float, float, float]:
    smallest = min(structures, key=lambda one: one.volume_ml())
    middle = smallest.bounds_mm().mean(axis=0)
    return (float(middle[0]), float(middle[1]), float(middle[2]))


def _heights_mm(structures: StructureSet, image: Image) -> list[float]:
    """LPS z of slices of the image, evenly spread over the smallest target that is thick enough, else over all."""
    spans = {one.name: one.bounds_mm()[:, 2] for one in structures}
    thick = [one for one in structures if spans[one.name][1] - spans[one.name][0] >= _LEAST_SPAN_MM]
    shown = [min(thick, key=lambda one: one.volume_ml())] if thick else list(structures)
    low, high = min(spans[one.name][0] for one in shown), max(spans[one.name][1] for one in shown)
    step = float(image.grid.spacing_mm[int(np.argmax(np.abs(image.grid.direction[2])))])
    start = float(image.grid.origin_mm[2])
    wanted = low + (high - low) * (np.arange(_MOST_SLICES) + 0.5) / _MOST_SLICES
    return [float(z) for z in np.unique(start + step * np.round((wanted - start) / step))]
