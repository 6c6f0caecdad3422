"""A map as it was acquired: values, errors, point spread, and how well it lies on the plan's image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Grid, Image, ImpastoError, Structure
from impasto.core.arrays import FloatArray
from impasto.target.zones.calibration import AS_STATED, MapCalibration
from impasto.target.zones.point_spread import PointSpread

__all__ = ["AcquiredMap"]


@dataclass(frozen=True, eq=False)
class AcquiredMap:
    """A map with all that makes it uncertain.

    Parameters
    ----------
    image : Image
        Three-dimensional, on the voxels it was acquired with; NaN where a fit was rejected. Its standard error is that
        of fit and noise.
    spread : PointSpread, optional
        Of the acquisition. Without it values count as those of points, and are interpolated linearly.
    displacement_sd_mm : float
        Standard deviation of the registration's error along each axis: the map is where it seems, give or take.
    acquisition : str
        Maps of one acquisition are displaced together.
    relative_error : float
        Standard deviation of an error that all voxels share, as a share of the value: what calibration, arterial input,
        leakage or baseline do to a map as a whole, and no fit of a voxel can know.
    parts : tuple of Structure
        Tissues that each have a level of their own, before it the ones that lie inside: tumour, then brain. A structure
        takes what the ones before it left. Used where the map is sharpened: a border seen by anatomy need not be found
        again in the coarse map.
    is_positive : bool
        The tissue's value cannot be below zero, whatever noise makes of the map: amplitudes, volumes, transfer.
    part_kinds : tuple of str
        What each part is to the calibration: ``"necrosis"``, ``"region"``, ``"ventricles"`` or ``"brain"``.
    calibration : MapCalibration
        Bias and errors that digital patients showed beyond all of these.

    Raises
    ------
    ImpastoError
        When the image has a time axis, no value, or a displacement or error is negative.
    """

    image: Image
    spread: PointSpread | None = None
    displacement_sd_mm: float = 0.0
    acquisition: str = ""
    relative_error: float = 0.0
    parts: tuple[Structure, ...] = ()
    is_positive: bool = False
    part_kinds: tuple[str, ...] = ()
    calibration: MapCalibration = AS_STATED

    def __post_init__(self) -> None:
        if self.image.data.ndim != 3:
            raise ImpastoError(self.image.quantity, "has a time axis", "give a map")
        if not np.isfinite(self.image.data).any():
            raise ImpastoError(self.image.quantity, "has no value anywhere", "look at why its fits were rejected")
        if not min(self.displacement_sd_mm, self.relative_error) >= 0.0:
            problem = f"a displacement of {self.displacement_sd_mm:g} mm, a relative error of {self.relative_error:g}"
            raise ImpastoError(self.image.quantity, problem, "give 0 or more")

    def part_shares(self, grid: Grid) -> FloatArray:
        """Share of each voxel of a grid that each part fills, shape (part, *grid.shape).

        What no part fills is taken to read zero; without parts all is one part.
        """
        left = np.ones(grid.shape)
        shares = []
        for part in self.parts:
            share = np.minimum(part.occupancy(grid), left)
            left = left - share
            shares.append(share)
        if not shares:
            return left[None]
        return np.stack(shares)
