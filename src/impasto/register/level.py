"""Images at one level of a multi-resolution search."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError
from impasto.core.arrays import BoolArray
from impasto.core.resample import resample_conserving

__all__ = ["LevelImage", "level_image"]


@dataclass(frozen=True, eq=False)
class LevelImage:
    """Intensities averaged over the voxels of a level.

    Parameters
    ----------
    values : ndarray of float32, shape `grid.shape`
        Clipped intensities.
    grid : Grid
    region : ndarray of bool, shape `grid.shape`, optional
    """

    values: NDArray[np.float32]
    grid: Grid
    region: BoolArray | None

    @property
    def region_share(self) -> float:
        """Share of the voxels in which likeness counts."""
        return 1.0 if self.region is None else float(self.region.mean())


def level_image(image: Image, region: BoolArray | None, level_mm: float, clipped_share: float) -> LevelImage:
    """Average an image over voxels of a size, and clip its few highest and lowest intensities.

    Parameters
    ----------
    image : Image
        One volume.
    region : ndarray of bool, shape `image.grid.shape`, optional
    level_mm : float
        Axes that are coarser than this stay as they are.
    clipped_share : float
        Of the voxels, at each end.

    Raises
    ------
    ImpastoError
        When the image has a time axis, is not finite, or is the same everywhere.
    """
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "has a time axis", "register one volume or the mean over time")
    if not np.isfinite(image.data).all():
        raise ImpastoError(image.quantity, "has voxels without a value", "fill them before registration")
    grid = image.grid.with_spacing(np.maximum(level_mm, image.grid.spacing_mm))
    values = resample_conserving(image.data, image.grid, grid)
    low, high = np.quantile(values, [clipped_share, 1.0 - clipped_share])
    if not high > low:
        raise ImpastoError(image.quantity, "is the same everywhere", "give an image with structure in it")
    if region is not None:
        region = resample_conserving(region.astype(np.float32), image.grid, grid) >= 0.5
    return LevelImage(np.clip(values, low, high).astype(np.float32), grid, region)
