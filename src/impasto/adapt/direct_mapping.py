"""Direct dose mapping: the dose of the place where a reference voxel's centre went."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from impasto.adapt.correspondence import Correspondence, MappedDose
from impasto.core import Dose, Grid, ImpastoError, Transform
from impasto.core.arrays import BoolArray, RealArray
from impasto.core.resample import sample_linear

__all__ = ["map_dose_directly", "pulled_dose_gy"]


def pulled_dose_gy(dose_gy: RealArray, grid: Grid, transform: Transform, onto: Grid) -> NDArray[np.float32]:
    """Pull a dose through a transform with a single trilinear interpolation.

    Parameters
    ----------
    dose_gy : ndarray, shape `grid.shape`
    grid : Grid
        Where the dose lies, in the moving frame.
    transform : Transform
        Reference (fixed) point to moving point; steps of a path are composed before, not applied one by one.
    onto : Grid
        Of the reference.

    Returns
    -------
    ndarray of float32, shape `onto.shape`
        NaN where the point lies outside the dose's voxels.
    """
    values = np.ascontiguousarray(dose_gy, dtype=np.float32)
    pulled = np.empty(onto.shape, dtype=np.float32)
    for i in range(onto.shape[0]):
        centres = onto.cropped((i, 0, 0), (i + 1, *onto.shape[1:])).voxel_centres_mm()[0]
        pulled[i] = sample_linear(values, grid, transform.moving_from_fixed(centres))
    return pulled


def map_dose_directly(dose: Dose, transform: Transform, onto: Grid, absent: BoolArray | None = None) -> MappedDose:
    """Bring a phase's dose to the reference by direct mapping (Zhong 2008 compares it with energy transfer).

    Parameters
    ----------
    dose : Dose
        Physical or EQD2, in the phase's frame.
    transform : Transform
        Reference (fixed) point to the phase's (moving) point.
    onto : Grid
        Of the reference.
    absent : ndarray of bool, shape `onto.shape`, optional
        Reference voxels whose tissue the registration found to be missing in the phase.

    Raises
    ------
    ImpastoError
        When the mask has another shape.
    """
    if absent is not None and absent.shape != onto.shape:
        raise ImpastoError("absent tissue", f"shape {absent.shape} on a grid of {onto.shape}", "give both alike")
    gy = pulled_dose_gy(dose.gy, dose.grid, transform, onto)
    reason = np.where(np.isnan(gy), Correspondence.OUTSIDE_DOSE, Correspondence.FOUND).astype(np.uint8)
    if absent is not None:
        gy[absent], reason[absent] = np.nan, Correspondence.ABSENT
    return MappedDose(gy, onto, dose.fractions, reason, dose.label)
