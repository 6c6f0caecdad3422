"""Maps over anatomy: a row for each map, a column for each slice, voxels as voxels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core import Image
from impasto.report.figures.keys import draw_upright_key
from impasto.report.figures.layout import map_panels, write_structure_names
from impasto.report.figures.map_cut import EXCITED_NAME, MapCut, line_colours, map_cut, shown_bounds_mm
from impasto.report.figures.map_overlay import anatomy_window, scale_limits, voxel_overlay
from impasto.report.figures.shown_slices import shown_slices_mm
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.slice_view import SliceView
from impasto.report.theme import HALO, StructureColour
from impasto.report.units import quantity_and_unit

__all__ = ["maps_figure", "overview_figure"]


@dataclass(frozen=True, eq=False)
class _Row:
    """A map, or the anatomy alone, on its slices."""

    cuts: Sequence[MapCut]
    name: str | None

    @property
    def found(self) -> MapsOverAnatomy:
        return self.cuts[0].found


def maps_figure(
    found: MapsOverAnatomy,
    names: Sequence[str] | None = None,
    slices_mm: Sequence[float] | None = None,
    has_anatomy: bool = True,
) -> Figure:
    """Draw maps on transverse slices; voxels not to be trusted striped, the first threshold outlined throughout.

    Parameters
    ----------
    found : MapsOverAnatomy
    names : sequence of str, optional
        Of the maps to draw; all when not given.
    slices_mm : sequence of float, optional
        LPS z of the slices; :func:`~impasto.report.figures.shown_slices.shown_slices_mm` when not given.
    has_anatomy : bool
        Whether the anatomy comes first without a map.
    """
    drawn = list(found.maps) if names is None else list(names)
    slices = slices_mm or shown_slices_mm(found)
    bounds = shown_bounds_mm(found, slices)
    cuts = [map_cut(found, position, bounds) for position in slices]
    return _drawn([_Row(cuts, name) for name in [*([None] if has_anatomy else []), *drawn]])


def overview_figure(chosen: Sequence[tuple[MapsOverAnatomy, str]], position_mm: float) -> Figure:
    """Draw maps of several steps side by side on one transverse slice, after the anatomy of the first.

    Parameters
    ----------
    chosen : sequence of (MapsOverAnatomy, str)
        Maps of a step, and the name of the one to draw.
    position_mm : float
        LPS z.
    """
    every = [shown_bounds_mm(found, [position_mm]) for found, _ in chosen]
    bounds = np.stack([np.min([low for low, _ in every], axis=0), np.max([high for _, high in every], axis=0)])
    rows = [_Row([map_cut(found, position_mm, bounds)], name) for found, name in chosen]
    return _drawn([_Row(rows[0].cuts, None), *rows])


def _drawn(rows: Sequence[_Row]) -> Figure:
    panels = map_panels([cut.plane for cut in rows[0].cuts], len(rows))
    colours: dict[str, StructureColour] = {}
    for number, row in enumerate(rows):
        colours |= line_colours(row.found)
        _draw_row(row, panels.rows[number], panels.keys[number], colours, is_first=number == 0)
    cuts = [cut for row in rows for cut in row.cuts]
    seen = {line: colour for line, colour in colours.items() if any(cut.lines.get(line) for cut in cuts)}
    write_structure_names(panels.names, seen)
    return panels.figure


def _draw_row(
    row: _Row, panels: Sequence[Axes], key: Axes, colours: dict[str, StructureColour], is_first: bool
) -> None:
    found, name = row.found, row.name
    overlays: list[np.ndarray | None] = [None] * len(row.cuts)
    if name is not None:
        values, striped = [cut.values(name) for cut in row.cuts], [cut.striped(name) for cut in row.cuts]
        trusted = np.concatenate([v[~s] for v, s in zip(values, striped, strict=True)])
        scale, threshold = found.scale(name), found.thresholds.get(name)
        limits = scale_limits(scale, trusted, threshold)
        overlays = [voxel_overlay(v, s, limits, scale) for v, s in zip(values, striped, strict=True)]
        draw_upright_key(key, scale.colours, limits, _caption(name, found.maps[name]), threshold)
    window = anatomy_window(found.anatomy)
    for axes, cut, overlay in zip(panels, row.cuts, overlays, strict=True):
        view = SliceView(axes, cut.plane)
        view.base(found.anatomy, window, overlay)
        _draw_lines(view, cut, colours)
        view.small_marks() if is_first else view.position_mark()
    panels[0].set_title(name or "Anatomy", pad=3, parse_math=False)


def _caption(name: str, image: Image) -> str:
    """Say in a key what the name above the picture does not: the unit, and what else the quantity is called."""
    rest = quantity_and_unit(image).removeprefix(name).strip()
    return rest[1:-1] if rest.startswith("(") else rest


def _draw_lines(view: SliceView, cut: MapCut, colours: dict[str, StructureColour]) -> None:
    for name, lines in cut.lines.items():
        dashes = (0, (3.0, 2.0)) if name == EXCITED_NAME else "-"
        for line in lines:
            view.axes.plot(
                line[:, 0], line[:, 1], color=colours[name].on_dark, linewidth=0.8, linestyle=dashes, zorder=3,
                label=name, solid_joinstyle="miter",
                path_effects=[patheffects.Stroke(linewidth=1.6, foreground=HALO), patheffects.Normal()],
            )  # fmt: skip
