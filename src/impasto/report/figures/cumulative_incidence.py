"""Cumulative incidence of one kind of event, with the numbers at risk below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from impasto.outcome.survival import CumulativeIncidence
from impasto.report.figures.arm_colours import arm_lines
from impasto.report.figures.time_to_event import time_panel, write_beside, write_numbers_at_risk

__all__ = ["cumulative_incidence_figure"]


def cumulative_incidence_figure(
    curves: Mapping[str, CumulativeIncidence], origin: str, results: Sequence[str] = ()
) -> Figure:
    """Draw how many of each group have had the event by a time, others preventing it.

    Parameters
    ----------
    curves : mapping of str to CumulativeIncidence
        Of one cause.
    origin : str
        What time counts from.
    results : sequence of str
        Lines for the corner.
    """
    lines = arm_lines(list(curves))
    longest = max(float(curve.time[-1]) for curve in curves.values())
    first = next(iter(curves.values()))
    ordinate = f"Cumulative incidence of {first.cause} (%)"
    panel = time_panel(longest, list(curves), first.time_unit, origin, ordinate)
    highest = 0.0
    for name, curve in curves.items():
        colour, style = lines[name]
        time = np.append(0.0, curve.time)
        lower, middle, upper = (100.0 * np.append(0.0, part) for part in (curve.lower, curve.incidence, curve.upper))
        panel.axes.fill_between(time, lower, upper, step="post", color=colour, alpha=0.13, linewidth=0.0)
        panel.axes.step(time, middle, where="post", color=colour, linestyle=style, linewidth=1.5, label=name)
        highest = max(highest, float(upper.max()))
    top = 101.0 if highest > 60.0 else 10.0 * np.ceil(1.25 * highest / 10.0)
    panel.axes.set_ylim(0.0, top)
    panel.axes.set_yticks(np.arange(0, top, 20 if top > 60 else 10 if top > 20 else 5))
    panel.axes.spines["left"].set_bounds(0.0, min(top, 100.0))
    panel.axes.legend(loc="lower right", handlelength=2.4, borderaxespad=0.3)
    write_beside(panel.axes, results, at_top=False)
    numbers = {name: curve.at_risk_at(panel.ticks).tolist() for name, curve in curves.items()}
    write_numbers_at_risk(panel, numbers, lines)
    return panel.figure
