"""Two images of one frame in one picture: as a checkerboard, and as edges of one over the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Image
from impasto.core.arrays import FloatArray
from impasto.report.colour_scales import ColourScale
from impasto.report.figures.keys import draw_scale_key
from impasto.report.figures.layout import SliceRow, slice_row
from impasto.report.figures.map_overlay import anatomy_window, scale_limits, voxel_overlay
from impasto.report.planes import Orientation, Plane, outlines_mm
from impasto.report.slice_view import SliceView, Window, blend

__all__ = ["alignment_planes", "checkerboard_figure", "edge_figure", "error_figure"]

_SQUARE_MM = 25.0
_TINT = np.array([1.0, 0.86, 0.62])
"""Of the moved image's squares: warm, against the fixed image's neutral grey."""

_EDGE = "#ffd23f"
_EDGE_SCALE_MM = 2.0
_STRONG_SHARE = 0.92
"""Share of the pixels whose gradient is weaker than that of an edge."""


def alignment_planes(fixed: Image, pixels: int = 360) -> tuple[Plane, ...]:
    """Choose transverse, coronal and sagittal cuts through the middle of what the fixed image shows."""
    window = _window(fixed)
    seen = window.grey(fixed.data) > 0.1
    index = np.argwhere(seen) if seen.any() else np.argwhere(np.ones(fixed.grid.shape, dtype=bool))
    middle = fixed.grid.world_from_index(np.median(index, axis=0))
    return tuple(Plane.through(way, middle.tolist(), fixed.grid.bounds_mm(), pixels) for way in Orientation)


def checkerboard_figure(fixed: Image, other: Image, planes: Sequence[Plane]) -> Figure:
    """Draw squares of the fixed image, grey, and of another one, tinted: lines must run on across their borders."""
    windows = _window(fixed), _window(other)

    def picture(plane: Plane) -> FloatArray:
        grey = [w.grey(_sampled(image, plane)) for w, image in zip(windows, (fixed, other), strict=True)]
        row, column = np.indices(grey[0].shape) * plane.pixel_mm // _SQUARE_MM
        is_other = (row + column) % 2 > 0
        painted: FloatArray = np.where(is_other[..., None], grey[1][..., None] * _TINT, grey[0][..., None])
        return painted

    return _drawn(planes, picture).figure


def edge_figure(fixed: Image, other: Image, planes: Sequence[Plane]) -> Figure:
    """Draw edges of another image over the fixed one."""
    window = _window(fixed)
    row = _drawn(planes, lambda plane: blend(window.grey(_sampled(fixed, plane)), None))
    for axes, plane in zip(row.panels, planes, strict=True):
        for line in _edges_mm(plane.sample(other, float(other.data.min())), plane):
            axes.plot(line[:, 0], line[:, 1], color=_EDGE, linewidth=0.6, zorder=3)
    return row.figure


def error_figure(fixed: Image, error: Image, planes: Sequence[Plane]) -> Figure:
    """Colour a registration error, in mm, over the fixed image."""
    window, scale = _window(fixed), ColourScale(opacity=(0.1, 0.6))
    limits = scale_limits(scale, error.data[np.isfinite(error.data)])

    def picture(plane: Plane) -> FloatArray:
        values = _sampled(error, plane)
        overlay = voxel_overlay(values, np.zeros(values.shape, dtype=bool), limits, scale)
        return blend(window.grey(_sampled(fixed, plane)), overlay)

    row = _drawn(planes, picture, [(0, len(planes) - 1)])
    draw_scale_key(row.keys[0], scale.colours, limits, f"{error.quantity} (mm)".capitalize())
    return row.figure


def absence_figure(fixed: Image, absent: Image, planes: Sequence[Plane]) -> Figure:
    """Stripe what has no counterpart over the fixed image."""
    window = _window(fixed)

    def picture(plane: Plane) -> FloatArray:
        striped = np.asarray(plane.sample(absent) > 0.5)
        overlay = voxel_overlay(np.full(striped.shape, np.nan), striped, (0.0, 1.0))
        return blend(window.grey(_sampled(fixed, plane)), overlay)

    return _drawn(planes, picture).figure


def _window(image: Image) -> Window:
    """Grey window that shows skin, soft tissue and bone: all that lines run along."""
    return Window() if image.unit == "[hnsf'U]" else anatomy_window(image)


def _drawn(
    planes: Sequence[Plane], picture: Callable[[Plane], FloatArray], key_spans: Sequence[tuple[int, int]] = ()
) -> SliceRow:
    row = slice_row(planes, key_spans, highest_in=2.9, has_titles=False)
    for axes, plane in zip(row.panels, planes, strict=True):
        view = SliceView(axes, plane)
        axes.imshow(
            np.clip(picture(plane), 0.0, 1.0), origin="lower", extent=plane.extent_mm, aspect="equal",
            interpolation="none", zorder=0,
        )  # fmt: skip
        axes.set_xlim(*plane.across_mm)
        axes.set_ylim(*plane.vertical_limits_mm)
        view.small_marks()
    return row


def _sampled(image: Image, plane: Plane) -> NDArray[np.floating]:
    return plane.sample(image, float(np.nanmin(image.data)))


def _edges_mm(values: NDArray[np.floating], plane: Plane) -> list[FloatArray]:
    """Zero crossings of the Laplacian of a Gaussian where the gradient is strong (Marr and Hildreth 1980)."""
    width = _EDGE_SCALE_MM / plane.pixel_mm
    steep = ndimage.gaussian_gradient_magnitude(values.astype(np.float64), width)
    curved = ndimage.gaussian_laplace(values.astype(np.float64), width)
    weak = steep <= np.quantile(steep, _STRONG_SHARE)
    return outlines_mm(np.where(weak, np.nan, curved), plane, 0.0)
