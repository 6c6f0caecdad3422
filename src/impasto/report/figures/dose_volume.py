"""Cumulative dose-volume histograms of all structures: the first plan solid, the second dashed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from impasto.core import DoseLimit, LimitKind
from impasto.evaluate import DoseVolumeHistogram
from impasto.report.figures.chart import PLAN_LINES, chart_with_legend, thinned, write_curve_legend
from impasto.report.theme import SOFT, StructureColour
from impasto.report.units import dose_and_unit

__all__ = ["dose_volume_figure"]


def dose_volume_figure(
    histograms: Sequence[Mapping[str, DoseVolumeHistogram]],
    plans: Sequence[str],
    colours: Mapping[str, StructureColour],
    limits: Sequence[DoseLimit] = (),
) -> Figure:
    """Draw the share of each structure's volume that receives at least a dose.

    Parameters
    ----------
    histograms : sequence of mapping
        For each plan, structure name to histogram; structures without a histogram are passed over.
    plans : sequence of str
        Names of the plans, in the same order.
    colours : mapping
        Structure name to colour, in the order of the legend.
    limits : sequence of DoseLimit
        Maximum and dose-volume limits get a triangle; a mean has no place in this chart.
    """
    figure, axes, legend = chart_with_legend(3.5)
    drawn = {name: colour for name, colour in colours.items() if any(name in plan for plan in histograms)}
    axis = "Dose (Gy)"
    highest = _mark_limits(axes, limits, drawn)
    for plan, line in zip(histograms, PLAN_LINES, strict=False):
        for name, colour in drawn.items():
            if name not in plan:
                continue
            histogram = plan[name]
            dose_gy, percent = thinned(histogram.dose_gy, histogram.volume_percent, 0.05)
            axes.plot(dose_gy, percent, color=colour.on_paper, linestyle=line, linewidth=1.4, label=name)
            highest = max(highest, histogram.maximum_gy)
            axis = dose_and_unit(histogram.dose_kind, histogram.alpha_beta_gy)
    axes.set_xlim(0.0, 1.04 * max(highest, 1e-6))
    axes.set_ylim(0.0, 102.0)
    axes.set_yticks(np.arange(0, 101, 20))
    axes.set_xlabel(axis)
    axes.set_ylabel("Volume receiving at least this dose (%)")
    if not drawn:
        axes.text(0.5, 0.5, "no histograms", transform=axes.transAxes, ha="center", color=SOFT)
    write_curve_legend(legend, {name: colour.on_paper for name, colour in drawn.items()}, plans)
    return figure


def _mark_limits(axes: Axes, limits: Sequence[DoseLimit], colours: Mapping[str, StructureColour]) -> float:
    """Draw a triangle that points the way a curve should lie from its limit; return the highest marked dose."""
    highest = 0.0
    for limit in limits:
        if limit.structure not in colours or limit.kind is LimitKind.MEAN:
            continue
        axes.plot(
            limit.dose_gy, limit.volume_percent or 0.0, marker="<", markersize=6.5, linestyle="none", clip_on=False,
            color=colours[limit.structure].on_paper, markeredgecolor="white", markeredgewidth=0.8, zorder=5,
        )  # fmt: skip
        highest = max(highest, limit.dose_gy)
    return highest
