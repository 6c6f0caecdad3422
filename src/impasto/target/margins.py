"""Margins: structures grown or shrunk by distances in millimetres, alike or different in the six directions."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from impasto.core import Grid, ImpastoError, Role, Structure
from impasto.core.arrays import FloatArray
from impasto.target.gauge import Reach, signed_gauge
from impasto.target.partial_volume import share_above_zero
from impasto.target.surface import edge_points, surface_field
from impasto.target.working_voxels import WorkingVoxels, box_for_margin

__all__ = ["Margin", "expanded", "shrunk"]

_SMALLEST_REACH_VOXELS = 0.05
"""A margin of 0 on one side only is computed as this many voxels: ellipsoids need a thickness."""

_NO_MARGIN_MM = 1e-3


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
    box = box_for_margin(structure, margin.reach_mm, grid)
    occupancy = np.maximum(_moved(structure, margin, box, inwards=False), structure.occupancy(box))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)


def shrunk(structure: Structure, margin: Margin, grid: Grid, name: str, role: Role) -> Structure:
    """Shrink a structure: what keeps the margin's distance from the structure's surface on every side.

    The left margin moves the left side, and so on. Parameters and errors are those of :func:`expanded`; the result is
    nowhere more than the structure itself and may be empty.
    """
    box = box_for_margin(structure, np.zeros((3, 2)), grid)
    occupancy = np.minimum(_moved(structure, margin, box, inwards=True), structure.occupancy(box))
    return Structure.from_mask(name, role, np.clip(occupancy, 0.0, 1.0), box)


def _moved(structure: Structure, margin: Margin, box: Grid, inwards: bool) -> FloatArray:
    """Move the surface and return the filled share of the box's voxels."""
    reach_mm = margin.reach_mm
    if not reach_mm.max() > _NO_MARGIN_MM:
        return structure.occupancy(box)
    if not (box.is_axis_aligned or margin.is_uniform):
        return _moved_on_patient_axes(structure, margin, box, inwards)
    voxels = WorkingVoxels.around(box, float(reach_mm.max()))
    fine = voxels.fine
    field, edges = surface_field(structure, fine), edge_points(structure, fine)
    gauge = signed_gauge(field, edges, fine.spacing_mm, _reach(margin, fine), inwards)
    return voxels.mean_in_box(share_above_zero((-1.0 if inwards else 1.0) - gauge))


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
