"""What all charts share: axes on the left, a legend on the right, curves without needless points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core.arrays import FloatArray
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["PLAN_LINES", "chart_with_legend", "thinned", "write_curve_legend"]

PLAN_LINES: tuple[Any, ...] = ("-", (0, (4.0, 2.0)))
"""Line styles of the first and the second plan."""

_WIDTH_IN, _LEFT, _BOTTOM, _TOP, _LEGEND = 7.6, 0.5, 0.42, 0.08, 1.75


def chart_with_legend(height_in: float) -> tuple[Figure, Axes, Axes]:
    """Make a figure with quiet axes and a column for the legend at the right."""
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    bottom, height = _BOTTOM / height_in, 1.0 - (_BOTTOM + _TOP) / height_in
    width = (_WIDTH_IN - _LEFT - _LEGEND - 0.2) / _WIDTH_IN
    axes = figure.add_axes((_LEFT / _WIDTH_IN, bottom, width, height))
    axes.grid(axis="both", color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)
    legend = figure.add_axes((1.0 - _LEGEND / _WIDTH_IN, bottom, _LEGEND / _WIDTH_IN, height))
    legend.set_xlim(0.0, _LEGEND)
    legend.set_ylim(-height * height_in, 0.0)
    legend.set_axis_off()
    return figure, axes, legend


def write_curve_legend(
    axes: Axes, colours: Mapping[str, str], plans: Sequence[str], notes: Mapping[str, str] | None = None
) -> None:
    """List curves by colour and plans by line style; axes are in inches from the top left.

    Parameters
    ----------
    axes : Axes
    colours : mapping
        Name of the curve to its colour.
    plans : sequence of str
    notes : mapping, optional
        Plan to a remark written below its name.
    """
    lowest = axes.get_ylim()[0]
    lines = len(colours) + 2 * len(plans) + 1
    step = min(0.19, -lowest / max(lines, 1))
    y = -0.08
    for plan, style in zip(plans, PLAN_LINES, strict=False):
        axes.plot([0.0, 0.34], [y, y], color=INK, linestyle=style, linewidth=1.4)
        axes.text(0.42, y, plan, va="center", fontsize=7, weight="bold", parse_math=False)
        y -= step
        if notes and plan in notes:
            axes.text(0.42, y + 0.02, notes[plan], va="center", fontsize=6.5, color=SOFT, parse_math=False)
            y -= step
    y -= 0.4 * step
    for name, colour in colours.items():
        axes.plot([0.0, 0.34], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
        axes.text(0.42, y, name, va="center", fontsize=min(7.0, 48.0 * step), parse_math=False)
        y -= step


def thinned(x: FloatArray, y: FloatArray, tolerance: float) -> tuple[FloatArray, FloatArray]:
    """Leave out points of a curve that the straight line between their neighbours passes within `tolerance` of y.

    Ramer (1972), along y only: histograms have thousands of edges, a picture needs a few hundred.

    Examples
    --------
    >>> thinned(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0, 0.0]), 0.01)[0].tolist()
    [0.0, 2.0, 3.0]
    """
    keep = np.zeros(len(x), dtype=bool)
    keep[[0, -1]] = True
    open_spans = [(0, len(x) - 1)]
    while open_spans:
        first, last = open_spans.pop()
        if last - first < 2:
            continue
        between = slice(first + 1, last)
        line = np.interp(x[between], [x[first], x[last]], [y[first], y[last]])
        distance = np.abs(y[between] - line)
        worst = int(np.argmax(distance))
        if distance[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            open_spans += [(first, middle), (middle, last)]
    return x[keep], y[keep]
