"""Dose painting of zones: each zone of a target its level, with borders softened over a few millimetres."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure
from impasto.core.arrays import FloatArray, IntArray
from impasto.prescribe.settings import PrescriptionSettings

__all__ = ["by_zones", "softened_levels_gy"]


def softened_levels_gy(
    zone: IntArray, doses_gy: Sequence[float], border_mm: float, spacing_mm: ArrayLike
) -> FloatArray:
    """Dose level of every voxel: that of its zone, raised on the way to a hotter zone.

    A zone's level falls linearly to that of the voxel's own zone over `border_mm` beyond its surface, so that no voxel
    is given less than its zone. The surface runs halfway between neighbouring voxels.

    Parameters
    ----------
    zone : ndarray of int, shape (i, j, k)
        Place of each voxel's zone in `doses_gy`; negative outside, where the nearest zone's voxel decides.
    doses_gy : sequence of float
    border_mm : float
        0 leaves steps.
    spacing_mm : array_like, shape (3,)

    Returns
    -------
    ndarray, shape (i, j, k)

    Examples
    --------
    >>> softened_levels_gy(np.array([[[0, 0, 1, 1, 1]]]), (18.0, 15.0), 2.0, (1.0, 1.0, 1.0)).round(2).tolist()
    [[[18.0, 18.0, 17.25, 15.75, 15.0]]]
    """
    spacing = np.asarray(spacing_mm, dtype=np.float64)
    nearest = ndimage.distance_transform_edt(zone < 0, sampling=spacing, return_distances=False, return_indices=True)
    filled = zone[tuple(nearest)]
    doses = np.asarray(doses_gy, dtype=np.float64)
    own: FloatArray = doses[filled]
    softened = own.copy()
    if border_mm <= 0.0:
        return softened
    half_voxel = 0.5 * float(spacing.min())
    for place, dose_gy in enumerate(doses):
        if not np.any(zone == place):
            continue
        away_mm = ndimage.distance_transform_edt(zone != place, sampling=spacing) - half_voxel
        share = np.clip(1.0 - away_mm / border_mm, 0.0, 1.0)
        softened = np.maximum(softened, own + share * np.maximum(dose_gy - own, 0.0))
    return softened


def by_zones(
    zones: Sequence[tuple[Structure, float]], grid: Grid, settings: PrescriptionSettings, border_mm: float = 2.0
) -> Prescription:
    """Prescribe each zone of a target its dose; the levels pass into each other outside the hotter zone.

    Parameters
    ----------
    zones : sequence of tuple of Structure and float
        Each zone and its dose in Gy. A voxel that several share belongs to the hottest.
    grid : Grid
        Voxels of the dose map, of about half `border_mm` or less.
    settings : PrescriptionSettings
    border_mm : float
        Over which a level falls to that of the zone beside it. 2 mm: Seyithanoglu 2025, who does not say on which side
        of the border; here in the colder zone, so that no zone is given less than its dose.

    Returns
    -------
    Prescription
        One goal for each zone, the hottest first; the lower level of all is one map over the whole target.

    Raises
    ------
    ImpastoError
        When there are no zones, one is empty or fills no voxel, the border is negative, or the grid too coarse for it.
    """
    if not zones:
        raise ImpastoError(settings.name, "no zone is given", "give at least one zone and its dose")
    if not border_mm >= 0.0:
        raise ImpastoError(settings.name, f"borders softened over {border_mm:g} mm", "give 0 mm or more")
    if 0.0 < border_mm < float(grid.spacing_mm.max()):
        problem = f"borders of {border_mm:g} mm on voxels of {float(grid.spacing_mm.max()):g} mm"
        raise ImpastoError(settings.name, problem, "choose smaller voxels, or a border of 0 mm")
    ordered = sorted(zones, key=lambda zone: -zone[1])
    doses = [dose_gy for _, dose_gy in ordered]
    level_gy = softened_levels_gy(_places([zone for zone, _ in ordered], grid), doses, border_mm, grid.spacing_mm)
    level = Image(level_gy.astype(np.float32), grid, "prescribed dose", "Gy")
    goals = tuple(DoseGoal(zone.name, level) for zone, _ in ordered)
    named = ", ".join(f"{zone.name} {dose_gy:g} Gy" for zone, dose_gy in ordered)
    border = f"levels fall over {border_mm:g} mm outside the hotter zone" if border_mm else "sharp borders"
    return settings.prescription(goals, f"painting of zones: {named}; {border}")


def _places(zones: Sequence[Structure], grid: Grid) -> IntArray:
    """Which zone fills most of each voxel, of those with half or more of it filled in all; -1 elsewhere."""
    shares = np.stack([zone.occupancy(grid) for zone in zones])
    place = np.where(shares.sum(axis=0) >= 0.5 - 1e-9, shares.argmax(axis=0), -1)
    for number, zone in enumerate(zones):
        if not np.any(place == number):
            raise ImpastoError(zone.name, "it fills no voxel of the dose map", "leave it out, or choose smaller voxels")
    return np.asarray(place, dtype=np.int64)
