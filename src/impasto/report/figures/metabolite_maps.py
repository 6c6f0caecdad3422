"""Metabolite maps over anatomy: a row for each map, a column for each slice, voxels as voxels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib import patheffects
from matplotlib.figure import Figure
from numpy.typing import NDArray

from impasto.core import Image
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.report.figures.keys import draw_upright_key
from impasto.report.figures.layout import map_panels, write_structure_names
from impasto.report.planes import Orientation, Plane, outlines_mm
from impasto.report.scene import nice_limit
from impasto.report.slice_view import SliceView, Window
from impasto.report.spectroscopy_findings import MetaboliteMaps
from impasto.report.theme import FUNCTIONAL, HALO, StructureColour, structure_colours
from impasto.report.units import quantity_and_unit

__all__ = ["anatomy_window", "metabolite_maps_figure", "shown_slices_mm", "voxel_overlay"]
__all__ += ["without_straight_points"]

_THRESHOLD = StructureColour("#a67c00", "#ffd23f")
_EXCITED = StructureColour("#3f4650", "#ffffff")
_EXCITED_NAME = "Excited box"
_MARGIN_MM = 16.0
_OPACITY = (0.4, 0.8)
_PIXELS = 300
_STRIPE_PIXELS = 9
_OUTLINE_PIXELS = 2.0
_HIGH_PERCENTILE = 98.0


@dataclass(frozen=True, eq=False)
class _Cut:
    """One slice: its plane, which pixels lie in fitted voxels, and lines that every map of it gets."""

    plane: Plane
    fitted: BoolArray
    lines: dict[str, list[FloatArray]]


def metabolite_maps_figure(
    found: MetaboliteMaps,
    names: Sequence[str] | None = None,
    slices_mm: Sequence[float] | None = None,
    has_anatomy: bool = True,
) -> Figure:
    """Draw maps over anatomy on transverse slices; rejected voxels striped, the first threshold outlined throughout.

    Parameters
    ----------
    found : MetaboliteMaps
    names : sequence of str, optional
        Of the maps to draw; all when not given.
    slices_mm : sequence of float, optional
        LPS z of the slices; :func:`shown_slices_mm` when not given.
    has_anatomy : bool
        Whether the anatomy comes first without a map.
    """
    drawn = list(found.maps) if names is None else list(names)
    cuts = [_cut(found, position) for position in slices_mm or shown_slices_mm(found)]
    rows: list[str | None] = [*([None] if has_anatomy else []), *drawn]
    panels = map_panels([cut.plane for cut in cuts], len(rows))
    window = anatomy_window(found.anatomy)
    colours = _line_colours(found)
    for number, name in enumerate(rows):
        overlays: list[FloatArray | None] = [None] * len(cuts)
        if name is not None:
            values = [_nearest(found.maps[name], cut.plane) for cut in cuts]
            limits = found.limits.get(name) or _limits(values, found.thresholds.get(name))
            overlays = [voxel_overlay(v, cut.fitted, limits) for v, cut in zip(values, cuts, strict=True)]
            caption = quantity_and_unit(found.maps[name]).removeprefix(name).strip(" ()")
            draw_upright_key(panels.keys[number], FUNCTIONAL, limits, caption, found.thresholds.get(name))
        for axes, cut, overlay in zip(panels.rows[number], cuts, overlays, strict=True):
            view = SliceView(axes, cut.plane)
            view.base(found.anatomy, window, overlay)
            _draw_lines(view, cut, colours)
            view.small_marks() if number == 0 else view.position_mark()
        panels.rows[number][0].set_title(name or "Anatomy", pad=3, parse_math=False)
    seen = {line: colour for line, colour in colours.items() if any(cut.lines.get(line) for cut in cuts)}
    write_structure_names(panels.names, seen)
    return panels.figure


def shown_slices_mm(found: MetaboliteMaps, most: int = 4) -> list[float]:
    """Choose neighbouring slices of the spectra's grid: those with most voxels above the first threshold.

    Without a threshold, or with nothing above it, those with most fitted voxels.

    Returns
    -------
    list of float
        LPS z, from inferior to superior.
    """
    grid = found.grid
    heights = grid.world_from_index(np.argwhere(found.fitted))[:, 2]
    thickness = float(grid.spacing_mm[int(np.argmax(np.abs(grid.direction[2])))])
    levels = np.round((heights - heights.min()) / thickness).astype(int)
    weights = np.bincount(levels) * 1e-6
    for name, threshold in list(found.thresholds.items())[:1]:
        values = np.nan_to_num(found.maps[name].data[found.fitted], nan=-np.inf)
        weights = weights + np.bincount(levels, values > threshold, len(weights))
    count = min(most, len(weights))
    first = int(np.argmax(np.convolve(weights, np.ones(count), "valid")))
    return [float(heights.min() + thickness * level) for level in range(first, first + count)]


def voxel_overlay(values: RealArray, fitted: BoolArray, limits: tuple[float, float]) -> FloatArray:
    """Colour pixels by value, low ones fainter; stripe those that were fitted but have none; leave the others clear.

    Parameters
    ----------
    values : ndarray, shape (row, column)
        NaN where there is no value.
    fitted : ndarray of bool, same shape
    limits : tuple of float
        Values at the ends of the colour scale.

    Returns
    -------
    ndarray, shape (row, column, 4)
    """
    low, high = limits
    known = np.isfinite(values)
    share = np.clip((np.where(known, values, low) - low) / (high - low), 0.0, 1.0)
    overlay = np.asarray(FUNCTIONAL(share), dtype=np.float64)
    low_opacity, high_opacity = _OPACITY
    opacity = low_opacity + (high_opacity - low_opacity) * np.clip(share / 0.4, 0.0, 1.0)
    overlay[..., 3] = np.where(known, opacity, 0.0)
    row, column = np.indices(values.shape)
    striped = fitted & ~known & ((row + column) % _STRIPE_PIXELS < _STRIPE_PIXELS // 3)
    overlay[striped] = (1.0, 1.0, 1.0, 0.55)
    return overlay


def anatomy_window(anatomy: Image) -> Window:
    """Grey window: soft tissue for CT, between the darkest and brightest hundredth of what is not air for MR."""
    if anatomy.unit == "[hnsf'U]":
        return Window(40.0, 90.0)
    values = np.asarray(anatomy.data[::2, ::2, ::2], dtype=np.float64)
    bright = values[values > 0.1 * float(np.percentile(values, 99.0))]
    low, high = np.percentile(bright, [1.0, 99.5]) if bright.size else (0.0, 1.0)
    return Window(0.5 * float(low + high), max(float(high - low), 1e-9))


def _cut(found: MetaboliteMaps, position_mm: float) -> _Cut:
    corners = found.grid.world_from_index(np.argwhere(found.fitted))
    half = 0.5 * float(found.grid.spacing_mm.max()) + _MARGIN_MM
    inside = found.anatomy.grid.bounds_mm()
    bounds = np.stack(
        [np.maximum(corners.min(axis=0) - half, inside[0]), np.minimum(corners.max(axis=0) + half, inside[1])]
    )
    plane = Plane.through(Orientation.TRANSVERSE, (0.0, 0.0, position_mm), bounds, _PIXELS)
    fitted = _nearest(Image(found.fitted.astype(np.float32), found.grid, "fitted", "1"), plane) > 0.5
    coarse = replace(plane, pixel_mm=_OUTLINE_PIXELS * plane.pixel_mm)
    lines = {s.name: coarse.contours_mm(s) for s in found.structures or () if not s.is_empty}
    for name, threshold in list(found.thresholds.items())[:1]:
        above = np.nan_to_num(_nearest(found.maps[name], plane), nan=-np.inf) > threshold
        outlines = outlines_mm(above.astype(np.float64), plane, 0.5)
        lines[_threshold_name(name, threshold)] = [without_straight_points(line) for line in outlines]
    if found.excited is not None:
        lines[_EXCITED_NAME] = _box_outline_mm(found, plane)
    return _Cut(plane, fitted, lines)


def _nearest(image: Image, plane: Plane) -> NDArray[np.floating]:
    """Take the value of the voxel that each pixel's centre lies in; NaN outside the grid."""
    data = image.with_data(np.asarray(image.data, dtype=np.float32))
    return plane.pixels_of(data.resampled_nearest(plane.grid, float("nan")).data)


def without_straight_points(line: FloatArray) -> FloatArray:
    """Leave out points of a polyline, shape (point, 2), at which it runs straight on.

    Examples
    --------
    >>> without_straight_points(np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 2.0]])).tolist()
    [[0.0, 0.0], [0.0, 2.0], [1.0, 2.0]]
    """
    step = np.diff(line, axis=0)
    turn = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
    kept: FloatArray = line[np.concatenate([[True], np.abs(turn) > 1e-9, [True]])]
    return kept


def _limits(values: Sequence[RealArray], threshold: float | None) -> tuple[float, float]:
    """Zero to a round number above most values; where there is a threshold, to twice or three times that."""
    known = np.concatenate([v[np.isfinite(v)] for v in values])
    high = float(np.percentile(known, _HIGH_PERCENTILE)) if known.size else 1.0
    if threshold is not None and threshold > 0.0:
        # so that what lies around the threshold is not lost below a few extreme ratios
        high = float(np.clip(high, 2.0 * threshold, 3.0 * threshold))
    return 0.0, nice_limit([max(high, 0.0)])


def _box_outline_mm(found: MetaboliteMaps, plane: Plane) -> list[FloatArray]:
    box = found.excited
    assert box is not None
    index = box.index_from_world(plane.grid.voxel_centres_mm())
    shape = np.asarray(box.shape)
    depth = (0.5 * shape - np.abs(index - 0.5 * (shape - 1))) * box.spacing_mm
    return outlines_mm(plane.pixels_of(depth.min(axis=-1)), plane, 0.0)


def _threshold_name(name: str, threshold: float) -> str:
    return f"{name} > {threshold:g}"


def _line_colours(found: MetaboliteMaps) -> dict[str, StructureColour]:
    """Colours of structures, threshold and box, in the order of the legend."""
    structures = found.structures
    colours = {} if structures is None else structure_colours(structures, structures.names)
    for name, threshold in list(found.thresholds.items())[:1]:
        colours[_threshold_name(name, threshold)] = _THRESHOLD
    if found.excited is not None:
        colours[_EXCITED_NAME] = _EXCITED
    return colours


def _draw_lines(view: SliceView, cut: _Cut, colours: dict[str, StructureColour]) -> None:
    for name, lines in cut.lines.items():
        dashes = (0, (3.0, 2.0)) if name == _EXCITED_NAME else "-"
        for line in lines:
            view.axes.plot(
                line[:, 0], line[:, 1], color=colours[name].on_dark, linewidth=0.8, linestyle=dashes, zorder=3,
                label=name, solid_joinstyle="miter",
                path_effects=[patheffects.Stroke(linewidth=1.6, foreground=HALO), patheffects.Normal()],
            )  # fmt: skip
