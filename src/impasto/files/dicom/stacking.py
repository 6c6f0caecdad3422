"""Putting the frames of a series in order: slices by where they lie, repetitions by when they were taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.files.dicom.frame import Frame
from impasto.files.dicom.timing import Times, in_time_order

__all__ = ["Placed", "Stack", "placed", "slice_normal", "stacked"]

_SAME_PLACE_MM = 0.01
_SIDEWAYS_MM = 0.1
"""How far a slice may lie beside the line through the first and along the normal: more than headers round."""

_UNEVEN = 0.02
"""Share of the usual slice distance by which a gap may differ; headers round positions to 0.01 mm at worst."""


@dataclass(frozen=True, eq=False)
class Placed:
    """Frames by where they lie, in no order yet where several lie in one place.

    Parameters
    ----------
    slices : tuple of tuple of Frame
        Ascending along the normal of the image plane.
    heights_mm : ndarray, shape (slice,)
        Along the normal.
    grid : Grid
    """

    slices: tuple[tuple[Frame, ...], ...]
    heights_mm: FloatArray
    grid: Grid


@dataclass(frozen=True, eq=False)
class Stack:
    """Frames in order, and the grid they fill.

    Parameters
    ----------
    frames : tuple of tuple of Frame
        ``frames[k][t]``: slices ascending along the normal of the image plane, in each the repetitions in time order.
    grid : Grid
    times : Times, optional
        Of the repetitions; None when there is one of each slice.
    """

    frames: tuple[tuple[Frame, ...], ...]
    grid: Grid
    times: Times | None


def slice_normal(orientation: Sequence[float]) -> FloatArray:
    """Return the unit vector along which k grows: row times column direction, so that i, j, k are right-handed."""
    normal: FloatArray = np.cross(orientation[:3], orientation[3:])
    return normal / np.linalg.norm(normal)


def stacked(frames: Sequence[Frame], subject: str) -> Stack:
    """Order the frames of one kind into a regular stack, several of each slice in time.

    Raises
    ------
    ImpastoError
        As :func:`placed` and :func:`~impasto.files.dicom.timing.in_time_order` do.
    """
    found = placed(frames, subject)
    ordered, times = in_time_order(found.slices, found.heights_mm, subject)
    return Stack(ordered, found.grid, times)


def placed(frames: Sequence[Frame], subject: str) -> Placed:
    """Sort the frames of one kind into the slices of a regular grid.

    Parameters
    ----------
    frames : sequence of Frame
        Of one orientation and shape, in any order.
    subject : str
        The series, for messages.

    Raises
    ------
    ImpastoError
        When pixel spacings differ, slices are missing, uneven or sheared, or a single slice has no thickness.
    """
    _require_directions(frames[0], subject)
    _require_same_spacing(frames, subject)
    normal = slice_normal(frames[0].orientation)
    positions = np.array([frame.position_mm for frame in frames])
    if not np.isfinite(positions).all():
        raise ImpastoError(subject, "a slice position is not a finite number", "export the series again")
    heights = positions @ normal
    order = np.argsort(heights, kind="stable")
    starts = np.flatnonzero(np.diff(heights[order], prepend=-np.inf) > _SAME_PLACE_MM)
    slices = np.split(order, starts[1:])
    slice_heights = np.array([heights[members].mean() for members in slices])
    _require_straight(positions, heights, normal, subject)
    step_mm = _slice_distance(slice_heights, frames[0], subject)
    grid = _grid(frames[0], positions[order], slices, normal * step_mm)
    return Placed(tuple(tuple(frames[n] for n in members) for members in slices), slice_heights, grid)


def _grid(frame: Frame, ordered_mm: FloatArray, slices: list[IntArray], step_mm: FloatArray) -> Grid:
    affine = np.eye(4)
    # headers round direction cosines, so that their length is not quite 1
    row, column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    affine[:3, 0] = row / np.linalg.norm(row) * frame.spacing_mm[0]
    affine[:3, 1] = column / np.linalg.norm(column) * frame.spacing_mm[1]
    affine[:3, 2] = step_mm
    affine[:3, 3] = ordered_mm[0]
    return Grid((*frame.shape, len(slices)), affine)


def _require_directions(frame: Frame, subject: str) -> None:
    row, column = np.array(frame.orientation[:3]), np.array(frame.orientation[3:])
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if not np.allclose(lengths, 1.0, atol=1e-3) or abs(row @ column) > 1e-3:
        problem = f"its image orientation {frame.orientation} is not two perpendicular unit vectors"
        raise ImpastoError(subject, problem, "repair the header or export the series again")


def _require_same_spacing(frames: Sequence[Frame], subject: str) -> None:
    spacing = np.array([frame.spacing_mm for frame in frames])
    if not np.all(spacing > 0.0):
        raise ImpastoError(subject, "its pixel spacing is not positive", "export the series again")
    odd = np.flatnonzero(np.any(np.abs(spacing / np.median(spacing, axis=0) - 1.0) > 1e-3, axis=1))
    if len(odd):
        usual, other = np.median(spacing, axis=0), spacing[odd[0]]
        problem = (
            f"pixel spacings differ: {usual[0]:g} x {usual[1]:g} mm, but {other[0]:g} x {other[1]:g} mm in "
            f"{frames[odd[0]].path.name}" + (f" and {len(odd) - 1} more" if len(odd) > 1 else "")
        )
        raise ImpastoError(subject, problem, "remove the files that do not belong to the series")


def _require_straight(positions: FloatArray, heights: FloatArray, normal: FloatArray, subject: str) -> None:
    """Raise when slices do not lie straight above each other."""
    lowest = int(np.argmin(heights))
    rise = heights - heights[lowest]
    sideways = positions - positions[lowest] - rise[:, None] * normal
    if np.linalg.norm(sideways, axis=1).max() <= _SIDEWAYS_MM:
        return
    highest = int(np.argmax(heights))
    shear = sideways[highest] / max(rise[highest], 1e-9)
    if np.linalg.norm(sideways - rise[:, None] * shear, axis=1).max() <= _SIDEWAYS_MM:
        tilt = np.degrees(np.arctan(np.linalg.norm(shear)))
        problem = f"its slices are sheared by {tilt:.1f} degrees, as by a tilted gantry"
        raise ImpastoError(subject, problem, "resample it to straight slices, or scan without tilt")
    worst = int(np.argmax(np.linalg.norm(sideways, axis=1)))
    problem = f"the slice at {heights[worst]:.2f} mm lies {np.linalg.norm(sideways[worst]):.2f} mm beside the others"
    raise ImpastoError(subject, problem, "remove the slices that do not belong to the series")


def _slice_distance(heights: FloatArray, frame: Frame, subject: str) -> float:
    """Distance between neighbouring slices in mm, from ascending positions along the normal."""
    if len(heights) == 1:
        if not frame.thickness_mm or not frame.thickness_mm > 0.0:
            raise ImpastoError(subject, "its only slice has no thickness", "give the other slices or Slice Thickness")
        return frame.thickness_mm
    gaps = np.diff(heights)
    usual = float(np.median(gaps))
    tolerance = max(_UNEVEN * usual, 2.0 * _SAME_PLACE_MM)
    odd = np.flatnonzero(np.abs(gaps - usual) > tolerance)
    # the median of few gaps may itself be a gap with slices missing: measure in units of the smallest
    smallest = float(gaps.min())
    whole = np.rint(gaps / smallest)
    if len(odd) and np.all(np.abs(gaps - whole * smallest) <= tolerance):
        missing = np.flatnonzero(whole > 1)
        count = int(np.sum(whole[missing] - 1))
        where = _listed([f"{heights[g]:.2f} and {heights[g + 1]:.2f}" for g in missing])
        problem = f"{count} slice{'s' if count > 1 else ''} missing between {where} mm (slice distance {smallest:g} mm)"
        raise ImpastoError(subject, problem, "export the series again with all its slices")
    if len(odd):
        where = _listed([f"{gaps[g]:.2f} mm between {heights[g]:.2f} and {heights[g + 1]:.2f} mm" for g in odd])
        problem = f"its slices are unevenly spaced: usually {usual:.2f} mm, but {where}"
        raise ImpastoError(subject, problem, "reconstruct it with even spacing, or remove slices that do not belong")
    return float(heights[-1] - heights[0]) / len(gaps)


def _listed(things: Sequence[str], at_most: int = 4) -> str:
    shown = ", ".join(things[:at_most])
    return shown if len(things) <= at_most else f"{shown} and {len(things) - at_most} more"
