"""Stopping boundaries of a group-sequential trial over its information."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from impasto.outcome.design import SequentialTrial
from impasto.report.theme import INK, SOFT

__all__ = ["sequential_boundaries_figure"]

_COLOUR = "#0072b2"


def sequential_boundaries_figure(trial: SequentialTrial) -> Figure:
    """Draw the statistic at which each look stops the trial, with the events and hazard ratio there.

    Parameters
    ----------
    trial : SequentialTrial
    """
    figure = Figure(figsize=(7.2, 3.4))
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
    axes.axhline(0.0, color=INK, linewidth=0.6)
    axes.set_xlim(0.0, 106.0)
    axes.set_ylim(-1.15 * highest if len(sides) > 1 else 0.0, 1.5 * highest)
    axes.set_xlabel("Information (% of the planned events)")
    axes.set_ylabel("Test statistic z, positive for benefit")
    axes.set_title(f"{boundaries.name}, {boundaries.sided} alpha {boundaries.alpha:g}; shaded: stop", color=SOFT)
    return figure
