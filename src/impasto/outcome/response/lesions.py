"""Bidimensional measures of lesions: in an axial slice the longest diameter and the longest one across it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray
from impasto.outcome.response.chords import crossed_chords

__all__ = ["LesionMeasure", "LesionRule", "TumourMeasure", "measure_lesions"]


@dataclass(frozen=True)
class LesionRule:
    """When a lesion is measurable, and how many are measured (Wen 2010).

    Parameters
    ----------
    least_mm : float
        Both diameters reach it.
    least_slices : int
        Axial slices in which the lesion is seen.
    thick_slice_mm : float
        In slices thicker than this, both diameters reach `slices_of_thick` times the thickness as well.
    slices_of_thick : float
    most_targets : int
        The largest measurable lesions make the sum.
    """

    least_mm: float = 10.0
    least_slices: int = 2
    thick_slice_mm: float = 5.0
    slices_of_thick: float = 2.0
    most_targets: int = 5

    def least_diameter_mm(self, slice_thickness_mm: float) -> float:
        """Diameter that both must reach in slices of a thickness."""
        is_thick = slice_thickness_mm > self.thick_slice_mm
        return max(self.least_mm, self.slices_of_thick * slice_thickness_mm if is_thick else 0.0)


@dataclass(frozen=True, eq=False)
class LesionMeasure:
    """One connected lesion, measured in the axial slice where the product of its diameters is largest.

    Parameters
    ----------
    longest_mm, perpendicular_mm : float
        The longest line inside the lesion, and the longest at right angles to it in the same slice; holes end both.
    longest_ends_mm, perpendicular_ends_mm : ndarray, shape (2, 3)
        LPS.
    slices : int
        Axial slices in which it is seen.
    volume_ml : float
    is_measurable : bool
    is_followed : bool
        Whether it lies where a target was measured before.
    is_new : bool
        Whether it is measurable and lies where no lesion was before.
    """

    longest_mm: float
    perpendicular_mm: float
    longest_ends_mm: FloatArray
    perpendicular_ends_mm: FloatArray
    slices: int
    volume_ml: float
    is_measurable: bool
    is_followed: bool = False
    is_new: bool = False

    @property
    def product_mm2(self) -> float:
        """Product of the two diameters."""
        return self.longest_mm * self.perpendicular_mm

    @property
    def centre_mm(self) -> FloatArray:
        """Middle of the longest diameter, LPS, shape (3,)."""
        return np.asarray(self.longest_ends_mm.mean(axis=0))


@dataclass(frozen=True, eq=False)
class TumourMeasure:
    """All lesions of one date.

    Parameters
    ----------
    lesions : tuple of LesionMeasure
        The largest product first.
    most_targets : int
    slice_thickness_mm : float
    targets_mask : ndarray of bool, shape of the grid
        Voxels of the targets, to follow them later.
    """

    lesions: tuple[LesionMeasure, ...]
    most_targets: int
    slice_thickness_mm: float
    targets_mask: BoolArray

    @property
    def targets(self) -> tuple[LesionMeasure, ...]:
        """Lesions whose products make the sum."""
        return _targets(self.lesions, self.most_targets)

    @property
    def product_mm2(self) -> float:
        """Sum of the targets' products of diameters."""
        return float(sum(lesion.product_mm2 for lesion in self.targets))

    @property
    def volume_ml(self) -> float:
        """Volume of all lesions, measurable or not."""
        return float(sum(lesion.volume_ml for lesion in self.lesions))

    @property
    def is_measurable(self) -> bool:
        """Whether a lesion is measurable."""
        return any(lesion.is_measurable for lesion in self.lesions)

    @property
    def new_lesions(self) -> tuple[LesionMeasure, ...]:
        """Measurable lesions where none was before."""
        return tuple(lesion for lesion in self.lesions if lesion.is_new)


def measure_lesions(
    mask: BoolArray,
    grid: Grid,
    rule: LesionRule | None = None,
    slice_thickness_mm: float | None = None,
    before: Iterable[BoolArray] = (),
    followed: BoolArray | None = None,
) -> TumourMeasure:
    """Measure each connected lesion of a mask (Wen 2010; automatically as in Chang 2019).

    Lesions touching at a corner are one. In every axial slice of a lesion (the slices that lie nearest to axial) the
    longest diameter is found first, then the longest one perpendicular to it anywhere in that slice; both lie inside
    the mask, so a cavity is not measured. The slice with the largest product is then measured finely: to a tenth of a
    degree and an eighth of a pixel.

    Parameters
    ----------
    mask : ndarray of bool, shape of the grid
        Enhancing tumour without cavity, necrosis and vessels.
    grid : Grid
    rule : LesionRule, optional
    slice_thickness_mm : float, optional
        As acquired; the grid's own where it was not resampled.
    before : iterable of ndarray of bool
        Lesions of earlier dates on the same grid: a measurable one that touches none of them is new.
    followed : ndarray of bool, optional
        Targets of the baseline on the same grid: what touches them stays a target when it becomes too small to be
        measurable.

    Raises
    ------
    ImpastoError
        When a mask has another shape than the grid, or the grid is sheared.
    """
    limits = rule or LesionRule()
    earlier = list(before)
    for other in (mask, *earlier, *(() if followed is None else (followed,))):
        if other.shape != grid.shape:
            raise ImpastoError("lesion mask", f"shape {other.shape} on a grid of {grid.shape}", "put it on the grid")
    if not grid.is_rectangular:
        raise ImpastoError("lesion mask", "its grid is sheared", "resample it on a rectangular grid")
    axis = int(np.argmax(np.abs(grid.direction[2])))
    thickness = float(grid.spacing_mm[axis]) if slice_thickness_mm is None else slice_thickness_mm
    least_mm = limits.least_diameter_mm(thickness)
    everywhere = np.ones((3, 3, 3), dtype=bool)
    labels, _ = ndimage.label(mask, everywhere)
    near_before = None if not earlier else ndimage.binary_dilation(np.any(earlier, axis=0), everywhere)
    near_target = None if followed is None else ndimage.binary_dilation(followed, everywhere)
    found: list[tuple[LesionMeasure, int]] = []
    for number, box in enumerate(ndimage.find_objects(labels), 1):
        part = labels[box] == number
        measured = _measured(part, [side.start for side in box], grid, axis)
        is_measurable = min(measured.longest_mm, measured.perpendicular_mm) >= least_mm - 1e-6
        is_measurable &= measured.slices >= limits.least_slices
        is_followed = near_target is not None and bool(near_target[box][part].any())
        is_new = is_measurable and near_before is not None and not near_before[box][part].any()
        marks = {"is_measurable": is_measurable, "is_followed": is_followed, "is_new": is_new}
        found.append((LesionMeasure(**(vars(measured) | marks)), number))
    found.sort(key=lambda one: -one[0].product_mm2)
    lesions = tuple(lesion for lesion, _ in found)
    chosen = {id(lesion) for lesion in _targets(lesions, limits.most_targets)}
    numbers = [number for lesion, number in found if id(lesion) in chosen]
    return TumourMeasure(lesions, limits.most_targets, thickness, np.isin(labels, numbers))


def _targets(lesions: tuple[LesionMeasure, ...], most: int) -> tuple[LesionMeasure, ...]:
    return tuple(lesion for lesion in lesions if lesion.is_measurable or lesion.is_followed)[:most]


def _measured(part: BoolArray, start: list[int], grid: Grid, axis: int) -> LesionMeasure:
    """Measure one lesion, slices with the largest frame first; the rest is left when no frame could hold more."""
    layers = np.moveaxis(part, axis, 0)
    plane = [a for a in range(3) if a != axis]
    spacing = (float(grid.spacing_mm[plane[0]]), float(grid.spacing_mm[plane[1]]))
    frames = [_frame(layer) for layer in layers]
    # lines at right angles inside a frame of sides a and b have a product of at most 2 a b
    bounds = np.array([2.0 * float(np.prod([n * d for n, d in zip(size, spacing, strict=True)])) for _, size in frames])
    best, level = np.zeros((2, 6)), 0
    for candidate in np.argsort(-bounds, kind="stable"):
        if bounds[candidate] <= best[0, 0] * best[1, 0]:
            break
        pair = crossed_chords(_framed(layers, frames, candidate), spacing)
        if pair[0, 0] * pair[1, 0] > best[0, 0] * best[1, 0]:
            best, level = pair, int(candidate)
    best = crossed_chords(_framed(layers, frames, level), spacing, best[0, 5])
    i, j = frames[level][0]
    best = best[:, :5] + np.array([0.0, i, j, i, j])
    ends = np.empty((2, 2, 3))
    ends[..., axis] = start[axis] + level
    for place, a in enumerate(plane):
        ends[..., a] = best[:, [1 + place, 3 + place]] + start[a] - 0.5
    world = grid.world_from_index(ends)
    slices = int(np.count_nonzero(layers.any(axis=(1, 2))))
    volume = float(np.count_nonzero(part)) * grid.voxel_volume_ml
    return LesionMeasure(float(best[0, 0]), float(best[1, 0]), world[0], world[1], slices, volume, False)


def _frame(layer: BoolArray) -> tuple[tuple[int, int], tuple[int, int]]:
    """First corner and size of the smallest frame around a layer."""
    rows, columns = np.flatnonzero(layer.any(axis=1)), np.flatnonzero(layer.any(axis=0))
    if not len(rows):
        return (0, 0), (0, 0)
    size = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    return (int(rows[0]), int(columns[0])), size


def _framed(layers: BoolArray, frames: list[tuple[tuple[int, int], tuple[int, int]]], level: int) -> BoolArray:
    (i, j), (rows, columns) = frames[level]
    return np.asarray(layers[level, i : i + rows, j : j + columns])
