"""A recurrence over isodose lines on three cuts through its middle."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from impasto.core import Image
from impasto.report.figures.keys import draw_bands_key
from impasto.report.figures.layout import slice_row, write_structure_names
from impasto.report.figures.map_overlay import anatomy_window
from impasto.report.isodose import DoseBands
from impasto.report.pattern_findings import PatternFindings
from impasto.report.planes import Orientation, Plane, outlines_mm
from impasto.report.slice_view import SliceView, bounds_around
from impasto.report.theme import structure_colours
from impasto.report.units import dose_and_unit

__all__ = ["recurrence_figure"]

_SHARES = (0.2, 0.5, 0.8, 1.0)
"""Isodose lines besides the one that judges, of the prescribed dose."""

_MARGIN_MM = 30.0


def recurrence_figure(found: PatternFindings, name: str) -> Figure:
    """Draw anatomy, isodose lines, the isodose that judges (dashed, white), the recurrence and the lesion before.

    Parameters
    ----------
    found : PatternFindings
    name : str
        Of the recurrence; the cuts go through the middle of its box.
    """
    volumes = found.volumes
    box = volumes.structures[name].bounds_mm()
    middle = box.mean(axis=0)
    half = 0.5 * float(np.max(box[1] - box[0])) + _MARGIN_MM
    base = volumes.image or _black(volumes.dose.image)
    bounds = bounds_around(middle, half, base.grid.bounds_mm())
    planes = [Plane.through(orientation, middle, bounds) for orientation in Orientation]
    bands = DoseBands(_levels_gy(found))
    drawn = [one for one in (*(r.name for r in found.recurrences), found.lesion) if one in volumes.structures]
    colours = structure_colours(volumes.structures, list(dict.fromkeys(drawn)))
    row = slice_row(planes, [(0, 2)])
    window = anatomy_window(base)
    seen = set()
    for axes, plane in zip(row.panels, planes, strict=True):
        view = SliceView(axes, plane)
        given = plane.sample(volumes.dose.image)
        view.base(base, window, bands.paint(given, (0.12, 0.42)))
        view.isodoses(given, bands)
        for line in outlines_mm(given, plane, found.isodose_gy):
            axes.plot(*np.asarray(line).T, color="white", linewidth=1.3, linestyle=(0, (3.0, 1.5)), zorder=3)
        for drawn_name, colour in colours.items():
            lines = plane.contours_mm(volumes.structures[drawn_name])
            if lines:
                seen.add(drawn_name)
                view.outline(volumes.structures[drawn_name], lines, colour, 1.8 if drawn_name == name else 1.1)
        view.marks(plane.orientation.value.capitalize())
    draw_bands_key(row.keys[0], bands, f"{dose_and_unit(volumes.dose.kind, volumes.dose.alpha_beta_gy)}; dashed: "
                   f"{found.isodose_gy:g} Gy")  # fmt: skip
    write_structure_names(row.names, {one: colour for one, colour in colours.items() if one in seen})
    return row.figure


def _levels_gy(found: PatternFindings) -> tuple[float, ...]:
    levels = {round(share * found.prescribed_gy, 1) for share in _SHARES} | {round(found.isodose_gy, 1)}
    return tuple(sorted(levels))


def _black(dose: Image) -> Image:
    """Stand in for anatomy where the case has none in the frame of the dose."""
    return dose.with_data(np.zeros(dose.grid.shape, dtype=np.float32))
