# SimpleITK marks itself typed and is not
# mypy: disable-error-code="no-untyped-call"
"""One level of the search: mutual information (Mattes 2003) climbed by SimpleITK."""

from __future__ import annotations

from typing import Any, Literal

import numba
import numpy as np

from impasto.core import ImpastoError, Transform
from impasto.core.itk import itk_image, itk_transform, transform_from_itk
from impasto.register.level import LevelImage
from impasto.register.settings import LinearSettings
from impasto.register.starts import centre_of_mass_mm

__all__ = ["climb"]


def climb(
    fixed: LevelImage,
    moving: LevelImage,
    start: Transform,
    model: Literal["rigid", "affine"],
    samples: int,
    settings: LinearSettings,
) -> Transform:
    """Improve an affine start on one level.

    The start stays apart and what is sought is a small turn or affine map about the fixed image's centre before it, so
    that no angle is ever near a pole. Conjugate gradients with a line search: steps of fixed length halve themselves
    away on coarse levels and stop millimetres short.

    Parameters
    ----------
    fixed, moving : LevelImage
    start : Transform
        Affine.
    model : {"rigid", "affine"}
    samples : int
        Places, drawn anew for each level with a jitter within the voxel: at voxel centres two grids alike would show
        false maxima (Pluim 2000).
    settings : LinearSettings

    Raises
    ------
    ImpastoError
        When the images hardly overlap.
    """
    import SimpleITK

    method = SimpleITK.ImageRegistrationMethod()
    method.SetNumberOfThreads(numba.get_num_threads())
    method.SetMetricAsMattesMutualInformation(settings.bins)
    method.SetMetricSamplingStrategy(method.RANDOM)
    share = samples / (fixed.grid.voxel_count * fixed.region_share)
    method.SetMetricSamplingPercentage(min(1.0, share), settings.seed)
    if fixed.region is not None:
        method.SetMetricFixedMask(itk_image(fixed.region.astype(np.uint8), fixed.grid))
    if moving.region is not None:
        method.SetMetricMovingMask(itk_image(moving.region.astype(np.uint8), moving.grid))
    method.SetInterpolator(SimpleITK.sitkLinear)
    _set_optimiser(method, float(fixed.grid.spacing_mm.max()), settings.iterations)
    method.SetMovingInitialTransform(itk_transform(start))
    sought = SimpleITK.AffineTransform(3) if model == "affine" else SimpleITK.Euler3DTransform()
    sought.SetCenter(centre_of_mass_mm(fixed).tolist())
    method.SetInitialTransform(sought, inPlace=True)
    try:
        method.Execute(itk_image(fixed.values, fixed.grid), itk_image(moving.values, moving.grid))
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ImpastoError("registration", f"the search broke off ({reason})", "give a start that overlaps") from None
    return transform_from_itk(sought, start.fitted_on).then(start)


def _set_optimiser(method: Any, voxel_mm: float, iterations: int) -> None:
    method.SetOptimizerAsConjugateGradientLineSearch(
        learningRate=1.0,
        numberOfIterations=iterations,
        convergenceMinimumValue=1e-5,
        convergenceWindowSize=5,
        lineSearchLowerLimit=0.0,
        lineSearchUpperLimit=4.0,
        lineSearchEpsilon=0.1,
        lineSearchMaximumIterations=5,
        estimateLearningRate=method.Once,
        maximumStepSizeInPhysicalUnits=0.5 * voxel_mm,
    )
    method.SetOptimizerScalesFromPhysicalShift()
