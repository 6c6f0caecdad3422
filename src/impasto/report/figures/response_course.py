"""Size of a tumour over time between the limits of response and progression."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from impasto.core.arrays import FloatArray
from impasto.outcome.response import Assessment, Measure, Response, ResponseCourse
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["response_figure"]

_WIDTH_IN, _LEFT_IN, _RIGHT_IN, _PANEL_IN, _GAP_IN, _TOP_IN, _BOTTOM_IN = 7.2, 0.72, 0.95, 2.1, 0.34, 0.3, 0.48
_MONTH_DAYS = 30.4375
_GROWTH, _SHRINKAGE = "#d55e00", "#009e73"
_MARKS = {
    Response.BEFORE_BASELINE: ("o", "white"),
    Response.BASELINE: ("s", INK),
    Response.COMPLETE: ("v", _SHRINKAGE),
    Response.PARTIAL: ("v", _SHRINKAGE),
    Response.STABLE: ("o", SOFT),
    Response.PRELIMINARY: ("^", "white"),
    Response.PROGRESSION: ("^", _GROWTH),
}
_ORDINATES = {Measure.PRODUCT: "Sum of products (mm\u00b2)", Measure.VOLUME: "Volume (ml)"}


def response_figure(courses: Sequence[ResponseCourse]) -> Figure:
    """Draw a panel for each measure: sizes, the limits that held at each scan, and the response.

    Parameters
    ----------
    courses : sequence of ResponseCourse
        Of the same scans.
    """
    count = len(courses)
    height_in = _TOP_IN + count * _PANEL_IN + (count - 1) * _GAP_IN + _BOTTOM_IN
    figure = Figure(figsize=(_WIDTH_IN, height_in))
    width = (_WIDTH_IN - _LEFT_IN - _RIGHT_IN) / _WIDTH_IN
    for place, course in enumerate(courses):
        bottom = _BOTTOM_IN + (count - 1 - place) * (_PANEL_IN + _GAP_IN)
        axes = figure.add_axes((_LEFT_IN / _WIDTH_IN, bottom / height_in, width, _PANEL_IN / height_in))
        _draw(axes, course, is_first=place == 0)
        if place == count - 1:
            axes.set_xlabel("Time from baseline (months)")
        else:
            axes.tick_params(labelbottom=False)
    return figure


def _draw(axes: Axes, course: ResponseCourse, is_first: bool) -> None:
    months = np.array([_months(course, one.timepoint.date) for one in course.assessments])
    sizes = np.array([one.size for one in course.assessments])
    start = next(n for n, one in enumerate(course.assessments) if one.response is Response.BASELINE)
    limits = _limits(course, sizes, start)
    top = 1.22 * max(float(sizes.max()), float(limits.max(initial=0.0)), 1e-6)
    span = max(float(months[-1] - months[0]), 0.5)
    axes.set_xlim(months[0] - 0.04 * span, months[-1] + 0.04 * span)
    axes.set_ylim(0.0, top)
    _draw_bands(axes, course, months[start:], limits, float(sizes[start]))
    _draw_radiotherapy(axes, course, is_first)
    axes.plot(months, sizes, color=INK, linewidth=1.2, zorder=3)
    for place, one in enumerate(course.assessments):
        near = sizes[max(place - 1, 0) : place + 2]
        is_low = sizes[place] <= near.min() or sizes[place] > 0.88 * top
        _mark(axes, float(months[place]), one, is_below=bool(is_low and sizes[place] > 0.12 * top))
    axes.set_ylabel(_ORDINATES[course.criteria.measure])
    axes.grid(axis="y", color=PALE, linewidth=0.4)
    axes.set_axisbelow(True)


def _months(course: ResponseCourse, day: date) -> float:
    return (day - course.baseline).days / _MONTH_DAYS


def _limits(course: ResponseCourse, sizes: FloatArray, start: int) -> FloatArray:
    """Size that is progression at each scan after the baseline; at the baseline the one of the next scan."""
    nadir = np.minimum.accumulate(sizes[start:])
    before = np.concatenate([nadir[:1], nadir[:-1]])
    return (1.0 + course.criteria.progression_rise) * np.asarray(before)


def _draw_bands(axes: Axes, course: ResponseCourse, months: FloatArray, limits: FloatArray, baseline: float) -> None:
    """Shade where a scan would be a response, and where progression."""
    right, top = axes.get_xlim()[1], axes.get_ylim()[1]
    times, levels = np.append(months, right), np.append(limits, limits[-1])
    axes.fill_between(times, levels, top, step="pre", color=_GROWTH, alpha=0.09, linewidth=0.0)
    axes.step(times, levels, where="pre", color=_GROWTH, linewidth=0.8, linestyle=(0, (4.0, 2.0)))
    low = (1.0 - course.criteria.response_fall) * baseline
    axes.fill_between(times, 0.0, low, color=_SHRINKAGE, alpha=0.09, linewidth=0.0)
    axes.plot([months[0], right], [low, low], color=_SHRINKAGE, linewidth=0.8, linestyle=(0, (4.0, 2.0)))
    texts = (
        (levels[-1], f"+{100 * course.criteria.progression_rise:.0f} % over\nthe smallest", _GROWTH),
        (low, f"\u2212{100 * course.criteria.response_fall:.0f} % from\nthe baseline", _SHRINKAGE),
    )
    apart = 0.17 * top
    heights = [texts[0][0], texts[1][0]]
    if abs(heights[0] - heights[1]) < apart:
        middle, sign = 0.5 * sum(heights), 1.0 if heights[0] >= heights[1] else -1.0
        heights = [middle + 0.5 * sign * apart, middle - 0.5 * sign * apart]
    for height, (_, text, colour) in zip(heights, texts, strict=True):
        axes.annotate(text, (1.0, float(np.clip(height, 0.06 * top, 0.94 * top))), xycoords=("axes fraction", "data"),
                      xytext=(4, 0), textcoords="offset points", va="center", fontsize=6.5, color=colour)  # fmt: skip


def _draw_radiotherapy(axes: Axes, course: ResponseCourse, is_first: bool) -> None:
    if course.radiotherapy_end is None:
        return
    end = _months(course, course.radiotherapy_end)
    early = end + course.criteria.early_days / _MONTH_DAYS
    low, high = axes.get_xlim()
    shown = max(end, low), min(early, high)
    if shown[0] >= shown[1]:
        return
    axes.axvspan(*shown, color=SOFT, alpha=0.08, linewidth=0.0)
    if is_first:
        words = f"{course.criteria.early_days / 7:g} weeks after radiotherapy"
        axes.annotate(words, (shown[0], 1.0), xycoords=("data", "axes fraction"), xytext=(0, 3),
                      textcoords="offset points", va="bottom", ha="left", fontsize=6.5, color=SOFT)  # fmt: skip


def _mark(axes: Axes, month: float, one: Assessment, is_below: bool) -> None:
    """Mark a scan; its response is written where the line leaves room."""
    marker, face = _MARKS[one.response]
    edge = _GROWTH if one.response is Response.PRELIMINARY else INK
    axes.plot([month], [one.size], marker=marker, markersize=6, markerfacecolor=face, markeredgecolor=edge,
              markeredgewidth=0.8, linestyle="none", zorder=4, clip_on=False)  # fmt: skip
    if one.response is Response.BEFORE_BASELINE:
        return
    text = axes.annotate(one.response.short, (month, one.size), xytext=(0, -7 if is_below else 7),
                         textcoords="offset points", ha="center", va="top" if is_below else "bottom", fontsize=7,
                         weight="bold", color=INK, zorder=5)  # fmt: skip
    text.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
