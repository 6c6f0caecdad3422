"""Recurrences as shares: inside the isodose between the bounds of the patterns, and by distance from the lesion."""

from __future__ import annotations

from math import isinf

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from impasto.outcome.patterns import DistanceBand
from impasto.report.pattern_findings import PatternFindings
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["band_name", "failure_shares_figure"]

_BANDS = ("#08306b", "#2f79b5", "#7fb7d9", "#c6dbef", "#e6e1da", "#f1b08a", "#cf5b3b", "#7f1d1d")
"""Near to far."""

_COVERED = "#3f4650"
_WIDTH_IN, _LEFT_IN, _GAP_IN, _RIGHT_IN, _ROW_IN, _TOP_IN, _BOTTOM_IN = 7.2, 1.3, 0.3, 0.15, 0.3, 0.55, 0.5


def failure_shares_figure(found: PatternFindings) -> Figure:
    """Draw a row for each recurrence.

    At the left the share inside the isodose, between the bounds that name the pattern; at the right, where a lesion is
    known, the shares by distance from it.
    """
    count = len(found.recurrences)
    height = _TOP_IN + count * _ROW_IN + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height))
    panels = 2 if found.bands else 1
    width = (_WIDTH_IN - _LEFT_IN - _RIGHT_IN - (panels - 1) * _GAP_IN) / panels
    for place in range(panels):
        left = _LEFT_IN + place * (width + _GAP_IN)
        box = (left / _WIDTH_IN, _BOTTOM_IN / height, width / _WIDTH_IN, count * _ROW_IN / height)
        axes = figure.add_axes(box)
        (_draw_covered, _draw_bands)[place](axes, found)
        axes.set_xlim(0.0, 100.0)
        axes.set_ylim(count - 0.5, -0.5)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    for place, one in enumerate(found.recurrences):
        y = (_BOTTOM_IN + (count - place - 0.5) * _ROW_IN) / height
        figure.text((_LEFT_IN - 0.08) / _WIDTH_IN, y, _shortened(one.name), ha="right", va="center", parse_math=False)
    return figure


def band_name(band: DistanceBand) -> str:
    """Name a band by its distances."""
    if isinf(band.from_mm):
        return "inside" if band.to_mm == 0.0 else f"to {band.to_mm:g} mm"
    return f"beyond {band.from_mm:g} mm" if isinf(band.to_mm) else f"{band.from_mm:g} to {band.to_mm:g} mm"


def _draw_covered(axes: Axes, found: PatternFindings) -> None:
    bounds = found.bounds
    edges = [0.0, bounds.marginal, bounds.in_field, bounds.central, 1.0]
    for edge in edges[1:-1]:
        axes.axvline(100.0 * edge, color=SOFT, linewidth=0.7, linestyle=(0, (2.0, 2.0)), zorder=0)
    names = ("distant", "marginal", "in-field", "central")
    for name, low, high, level in zip(names, edges[:-1], edges[1:], (0, 0, 0, 1), strict=True):
        if high > low:
            x = 50.0 * (low + high)
            axes.annotate(name, (x, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3 + 9 * level),
                          textcoords="offset points", ha="center", va="bottom", fontsize=6.5, color=SOFT)  # fmt: skip
    for place, one in enumerate(found.recurrences):
        axes.barh(place, 100.0, 0.62, color=PALE, linewidth=0.0, alpha=0.5, zorder=-1)
        axes.barh(place, 100.0 * one.covered_share, 0.62, color=_COVERED, linewidth=0.0, zorder=1)
        inside = one.covered_share > 0.5
        axes.text(100.0 * one.covered_share + (-1.5 if inside else 1.5), place, f"{100.0 * one.covered_share:.1f}",
                  ha="right" if inside else "left", va="center", fontsize=6.8, color="white" if inside else INK,
                  zorder=2)  # fmt: skip
    axes.set_xlabel(f"Volume inside {found.isodose_gy:g} Gy (%)")


def _draw_bands(axes: Axes, found: PatternFindings) -> None:
    first = next(iter(found.bands.values()))
    step = max(1, (len(_BANDS) - 1) // max(len(first) - 1, 1)) if len(first) <= len(_BANDS) else 0
    colours = [_BANDS[min(place * step, len(_BANDS) - 1)] for place in range(len(first))]
    for place, one in enumerate(found.recurrences):
        start = 0.0
        for band, colour in zip(found.bands[one.name], colours, strict=True):
            axes.barh(place, 100.0 * band.share, 0.62, left=start, color=colour, linewidth=0.0)
            start += 100.0 * band.share
    keys = [Patch(color=colour, label=band_name(band)) for band, colour in zip(first, colours, strict=True)]
    axes.legend(handles=keys, loc="lower left", bbox_to_anchor=(-0.02, 1.0), ncols=len(keys), fontsize=6.2,
                handlelength=0.9, handleheight=0.8, columnspacing=0.8, handletextpad=0.4,
                borderaxespad=0.2)  # fmt: skip
    axes.set_xlabel(f"Volume by distance from {found.lesion} (%)")


def _shortened(name: str, letters: int = 18) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "\u2026"
