"""Figures of maps for the page, as many to a figure as a printed page holds."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.figures.maps_over_anatomy import maps_figure
from impasto.report.figures.shown_slices import shown_slices_mm
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.page import FigureBlock, figure_block

__all__ = ["listed", "map_blocks"]

_ROWS_A_PAGE, _PANELS_A_PAGE = 4, 9
"""Of maps: below each other, and of a single slice."""

_HOW_MAPS = "Voxels have the size they were measured with. Values beyond the end of a scale take its colour."


def map_blocks(
    maps: MapsOverAnatomy, stripes: str, slices_mm: Sequence[float] | None = None, most_rows: int = _ROWS_A_PAGE
) -> list[FigureBlock]:
    """Draw maps over anatomy.

    Parameters
    ----------
    maps : MapsOverAnatomy
    stripes : str
        Sentence that says what striped voxels are.
    slices_mm : sequence of float, optional
        LPS z; chosen from the maps when not given.
    most_rows : int
        In one figure.
    """
    slices = shown_slices_mm(maps) if slices_mm is None else slices_mm
    most = most_rows if len(slices) > 1 else _PANELS_A_PAGE
    # None stands for the anatomy alone, which comes first
    rows: list[str | None] = [None, *maps.maps]
    pages = -(-len(rows) // most)
    size = -(-len(rows) // pages)
    return [_map_block(maps, rows[start : start + size], slices, stripes) for start in range(0, len(rows), size)]


def listed(names: Sequence[str]) -> str:
    """Write names as a sentence does.

    Examples
    --------
    >>> listed(["ve", "vp", "Ktrans"])
    've, vp and Ktrans'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _map_block(
    maps: MapsOverAnatomy, rows: Sequence[str | None], slices_mm: Sequence[float], stripes: str
) -> FigureBlock:
    names = [name for name in rows if name is not None]
    figure = maps_figure(maps, names, slices_mm, has_anatomy=len(names) < len(rows))
    shown = listed(names)
    thresholds = [f"{name} above {threshold:g}" for name, threshold in list(maps.thresholds.items())[:1]]
    outlined = f" Yellow: {thresholds[0]}." if thresholds else ""
    caption = f"{shown} over {maps.anatomy.quantity}, transverse.{outlined} {stripes} {_HOW_MAPS}"
    return figure_block(figure, caption, f"Transverse slices of {maps.anatomy.quantity} with maps of {shown}.")
