"""The sheet on which a voxel's curve is drawn: panels below each other, a column for numbers and place at the right."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core import Image
from impasto.report.curve_findings import FittedCurve, Parameter, VoxelFindings
from impasto.report.figures.slice_marker import draw_place
from impasto.report.theme import INK, PALE, SOFT
from impasto.report.units import position_text, printed_unit

__all__ = ["FIT", "CurveSheet", "curve_sheet", "draw_residual", "title_of", "value_and_error", "write_column"]

FIT = "#c9302c"
"""Colour of a fitted curve."""

_WIDTH_IN, _LEFT_IN, _COLUMN_IN, _APART_IN = 7.6, 0.78, 1.95, 0.18
_TOP_IN, _BOTTOM_IN = 0.3, 0.42
_STEP_IN, _RIGHT_IN, _LETTERS = 0.165, 1.87, 36
_MET, _UNMET = "#00674b", "#a3260f"
_BAND = 2.0
"""Half the width of a band of noise, in standard deviations."""


@dataclass(frozen=True, eq=False)
class CurveSheet:
    """A figure with panels from top to bottom and a column whose units are inches, y from the top downwards negative.

    Parameters
    ----------
    figure : Figure
    panels : list of Axes
    column : Axes
    """

    figure: Figure
    panels: list[Axes]
    column: Axes


def curve_sheet(panels_in: Sequence[tuple[float, float]], title: str, legend_in: float = 0.0) -> CurveSheet:
    """Lay out panels.

    Parameters
    ----------
    panels_in : sequence of (float, float)
        Height of each and the gap below it, in inches.
    title : str
        Above the first.
    legend_in : float
        Room between title and first panel, in inches.
    """
    height_in = _TOP_IN + legend_in + sum(height + gap for height, gap in panels_in) + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    width = (_WIDTH_IN - _LEFT_IN - _COLUMN_IN - _APART_IN) / _WIDTH_IN
    panels, top = [], height_in - _TOP_IN - legend_in
    for height, gap in panels_in:
        box = (_LEFT_IN / _WIDTH_IN, (top - height) / height_in, width, height / height_in)
        panels.append(figure.add_axes(box))
        panels[-1].grid(axis="both", color=PALE, linewidth=0.5)
        panels[-1].set_axisbelow(True)
        top -= height + gap
    panels[0].set_title(title, pad=6.0 + 72.0 * legend_in, parse_math=False)
    column = figure.add_axes((1.0 - _COLUMN_IN / _WIDTH_IN, 0.0, _COLUMN_IN / _WIDTH_IN, 1.0))
    column.set_xlim(0.0, _COLUMN_IN)
    column.set_ylim(-height_in, 0.0)
    column.set_axis_off()
    return CurveSheet(figure, panels, column)


def draw_residual(axes: Axes, x: np.ndarray, curve: FittedCurve, label: str = "Residual") -> None:
    """Draw data less fit over a band of twice the noise either side of zero."""
    band = _BAND * curve.noise
    axes.fill_between(x, -band, band, color=PALE, alpha=0.7, linewidth=0, label="noise")
    axes.axhline(0.0, color=SOFT, linewidth=0.5)
    axes.plot(x, curve.residual, color=INK, linewidth=0.5, marker="o", markersize=1.8, label="residual")
    if not np.isfinite(curve.residual).any():
        axes.set_ylim(-1.0, 1.0)
        axes.set_yticks([])
        axes.text(0.5, 0.62, "no fit", transform=axes.transAxes, ha="center", va="bottom", fontsize=7.0, color=SOFT)
    axes.set_ylabel(f"{label}\n(band: \u00b12 SD)")


def value_and_error(value: float, standard_error: float | None) -> tuple[str, str]:
    """Write a number as precisely as its error allows: two digits of that; three of the number without one.

    Examples
    --------
    >>> value_and_error(0.12345, 0.0042), value_and_error(57.31, 12.6), value_and_error(0.8467, None)
    (('0.1235', '0.0042'), ('57', '13'), ('0.847', ''))
    """
    if not math.isfinite(value):
        return "\u2013", ""
    known = standard_error is not None and math.isfinite(standard_error) and standard_error > 0.0
    leading = standard_error if known and standard_error is not None else 0.1 * abs(value)
    digits = 2 if leading == 0.0 else int(min(max(1 - math.floor(math.log10(leading)), 0), 6))
    error = f"{standard_error:.{digits}f}" if known else ""
    return f"{value:.{digits}f}".replace("-", "\u2212"), error


def write_column(sheet: CurveSheet, voxel: VoxelFindings) -> None:
    """Write the numbers, what speaks against the voxel and notes; show its place at the bottom."""
    axes, y = sheet.column, -0.38
    y = _head(axes, y, "Parameter", "value \u00b1 SE")
    for one in voxel.parameters:
        _write_parameter(axes, y, one)
        y -= _STEP_IN
    y = _head(axes, y - 0.1, "Against this voxel", "")
    if voxel.reasons:
        for reason in voxel.reasons:
            y = _paragraph(axes, y, f"\u2717 {reason}", _UNMET, 6.5)
    else:
        y = _paragraph(axes, y, "\u2713 nothing", _MET, 7.0)
    y -= 0.08
    for note in voxel.notes:
        y = _paragraph(axes, y, note, SOFT, 6.0)
    if voxel.place is not None:
        _add_place(sheet, voxel.place, voxel.position_mm, y - 0.05)


def title_of(voxel: VoxelFindings) -> str:
    """Name the series and the place."""
    return f"{voxel.label}: voxel at {position_text(voxel.position_mm)}"


def _write_parameter(axes: Axes, y: float, one: Parameter) -> None:
    value, error = value_and_error(one.value, one.standard_error)
    ink = INK if math.isfinite(one.value) else SOFT
    name = axes.text(0.0, y, one.name, va="baseline", fontsize=7.0, color=ink, parse_math=False)
    axes.annotate(
        printed_unit(one.unit), (1.0, y), (2.5, 0.0), xycoords=(name, "data"), textcoords="offset points",
        va="baseline", fontsize=5.8, color=SOFT, parse_math=False,
    )  # fmt: skip
    shown = f"{value} \u00b1 {error}" if error else value
    axes.text(_RIGHT_IN, y, shown, ha="right", va="baseline", fontsize=7.0, color=ink, parse_math=False)


def _head(axes: Axes, y: float, left: str, right: str) -> float:
    axes.text(0.0, y, left, va="center", fontsize=6.3, color=SOFT)
    axes.text(_RIGHT_IN, y, right, ha="right", va="center", fontsize=6.3, color=SOFT)
    axes.plot([0.0, _RIGHT_IN], [y - 0.09, y - 0.09], color=SOFT, linewidth=0.6)
    return y - 0.09 - _STEP_IN


def _paragraph(axes: Axes, y: float, text: str, colour: str, size: float) -> float:
    indent = "   " if text[1] == " " else ""  # below the words, not below a mark
    for line in textwrap.wrap(text, int(_LETTERS * 6.5 / size), subsequent_indent=indent):
        axes.text(0.0, y, line, va="baseline", fontsize=size, color=colour, parse_math=False)
        y -= 0.021 * size
    return y


def _add_place(sheet: CurveSheet, place: Image, position_mm: tuple[float, float, float], top_in: float) -> None:
    """Show the transverse slice with the voxel in it, in what room is left."""
    height_in = float(sheet.figure.get_figheight())
    room_in = height_in + top_in - 0.12
    if room_in < 0.8:
        return
    size = min(room_in, _RIGHT_IN)
    left = (_WIDTH_IN - _COLUMN_IN) / _WIDTH_IN
    box = (left, 0.12 / height_in, _RIGHT_IN / _WIDTH_IN, size / height_in)
    draw_place(sheet.figure.add_axes(box), place, position_mm)
