"""Two plans in the same patients: a line a patient, medians, and the shift with its limits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from impasto.outcome.paired import PairedComparison
from impasto.report.paired_tables import signed
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["paired_figure"]

_LESS, _MORE = "#0072b2", "#d55e00"
_ABREAST = 4
_WIDTH_IN, _LEFT_IN, _TOP_IN, _BOTTOM_IN, _PANEL_IN, _GAP_IN = 7.2, 0.55, 0.36, 1.52, 1.75, 0.62
"""Inches: the figure, left of each panel, above and below each row, a panel's height, and between panels."""

_STRIP_IN, _UNDER_IN = 0.42, 0.42
"""Height of the strip of differences, and how far it lies under the panel."""

_FAR = 3.0
"""Quartile ranges beyond which a difference is drawn at the edge, as a triangle."""


def paired_figure(comparisons: Sequence[PairedComparison]) -> Figure:
    """Draw a panel for each measure.

    Lines fall or rise from the first plan to the second, blue where the second gives less, orange where it gives more;
    bars are medians. Below each panel are the differences, with the Hodges-Lehmann shift, its limits and Wilcoxon's p;
    differences far from the others are triangles at the edge.

    Parameters
    ----------
    comparisons : sequence of PairedComparison
    """
    count = len(comparisons)
    abreast = min(count, _ABREAST)
    rows = -(-count // abreast)
    cell = _WIDTH_IN / max(abreast, 2)
    width = cell * abreast
    height = rows * (_TOP_IN + _PANEL_IN + _BOTTOM_IN) + (0.3 if width > 4.0 else 0.6)
    figure = Figure(figsize=(max(width, 3.6), height))
    for place, one in enumerate(comparisons):
        row, column = divmod(place, abreast)
        left = column * cell + _LEFT_IN
        bottom = height - (row + 1) * (_TOP_IN + _PANEL_IN) - row * _BOTTOM_IN
        across = (left / max(width, 3.6), (cell - _GAP_IN) / max(width, 3.6))
        _draw(figure.add_axes((across[0], bottom / height, across[1], _PANEL_IN / height)), one, cell)
        under = (bottom - _UNDER_IN - _STRIP_IN) / height
        _draw_differences(figure.add_axes((across[0], under, across[1], _STRIP_IN / height)), one)
    _, second = comparisons[0].values.names
    keys = [
        Line2D([], [], color=_LESS, label=f"{second} gives less"),
        Line2D([], [], color=_MORE, label=f"{second} gives more"),
        Line2D([], [], color=SOFT, label="equal"),
        Line2D([], [], color=INK, linewidth=2.4, label="median"),
        Line2D([], [], color=INK, linewidth=1.2, marker="D", markersize=3.4, label="shift, limits"),
    ]
    figure.legend(handles=keys, loc="lower left", ncols=5 if width > 4.0 else 2, bbox_to_anchor=(0.01, 0.0),
                  handlelength=1.4, columnspacing=1.2)  # fmt: skip
    return figure


def _draw(axes: Axes, found: PairedComparison, cell_in: float) -> None:
    values = found.values
    for before, after, change in zip(values.first, values.second, values.differences, strict=True):
        colour = SOFT if change == 0.0 else _LESS if change < 0.0 else _MORE
        axes.plot([0.0, 1.0], [before, after], color=colour, linewidth=0.8, alpha=0.65, marker="o", markersize=2.2,
                  markeredgewidth=0.0)  # fmt: skip
    for x, group in ((-0.16, values.first), (1.16, values.second)):
        middle = float(np.median(group))
        axes.plot([x - 0.09, x + 0.09], [middle, middle], color=INK, linewidth=2.4, solid_capstyle="butt")
    axes.set_xlim(-0.35, 1.35)
    axes.set_xticks([0.0, 1.0], [_shortened(name) for name in values.names])
    for label in axes.get_xticklabels():
        label.set_parse_math(False)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color=PALE, linewidth=0.4)
    axes.set_axisbelow(True)
    letters = int(cell_in * 13.5)
    axes.set_title(_shortened(values.quantity, letters), parse_math=False, fontsize=7.4)
    if values.unit not in ("", "1"):
        axes.set_ylabel(values.unit, labelpad=2)


def _draw_differences(axes: Axes, found: PairedComparison) -> None:
    """Draw each difference as a dot, spread upwards to be seen, and the shift with its limits."""
    shift, p, values = found.shift, found.signed_rank.p_value, found.values.differences
    low, high = np.percentile(values, [25.0, 75.0])
    reach = _FAR * max(high - low, abs(shift.high - shift.low), 1e-9 + 1e-3 * float(np.abs(values).max()))
    near = values[(values >= low - reach) & (values <= high + reach)]
    ends = np.array([*near, shift.low, shift.high, 0.0])
    pad = 0.06 * float(np.ptp(ends)) or 1.0
    left, right = float(ends.min()) - pad, float(ends.max()) + pad
    height = 0.25 + 0.7 * (np.argsort(np.argsort(values, kind="stable")) * 0.618 % 1.0)
    for change, y in zip(values, height, strict=True):
        colour = SOFT if change == 0.0 else _LESS if change < 0.0 else _MORE
        marker = "<" if change < left else ">" if change > right else "o"
        size = 2.2 if marker == "o" else 3.4
        axes.plot(min(max(change, left), right), y, color=colour, marker=marker, markersize=size, markeredgewidth=0.0,
                  alpha=0.8, clip_on=False)  # fmt: skip
    axes.plot([shift.low, shift.high], [0.08, 0.08], color=INK, linewidth=1.2, solid_capstyle="butt")
    axes.plot(shift.estimate, 0.08, color=INK, marker="D", markersize=3.4)
    axes.axvline(0.0, color=INK, linewidth=0.6, zorder=0)
    axes.set_xlim(left, right)
    axes.set_ylim(-0.05, 1.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(axis="x", labelsize=6.2, pad=1.5)
    said = f"p = {p:.4f}" if p >= 1e-4 else "p < 0.0001"
    text = f"{signed(shift.estimate)} ({signed(shift.low)} to {signed(shift.high)})\n{said}, n = {shift.pairs}"
    axes.annotate(text, (0.5, 0.0), xycoords="axes fraction", xytext=(0, -15), textcoords="offset points",
                  ha="center", va="top", fontsize=6.4, color=INK, linespacing=1.35)  # fmt: skip


def _shortened(name: str, letters: int = 11) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "\u2026"
