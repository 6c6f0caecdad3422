"""Adverse events by worst grade: a stacked bar for each group, severe ones with their exact limits."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from impasto.outcome.description import GradedEvents
from impasto.report.description_findings import DescriptionFindings
from impasto.report.figures.arm_colours import arm_lines
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["adverse_events_figure"]

_GRADES = ("#fdd49e", "#fdae6b", "#e8743b", "#b63679", "#3b0f4f")
"""Grades 1 to 5: darker is worse, in grey too."""

_WIDTH_IN, _LEFT_IN, _RIGHT_IN, _TOP_IN, _BOTTOM_IN, _BAR_IN, _TERM_IN = 7.2, 1.9, 1.75, 0.42, 0.45, 0.2, 0.14


def adverse_events_figure(found: DescriptionFindings) -> Figure:
    """Draw the share of patients by worst grade for each adverse event and group.

    Parameters
    ----------
    found : DescriptionFindings
    """
    bars = len(found.groups)
    height_in = _TOP_IN + len(found.events) * (bars * _BAR_IN + _TERM_IN) + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    width = (_WIDTH_IN - _LEFT_IN - _RIGHT_IN) / _WIDTH_IN
    axes = figure.add_axes(
        (_LEFT_IN / _WIDTH_IN, _BOTTOM_IN / height_in, width, (height_in - _TOP_IN - _BOTTOM_IN) / height_in)
    )
    lines = arm_lines(list(found.groups))
    y = 0.0
    for event in found.events:
        y += _TERM_IN
        middle = y + 0.5 * bars * _BAR_IN
        axes.annotate(event.term, (-0.42, middle), xycoords=("axes fraction", "data"), va="center", ha="left",
                      weight="bold", annotation_clip=False, parse_math=False)  # fmt: skip
        for name in found.groups:
            _draw_bar(axes, event.by_group[name], y + 0.5 * _BAR_IN, found.severe_grade)
            axes.annotate(_shortened(name), (0.0, y + 0.5 * _BAR_IN), xycoords=("axes fraction", "data"),
                          xytext=(-4, 0), textcoords="offset points", va="center", ha="right", fontsize=6.8,
                          color=lines[name][0], annotation_clip=False, parse_math=False)  # fmt: skip
            y += _BAR_IN
    axes.set_ylim(y, 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0.0, _reach(found))
    axes.set_xlabel("Patients assessed (%)")
    axes.grid(axis="x", color=PALE, linewidth=0.4)
    axes.set_axisbelow(True)
    keys = [Patch(color=colour, label=f"{grade}") for grade, colour in enumerate(_GRADES, start=1)]
    figure.legend(handles=keys, loc="upper left", ncols=5, title="Worst grade", title_fontsize=7, alignment="left",
                  bbox_to_anchor=(_LEFT_IN / _WIDTH_IN - 0.01, 1.0), handlelength=1.1, handleheight=0.9)  # fmt: skip
    axes.annotate(f"Grade \u2265 {found.severe_grade}: % (exact limits)", (1.0, 1.0), xycoords="axes fraction",
                  xytext=(8, 3), textcoords="offset points", fontsize=6.8, weight="bold", va="bottom",
                  annotation_clip=False)  # fmt: skip
    return figure


def _draw_bar(axes: Axes, graded: GradedEvents, y: float, severe: int) -> None:
    """Begin with the worst grade at the left, so that severe shares of two groups stand on one line."""
    start = 0.0
    for grade in range(5, 0, -1):
        share = 100.0 * graded.at_grade[grade].share
        axes.barh(y, share, 0.82 * _BAR_IN, left=start, color=_GRADES[grade - 1], linewidth=0.0)
        start += share
    one = graded.at_least[severe]
    text = f"{100.0 * one.share:.1f} ({100.0 * one.low:.1f} to {100.0 * one.high:.1f}), {one.count}/{one.of}"
    colour = INK if one.count else SOFT
    axes.annotate(text, (1.0, y), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
                  va="center", ha="left", fontsize=6.8, color=colour, annotation_clip=False)  # fmt: skip


def _reach(found: DescriptionFindings) -> float:
    """Right end of the axis: the longest bar, to the next ten per cent."""
    most = max(event.by_group[name].at_least[1].share for event in found.events for name in found.groups)
    return float(max(10.0, 10.0 * np.ceil(10.0 * most + 1e-9)))


def _shortened(name: str, letters: int = 16) -> str:
    return name if len(name) <= letters else name[: letters - 1] + "\u2026"
