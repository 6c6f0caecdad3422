"""Quality-volume histogram: how much of the target receives at least a share Q of what was prescribed to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from impasto.evaluate import QualityVolumeHistogram
from impasto.report.figures.chart import PLAN_LINES, chart_with_legend, thinned, write_curve_legend
from impasto.report.theme import INK, PALE, SOFT, StructureColour

__all__ = ["quality_volume_figure"]

_SHOWN = (0.8, 1.2)


def quality_volume_figure(
    histograms: Sequence[Mapping[str, QualityVolumeHistogram]],
    plans: Sequence[str],
    colours: Mapping[str, StructureColour],
) -> Figure:
    """Draw the targets' histograms of Q = delivered / prescribed for each plan (Vanderstraeten 2006).

    Parameters
    ----------
    histograms : sequence of mapping
        For each plan, target to histogram.
    plans : sequence of str
    colours : mapping
        Structure name to colour; targets without one are drawn in ink.
    """
    figure, axes, legend = chart_with_legend(2.7)
    axes.axvspan(0.95, 1.05, color=PALE, alpha=0.45, linewidth=0, zorder=0)
    axes.plot([_SHOWN[0], 1.0, 1.0, _SHOWN[1]], [100.0, 100.0, 0.0, 0.0], color=SOFT, linewidth=0.8)
    targets = list(dict.fromkeys(name for plan in histograms for name in plan))
    inks = {name: colours[name].on_paper if name in colours else INK for name in targets}
    for plan, style in zip(histograms, PLAN_LINES, strict=False):
        for name, histogram in plan.items():
            quality, percent = thinned(histogram.quality, histogram.volume_percent, 0.05)
            axes.plot(quality, percent, color=inks[name], linestyle=style, linewidth=1.5, label=name)
    axes.set_xlim(*_SHOWN)
    axes.set_ylim(0.0, 102.0)
    axes.set_xticks(np.arange(0.8, 1.21, 0.05))
    axes.set_yticks(np.arange(0, 101, 20))
    axes.set_xlabel("Q = delivered / prescribed dose")
    axes.set_ylabel("Volume receiving at least Q (%)")
    write_curve_legend(legend, inks, plans, _factors(histograms, plans) if len(targets) == 1 else None)
    low = legend.get_ylim()[0]
    legend.plot([0.0, 0.34], [low + 0.42, low + 0.42], color=SOFT, linewidth=0.8)
    legend.text(0.42, low + 0.42, "exactly as prescribed", va="center", fontsize=6.5)
    legend.fill_between([0.0, 0.34], low + 0.13, low + 0.27, color=PALE, alpha=0.45, linewidth=0)
    legend.text(0.42, low + 0.2, "within 5 %", va="center", fontsize=6.5, color=INK)
    return figure


def _factors(histograms: Sequence[Mapping[str, QualityVolumeHistogram]], plans: Sequence[str]) -> dict[str, str]:
    return {
        plan: f"QF = {histogram.quality_factor:.4f}"
        for plan, of_plan in zip(plans, histograms, strict=True)
        for histogram in of_plan.values()
    }
