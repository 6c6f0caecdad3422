"""What survival and incidence figures share: the panel, round times, and the numbers at risk below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator

from impasto.core.arrays import FloatArray
from impasto.report.figures.arm_colours import ArmLine
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["TimePanel", "time_panel", "write_numbers_at_risk"]

_WIDTH_IN, _RIGHT_IN, _TOP_IN, _PANEL_IN = 7.2, 0.2, 0.12, 3.3
_AXIS_IN, _HEADING_IN, _ROW_IN, _GAP_IN = 0.48, 0.2, 0.16, 0.26
_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60, 120)


@dataclass(frozen=True, eq=False)
class TimePanel:
    """A chart over time with room below it for one row a group."""

    figure: Figure
    axes: Axes
    table: Axes
    ticks: FloatArray


def time_panel(longest: float, groups: Sequence[str], time_unit: str, origin: str, ordinate: str) -> TimePanel:
    """Lay out a chart in percent over time, and below it an empty table of the same times.

    Parameters
    ----------
    longest : float
        Last time shown.
    groups : sequence of str
        Rows of the table; the left margin fits their names.
    time_unit : str
    origin : str
        What time counts from, such as ``randomisation``.
    ordinate : str
    """
    names_in = max((TextPath((0, 0), name, size=7).get_extents().width / 72.0 for name in groups), default=0.0)
    left_in = min(max(0.62, names_in + _GAP_IN + 0.12), 2.2)
    rows_in = _HEADING_IN + _ROW_IN * len(groups)
    height_in = _TOP_IN + _PANEL_IN + _AXIS_IN + rows_in
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    left, width = left_in / _WIDTH_IN, (_WIDTH_IN - left_in - _RIGHT_IN) / _WIDTH_IN
    axes = figure.add_axes((left, (rows_in + _AXIS_IN) / height_in, width, _PANEL_IN / height_in))
    table = figure.add_axes((left, 0.0, width, rows_in / height_in))
    ticks = _ticks(longest, time_unit)
    for one in (axes, table):
        one.set_xlim(0.0, longest * 1.02)
    axes.set_xticks(ticks)
    axes.set_ylim(0.0, 101.0)
    axes.set_yticks(np.arange(0, 101, 20))
    axes.spines["left"].set_bounds(0.0, 100.0)
    axes.grid(axis="y", color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel(f"Time from {origin} ({time_unit})")
    axes.set_ylabel(ordinate)
    table.set_ylim(-rows_in, 0.0)
    table.set_axis_off()
    return TimePanel(figure, axes, table, ticks)


def write_numbers_at_risk(panel: TimePanel, numbers: Mapping[str, Sequence[int]], lines: Mapping[str, ArmLine]) -> None:
    """Write a row of numbers for each group, right below the ticks of the chart."""
    inches = panel.table.get_xlim()[1] / (panel.table.get_position().width * _WIDTH_IN)
    gap = -_GAP_IN * inches
    panel.table.text(gap, -0.06, "At risk", ha="right", va="center", fontsize=7, weight="bold", color=INK)
    for row, (name, counts) in enumerate(numbers.items()):
        y = -_HEADING_IN - _ROW_IN * (row + 0.3)
        panel.table.text(gap, y, name, ha="right", va="center", fontsize=7, color=lines[name][0], parse_math=False)
        for time, count in zip(panel.ticks, counts, strict=True):
            panel.table.text(time, y, str(count), ha="center", va="center", fontsize=7, color=INK)


def write_beside(axes: Axes, sentences: Sequence[str], *, at_top: bool) -> None:
    """Write results in the corner that curves leave free: top right of falling ones, top left of rising ones."""
    x, side = (0.985, "right") if at_top else (0.015, "left")
    axes.text(x, 0.985, "\n".join(sentences), transform=axes.transAxes, ha=side, va="top", fontsize=7, color=SOFT,
              linespacing=1.35, parse_math=False)  # fmt: skip


def _ticks(longest: float, time_unit: str) -> FloatArray:
    """Round times: multiples of half years in months, else what matplotlib finds round."""
    if time_unit == "months":
        step = next((step for step in _MONTHS if longest / step <= 10.0), 120)
        return np.arange(0.0, longest + 1e-9, step)
    ticks = np.asarray(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]).tick_values(0.0, longest), dtype=np.float64)
    return ticks[(ticks >= 0.0) & (ticks <= longest * 1.001)]
