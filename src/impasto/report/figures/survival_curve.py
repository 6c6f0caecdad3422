"""Survival curves with confidence bands, marks of censoring, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.outcome.survival import SurvivalCurve
from impasto.report.figures.arm_colours import ArmLine, arm_lines
from impasto.report.figures.time_to_event import time_panel, write_beside, write_numbers_at_risk

__all__ = ["survival_figure"]

_MARKS = 400
"""From more censored patients on marks would hide the curve."""


def survival_figure(
    curves: Mapping[str, SurvivalCurve],
    endpoint: str,
    origin: str,
    results: Sequence[str] = (),
    shows_bands: bool = True,
) -> Figure:
    """Draw a step for each group, a tick where a patient is censored, and who is at risk at round times.

    Parameters
    ----------
    curves : mapping of str to SurvivalCurve
    endpoint : str
        ``Overall survival``, say.
    origin : str
        What time counts from.
    results : sequence of str
        Lines for the corner: median, hazard ratio, test.
    shows_bands : bool
        Shade the pointwise limits.
    """
    lines = arm_lines(list(curves))
    longest = max(float(curve.time[-1]) for curve in curves.values())
    first = next(iter(curves.values()))
    panel = time_panel(longest, list(curves), first.time_unit, origin, f"{endpoint} (%)")
    for name, curve in curves.items():
        _draw(panel.axes, curve, lines[name], name, shows_bands)
    panel.axes.legend(loc="lower left", handlelength=2.4, borderaxespad=0.3)
    write_beside(panel.axes, results, at_top=True)
    numbers = {name: curve.at_risk_at(panel.ticks).tolist() for name, curve in curves.items()}
    write_numbers_at_risk(panel, numbers, lines)
    return panel.figure


def _draw(axes: Axes, curve: SurvivalCurve, line: ArmLine, name: str, shows_band: bool) -> None:
    colour, style = line
    time = np.append(0.0, curve.time)
    if shows_band:
        lower, upper = (100.0 * np.append(1.0, bound) for bound in (curve.lower, curve.upper))
        axes.fill_between(time, lower, upper, step="post", color=colour, alpha=0.13, linewidth=0.0)
    percent = 100.0 * np.append(1.0, curve.survival)
    axes.step(time, percent, where="post", color=colour, linestyle=style, linewidth=1.5, label=name)
    if curve.censored.sum() <= _MARKS:
        there = curve.censored > 0
        axes.plot(
            curve.time[there], 100.0 * curve.survival[there], marker="|", markersize=4.5, markeredgewidth=0.7,
            linestyle="none", color=colour,
        )  # fmt: skip
