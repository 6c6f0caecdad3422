"""A map as it was acquired: values, errors, point spread, and how well it lies on the plan's image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core import Image, ImpastoError
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

    Raises
    ------
    ImpastoError
        When the image has a time axis, no value, or the displacement is negative.
    """

    image: Image
    spread: PointSpread | None = None
    displacement_sd_mm: float = 0.0
    acquisition: str = ""

    def __post_init__(self) -> None:
        if self.image.data.ndim != 3:
            raise ImpastoError(self.image.quantity, "has a time axis", "give a map")
        if not np.isfinite(self.image.data).any():
            raise ImpastoError(self.image.quantity, "has no value anywhere", "look at why its fits were rejected")
        if not self.displacement_sd_mm >= 0.0:
            problem = f"a displacement of {self.displacement_sd_mm:g} mm"
            raise ImpastoError(self.image.quantity, problem, "give 0 mm or more")
