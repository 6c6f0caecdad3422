"""The functional image that the dose is painted by, over CT on three slices."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from impasto.core import Image
from impasto.core.arrays import FloatArray, RealArray
from impasto.report.figures.keys import draw_scale_key
from impasto.report.figures.layout import slice_row, write_structure_names
from impasto.report.planes import Orientation
from impasto.report.scene import Scene, nice_limit
from impasto.report.slice_view import SliceView
from impasto.report.theme import FUNCTIONAL
from impasto.report.units import quantity_and_unit

__all__ = ["functional_figure"]


def functional_figure(scene: Scene, functional: Image, limits: tuple[float, float] | None = None) -> Figure:
    """Draw a functional image on three slices through the focus, clear at the lower limit, dense at the upper.

    Parameters
    ----------
    scene : Scene
    functional : Image
    limits : tuple of float, optional
        Values at the ends of the colour scale; 0 to a round number above the slices' 99.5th percentile when absent.
    """
    planes = [scene.plane(orientation, scene.body_mm) for orientation in Orientation]
    sampled = [plane.sample(functional) for plane in planes]
    low, high = limits or (0.0, nice_limit([np.nanpercentile(values, 99.5) for values in sampled]))
    row = slice_row(planes, [(0, 2)])
    for axes, plane, values in zip(row.panels, planes, sampled, strict=True):
        view = SliceView(axes, plane)
        scene.draw_ct(view, functional_overlay(values, low, high))
        scene.draw_structures(view)
        view.cross_lines(scene.focus_mm)
        view.marks(plane.orientation.value.capitalize())
    draw_scale_key(row.keys[0], FUNCTIONAL, (low, high), quantity_and_unit(functional))
    write_structure_names(row.names, scene.seen(planes))
    return row.figure


def functional_overlay(values: RealArray, low: float, high: float) -> FloatArray:
    """Colour values between two limits; opacity rises over the lower 40 % of the scale, so that anatomy shows."""
    share = np.clip(np.nan_to_num((values - low) / (high - low)), 0.0, 1.0)
    overlay = np.asarray(FUNCTIONAL(share))
    overlay[..., 3] = 0.85 * np.clip(share / 0.4, 0.0, 1.0)
    return overlay
