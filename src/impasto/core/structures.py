"""Structures (regions of interest) and sets of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray, read_only
from impasto.core.contour_stack import ContourStack
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_conserving, resample_linear

__all__ = ["Role", "Structure", "StructureSet"]


class Role(StrEnum):
    """What a structure stands for: DICOM RT ROI Interpreted Type (3006,00A4)."""

    AVOIDANCE = "AVOIDANCE"
    CAVITY = "CAVITY"
    CONTROL = "CONTROL"
    CTV = "CTV"
    DOSE_REGION = "DOSE_REGION"
    EXTERNAL = "EXTERNAL"
    GTV = "GTV"
    ORGAN = "ORGAN"
    OTHER = "OTHER"
    PTV = "PTV"

    @property
    def is_target(self) -> bool:
        """Whether dose is wanted here."""
        return self in (Role.GTV, Role.CTV, Role.PTV)


@dataclass(frozen=True, eq=False)
class Structure:
    """A named region: contours, or the share of every voxel that it fills.

    Parameters
    ----------
    name : str
    role : Role
    contours : tuple of ndarray, shape (vertex, 3)
        Closed planar polygons, LPS mm; the even-odd rule makes holes. They define the region when present.
    mask : Image, optional
        Filled share of each voxel, 0 to 1 (quantity "occupancy", unit "1"); defines the region without contours.
    colour : tuple of int
        Red, green, blue, 0 to 255.
    plane_spacing_mm : float, optional
        Slice distance of the image the contours were drawn on; gives thickness to a single plane.
    end_cap_mm : float, optional
        How far the solid reaches beyond its outermost contours; half the distance between planes without it. DICOM
        does not say, and planning systems differ: 0 for those that end at the last contour.

    Raises
    ------
    ImpastoError
        When the mask has values outside 0 to 1, or the end cap is negative.
    """

    name: str
    role: Role = Role.OTHER
    contours: tuple[FloatArray, ...] = ()
    mask: Image | None = None
    colour: tuple[int, int, int] = (255, 200, 0)
    plane_spacing_mm: float | None = None
    end_cap_mm: float | None = None

    def __post_init__(self) -> None:
        if self.end_cap_mm is not None and not self.end_cap_mm >= 0.0:
            raise ImpastoError(self.name, f"an end cap of {self.end_cap_mm:g} mm", "give a thickness of 0 or more")
        if self.mask is not None and self.mask.data.size:
            low, high = float(self.mask.data.min()), float(self.mask.data.max())
            if not (low >= 0.0 and high <= 1.0):
                raise ImpastoError(self.name, f"mask values run from {low:g} to {high:g}", "give shares from 0 to 1")
        contours = tuple(read_only(np.asarray(c, dtype=np.float64)) for c in self.contours)
        object.__setattr__(self, "contours", contours)

    @classmethod
    def from_mask(cls, name: str, role: Role, occupancy: BoolArray | FloatArray, grid: Grid) -> Structure:
        """Build a structure from a Boolean or fractional mask on a grid."""
        return cls(name, role, mask=Image(np.asarray(occupancy, dtype=np.float32), grid, "occupancy", "1"))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is enclosed."""
        if self.contours:
            return not any(len(c) >= 3 for c in self.contours)
        return self.mask is None or not np.any(self.mask.data > 0)

    @cached_property
    def stack(self) -> ContourStack:
        """The contours sorted into planes.

        Raises
        ------
        ImpastoError
            When no contour encloses an area, or contours are not planar or not parallel.
        """
        try:
            return ContourStack.from_contours(self.contours, self.plane_spacing_mm, self.end_cap_mm)
        except ImpastoError as error:
            raise ImpastoError(self.name, f"its contours are unusable: {error.problem}", error.remedy) from None

    def occupancy(self, grid: Grid) -> FloatArray:
        """Share of every voxel of `grid` inside the structure, shape `grid.shape`, 0 to 1."""
        if self.is_empty:
            return np.zeros(grid.shape)
        if self.contours:
            return self.stack.occupancy(grid)
        assert self.mask is not None
        if grid.voxel_volume_ml > 1.01 * self.mask.grid.voxel_volume_ml:
            return np.clip(resample_conserving(self.mask.data, self.mask.grid, grid), 0.0, 1.0)
        return resample_linear(self.mask.data, self.mask.grid, grid).astype(np.float64)

    def voxels(self, grid: Grid) -> BoolArray:
        """Voxels of `grid` that lie at least half inside."""
        return self.occupancy(grid) >= 0.5

    def volume_ml(self) -> float:
        """Volume in millilitres."""
        if self.is_empty:
            return 0.0
        if self.contours:
            return self.stack.volume_ml()
        assert self.mask is not None
        return float(self.mask.data.sum(dtype=np.float64)) * self.mask.grid.voxel_volume_ml

    def bounds_mm(self) -> FloatArray:
        """Smallest and largest LPS coordinate that the structure reaches, shape (2, 3).

        Raises
        ------
        ImpastoError
            When the structure is empty.
        """
        if self.is_empty:
            raise ImpastoError(self.name, "it is empty", "leave it out or draw it")
        if self.contours:
            points = np.concatenate([c for c in self.contours if len(c) >= 3])
            reach = self.stack.end_cap_mm * np.abs(self.stack.normal)
            return np.stack([points.min(axis=0) - reach, points.max(axis=0) + reach])
        assert self.mask is not None
        filled = self.mask.cropped_to(self.mask.data > 0)
        return filled.grid.bounds_mm()


@dataclass(frozen=True, eq=False)
class StructureSet:
    """Structures in one frame of reference, in order, with unique names.

    Raises
    ------
    ImpastoError
        When two structures have the same name.
    """

    structures: tuple[Structure, ...] = ()
    frame_of_reference_uid: str | None = None

    def __post_init__(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise ImpastoError(name, "two structures have this name", "rename one of them")

    def __iter__(self) -> Iterator[Structure]:
        return iter(self.structures)

    def __len__(self) -> int:
        return len(self.structures)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __getitem__(self, name: str) -> Structure:
        for structure in self.structures:
            if structure.name == name:
                return structure
        known = ", ".join(self.names) or "none"
        raise ImpastoError(name, "no structure has this name", f"choose one of: {known}")

    @property
    def names(self) -> list[str]:
        """Names in order."""
        return [structure.name for structure in self.structures]

    def with_structure(self, structure: Structure) -> StructureSet:
        """Return the set with one structure added, or put in place of its namesake."""
        if structure.name not in self:
            return replace(self, structures=(*self.structures, structure))
        return replace(self, structures=tuple(structure if s.name == structure.name else s for s in self.structures))

    def with_role(self, role: Role) -> tuple[Structure, ...]:
        """Return the structures that have a role."""
        return tuple(structure for structure in self.structures if structure.role is role)
