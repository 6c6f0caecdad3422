"""Margins: structures grown or shrunk by distances in millimetres, alike or different in the six directions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.core.arrays import FloatArray, IntArray
from impasto.target.box import box_around
from impasto.target.gauge import Reach, signed_gauge
from impasto.target.partial_volume import share_above_zero
from impasto.target.surface import edge_points, surface_field

__all__ = ["Margin", "expanded", "shrunk"]

_SMALLEST_REACH_VOXELS = 0.05
"""A margin of 0 on one side only is computed as this many voxels: ellipsoids need a thickness."""

_NO_MARGIN_MM = 1e-3

_MOST_PARTS = 4
"""Voxels are divided into at most so many along an axis."""


@dataclass(frozen=True)
class Margin:
    """Distances in mm towards the patient's six sides, none negative.

    Between the axes the reach follows an ellipsoid, octant by octant, as planning systems do.
    """

    left_mm: float
    right_mm: float
    anterior_mm: float
    posterior_mm: float
    superior_mm: float
    inferior_mm: float

    def __post_init__(self) -> None:
        for field in fields(self):
            distance = getattr(self, field.name)
            if not 0.0 <= distance <= 200.0:
                raise ImpastoError("margin", f"{field.name} is {distance:g}", "give 0 to 200 mm; to shrink use shrunk")

    @classmethod
    def uniform(cls, distance_mm: float) -> Margin:
        """Build the same margin in all directions."""
        return cls(*(6 * [distance_mm]))

    @property
    def is_uniform(self) -> bool:
        """Whether all six are the same."""
        return bool(np.ptp(self.reach_mm) == 0.0)

    @property
    def reach_mm(self) -> FloatArray:
        """Reach towards smaller and larger LPS coordinates, shape (3 axes, 2)."""
        return np.array(
            [
                [self.right_mm, self.left_mm],
                [self.anterior_mm, self.posterior_mm],
                [self.inferior_mm, self.superior_mm],
            ]
        )


def expanded(structure: Structure, margin: Margin, grid: Grid, name: str, role: Role) -> Structure:
    """Grow a structure.

    A point belongs to the result when an ellipsoid of the margins, centred on some point of the structure, holds it
    (Minkowski sum); equal margins give the Euclidean expansion. Distances run from the structure's surface inside its
    voxels (see :func:`~impasto.target.surface.surface_field`) and are right to about a tenth of a voxel.

    Parameters
    ----------
    structure : Structure
    margin : Margin
    grid : Grid
        Its voxels carry the result, whose own grid is the box of them that the result needs; parts outside are cut.
    name : str
        Name of the result.
    role : Role
        Role of the result.

    Returns
    -------
    Structure
        With a fractional mask; nowhere less than the structure itself.

    Raises
    ------
    ImpastoError
        When the structure is empty or the result lies outside the grid.
    """
    box = _box(structure, margin.reach_mm, grid)
    occupancy = np.maximum(_moved(structure, margin, box, inwards=False), structure.occupancy(box))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)


def shrunk(structure: Structure, margin: Margin, grid: Grid, name: str, role: Role) -> Structure:
    """Shrink a structure: what keeps the margin's distance from the structure's surface on every side.

    The left margin moves the left side, and so on. Parameters and errors are those of :func:`expanded`; the result is
    nowhere more than the structure itself and may be empty.
    """
    box = _box(structure, np.zeros((3, 2)), grid)
    occupancy = np.minimum(_moved(structure, margin, box, inwards=True), structure.occupancy(box))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)


def _box(structure: Structure, reach_mm: FloatArray, grid: Grid) -> Grid:
    if structure.is_empty:
        raise ImpastoError(structure.name, "it is empty", "leave it out or draw it")
    box = box_around([structure], grid, reach_mm)
    if box is None:
        raise ImpastoError(structure.name, "it lies outside the grid", "give a grid that covers it")
    return box


def _moved(structure: Structure, margin: Margin, box: Grid, inwards: bool) -> FloatArray:
    """Move the surface and return the filled share of the box's voxels."""
    reach_mm = margin.reach_mm
    if not reach_mm.max() > _NO_MARGIN_MM:
        return structure.occupancy(box)
    if not (box.is_axis_aligned or margin.is_uniform):
        return _moved_on_patient_axes(structure, margin, box, inwards)
    parts = _parts(box.spacing_mm, float(reach_mm.max()))
    pad = np.ceil(float(reach_mm.max()) / box.spacing_mm).astype(int) + 2
    padded = box.cropped((-pad).tolist(), (np.array(box.shape) + pad).tolist())
    fine = padded.with_spacing(padded.spacing_mm / parts)
    field, edges = surface_field(structure, fine), edge_points(structure, fine)
    gauge = signed_gauge(field, edges, fine.spacing_mm, _reach(margin, fine), inwards)
    share = share_above_zero((-1.0 if inwards else 1.0) - gauge)
    split = np.ravel(np.column_stack([padded.shape, parts]))
    mean = share.reshape(split).mean(axis=(1, 3, 5))
    inner: FloatArray = mean[tuple(slice(p, n - p) for p, n in zip(pad, padded.shape, strict=True))]
    return inner


def _parts(spacing_mm: FloatArray, farthest_mm: float) -> IntArray:
    """Into how many pieces each voxel is divided along each axis: near-cubic ones, about two within the margin."""
    finest_mm = float(spacing_mm.min())
    wanted_mm = min(1.25 * finest_mm, max(0.5 * farthest_mm, finest_mm / 3.0))
    return np.clip(np.ceil(spacing_mm / wanted_mm - 1e-6), 1, _MOST_PARTS).astype(np.int64)


def _reach(margin: Margin, grid: Grid) -> Reach:
    """Bring the margin along the grid's index axes."""
    reach_mm = margin.reach_mm
    if margin.is_uniform:
        # a sphere looks the same along any axes
        return Reach(reach_mm[:, 0], reach_mm[:, 1])
    backward, forward = np.empty(3), np.empty(3)
    for axis in range(3):
        direction = grid.direction[:, axis]
        patient_axis = int(np.argmax(np.abs(direction)))
        towards = reach_mm[patient_axis] if direction[patient_axis] > 0.0 else reach_mm[patient_axis, ::-1]
        backward[axis], forward[axis] = np.maximum(towards, _SMALLEST_REACH_VOXELS * grid.spacing_mm[axis])
    return Reach(backward, forward)


def _moved_on_patient_axes(structure: Structure, margin: Margin, box: Grid, inwards: bool) -> FloatArray:
    """Move the surface on an axis-aligned grid over an oblique box, and interpolate."""
    spacing_mm = float(box.spacing_mm.min())
    low, high = box.bounds_mm()
    shape = np.ceil((high - low) / spacing_mm).astype(int) + 2
    upright = Grid.axis_aligned(shape.tolist(), (spacing_mm,) * 3, low - 0.5 * spacing_mm)
    moved = Structure.from_mask(structure.name, structure.role, _moved(structure, margin, upright, inwards), upright)
    return moved.occupancy(box)
