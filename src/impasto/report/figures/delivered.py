"""Prescription against delivery: the dose that was asked for, the dose that is given, and their ratio Q."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from impasto.core import Dose, Image
from impasto.report.figures.keys import draw_bands_key, draw_scale_key
from impasto.report.figures.layout import slice_row, write_structure_names
from impasto.report.planes import Orientation
from impasto.report.scene import Scene, sample_inside
from impasto.report.slice_view import SliceView
from impasto.report.theme import DIVERGING
from impasto.report.units import dose_and_unit

__all__ = ["QUALITY_LIMITS", "delivered_figure"]

QUALITY_LIMITS = (0.9, 1.1)
"""Ends of the colour scale of Q, centred at 1; values beyond take the end's colour."""


def delivered_figure(scene: Scene, prescribed: Image, dose: Dose, name: str) -> Figure:
    """Draw prescribed dose, delivered dose and Q = delivered / prescribed inside the target, transverse.

    Parameters
    ----------
    scene : Scene
    prescribed : Image
        Gy, 0 outside the targets.
    dose : Dose
    name : str
        The plan's name.
    """
    plane = scene.plane(Orientation.TRANSVERSE, scene.close_mm)
    row = slice_row([plane] * 3, [(0, 1), (2, 2)])
    wanted = sample_inside(plane, prescribed, np.asarray(prescribed.data > 0))
    given = plane.sample(dose.image)
    inside = np.isfinite(wanted)
    painted = scene.bands.paint(np.where(inside, wanted, 0.0), (0.8, 0.8))
    # as dense as the prescription inside the target, faint around it, so that the eye compares like with like
    delivered = scene.bands.paint(given, (0.2, 0.3))
    delivered[inside] = scene.bands.paint(given[inside], (0.8, 0.8))
    low, high = QUALITY_LIMITS
    quality = np.where(inside, given / np.where(inside, wanted, 1.0), 1.0)
    ratio = np.asarray(DIVERGING((quality - low) / (high - low)))
    ratio[..., 3] = np.where(inside, 0.9, 0.0)
    titles = ("Prescribed", f"Delivered: {name}", "Q = delivered / prescribed")
    for axes, overlay, title in zip(row.panels, (painted, delivered, ratio), titles, strict=True):
        view = SliceView(axes, plane)
        scene.draw_ct(view, overlay)
        scene.draw_structures(view)
        view.marks(title)
    draw_bands_key(row.keys[0], scene.bands, dose_and_unit(dose.kind, dose.alpha_beta_gy))
    draw_scale_key(row.keys[1], DIVERGING, QUALITY_LIMITS, "Q (1 = as prescribed)")
    write_structure_names(row.names, scene.seen([plane]))
    return row.figure
