"""Where shots are tried: spheres packed into the target, from its thickest places to its edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid

__all__ = ["PackingSettings", "packed_isocentres"]


@dataclass(frozen=True)
class PackingSettings:
    """How densely isocentres are packed.

    Parameters
    ----------
    radius_share : float
        Radius of the ball that a shot takes up, as a share of the distance from its isocentre to the surface: below 1,
        shots overlap.
    least_radius_mm, largest_radius_mm : float
        Between these: the smallest and the largest collimator fill about so much.
    most : int
        Isocentres at the most; the optimiser drops those it does not need.
    """

    radius_share: float = 0.8
    least_radius_mm: float = 3.0
    largest_radius_mm: float = 7.0
    most: int = 40

    def __post_init__(self) -> None:
        if not 0.0 < self.least_radius_mm <= self.largest_radius_mm or not self.radius_share > 0.0 or self.most < 1:
            raise ImpastoError("packing of shots", f"{self}", "give positive radii, the smaller first, and a number")


def packed_isocentres(target: BoolArray, grid: Grid, settings: PackingSettings | None = None) -> FloatArray:
    """Pack balls into a target, the largest first, each where most room is left (Wang 2000; Wu 2003).

    Parameters
    ----------
    target : ndarray of bool, shape (i, j, k)
    grid : Grid
        Of 1 to 2 mm: isocentres lie on its voxels' centres.
    settings : PackingSettings, optional

    Returns
    -------
    ndarray, shape (isocentre, 3)
        LPS mm, in the order they were placed. Cost grows with target voxels times isocentres.

    Raises
    ------
    ImpastoError
        When the target is empty.
    """
    if not target.any():
        raise ImpastoError("target", "it fills no voxel of the planning grid", "draw it, or choose a finer grid")
    chosen = settings or PackingSettings()
    padded = np.pad(target, 1)
    to_surface = ndimage.distance_transform_edt(padded, sampling=grid.spacing_mm)[1:-1, 1:-1, 1:-1][target]
    points = grid.world_from_index(np.argwhere(target))
    radius = np.clip(chosen.radius_share * to_surface, chosen.least_radius_mm, chosen.largest_radius_mm)
    room = to_surface.copy()
    placed: list[FloatArray] = []
    while len(placed) < chosen.most and room.max() > 0.0:
        best = int(np.argmax(room))
        placed.append(points[best])
        away = np.linalg.norm(points - points[best], axis=1) - radius[best]
        room = np.where(away <= 0.0, 0.0, np.minimum(room, away))
    return np.array(placed)
