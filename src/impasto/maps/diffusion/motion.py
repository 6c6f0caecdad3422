# SimpleITK marks itself typed and is not
# mypy: disable-error-code="no-untyped-call"
"""Head motion and eddy currents: each measurement is brought to where the first one lay.

A head's motion is rigid; eddy currents of the diffusion gradients shear, scale and shift an echo-planar image along its
phase encoding, linearly to first order (Haselgrove & Moore 1996). An affine map holds both. Gradients are given in the
scanner's frame: where the head was turned, they turn back with its image (Leemans & Jones 2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.core.transform import Transform
from impasto.maps.diffusion.preparation import shells

__all__ = ["CorrectedSeries", "MotionSettings", "correct_motion", "rotated_gradients"]

_INTERPOLATIONS = ("b-spline", "linear")


@dataclass(frozen=True)
class MotionSettings:
    """How measurements are aligned.

    Parameters
    ----------
    below_s_per_mm2 : float
        Smaller b counts as unweighted: aligned rigidly to the first of their kind. To their mean the weighted ones are
        aligned rigidly.
    corrects_eddy_currents : bool
        Align weighted measurements, then, by an affine map to the mean of those of like b: fluid, bright without
        weighting only, would make an affine map to that shrink the brain.
    scales_intensity : bool
        An image that was stretched has its signal diluted: multiply it by the map's determinant (Rohde 2004).
    interpolation : {"b-spline", "linear"}
        Cubic splines keep the noise of most voxels, linear interpolation smooths by an amount that varies.
    sampled_share : float
        Share of voxels on which likeness is measured.
    seed : int
        Decides which.

    Raises
    ------
    ImpastoError
        When the share is not within 0 and 1 or an interpolation is unknown.
    """

    below_s_per_mm2: float = 50.0
    corrects_eddy_currents: bool = True
    scales_intensity: bool = True
    interpolation: Literal["b-spline", "linear"] = "b-spline"
    sampled_share: float = 0.3
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.0 < self.sampled_share <= 1.0:
            raise ImpastoError("motion correction", f"samples {self.sampled_share:g} of the voxels", "give 0 to 1")
        if self.interpolation not in _INTERPOLATIONS:
            problem = f"unknown interpolation {self.interpolation!r}"
            raise ImpastoError("motion correction", problem, f"give one of {', '.join(_INTERPOLATIONS)}")


@dataclass(frozen=True, eq=False)
class CorrectedSeries:
    """An aligned series and how each measurement had moved.

    Parameters
    ----------
    series : DiffusionSeries
        Aligned images with turned gradients. Zero where a measurement did not reach.
    transforms : tuple of Transform
        One a measurement: from points of the reference to where they lay in the measurement.
    translation_mm : ndarray, shape (measurement,)
        How far the centre of the image had moved.
    rotation_deg : ndarray, shape (measurement,)
        By how much the head was turned, about whichever axis.
    """

    series: DiffusionSeries
    transforms: tuple[Transform, ...]
    translation_mm: FloatArray
    rotation_deg: FloatArray


def correct_motion(
    series: DiffusionSeries,
    region: BoolArray | None = None,
    settings: MotionSettings | None = None,
    progress: Progress = silent,
) -> CorrectedSeries:
    """Align all measurements: rigidly by mutual information (Mattes 2003), affinely by correlation, with SimpleITK.

    Parameters
    ----------
    series : DiffusionSeries
    region : ndarray of bool, shape `series.image.grid.shape`, optional
        Where likeness is measured; everywhere when not given. It must hold the head's edge and a margin, or nothing
        tells the size of an image: a tight mask of the brain lets affine maps stretch it by some percent.
    settings : MotionSettings, optional
    progress : Progress

    Returns
    -------
    CorrectedSeries

    Raises
    ------
    ImpastoError
        When the series has no measurement without weighting, or the region has another shape.
    """
    settings = settings or MotionSettings()
    if not series.gradients.unweighted(settings.below_s_per_mm2).any():
        problem = f"no measurement has b < {settings.below_s_per_mm2:g} s/mm2"
        raise ImpastoError(series.image.quantity, problem, "acquire one without weighting")
    if region is not None and region.shape != series.image.grid.shape:
        problem = f"a region of shape {region.shape}"
        raise ImpastoError(series.image.quantity, problem, "give one on the series' own voxels")
    image, first = series.image, int(np.flatnonzero(series.gradients.unweighted(settings.below_s_per_mm2))[0])
    groups = shells(series.gradients, settings.below_s_per_mm2, same_b_share=0.1)
    weighted = sum(len(group) for group in groups[1:])
    work = len(series.gradients) - 1 + weighted * settings.corrects_eddy_currents
    found = {first: Transform.identity()}
    corrected = np.empty(image.data.shape, dtype=np.float32)
    done = 0

    def align(group: list[int], reference: _Reference, affine: bool) -> None:
        nonlocal done
        for m in group:
            found[m] = reference.aligned(image.data[..., m], found.get(m), affine, settings)
            corrected[..., m] = _resampled(image.data[..., m], image.grid, found[m], settings)
            done += 1
            progress("motion correction", done / work)

    corrected[..., first] = image.data[..., first]
    align([m for m in groups[0] if m != first], _Reference.of(image.data[..., first], image.grid, region), affine=False)
    unweighted = _Reference.of(corrected[..., groups[0]].mean(axis=3), image.grid, region)
    for group in groups[1:]:
        align(group, unweighted, affine=False)
        if settings.corrects_eddy_currents:
            align(group, _Reference.of(corrected[..., group].mean(axis=3), image.grid, region), affine=True)
    progress("motion correction", 1.0)
    return _corrected(series, corrected, tuple(found[m] for m in range(len(series.gradients))))


def _corrected(series: DiffusionSeries, data: RealArray, transforms: tuple[Transform, ...]) -> CorrectedSeries:
    image, grid = series.image, series.image.grid
    aligned = Image(data, grid, image.quantity, image.unit, image.times_s)
    centre = grid.world_from_index((np.array(grid.shape) - 1) / 2)
    return CorrectedSeries(
        DiffusionSeries(aligned, rotated_gradients(series.gradients, transforms)),
        transforms,
        np.array([np.linalg.norm(t.moving_from_fixed(centre) - centre) for t in transforms]),
        np.array([_angle_deg(_rotation(t)) for t in transforms]),
    )


def rotated_gradients(gradients: GradientTable, transforms: tuple[Transform, ...]) -> GradientTable:
    """Gradients in the frame of the reference, when each measurement is moved there.

    Parameters
    ----------
    gradients : GradientTable
        In the scanner's frame.
    transforms : tuple of Transform
        One a measurement, from the reference to the measurement.

    Returns
    -------
    GradientTable
        ``R^T g``, R the rotation nearest to the transform (its polar part).
    """
    turned = [g @ _rotation(transform) for g, transform in zip(gradients.directions, transforms, strict=True)]
    return GradientTable(gradients.b_values_s_per_mm2, np.array(turned).reshape(-1, 3))


def _rotation(transform: Transform) -> FloatArray:
    left, _, right = np.linalg.svd(transform.matrix[:3, :3])
    rotation: FloatArray = left @ np.diag([1.0, 1.0, np.linalg.det(left @ right)]) @ right
    return rotation


def _angle_deg(rotation: FloatArray) -> float:
    return float(np.rad2deg(np.arccos(np.clip((np.trace(rotation) - 1.0) / 2.0, -1.0, 1.0))))


@dataclass(frozen=True, eq=False)
class _Reference:
    """The image to align to and where likeness counts, in SimpleITK's terms too."""

    image: Any
    region: Any
    grid: Grid

    @classmethod
    def of(cls, values: RealArray, grid: Grid, region: BoolArray | None) -> _Reference:
        inside = None if region is None else _itk_image(region.astype(np.uint8), grid)
        return cls(_itk_image(values.astype(np.float32), grid), inside, grid)

    def aligned(self, values: RealArray, start: Transform | None, affine: bool, settings: MotionSettings) -> Transform:
        """Register one measurement: rigidly from coarse to fine, or by an affine map from where it lies already."""
        import SimpleITK

        method = SimpleITK.ImageRegistrationMethod()
        if affine:
            # of like contrast. Mutual information would stretch the brain over the field of view: its own entropy grows
            method.SetMetricAsCorrelation()
        else:
            method.SetMetricAsMattesMutualInformation(48)
        method.SetMetricSamplingStrategy(method.RANDOM)
        method.SetMetricSamplingPercentage(settings.sampled_share, settings.seed)
        if self.region is not None:
            method.SetMetricFixedMask(self.region)
        method.SetInterpolator(SimpleITK.sitkLinear)
        method.SetOptimizerAsRegularStepGradientDescent(0.2 if affine else 0.5, 1e-3, 100, relaxationFactor=0.6)
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetShrinkFactorsPerLevel([1] if affine else [2, 1])
        method.SetSmoothingSigmasPerLevel([0.0] if affine else [2.0, 0.0])
        method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
        sought = SimpleITK.AffineTransform(3) if affine else SimpleITK.VersorRigid3DTransform()
        middle = [(n - 1) / 2 for n in self.image.GetSize()]
        sought.SetCenter(self.image.TransformContinuousIndexToPhysicalPoint(middle))
        if start is not None:
            centre = np.array(sought.GetCenter())
            sought.SetMatrix(start.matrix[:3, :3].ravel().tolist())
            sought.SetTranslation((start.moving_from_fixed(centre) - centre).tolist())
        method.SetInitialTransform(sought, inPlace=True)
        method.Execute(self.image, _itk_image(values.astype(np.float32), self.grid))
        return _transform(sought, "affine, correlation" if affine else "rigid, mutual information")


def _transform(found: Any, name: str) -> Transform:
    linear = np.array(found.GetMatrix()).reshape(3, 3)
    centre = np.array(found.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = np.array(found.GetTranslation()) + centre - linear @ centre
    return Transform(matrix, name)


def _resampled(values: RealArray, grid: Grid, transform: Transform, settings: MotionSettings) -> RealArray:
    """Bring a measurement to the reference; zero where it did not reach."""
    if np.array_equal(transform.matrix, np.eye(4)):
        return values
    import SimpleITK

    itk = SimpleITK.AffineTransform(3)
    itk.SetMatrix(transform.matrix[:3, :3].ravel().tolist())
    itk.SetTranslation(transform.matrix[:3, 3].tolist())
    image = _itk_image(values.astype(np.float32), grid)
    kernel = SimpleITK.sitkBSpline3 if settings.interpolation == "b-spline" else SimpleITK.sitkLinear
    moved = SimpleITK.Resample(image, image, itk, kernel, 0.0, SimpleITK.sitkFloat32)
    # splines undershoot beside edges
    data: RealArray = np.maximum(SimpleITK.GetArrayFromImage(moved).T, 0.0)
    return data * np.float32(np.linalg.det(transform.matrix[:3, :3])) if settings.scales_intensity else data


def _itk_image(values: NDArray[Any], grid: Grid) -> Any:
    """Turn an array [i, j, k] into SimpleITK's image, which counts the other way round."""
    import SimpleITK

    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(values.T))
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.affine[:3, 3].tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    return image
