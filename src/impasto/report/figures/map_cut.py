"""One slice through the maps of a step: which pixels lie in voxels, and the lines that every map of it gets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core import Image
from impasto.core.arrays import BoolArray, FloatArray
from impasto.report.maps_over_anatomy import MapsOverAnatomy
from impasto.report.planes import Orientation, Plane, outlines_mm
from impasto.report.theme import StructureColour, structure_colours

__all__ = ["EXCITED_NAME", "MapCut", "line_colours", "map_cut", "shown_bounds_mm", "without_straight_points"]

EXCITED_NAME = "Excited box"

_THRESHOLD = StructureColour("#a67c00", "#ffd23f")
_EXCITED = StructureColour("#3f4650", "#ffffff")
_MARGIN_MM = 16.0
_PIXELS = 300
_OUTLINE_PIXELS = 2.0


@dataclass(frozen=True, eq=False)
class MapCut:
    """One slice.

    Parameters
    ----------
    found : MapsOverAnatomy
    plane : Plane
    fitted : ndarray of bool, shape (row, column)
        Pixels in fitted voxels.
    lines : dict of str to list of ndarray, shape (point, 2)
        Outlines by name, as (across, vertical) mm.
    """

    found: MapsOverAnatomy
    plane: Plane
    fitted: BoolArray
    lines: dict[str, list[FloatArray]]

    def values(self, name: str) -> NDArray[np.floating]:
        """Value of the voxel that each pixel's centre lies in; NaN where there is none."""
        return _nearest(self.found.maps[name], self.plane)

    def striped(self, name: str) -> BoolArray:
        """Pixels in voxels that were fitted, but have no value to trust."""
        missing: BoolArray = self.fitted & ~np.isfinite(self.values(name))
        if name not in self.found.doubted:
            return missing
        doubted = Image(self.found.doubted[name].astype(np.float32), self.found.grid, "doubted", "1")
        return np.logical_or(missing, _nearest(doubted, self.plane) > 0.5)


def map_cut(found: MapsOverAnatomy, position_mm: float, bounds_mm: FloatArray) -> MapCut:
    """Cut maps at an LPS z, inside bounds, shape (2, 3)."""
    plane = Plane.through(Orientation.TRANSVERSE, (0.0, 0.0, position_mm), bounds_mm, _PIXELS)
    fitted = _nearest(Image(found.fitted.astype(np.float32), found.grid, "fitted", "1"), plane) > 0.5
    coarse = replace(plane, pixel_mm=_OUTLINE_PIXELS * plane.pixel_mm)
    lines = {s.name: coarse.contours_mm(s) for s in found.structures or () if not s.is_empty}
    for name, threshold in list(found.thresholds.items())[:1]:
        above = np.nan_to_num(_nearest(found.maps[name], plane), nan=-np.inf) > threshold
        outlines = outlines_mm(above.astype(np.float64), plane, 0.5)
        lines[_threshold_name(name, threshold)] = [without_straight_points(line) for line in outlines]
    if found.excited is not None:
        lines[EXCITED_NAME] = _box_outline_mm(found, plane)
    return MapCut(found, plane, fitted, lines)


def shown_bounds_mm(found: MapsOverAnatomy, slices_mm: Sequence[float]) -> FloatArray:
    """Box around the fitted voxels of some slices (LPS z) with a margin, inside the anatomy, shape (2, 3)."""
    corners = found.grid.world_from_index(np.argwhere(found.fitted))
    reach = float(found.grid.spacing_mm.max())
    near = (corners[:, 2] >= min(slices_mm) - reach) & (corners[:, 2] <= max(slices_mm) + reach)
    corners = corners[near] if near.any() else corners
    half = 0.5 * reach + _MARGIN_MM
    inside = found.anatomy.grid.bounds_mm()
    return np.stack(
        [np.maximum(corners.min(axis=0) - half, inside[0]), np.minimum(corners.max(axis=0) + half, inside[1])]
    )


def line_colours(found: MapsOverAnatomy) -> dict[str, StructureColour]:
    """Colours of structures, threshold and box, in the order of the legend."""
    structures = found.structures
    colours = {} if structures is None else structure_colours(structures, structures.names)
    for name, threshold in list(found.thresholds.items())[:1]:
        colours[_threshold_name(name, threshold)] = _THRESHOLD
    if found.excited is not None:
        colours[EXCITED_NAME] = _EXCITED
    return colours


def without_straight_points(line: FloatArray) -> FloatArray:
    """Leave out points of a polyline, shape (point, 2), at which it runs straight on.

    Examples
    --------
    >>> without_straight_points(np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0], [1.0, 2.0]])).tolist()
    [[0.0, 0.0], [0.0, 2.0], [1.0, 2.0]]
    """
    step = np.diff(line, axis=0)
    turn = step[:-1, 0] * step[1:, 1] - step[:-1, 1] * step[1:, 0]
    kept: FloatArray = line[np.concatenate([[True], np.abs(turn) > 1e-9, [True]])]
    return kept


def _nearest(image: Image, plane: Plane) -> NDArray[np.floating]:
    data = image.with_data(np.asarray(image.data, dtype=np.float32))
    return plane.pixels_of(data.resampled_nearest(plane.grid, float("nan")).data)


def _box_outline_mm(found: MapsOverAnatomy, plane: Plane) -> list[FloatArray]:
    box = found.excited
    assert box is not None
    index = box.index_from_world(plane.grid.voxel_centres_mm())
    shape = np.asarray(box.shape)
    depth = (0.5 * shape - np.abs(index - 0.5 * (shape - 1))) * box.spacing_mm
    return outlines_mm(plane.pixels_of(depth.min(axis=-1)), plane, 0.0)


def _threshold_name(name: str, threshold: float) -> str:
    return f"{name} > {threshold:g}"
