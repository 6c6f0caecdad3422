"""Where panels, keys and legends of a slice figure lie: every panel of a row has the same scale in mm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from impasto.report.planes import Plane
from impasto.report.theme import HALO, StructureColour

__all__ = ["SIDE_KEY_IN", "MapPanels", "SliceRow", "axes_width_in", "map_panels", "slice_row", "write_structure_names"]

_GAP, _TITLE, _KEY, _NAMES, _INSET = 0.1, 0.22, 0.44, 0.2, 0.12
_NAME_SIZE = 6.8
"""Inches between panels, above them for titles, below them for keys for a line of
structure names, and from a key's end to its panel's edge; size of those names in points."""

SIDE_KEY_IN = 0.95
"""Inches at the right of a map for its key."""

_NARROW_GAP, _LEAST_PANEL, _LARGEST_PANEL = 0.05, 1.4, 2.6
"""Inches between slices of a map; least and largest width of a slice."""


@dataclass(frozen=True, eq=False)
class SliceRow:
    """A figure with one row of panels.

    Parameters
    ----------
    figure : Figure
    panels : list of Axes
        One a plane.
    keys : list of Axes
        One a span that was asked for; flat strips below the panels.
    names : Axes
        A line at the bottom for the structures' names.
    """

    figure: Figure
    panels: list[Axes]
    keys: list[Axes]
    names: Axes


def slice_row(
    planes: Sequence[Plane],
    key_spans: Sequence[tuple[int, int]],
    width_in: float = 7.6,
    highest_in: float = 4.6,
    has_titles: bool = True,
) -> SliceRow:
    """Lay out panels side by side at one scale, aligned at the top.

    Parameters
    ----------
    planes : sequence of Plane
    key_spans : sequence of (int, int)
        First and last panel above each key.
    width_in : float
        Width of the figure in inches.
    highest_in : float
        Panels are no higher; they shrink and the figure keeps its width.
    has_titles : bool
        Whether to leave room for titles above the panels.
    """
    widths = [plane.across_mm[1] - plane.across_mm[0] for plane in planes]
    heights = [plane.vertical_mm[1] - plane.vertical_mm[0] for plane in planes]
    free = width_in - _GAP * (len(planes) - 1)
    scale = min(free / sum(widths), highest_in / max(heights))
    tallest = scale * max(heights)
    title = _TITLE if has_titles else 0.01
    total = title + tallest + (_KEY if key_spans else 0.0) + _NAMES
    start = 0.5 * (free - scale * sum(widths))
    figure = Figure(figsize=(width_in, total))
    panels, edges = [], []
    for width, height in zip(widths, heights, strict=True):
        box = (start / width_in, (total - title - scale * height) / total)
        panels.append(figure.add_axes((*box, scale * width / width_in, scale * height / total)))
        edges.append((start, start + scale * width))
        start += scale * width + _GAP
    keys = []
    for first, last in key_spans:
        low, high = (edges[first][0] + _INSET) / width_in, (edges[last][1] - _INSET) / width_in
        keys.append(figure.add_axes((low, (_NAMES + 0.2) / total, high - low, 0.1 / total)))
    low, high = (edges[0][0] + _INSET) / width_in, (edges[-1][1] - _INSET) / width_in
    names = figure.add_axes((low, 0.0, high - low, (_NAMES - 0.04) / total))
    names.set_axis_off()
    return SliceRow(figure, panels, keys, names)


@dataclass(frozen=True, eq=False)
class MapPanels:
    """A figure with a group of panels, one a slice, and an upright key for each map.

    Parameters
    ----------
    figure : Figure
    rows : list of list of Axes
        For each map, one a plane.
    keys : list of Axes
        One a map, at the right of its panels; without anything until drawn in.
    names : Axes
        A line at the bottom for names of outlines.
    """

    figure: Figure
    rows: list[list[Axes]]
    keys: list[Axes]
    names: Axes


def map_panels(planes: Sequence[Plane], maps: int, width_in: float = 7.6, key_in: float = SIDE_KEY_IN) -> MapPanels:
    """Lay out maps of the same slices below each other; side by side where there is only one slice.

    Parameters
    ----------
    planes : sequence of Plane
        All of one size.
    maps : int
    width_in, key_in : float
        Width of the figure, and of the room for a key at the right of each map, in inches.
    """
    slices = len(planes)
    abreast = min(maps, max(1, int(width_in / (slices * _LEAST_PANEL + key_in))))
    group = width_in / abreast
    panel = min((group - key_in - _NARROW_GAP * (slices - 1)) / slices, _LARGEST_PANEL)
    height = panel / planes[0].aspect
    lines = -(-maps // abreast)
    total = lines * (_TITLE + height) + _NAMES + 0.08
    figure = Figure(figsize=(width_in, total))
    rows, keys = [], []
    for number in range(maps):
        left = (number % abreast) * group
        bottom = total - (number // abreast + 1) * (_TITLE + height)
        starts = [left + slot * (panel + _NARROW_GAP) for slot in range(slices)]
        sizes = panel / width_in, height / total
        rows.append([figure.add_axes((start / width_in, bottom / total, *sizes)) for start in starts])
        key = (starts[-1] + panel + 0.12) / width_in, (bottom + 0.04 * height) / total
        keys.append(figure.add_axes((*key, 0.1 / width_in, 0.68 * height / total)))
        keys[-1].set_axis_off()
    names = figure.add_axes((0.0, 0.0, 1.0, (_NAMES - 0.04) / total))
    names.set_axis_off()
    return MapPanels(figure, rows, keys, names)


def write_structure_names(axes: Axes, colours: Mapping[str, StructureColour]) -> None:
    """Write the names of the drawn structures in one line, each behind a dash in its colour."""
    width_in = axes_width_in(axes)
    axes.set_xlim(0.0, width_in)
    axes.set_ylim(0.0, 1.0)
    lengths = [0.42 + _width_in(name, _NAME_SIZE) for name in colours]
    shrink = min(1.0, width_in / max(sum(lengths) - 0.2, 1e-9))
    start = 0.0
    for (name, colour), length in zip(colours.items(), lengths, strict=True):
        dash = [start, start + 0.15 * shrink]
        axes.plot(dash, [0.5, 0.5], color=HALO, linewidth=3.2 * shrink, solid_capstyle="butt")
        axes.plot(dash, [0.5, 0.5], color=colour.on_dark, linewidth=2.0 * shrink, solid_capstyle="butt")
        axes.text(start + 0.21 * shrink, 0.48, name, va="center", fontsize=_NAME_SIZE * shrink, parse_math=False)
        start += length * shrink


def axes_width_in(axes: Axes) -> float:
    """Width of axes in inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.get_position().width * figure.get_figwidth())


def _width_in(text: str, size: float) -> float:
    literal = text.replace("$", r"\$")
    return float(TextPath((0.0, 0.0), literal, size=size).get_extents().width) / 72.0 if text.strip() else 0.0
