# SimpleITK marks itself typed and is not
# mypy: disable-error-code="no-untyped-call"
"""Removing what the receive coils' sensitivity puts on an MR image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core import Image, ImpastoError
from impasto.core.arrays import BoolArray
from impasto.core.itk import itk_image, values_from_itk
from impasto.core.resample import resample_conserving

__all__ = ["BiasCorrection", "BiasFieldSettings", "correct_bias_field"]


@dataclass(frozen=True)
class BiasFieldSettings:
    """How smooth the field is, and how long it is sought.

    Parameters
    ----------
    spacing_mm : float
        Voxel size the field is fitted at; coarser axes stay as they are.
    control_points : int
        Of the B-spline along each axis on the first level; each level halves their distance.
    iterations : tuple of int
        At most so many on each level.
    convergence : float
        Change of the field below which a level ends.

    Raises
    ------
    ImpastoError
        When a number is not positive, or control points are fewer than four.
    """

    spacing_mm: float = 4.0
    control_points: int = 4
    iterations: tuple[int, ...] = (50, 50, 30)
    convergence: float = 1e-3

    def __post_init__(self) -> None:
        numbers = (self.spacing_mm, self.convergence, *self.iterations)
        if not self.iterations or min(numbers) <= 0.0 or self.control_points < 4:
            problem = "spacing, convergence or iterations are not positive, or there are fewer than four control points"
            raise ImpastoError("bias field", problem, "give positive numbers and four control points")


@dataclass(frozen=True, eq=False)
class BiasCorrection:
    """An image without its bias field, and the field.

    Parameters
    ----------
    image : Image
        Divided by the field.
    field : Image
        Without unit; its geometric mean over the mask is one.
    """

    image: Image
    field: Image


def correct_bias_field(
    image: Image, mask: BoolArray | None = None, settings: BiasFieldSettings | None = None
) -> BiasCorrection:
    """Estimate a smooth multiplicative field by N4 (Tustison 2010) on coarse voxels, and divide by it on all.

    Parameters
    ----------
    image : Image
        One MR volume.
    mask : ndarray of bool, shape `image.grid.shape`, optional
        Tissue that the field is estimated in: the brain. What is brighter than half the mean when absent.
    settings : BiasFieldSettings, optional

    Returns
    -------
    BiasCorrection

    Raises
    ------
    ImpastoError
        When the image is not one finite volume, the mask does not fit, or nothing positive is in it.
    """
    import SimpleITK

    settings = settings or BiasFieldSettings()
    values = np.asarray(image.data, dtype=np.float32)
    if values.ndim != 3 or not np.isfinite(values).all():
        raise ImpastoError(image.quantity, "is not one finite volume", "give one volume without gaps")
    chosen = values > 0.5 * values.mean() if mask is None else mask
    if chosen.shape != values.shape:
        raise ImpastoError(image.quantity, f"a mask of shape {chosen.shape} for {values.shape}", "give both alike")
    grid = image.grid.with_spacing(np.maximum(settings.spacing_mm, image.grid.spacing_mm))
    coarse = resample_conserving(values, image.grid, grid).astype(np.float32)
    inside = resample_conserving(chosen.astype(np.float32), image.grid, grid) >= 0.5
    inside &= coarse > 0.0
    if np.count_nonzero(inside) < 100:
        raise ImpastoError(image.quantity, "hardly any positive voxel to estimate a field in", "give a larger mask")
    fitter = SimpleITK.N4BiasFieldCorrectionImageFilter()
    fitter.SetMaximumNumberOfIterations(list(settings.iterations))
    fitter.SetNumberOfControlPoints([settings.control_points] * 3)
    fitter.SetConvergenceThreshold(settings.convergence)
    fitter.Execute(itk_image(np.maximum(coarse, 1e-6), grid), itk_image(inside.astype(np.uint8), grid))
    full: NDArray[np.float32] = values_from_itk(fitter.GetLogBiasFieldAsImage(itk_image(values, image.grid)))
    level = float(full[chosen].mean()) if chosen.any() else 0.0
    field = np.exp(full - level).astype(np.float32)
    return BiasCorrection(image.with_data(values / field), Image(field, image.grid, "bias field", "1"))
