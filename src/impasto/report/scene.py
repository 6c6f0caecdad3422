"""What all slice pictures of a report share: CT, window, structures and their colours, dose bands, the point shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from impasto.core import Image, StructureSet
from impasto.core.arrays import FloatArray, RealArray
from impasto.report.content import ReportContent
from impasto.report.isodose import DoseBands, isodose_levels_gy
from impasto.report.planes import Orientation, Plane
from impasto.report.slice_view import SliceView, Window, body_bounds_mm, bounds_around
from impasto.report.theme import StructureColour, structure_colours

__all__ = ["Scene", "nice_limit", "sample_inside"]


@dataclass(frozen=True, eq=False)
class Scene:
    """The common ground of the slice pictures.

    Parameters
    ----------
    ct : Image
    window : Window
    structures : StructureSet
    colours : dict of str to StructureColour
        Of the structures that are drawn.
    bands : DoseBands
    focus_mm : tuple of float
        LPS point that the slices go through.
    body_mm, close_mm : ndarray, shape (2, 3)
        Boxes to show: the whole patient, and the surroundings of the target.
    """

    ct: Image
    window: Window
    structures: StructureSet
    colours: dict[str, StructureColour]
    bands: DoseBands
    focus_mm: tuple[float, float, float]
    body_mm: FloatArray
    close_mm: FloatArray
    _outlines: dict[tuple[Plane, str], list[FloatArray]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, content: ReportContent) -> Scene:
        """Prepare the scene of a report."""
        images, display = content.images, content.display
        levels = display.dose_levels_gy or isodose_levels_gy(images.prescribed.data)
        body = body_bounds_mm(images.ct, images.structures)
        target = images.prescribed.cropped_to(np.asarray(images.prescribed.data > 0)).grid.bounds_mm()
        half = 0.5 * float(np.max(target[1] - target[0])) + 30.0
        return cls(
            ct=images.ct,
            window=Window(display.level_hu, display.width_hu),
            structures=images.structures,
            colours=structure_colours(images.structures, display.structures),
            bands=DoseBands(tuple(levels)),
            focus_mm=display.focus_mm,
            body_mm=body,
            close_mm=bounds_around(target.mean(axis=0), half, images.ct.grid.bounds_mm()),
        )

    def plane(self, orientation: Orientation, bounds_mm: FloatArray, pixels: int = 440) -> Plane:
        """Cut a box at the focus."""
        return Plane.through(orientation, self.focus_mm, bounds_mm, pixels)

    def draw_ct(self, view: SliceView, overlay: RealArray | None = None) -> None:
        """Draw the CT, maybe under an overlay."""
        view.base(self.ct, self.window, overlay)

    def draw_dose(self, view: SliceView, dose: Image, opacity: tuple[float, float] = (0.42, 0.8)) -> None:
        """Draw the CT under a dose in bands, with isodose lines."""
        sampled = view.plane.sample(dose)
        self.draw_ct(view, self.bands.paint(sampled, opacity))
        view.isodoses(sampled, self.bands)

    def draw_structures(self, view: SliceView, line_width: float = 1.2) -> None:
        """Draw the outlines of the structures; what a plane has shown once is not computed again."""
        for name, colour in self.colours.items():
            view.outline(self.structures[name], self.outline_mm(view.plane, name), colour, line_width)

    def outline_mm(self, plane: Plane, name: str) -> list[FloatArray]:
        """Outline of a structure in a plane, as (across, vertical) mm polylines."""
        key = (plane, name)
        if key not in self._outlines:
            self._outlines[key] = plane.contours_mm(self.structures[name])
        return self._outlines[key]

    def seen(self, planes: Sequence[Plane]) -> dict[str, StructureColour]:
        """Colours of the structures that show in at least one of the planes."""
        return {n: c for n, c in self.colours.items() if any(self.outline_mm(plane, n) for plane in planes)}


def sample_inside(plane: Plane, image: Image, inside: NDArray[np.bool_]) -> FloatArray:
    """Interpolate values that are defined only where `inside` (shape of the image) says so; NaN elsewhere.

    The weights of voxels outside are left out, so a border voxel does not fade towards zero.
    """
    shares = plane.sample(image.with_data(inside.astype(np.float32)))
    values = plane.sample(image.with_data(np.where(inside, image.data, 0.0).astype(np.float32)))
    return np.where(shares >= 0.5, values / np.maximum(shares, 0.5), np.nan)


def nice_limit(values: Sequence[float] | RealArray) -> float:
    """Smallest of 1, 2, 5, 10, ... times a power of ten that is not below the largest magnitude; 1 for no values."""
    largest = float(np.max(np.abs(values), initial=0.0))
    if largest <= 0.0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(largest))
    return float(next(n * scale for n in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0) if n * scale >= largest - 1e-9))
