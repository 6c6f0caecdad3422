"""Keys of colour scales: labelled at the levels themselves, with quantity and unit."""

from __future__ import annotations

from textwrap import wrap

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from impasto.report.figures.layout import axes_width_in
from impasto.report.isodose import DoseBands
from impasto.report.theme import INK, SOFT

__all__ = ["draw_bands_key", "draw_scale_key", "draw_upright_key"]

_CAPTION_LETTERS = 16
"""In a line above an upright key."""


def draw_bands_key(axes: Axes, bands: DoseBands, caption: str) -> None:
    """Draw one swatch a dose band, the level written below its lower edge."""
    count = len(bands.levels_gy)
    for number, (level, colour) in enumerate(zip(bands.levels_gy, bands.colours, strict=True)):
        axes.add_patch(Rectangle((number, 0.0), 1.0, 1.0, facecolor=colour, edgecolor="white", linewidth=0.6))
        axes.text(number, -0.35, f"{level:g}", ha="center", va="top", fontsize=6.5)
    axes.set_xlim(0.0, count)
    axes.set_ylim(0.0, 1.0)
    _finish(axes, caption)


def draw_scale_key(axes: Axes, colours: Colormap, limits: tuple[float, float], caption: str) -> None:
    """Draw a continuous colour scale with round labels."""
    axes.imshow(np.linspace(0.0, 1.0, 256)[None], cmap=colours, aspect="auto", extent=(*limits, 0.0, 1.0))
    for value in MaxNLocator(max(2, int(1.9 * axes_width_in(axes))), steps=[1, 2, 2.5, 5, 10]).tick_values(*limits):
        if limits[0] - 1e-9 <= value <= limits[1] + 1e-9:
            axes.plot([value, value], [-0.3, 0.0], color=SOFT, linewidth=0.6, clip_on=False)
            axes.text(value, -0.4, f"{value:.6g}".replace("-", "\u2212"), ha="center", va="top", fontsize=6.5)
    axes.set_xlim(*limits)
    axes.set_ylim(0.0, 1.0)
    _finish(axes, caption)


def draw_upright_key(
    axes: Axes, colours: Colormap, limits: tuple[float, float], caption: str, marked: float | None = None
) -> None:
    """Draw a colour scale upright, its labels at the right and its caption above; `marked` gets a line across."""
    axes.imshow(
        np.linspace(0.0, 1.0, 256)[:, None], cmap=colours, aspect="auto", extent=(0.0, 1.0, *limits), origin="lower"
    )
    for value in MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(*limits):
        if limits[0] - 1e-9 <= value <= limits[1] + 1e-9:
            axes.plot([1.0, 1.4], [value, value], color=SOFT, linewidth=0.6, clip_on=False)
            axes.text(1.7, value, f"{value:.6g}".replace("-", "\u2212"), ha="left", va="center", fontsize=6.5)
    if marked is not None and limits[0] < marked < limits[1]:
        axes.plot([-0.5, 1.4], [marked, marked], color=INK, linewidth=1.6, clip_on=False)
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(*limits)
    axes.set_axis_off()
    text = "\n".join(wrap(caption, _CAPTION_LETTERS))
    axes.annotate(text, (0.0, 1.0), (0.0, 7.0), xycoords="axes fraction", textcoords="offset points", ha="left",
        va="bottom", fontsize=6.5, color=SOFT, parse_math=False, linespacing=1.05)  # fmt: skip


def _finish(axes: Axes, caption: str) -> None:
    axes.set_axis_off()
    axes.text(
        0.0, 1.3, caption, transform=axes.transAxes, ha="left", va="bottom", fontsize=6.8, color=SOFT, parse_math=False
    )
