"""Stopping boundaries of a group-sequential trial over its information."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from impasto.outcome.design import SequentialTrial
from impasto.report.theme import INK, SOFT

__all__ = ["sequential_boundaries_figure"]

_HALO = withStroke(linewidth=2.4, foreground="white")

_COLOUR, _FUTILITY = "#0072b2", "#d55e00"


def sequential_boundaries_figure(trial: SequentialTrial) -> Figure:
    """Draw the statistic at which each look stops the trial, with the events and hazard ratio there.

    Parameters
    ----------
    trial : SequentialTrial
    """
    figure = Figure(figsize=(7.2, 3.4 if trial.futility is None else 4.0))
    axes = figure.add_axes((0.08, 0.14, 0.89, 0.8))
    boundaries = trial.boundaries
    percent = 100.0 * boundaries.information
    finite = np.isfinite(boundaries.z)
    highest = float(boundaries.z[finite].max())
    sides = (1.0, -1.0) if boundaries.sided == "two-sided" else (1.0,)
    for side in sides:
        z = side * boundaries.z[finite]
        axes.fill_between(percent[finite], z, 2.0 * side * highest, color=_COLOUR, alpha=0.1, linewidth=0.0)
        axes.plot(percent[finite], z, color=_COLOUR, linewidth=1.4, marker="o", markersize=4)
    for share, z, events, ratio in zip(
        percent[finite], boundaries.z[finite], trial.events_at_looks[finite], trial.hazard_ratio_at_looks[finite],
        strict=True,
    ):  # fmt: skip
        text = f"z = {z:.3f}\n{events} events\nHR {ratio:.3f}"
        axes.annotate(text, (share, z), (0, 6), textcoords="offset points", ha="center", va="bottom", fontsize=6.8)
    _draw_futility(axes, trial)
    axes.axhline(0.0, color=INK, linewidth=0.6)
    axes.set_xlim(0.0, 106.0)
    axes.set_ylim(-1.15 * highest if len(sides) > 1 else 0.0, 1.5 * highest)
    axes.set_xlabel("Information (% of the planned events)")
    axes.set_ylabel("Test statistic z, positive for benefit")
    axes.set_title(f"{boundaries.name}, {boundaries.sided} alpha {boundaries.alpha:g}; shaded: stop", color=SOFT)
    return figure


def _draw_futility(axes: Axes, trial: SequentialTrial) -> None:
    """Draw the boundaries of futility up to the last look but one, dashed: they do not bind."""
    if trial.futility is None:
        return
    limits, percent = trial.futility, 100.0 * trial.boundaries.information
    shown = np.isfinite(limits.z)
    shown[-1] = False
    line = shown.copy()
    line[-1] = True
    axes.plot(percent[line], limits.z[line], color=_FUTILITY, linewidth=1.2, linestyle=(0, (4.0, 2.0)))
    ratios = limits.hazard_ratios(trial.events, trial.allocation)
    for share, z, ratio in zip(percent[shown], limits.z[shown], ratios[shown], strict=True):
        axes.plot([share], [z], color=_FUTILITY, marker="v", markersize=5, linestyle="none")
        axes.annotate(f"z = {z:.3f}\nHR {ratio:.3f}", (share, z), (0, -7), textcoords="offset points", ha="center",
                      va="top", fontsize=6.8, color=_FUTILITY, path_effects=[_HALO], zorder=4)  # fmt: skip
    if shown.any():
        place = int(np.argmax(shown))
        axes.annotate("futility (not binding)", (percent[place], limits.z[place]), (-8, 4), textcoords="offset points",
                      ha="right", va="bottom", fontsize=6.8, color=_FUTILITY)  # fmt: skip
