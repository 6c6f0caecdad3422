"""Structures and landmarks of both frames as evidence of a search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Grid, ImpastoError, Structure, Transform
from impasto.core.arrays import FloatArray
from impasto.register.deformable.filters import gradient_per_mm, smoothed
from impasto.register.quality import KnownCorrespondence

__all__ = ["GuideLevel", "SurfacePair", "guide_level", "signed_distance_mm"]

Volume = NDArray[np.float32]

_REACH_MM = 15.0


@dataclass(frozen=True, eq=False)
class SurfacePair:
    """Signed distances to the surface of a structure in both frames, in mm, with the fixed one's gradient."""

    fixed_mm: Volume
    moving_mm: Volume
    fixed_gradient: list[Volume]

    @property
    def near(self) -> Volume:
        """Weight that falls from one on the fixed surface to none out of reach."""
        weight: Volume = np.clip(1.0 - np.abs(self.fixed_mm) / np.float32(_REACH_MM), 0.0, 1.0)
        return weight


@dataclass(frozen=True, eq=False)
class GuideLevel:
    """Guides at one level.

    Parameters
    ----------
    surfaces : tuple of SurfacePair
    index : ndarray of int, shape (landmark, 3)
        Voxels in which the fixed landmarks lie.
    fixed_points_mm : ndarray, shape (landmark, 3)
    wanted_points_mm : ndarray, shape (landmark, 3)
        Where the dense part must take them: the moving landmarks before the start.
    """

    surfaces: tuple[SurfacePair, ...]
    index: NDArray[np.int64]
    fixed_points_mm: FloatArray
    wanted_points_mm: FloatArray


def guide_level(guides: KnownCorrespondence, fixed: Grid, moving: Grid, start: Transform) -> GuideLevel:
    """Prepare guides for the grids of a level.

    Raises
    ------
    ImpastoError
        When no landmark or structure belongs to both frames, or a structure fills no voxel.
    """
    names = [name for name in guides.fixed_structures.names if name in guides.moving_structures]
    surfaces = []
    for name in names:
        fixed_mm = signed_distance_mm(guides.fixed_structures[name], fixed)
        moving_mm = signed_distance_mm(guides.moving_structures[name], moving)
        surfaces.append(SurfacePair(fixed_mm, moving_mm, gradient_per_mm(fixed_mm, fixed)))
    points = np.asarray(guides.fixed_points_mm, dtype=np.float64).reshape(-1, 3)
    if not names and not len(points):
        raise ImpastoError("guides", "nothing is named in both frames", "give landmarks, or structures alike in name")
    wanted = start.inverse().moving_from_fixed(np.asarray(guides.moving_points_mm, dtype=np.float64).reshape(-1, 3))
    index = np.rint(fixed.index_from_world(points)).astype(np.int64)
    inside = np.all((index >= 0) & (index < np.array(fixed.shape)), axis=1)
    return GuideLevel(tuple(surfaces), index[inside], points[inside], wanted[inside])


def signed_distance_mm(structure: Structure, grid: Grid) -> Volume:
    """Distance to a structure's surface on a grid, negative inside, cut at 15 mm, smoothed by a voxel.

    Raises
    ------
    ImpastoError
        When the structure fills half of no voxel.
    """
    inside = structure.voxels(grid)
    if not inside.any() or inside.all():
        raise ImpastoError(structure.name, "it has no surface in the image", "guide with structures that lie in both")
    half = 0.5 * float(grid.spacing_mm.min())
    outer = ndimage.distance_transform_edt(~inside, sampling=grid.spacing_mm) - half
    inner = ndimage.distance_transform_edt(inside, sampling=grid.spacing_mm) - half
    distance = np.where(inside, -inner, outer).astype(np.float32)
    return smoothed(np.clip(distance, -_REACH_MM, _REACH_MM), 1.0)
