"""A small slice that shows where a voxel lies."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from impasto.core import Image
from impasto.report.planes import Orientation, Plane
from impasto.report.theme import HALO

__all__ = ["draw_place"]

_MARK = "#fbe26a"
_GAP, _ARM = 0.025, 0.12
"""Of the cross, as shares of the picture's width: free around the point, and length of an arm."""


def draw_place(axes: Axes, anatomy: Image, position_mm: tuple[float, float, float]) -> None:
    """Draw the transverse slice through a point, radiological convention, and a cross around the point."""
    plane = Plane.through(Orientation.TRANSVERSE, position_mm, anatomy.grid.bounds_mm(), pixels=200)
    values = plane.sample(anatomy)
    shown = values[np.isfinite(values) & (values > 0.0)]
    brightest = float(np.percentile(shown, 99.0)) if shown.size else 1.0
    picture = np.round(255.0 * np.clip(np.nan_to_num(values) / brightest, 0.0, 1.0)).astype(np.uint8)
    axes.imshow(picture, cmap="gray", vmin=0, vmax=255, origin="lower", extent=plane.extent_mm, interpolation="none")
    axes.set_xlim(*plane.across_mm)
    axes.set_ylim(*plane.vertical_limits_mm)
    axes.set_aspect("equal", anchor="SW")
    axes.set_axis_off()
    x, y, _ = position_mm
    width = plane.across_mm[1] - plane.across_mm[0]
    near, far = _GAP * width, (_GAP + _ARM) * width
    for dx, dy in ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)):
        line = [x + near * dx, x + far * dx], [y + near * dy, y + far * dy]
        axes.plot(*line, color=HALO, linewidth=2.2)
        axes.plot(*line, color=_MARK, linewidth=1.0)
    for at, letter, across in ((0.02, "R", "left"), (0.98, "L", "right")):
        axes.text(at, 0.5, letter, ha=across, va="center", transform=axes.transAxes, fontsize=6.0, color="white")
