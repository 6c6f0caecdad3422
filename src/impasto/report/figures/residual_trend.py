"""Scaled Schoenfeld residuals over time: a level trend speaks for one hazard ratio at all times."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core.arrays import FloatArray
from impasto.outcome.survival import CoxModel, ProportionalHazards
from impasto.report.theme import INK, PALE, SOFT

__all__ = ["residual_trend_figure"]

_WIDTH_IN, _ROW_IN, _COLUMNS = 7.2, 2.3, 2
_COLOUR = "#0072b2"


def residual_trend_figure(model: CoxModel, found: ProportionalHazards) -> Figure:
    """Draw, for each coefficient, its residuals, their running mean, and the coefficient of the model.

    Parameters
    ----------
    model : CoxModel
    found : ProportionalHazards
        Of the same model.
    """
    names = model.covariates.names
    rows = -(-len(names) // _COLUMNS)
    figure = Figure(figsize=(_WIDTH_IN, _ROW_IN * rows))
    width, height = 1.0 / _COLUMNS, 1.0 / rows
    order = np.argsort(found.event_time, kind="stable")
    for place, name in enumerate(names):
        left, bottom = (place % _COLUMNS) * width, 1.0 - (place // _COLUMNS + 1) * height
        box = (left + 0.13 * width, bottom + 0.2 * height, 0.83 * width, 0.66 * height)
        axes = figure.add_axes(box)
        _draw(axes, found.event_time[order], found.scaled_residual[order, place], float(model.coefficient[place]))
        axes.set_title(name, fontsize=7.5)
        axes.set_xlabel(f"Time ({model.follow_up.time_unit})")
        axes.set_ylabel("Log hazard ratio")
    return figure


def _draw(axes: Axes, time: FloatArray, residual: FloatArray, coefficient: float) -> None:
    axes.plot(time, residual, linestyle="none", marker="o", markersize=2.0, color=SOFT, alpha=0.6)
    axes.axhline(0.0, color=PALE, linewidth=0.8)
    axes.axhline(coefficient, color=INK, linewidth=0.9, linestyle=(0, (4.0, 2.0)))
    axes.plot(time, _running_mean(time, residual), color=_COLOUR, linewidth=1.6)
    low, high = np.percentile(residual, [2.0, 98.0])
    reach = 0.15 * (high - low) + 1e-9
    axes.set_ylim(min(low, 0.0, coefficient) - reach, max(high, 0.0, coefficient) + reach)


def _running_mean(time: FloatArray, residual: FloatArray) -> FloatArray:
    """Mean with Gaussian weights over ranks of time; a sixth of the events is one standard deviation."""
    rank = np.arange(len(time), dtype=np.float64)
    weight = np.exp(-0.5 * ((rank[:, None] - rank[None, :]) / max(len(time) / 6.0, 1.0)) ** 2)
    mean: FloatArray = weight @ residual / weight.sum(axis=1)
    return mean
