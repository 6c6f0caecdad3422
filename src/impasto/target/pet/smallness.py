"""What a reader must know of a lesion that is small beside the point spread."""

from __future__ import annotations

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid

__all__ = ["equivalent_diameter_mm", "note_if_small"]


def equivalent_diameter_mm(occupancy: FloatArray, grid: Grid) -> float:
    """Diameter of the sphere of the same volume.

    Examples
    --------
    >>> grid = Grid.centred((10, 10, 10), (1.0, 1.0, 1.0))
    >>> round(equivalent_diameter_mm(np.ones((10, 10, 10)), grid), 2)
    12.41
    """
    volume_mm3 = 1000.0 * float(np.sum(occupancy)) * grid.voxel_volume_ml
    return float((6.0 * volume_mm3 / np.pi) ** (1.0 / 3.0))


def note_if_small(occupancy: FloatArray, grid: Grid, fwhm_mm: float, times: float, consequence: str) -> tuple[str, ...]:
    """Say what a method does to lesions narrower than some multiple of the point spread; nothing for wider ones."""
    diameter_mm = equivalent_diameter_mm(occupancy, grid)
    if diameter_mm >= times * fwhm_mm:
        return ()
    size = (
        f"The lesion's equivalent diameter is {diameter_mm:.0f} mm, {diameter_mm / fwhm_mm:.1f} times the point spread"
    )
    return (f"{size}: of such this method {consequence}.",)
