"""Keys of colour scales: labelled at the levels themselves, with quantity and unit."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from impasto.report.figures.layout import axes_width_in
from impasto.report.isodose import DoseBands
from impasto.report.theme import SOFT

__all__ = ["draw_bands_key", "draw_scale_key"]


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


def _finish(axes: Axes, caption: str) -> None:
    axes.set_axis_off()
    axes.text(
        0.0, 1.3, caption, transform=axes.transAxes, ha="left", va="bottom", fontsize=6.8, color=SOFT, parse_math=False
    )
