"""Dose painting by numbers: every voxel's dose is a function of its intensity."""

from __future__ import annotations

import numpy as np

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure
from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.resample import resample_linear
from impasto.prescribe.paintings import Painting
from impasto.prescribe.settings import PrescriptionSettings

__all__ = ["by_numbers", "intensity_on"]


def by_numbers(
    image: Image,
    painting: Painting,
    painted: Structure,
    target: Structure,
    grid: Grid,
    settings: PrescriptionSettings,
    without_value_gy: float | None = None,
) -> Prescription:
    """Prescribe each voxel the dose that a prescription function gives to its intensity.

    Parameters
    ----------
    image : Image
        Three-dimensional; interpolated onto `grid` before the doses are taken.
    painting : Painting
        For example :class:`LinearPainting` or :class:`SigmoidPainting`.
    painted : Structure
        Where the dose follows the image, for example the GTV: voxels at least half inside it and the target.
    target : Structure
        What is treated, for example the PTV: beyond `painted` it receives the painting's low dose.
    grid : Grid
        Voxels of the dose map: those of the dose calculation, which covers the target.
    settings : PrescriptionSettings
    without_value_gy : float, optional
        Dose of voxels in `painted` where the image is NaN or does not reach; without it they are refused.

    Returns
    -------
    Prescription
        One goal on `target` whose lower and upper level are the map.

    Raises
    ------
    ImpastoError
        When no voxel is painted, or voxels have no value and no dose is given for them.

    References
    ----------
    Bentzen SM 2005, Lancet Oncol 6:112; Vanderstraeten B 2006, Phys Med Biol 51:N277.
    """
    inside = painted.voxels(grid) & target.voxels(grid)
    intensity = intensity_on(image, painted, inside, grid)
    unknown = int(np.count_nonzero(~np.isfinite(intensity)))
    if unknown and without_value_gy is None:
        raise ImpastoError(
            image.quantity,
            f"it has no value in {unknown} of {intensity.size} voxels of {painted.name}",
            "give without_value_gy, the dose that they are to receive, or crop the painted structure to the image",
        )
    dose_gy = np.full(grid.shape, painting.dose_low_gy)
    painted_gy = painting.dose_gy(intensity)
    if without_value_gy is not None:
        painted_gy[~np.isfinite(intensity)] = without_value_gy
    dose_gy[inside] = painted_gy
    level = Image(dose_gy.astype(np.float32), grid, "prescribed dose", "Gy")
    method = (
        f"painting by numbers of {painted.name} on {image.quantity}: {painting.describe(image.unit)}; "
        f"{painting.dose_low_gy:g} Gy elsewhere in {target.name}"
    )
    if unknown:
        method += f"; {unknown} voxels without a value: {without_value_gy:g} Gy"
    return settings.prescription((DoseGoal(target.name, level, level),), method)


def intensity_on(image: Image, painted: Structure, inside: BoolArray, grid: Grid) -> FloatArray:
    """Intensity of the marked voxels of a grid, shape (voxel,); NaN where the image has none.

    Raises
    ------
    ImpastoError
        When no voxel is marked or the image has a time axis.
    """
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "it has a time axis", "paint by one frame or a parameter map")
    if not inside.any():
        raise ImpastoError(painted.name, "no voxel of the grid lies in it", "give a grid that covers it")
    return resample_linear(image.data, image.grid, grid, outside=np.nan)[inside].astype(np.float64)
