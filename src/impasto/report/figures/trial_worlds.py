"""Figures of an in-silico trial: hazard ratios it finds, its power, and worlds in which the boost works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from impasto.report.theme import INK, PALE, SOFT
from impasto.report.trial_findings import PublishedResult, TrialFindings, WorldFindings

__all__ = ["hazard_ratio_figure", "power_figure", "worlds_figure"]

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#b4518c")
_MARKERS = ("o", "s", "^", "D")
_TICKS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0)
_BINS: list[float] = np.exp(np.linspace(np.log(0.4), np.log(1.8), 43)).tolist()


def hazard_ratio_figure(found: TrialFindings) -> Figure:
    """Draw how the hazard ratios of the assumed world are distributed, with the published one."""
    figure = Figure(figsize=(7.2, 2.9))
    axes = figure.add_axes((0.07, 0.15, 0.91, 0.74))
    for (name, design), colour in zip(found.assumed.designs.items(), _COLOURS, strict=False):
        ratios = design.hazard_ratio[np.isfinite(design.hazard_ratio)]
        weights = np.full(len(ratios), 100.0 / len(ratios))
        label = f"{name}: median {np.median(ratios):.2f}"
        clipped = np.clip(ratios, _BINS[0], _BINS[-1])
        axes.hist(clipped, _BINS, weights=weights, histtype="stepfilled", color=colour, alpha=0.22)
        axes.hist(clipped, _BINS, weights=weights, histtype="step", color=colour, linewidth=1.3, label=label)
    _ratio_axis(axes, (0.4, 1.8))
    _mark_published(axes, found.published)
    top = axes.get_ylim()[1] * 1.16
    axes.set_ylim(0.0, top)
    style: dict[str, Any] = {"fontsize": 7, "va": "top", "color": INK}
    published, planned = found.published.hazard_ratio, found.published.planned
    axes.text(0.99 * published, 0.985 * top, f"published\n{published:.2f}", ha="right", **style)
    axes.text(1.01 * planned, 0.985 * top, f"planned\n{planned:.2f}", ha="left", **style)
    axes.set_ylabel("Simulated trials (%)")
    axes.set_xlabel("Hazard ratio of overall survival, boost to control, at the last look")
    axes.legend(loc="center right")
    axes.set_title("Hazard ratios of simulated trials; shaded: published 95 % CI", color=SOFT)
    return figure


def power_figure(found: TrialFindings, design: str) -> Figure:
    """Draw the power for benefit over MRSI's sensitivity, a panel for each radiosensitivity, a line for each spread."""
    grid = [world for world in found.worlds if world.kind == "grid"]
    alphas = sorted({world.alpha_per_gy for world in grid})
    spreads = sorted({world.alpha_spread for world in grid})
    figure = Figure(figsize=(7.2, 2.7))
    panels = np.atleast_1d(figure.subplots(1, len(alphas), sharey=True, sharex=True))
    figure.subplots_adjust(0.075, 0.17, 0.985, 0.91, wspace=0.12)
    for axes, alpha in zip(panels, alphas, strict=True):
        for place, (spread, colour, marker) in enumerate(zip(spreads, _COLOURS, _MARKERS, strict=False)):
            mine = [world for world in grid if (world.alpha_per_gy, world.alpha_spread) == (alpha, spread)]
            mine.sort(key=lambda world: world.sensitivity)
            if mine:
                _power_line(axes, mine, design, (colour, marker, f"spread {spread:g}"), 0.018 * place)
        axes.axhline(0.8, color=SOFT, linewidth=0.7, linestyle=(0, (2.0, 2.0)))
        axes.axhline(0.025, color=SOFT, linewidth=0.7, linestyle=(0, (1.0, 1.5)))
        axes.set_title(f"\u03b1 = {alpha:g} /Gy", fontsize=7.5)
        axes.set_ylim(0.0, 1.0)
    panels[0].set_ylabel(f"Power for benefit, {design}")
    panels[0].legend(loc="center left")
    figure.supxlabel("Sensitivity of MRSI for infiltrated directions", fontsize=7.5, color=INK)
    return figure


def worlds_figure(found: TrialFindings, design: str) -> Figure:
    """Draw hazard ratios of each named world as a forest: median, 95 % of trials, power."""
    worlds = [world for world in found.worlds if world.kind != "grid"]
    height = 0.75 + 0.21 * len(worlds)
    figure = Figure(figsize=(7.2, height))
    axes = figure.add_axes((0.39, 0.45 / height, 0.46, 1.0 - 0.72 / height))
    ranges = [np.nanpercentile(world.designs[design].hazard_ratio, [2.5, 50.0, 97.5]) for world in worlds]
    finite = [value for limits in ranges for value in limits if np.isfinite(value) and value > 0.0]
    _ratio_axis(axes, (max(0.95 * min(finite), 0.15), min(1.05 * max(*finite, found.published.upper), 4.0)))
    _mark_published(axes, found.published)
    for row, (world, (low, middle, high)) in enumerate(zip(worlds, ranges, strict=True)):
        power = world.designs[design].for_benefit.value
        colour = _COLOURS[2] if power >= 0.8 else _COLOURS[0]
        axes.plot([low, high], [row, row], color=colour, linewidth=1.2)
        axes.plot(middle, row, marker="s", markersize=4.5, color=colour, markeredgewidth=0.0)
        side = axes.get_yaxis_transform()
        axes.text(-0.03, row, world.name, transform=side, ha="right", va="center", fontsize=7, parse_math=False)
        axes.text(1.16, row, f"{middle:.2f}", transform=side, ha="right", va="center", fontsize=7)
        axes.text(1.30, row, f"{100.0 * power:.0f} %", transform=side, ha="right", va="center", fontsize=7)
    axes.set_ylim(len(worlds) - 0.5, -0.8)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(f"Hazard ratio, {design}; lines: 95 % of simulated trials; shaded: published 95 % CI")
    for place, head in ((1.16, "median"), (1.30, "power")):
        axes.text(place, 1.01, head, transform=axes.transAxes, ha="right", va="bottom", fontsize=6.8, weight="bold")
    return figure


def _power_line(
    axes: Axes, worlds: Sequence[WorldFindings], design: str, look: tuple[str, str, str], nudge: float
) -> None:
    colour, marker, label = look
    shares = [world.designs[design].for_benefit for world in worlds]
    middle = np.array([share.value for share in shares])
    limits = np.array([share.limits for share in shares]).T
    x = [world.sensitivity + nudge for world in worlds]
    error = np.abs(limits - middle)
    axes.errorbar(x, middle, error, color=colour, marker=marker, markersize=3.5, linewidth=1.1, elinewidth=0.6,
                  capsize=1.5, label=label)  # fmt: skip


def _mark_published(axes: Axes, published: PublishedResult) -> None:
    axes.axvspan(published.lower, published.upper, color=PALE, alpha=0.5, linewidth=0.0, zorder=0)
    axes.axvline(published.hazard_ratio, color=INK, linewidth=1.1)
    axes.axvline(published.planned, color=INK, linewidth=0.9, linestyle=(0, (4.0, 2.0)))
    axes.axvline(1.0, color=SOFT, linewidth=0.6, zorder=0)


def _ratio_axis(axes: Axes, limits: tuple[float, float]) -> None:
    axes.set_xscale("log")
    axes.set_xlim(*limits)
    ticks = [tick for tick in _TICKS if limits[0] <= tick <= limits[1]]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
