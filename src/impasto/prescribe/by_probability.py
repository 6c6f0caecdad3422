"""Dose painting by probability: each voxel the dose expected from how probably it belongs to which zone."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure
from impasto.core.arrays import FloatArray
from impasto.core.resample import resample_linear
from impasto.prescribe.settings import PrescriptionSettings

__all__ = ["by_probability", "expected_level_gy"]

_TOLERANCE = 0.01


def expected_level_gy(probabilities: FloatArray, doses_gy: FloatArray, otherwise_gy: float) -> FloatArray:
    """Mean of levels, each weighted with the probability that it is the one meant.

    ``sum p_z D_z + (1 - sum p_z) D_0``: the level that is least far, in squared dose, from the one that the true zone
    would have been given.

    Parameters
    ----------
    probabilities : ndarray, shape (zone, ...)
        Sum at most one.
    doses_gy : ndarray, shape (zone,)
    otherwise_gy : float
        Level of no zone.

    Returns
    -------
    ndarray, shape (...)

    Examples
    --------
    >>> expected_level_gy(np.array([[1.0, 0.5], [0.0, 0.5]]), np.array([18.0, 15.0]), 0.0).tolist()
    [18.0, 16.5]
    """
    rest = 1.0 - probabilities.sum(axis=0)
    level: FloatArray = np.tensordot(doses_gy, probabilities, axes=1) + np.maximum(rest, 0.0) * otherwise_gy
    return level


def by_probability(
    probabilities: Mapping[str, Image],
    doses_gy: Mapping[str, float],
    painted: Structure,
    target: Structure,
    grid: Grid,
    settings: PrescriptionSettings,
    otherwise_gy: float,
) -> Prescription:
    """Prescribe each voxel the level expected from its probabilities of belonging to zones.

    Where zones are certain this is painting by contours; where they are not, levels pass into each other.

    Parameters
    ----------
    probabilities : mapping of str to Image
        Of each zone, 0 to 1, their sum at most one; on one grid.
    doses_gy : mapping of str to float
        Level of each zone.
    painted : Structure
        Where the zones are, for example the enhancing tumour.
    target : Structure
        What is treated; beyond `painted` it receives `otherwise_gy`.
    grid : Grid
        Voxels of the dose map.
    settings : PrescriptionSettings
    otherwise_gy : float
        Level of what belongs to no zone.

    Returns
    -------
    Prescription
        One goal on `target` whose lower and upper level are the map.

    Raises
    ------
    ImpastoError
        When zones and levels do not have the same names, probabilities are none, or nothing is painted.
    """
    if set(probabilities) != set(doses_gy):
        problem = f"probabilities of {', '.join(probabilities)}, levels of {', '.join(doses_gy)}"
        raise ImpastoError(settings.name, problem, "give one level for each zone")
    inside = painted.voxels(grid) & target.voxels(grid)
    if not inside.any():
        raise ImpastoError(
            painted.name, "no voxel of the grid lies in it and the target", "give a grid that covers both"
        )
    stacked = np.stack([_within(image, painted, grid)[inside] for image in probabilities.values()])
    if stacked.min() < -_TOLERANCE or stacked.sum(axis=0).max() > 1.0 + _TOLERANCE:
        raise ImpastoError(settings.name, "probabilities below 0 or above 1 in sum", "give those of one rule's zones")
    levels = np.array([doses_gy[name] for name in probabilities])
    dose_gy = np.full(grid.shape, otherwise_gy)
    dose_gy[inside] = expected_level_gy(np.clip(stacked, 0.0, 1.0), levels, otherwise_gy)
    level = Image(dose_gy.astype(np.float32), grid, "prescribed dose", "Gy")
    named = ", ".join(f"{name} {dose:g} Gy" for name, dose in doses_gy.items())
    method = f"painting by probability of {painted.name}: expected level of {named}; otherwise {otherwise_gy:g} Gy"
    return settings.prescription((DoseGoal(target.name, level, level),), method)


def _within(image: Image, painted: Structure, grid: Grid) -> FloatArray:
    """Probability on another grid, from the voxels in which zones were looked for alone."""
    known = (painted.occupancy(image.grid) > 0.0).astype(np.float32)
    weight = resample_linear(known, image.grid, grid)
    total = resample_linear(known * image.data, image.grid, grid)
    mean: FloatArray = np.divide(total, weight, out=np.zeros(grid.shape), where=weight > 0.0, dtype=np.float64)
    return mean
