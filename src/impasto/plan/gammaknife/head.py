"""What the beams pass on their way to the focus: a head of water or of CT densities, or an analytic sphere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Structure
from impasto.core.threads import threads_for
from impasto.plan.photon.radiological_depth import attenuating_part, traced_depth_mm

__all__ = ["DensityHead", "Head", "WaterSphere", "water_head"]


class Head(Protocol):
    """Tells how deep points lie, and what lies inside."""

    def depths_mm(self, points_mm: FloatArray, directions: FloatArray) -> NDArray[np.float32]:
        """Measure the water-equivalent way from points (LPS) out along unit vectors: shape (point, direction)."""

    def contains(self, points_mm: FloatArray) -> BoolArray:
        """Tell whether points, shape (..., 3), lie inside: shape (...)."""

    def notes(self) -> tuple[str, ...]:
        """Say what a reader of a dose in this head must know."""


@dataclass(frozen=True)
class WaterSphere:
    """A sphere of water, in which depth is known exactly.

    Parameters
    ----------
    centre_mm : tuple of float
        LPS.
    radius_mm : float
        80 mm for the calibration sphere.
    """

    centre_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    radius_mm: float = 80.0

    def depths_mm(self, points_mm: FloatArray, directions: FloatArray) -> NDArray[np.float32]:
        """Way from points to the surface, shape (point, direction); 0 on lines that leave the sphere behind."""
        offset = np.asarray(points_mm) - self.centre_mm
        along = offset @ np.asarray(directions).T
        free = along**2 + self.radius_mm**2 - np.sum(offset**2, axis=1)[:, None]
        depth: NDArray[np.float32] = np.maximum(np.sqrt(np.maximum(free, 0.0)) - along, 0.0).astype(np.float32)
        return depth

    def contains(self, points_mm: FloatArray) -> BoolArray:
        """Whether points, shape (..., 3), lie inside."""
        inside: BoolArray = np.linalg.norm(np.asarray(points_mm) - self.centre_mm, axis=-1) <= self.radius_mm
        return inside

    def notes(self) -> tuple[str, ...]:
        """Say that it is a phantom."""
        return (f"Depth in a sphere of water of {self.radius_mm:g} mm radius.",)


@dataclass(frozen=True, eq=False)
class DensityHead:
    """A head given by the density of each voxel; depth is the exact path through the voxels.

    Parameters
    ----------
    density : Image
        Electron density relative to water, 0 outside the head (quantity and table:
        :func:`~impasto.plan.photon.electron_density.electron_density`). Nothing attenuates beyond its faces.
    convention : str
        How the densities came about, for the notes.

    Raises
    ------
    ImpastoError
        When no voxel attenuates, or the image has several frames.
    """

    density: Image
    convention: str

    def __post_init__(self) -> None:
        if self.density.data.ndim != 3 or not np.any(self.density.data > 0.0):
            raise ImpastoError(self.density.quantity, "no voxel of it attenuates", "give the head's mask or densities")

    def depths_mm(self, points_mm: FloatArray, directions: FloatArray) -> NDArray[np.float32]:
        """Trace each line out of the image, voxel by voxel; see :class:`Head`."""
        points = np.asarray(points_mm, dtype=np.float64)
        # long enough to leave the image from any point of interest
        reach = 2.0 * float(np.linalg.norm(np.diff(self._part.grid.bounds_mm(), axis=0)))
        ways = reach * np.asarray(directions, dtype=np.float64)
        # one isocentre's lines are too few to share among threads
        with threads_for(0):
            return np.stack([traced_depth_mm(self._part, point, point + ways) for point in points])

    def contains(self, points_mm: FloatArray) -> BoolArray:
        """Whether points, shape (..., 3), lie in a voxel that attenuates."""
        index = np.floor(self._part.grid.index_from_world(points_mm) + 0.5).astype(np.int64)
        held = np.all((index >= 0) & (index < self._part.grid.shape), axis=-1)
        inside = np.zeros(held.shape, dtype=bool)
        inside[held] = self._part.data[tuple(index[held].T)] > 0.0
        return inside

    def notes(self) -> tuple[str, ...]:
        """Name the convention, and the faces through which beams enter that cut the head."""
        cut = self._cut_faces()
        if not cut:
            return (self.convention,)
        faces = " and ".join(cut)
        return (self.convention, f"The image cuts the head at its {faces}: depths through there are too short.")

    @cached_property
    def _part(self) -> Image:
        return attenuating_part(self.density)

    def _cut_faces(self) -> list[str]:
        """Sides at which the head reaches the image's outermost voxels; no beam enters from below."""
        turned = self.density.reoriented().data > 0.0
        sides = {"right": turned[0], "left": turned[-1], "anterior side": turned[:, 0], "posterior side": turned[:, -1]}
        sides["top"] = turned[:, :, -1]
        return [name for name, face in sides.items() if face.any()]


def water_head(structure: Structure, grid: Grid) -> DensityHead:
    """Take everything inside a structure as water, as the TMR10 convention of the vendor's planning system does.

    Parameters
    ----------
    structure : Structure
        The head's outline, skin included.
    grid : Grid
        Resolution of the ray casting; voxels at the border count by the share inside.

    Raises
    ------
    ImpastoError
        When the structure fills no voxel of the grid.
    """
    share = structure.occupancy(grid).astype(np.float32)
    density = Image(share, grid, "relative electron density", "1")
    return DensityHead(density, f"Everything inside '{structure.name}' is taken as water.")
