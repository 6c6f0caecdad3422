"""Two plans side by side on one slice with one colour scale, and their difference."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from impasto.core import Dose
from impasto.core.arrays import FloatArray, RealArray
from impasto.report.figures.keys import draw_bands_key, draw_scale_key
from impasto.report.figures.layout import slice_row, write_structure_names
from impasto.report.planes import Orientation
from impasto.report.scene import Scene, nice_limit
from impasto.report.slice_view import SliceView
from impasto.report.theme import DIVERGING
from impasto.report.units import dose_and_unit

__all__ = ["comparison_figure"]


def comparison_figure(scene: Scene, doses: tuple[Dose, Dose], names: tuple[str, str]) -> Figure:
    """Draw the first plan's dose, the second's, and the first minus the second, on the transverse slice.

    Parameters
    ----------
    scene : Scene
    doses : tuple of Dose
    names : tuple of str
        The plans' names.
    """
    plane = scene.plane(Orientation.TRANSVERSE, scene.close_mm)
    row = slice_row([plane] * 3, [(0, 1), (2, 2)])
    for axes, dose, name in zip(row.panels, doses, names, strict=False):
        view = SliceView(axes, plane)
        scene.draw_dose(view, dose.image)
        scene.draw_structures(view)
        view.marks(name)
    difference = plane.sample(doses[0].image) - plane.sample(doses[1].image)
    limit = nice_limit(difference)
    view = SliceView(row.panels[2], plane)
    scene.draw_ct(view, difference_overlay(difference, limit))
    scene.draw_structures(view)
    view.marks("Difference")
    draw_bands_key(row.keys[0], scene.bands, dose_and_unit(doses[0].kind, doses[0].alpha_beta_gy))
    draw_scale_key(row.keys[1], DIVERGING, (-limit, limit), f"{names[0]} minus {names[1]} (Gy)")
    write_structure_names(row.names, scene.seen([plane]))
    return row.figure


def difference_overlay(difference_gy: RealArray, limit_gy: float) -> FloatArray:
    """Colour a difference, clear where it is zero and dense from a fifth of the limit on."""
    overlay = np.asarray(DIVERGING(0.5 + 0.5 * difference_gy / limit_gy))
    overlay[..., 3] = 0.8 * np.clip(np.abs(difference_gy) / (0.2 * limit_gy), 0.0, 1.0)
    return overlay
