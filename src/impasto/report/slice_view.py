"""One slice as a picture: CT or MR in grey, colour overlay, contours, orientation letters, scale bar, position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from impasto.core import Image, Role, Structure, StructureSet
from impasto.core.arrays import FloatArray, RealArray
from impasto.report.isodose import DoseBands
from impasto.report.planes import Plane, outlines_mm
from impasto.report.theme import HALO, StructureColour

__all__ = ["SliceView", "Window", "blend", "body_bounds_mm", "bounds_around"]


@dataclass(frozen=True)
class Window:
    """Grey window: black at ``level - width / 2``, white at ``level + width / 2``; in HU for a CT, else in its unit."""

    level_hu: float = 40.0
    width_hu: float = 400.0

    def grey(self, values_hu: RealArray) -> NDArray[np.floating]:
        """Map CT numbers to 0 (black) to 1 (white)."""
        grey: NDArray[np.floating] = np.clip((values_hu - self.level_hu) / self.width_hu + 0.5, 0.0, 1.0)
        return grey


def blend(grey: RealArray, overlay: RealArray | None) -> FloatArray:
    """Lay an overlay (row, column, RGBA) over a grey picture (row, column); both 0 to 1; returns RGB."""
    base = np.repeat(np.asarray(grey, dtype=np.float64)[..., None], 3, axis=-1)
    if overlay is None:
        return base
    opacity = overlay[..., 3:]
    return np.asarray(base * (1.0 - opacity) + overlay[..., :3] * opacity)


class SliceView:
    """Draws one plane into matplotlib axes whose data coordinates are LPS mm.

    Parameters
    ----------
    axes : Axes
    plane : Plane
    """

    def __init__(self, axes: Axes, plane: Plane) -> None:
        self.axes = axes
        self.plane = plane
        axes.set_xlim(*plane.across_mm)
        axes.set_ylim(*plane.vertical_limits_mm)
        axes.set_aspect("equal")
        axes.set_axis_off()

    def base(self, ct: Image, window: Window, overlay: RealArray | None = None) -> None:
        """Draw the CT, with a colour overlay of shape (row, column, RGBA) when given."""
        grey = window.grey(self.plane.sample(ct, outside=window.level_hu - window.width_hu))
        picture = np.round(blend(grey, overlay) * 255).astype(np.uint8)
        self.axes.imshow(
            picture, origin="lower", extent=self.plane.extent_mm, aspect="equal", interpolation="none", zorder=0
        )
        self.axes.set_xlim(*self.plane.across_mm)
        self.axes.set_ylim(*self.plane.vertical_limits_mm)

    def isodoses(self, dose_gy: RealArray, bands: DoseBands, line_width: float = 0.7) -> None:
        """Draw a line at every dose level; `dose_gy` has this plane's pixels."""
        for level, colour in zip(bands.levels_gy, bands.colours, strict=True):
            brighter = 0.35 + 0.65 * colour
            self._lines(outlines_mm(dose_gy, self.plane, level), brighter, line_width, zorder=2)

    def outline(
        self, structure: Structure, lines: Sequence[FloatArray], colour: StructureColour, line_width: float = 1.2
    ) -> None:
        """Draw a structure's outline, polylines of (across, vertical) mm."""
        width = line_width * (0.6 if structure.role is Role.EXTERNAL else 1.0)
        self._lines(lines, colour.on_dark, width, zorder=3, halo=1.1, label=structure.name)

    def marks(self, title: str = "") -> None:
        """Write orientation letters, slice position and a scale bar, and a title above the picture."""
        top, bottom = self.plane.orientation.letters[2:]
        self._inside(0.5, 0.975, top, "center", "top", weight="bold", size=7.5)
        self._inside(0.5, 0.025, bottom, "center", "bottom", weight="bold", size=7.5)
        self.small_marks()
        if title:
            self.axes.set_title(title, pad=4, parse_math=False)

    def small_marks(self) -> None:
        """Write what a panel too small for all marks needs: left and right, slice position, scale bar."""
        left, right = self.plane.orientation.letters[:2]
        self._inside(0.025, 0.5, left, "left", "center", weight="bold", size=7.5)
        self._inside(0.975, 0.5, right, "right", "center", weight="bold", size=7.5)
        self.position_mark()
        self._scale_bar()

    def position_mark(self) -> None:
        """Write only where the slice lies."""
        position = f"{self.plane.orientation.through_letter} = {self.plane.position_mm:+.1f} mm".replace("-", "\u2212")
        self._inside(0.025, 0.975, position, "left", "top", size=6)

    def cross_lines(self, point_mm: Sequence[float]) -> None:
        """Show at the picture's edges where the other two planes cut."""
        a, v, _ = self.plane.orientation.axes
        ends = {"color": "white", "linewidth": 0.7, "zorder": 5, "alpha": 0.9}
        for low, high in ((0.0, 0.02), (0.98, 1.0)):
            self.axes.axvline(point_mm[a], low, high, **ends)
            self.axes.axhline(point_mm[v], low, high, **ends)

    def _scale_bar(self) -> None:
        low, high = self.plane.across_mm
        length = max((n for n in (5, 10, 20, 50, 100) if n <= 0.35 * (high - low)), default=5)
        start = low + 0.03 * (high - low)
        bottom, top = self.plane.vertical_limits_mm
        height = bottom + 0.03 * (top - bottom)
        self.axes.plot(
            [start, start + length], [height, height], color="white", linewidth=1.6, solid_capstyle="butt", zorder=6,
            path_effects=[patheffects.withStroke(linewidth=2.6, foreground=HALO)], label="scale bar",
        )  # fmt: skip
        self._inside(0.03, 0.045, f"{length} mm" if length < 10 else f"{length // 10} cm", "left", "bottom", size=6)

    def _inside(self, x: float, y: float, text: str, across: str, upright: str, **style: Any) -> None:
        self.axes.text(
            x, y, text, transform=self.axes.transAxes, ha=across, va=upright, color="white", zorder=6,
            path_effects=[patheffects.withStroke(linewidth=1.3, foreground=HALO)], **style,
        )  # fmt: skip

    def _lines(
        self,
        lines: Sequence[FloatArray],
        colour: object,
        width: float,
        zorder: float,
        halo: float = 0.0,
        label: str = "",
    ) -> None:
        if not lines:
            return
        path = Path.make_compound_path(*(Path(line) for line in lines))
        for line_colour, line_width, order in ((HALO, width + halo, zorder), (colour, width, zorder + 0.5)):
            if line_colour is HALO and not halo:
                continue
            patch = PathPatch(
                path, facecolor="none", edgecolor=line_colour, linewidth=line_width, zorder=order, joinstyle="round"
            )
            patch.set_label(label if line_colour is not HALO else "")
            self.axes.add_artist(patch)  # add_patch would measure every vertex to scale axes whose limits are set


def body_bounds_mm(ct: Image, structures: StructureSet, margin_mm: float = 8.0) -> FloatArray:
    """Box around the patient, inside the CT: around the external contour, or around what is denser than -400 HU."""
    limits = ct.grid.bounds_mm()
    external = [s for s in structures.with_role(Role.EXTERNAL) if not s.is_empty]
    if external:
        bounds = external[0].bounds_mm()
    else:
        dense = np.asarray(ct.data > -400.0)
        bounds = ct.cropped_to(dense).grid.bounds_mm() if dense.any() else limits
    return _within(np.stack([bounds[0] - margin_mm, bounds[1] + margin_mm]), limits)


def bounds_around(point_mm: Sequence[float], half_mm: float, limits_mm: FloatArray) -> FloatArray:
    """Cube around a point, moved and shrunk to stay inside limits, shape (2, 3)."""
    centre = np.asarray(point_mm, dtype=np.float64)
    box = np.stack([centre - half_mm, centre + half_mm])
    box = box + np.maximum(limits_mm[0] - box[0], 0.0)
    box = box - np.maximum(box[1] - limits_mm[1], 0.0)
    return _within(box, limits_mm)


def _within(bounds_mm: FloatArray, limits_mm: FloatArray) -> FloatArray:
    return np.stack([np.maximum(bounds_mm[0], limits_mm[0]), np.minimum(bounds_mm[1], limits_mm[1])])
