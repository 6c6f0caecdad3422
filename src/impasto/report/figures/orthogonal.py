"""Transverse, coronal and sagittal slice through one point: dose in bands over CT, structures outlined."""

from __future__ import annotations

from matplotlib.figure import Figure

from impasto.core import Dose
from impasto.report.figures.keys import draw_bands_key
from impasto.report.figures.layout import slice_row, write_structure_names
from impasto.report.planes import Orientation
from impasto.report.scene import Scene
from impasto.report.slice_view import SliceView
from impasto.report.units import dose_and_unit

__all__ = ["orthogonal_figure", "summary_figure"]


def orthogonal_figure(scene: Scene, dose: Dose) -> Figure:
    """Draw a dose on three slices through the focus."""
    planes = [scene.plane(orientation, scene.body_mm) for orientation in Orientation]
    row = slice_row(planes, [(0, 2)])
    for axes, plane in zip(row.panels, planes, strict=True):
        view = SliceView(axes, plane)
        scene.draw_dose(view, dose.image)
        scene.draw_structures(view)
        view.cross_lines(scene.focus_mm)
        view.marks(plane.orientation.value.capitalize())
    draw_bands_key(row.keys[0], scene.bands, dose_and_unit(dose.kind, dose.alpha_beta_gy))
    write_structure_names(row.names, scene.seen(planes))
    return row.figure


def summary_figure(scene: Scene, dose: Dose) -> Figure:
    """Draw a dose large on the transverse slice through the focus."""
    plane = scene.plane(Orientation.TRANSVERSE, scene.body_mm, pixels=600)
    row = slice_row([plane], [(0, 0)], width_in=min(5.0, 5.2 * plane.aspect), highest_in=5.2, has_titles=False)
    view = SliceView(row.panels[0], plane)
    scene.draw_dose(view, dose.image)
    scene.draw_structures(view, line_width=1.4)
    view.marks()
    draw_bands_key(row.keys[0], scene.bands, dose_and_unit(dose.kind, dose.alpha_beta_gy))
    write_structure_names(row.names, scene.seen([plane]))
    return row.figure
