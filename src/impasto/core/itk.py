# SimpleITK marks itself typed and is not
# mypy: disable-error-code="no-untyped-call"
"""Images and transforms as SimpleITK has them: the same LPS mm, arrays counted k, j, i."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.displacement import DisplacementField
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.transform import Transform

__all__ = ["grid_from_itk", "itk_image", "itk_transform", "transform_from_itk", "values_from_itk"]

_MATRIX_TYPES = (
    "AffineTransform", "Euler3DTransform", "ScaleSkewVersor3DTransform", "ScaleVersor3DTransform",
    "Similarity3DTransform", "VersorRigid3DTransform", "VersorTransform",
)  # fmt: skip


def itk_image(values: NDArray[Any], grid: Grid) -> Any:
    """Build a ``SimpleITK.Image`` of an array, shape (i, j, k) or with vectors (i, j, k, component)."""
    import SimpleITK

    axes = (2, 1, 0) if values.ndim == 3 else (2, 1, 0, 3)
    image = SimpleITK.GetImageFromArray(np.ascontiguousarray(np.transpose(values, axes)), isVector=values.ndim == 4)
    image.SetSpacing(grid.spacing_mm.tolist())
    image.SetOrigin(grid.origin_mm.tolist())
    image.SetDirection(grid.direction.ravel().tolist())
    return image


def values_from_itk(image: Any) -> NDArray[Any]:
    """Array of a ``SimpleITK.Image``, shape (i, j, k) or (i, j, k, component); its own memory."""
    import SimpleITK

    values: NDArray[Any] = SimpleITK.GetArrayFromImage(image)
    return np.ascontiguousarray(np.transpose(values, (2, 1, 0) if values.ndim == 3 else (2, 1, 0, 3)))


def grid_from_itk(image: Any) -> Grid:
    """Grid of a ``SimpleITK.Image``."""
    affine = np.eye(4)
    affine[:3, :3] = np.reshape(image.GetDirection(), (3, 3)) * np.array(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return Grid(image.GetSize(), affine)


def itk_transform(transform: Transform) -> Any:
    """Build a ``SimpleITK.Transform`` that maps fixed points to moving points alike.

    An affine map becomes an ``AffineTransform``, a dense one a ``CompositeTransform`` of its displacement field and the
    affine map. Beyond its field ITK moves points by the affine part alone.
    """
    import SimpleITK

    linear = SimpleITK.AffineTransform(3)
    linear.SetMatrix(transform.matrix[:3, :3].ravel().tolist())
    linear.SetTranslation(transform.matrix[:3, 3].tolist())
    if transform.displacement is None:
        return linear
    field = transform.displacement
    dense = SimpleITK.DisplacementFieldTransform(itk_image(field.vectors_mm.astype(np.float64), field.grid))
    # the transform added last is applied first
    return SimpleITK.CompositeTransform([linear, dense])


def transform_from_itk(found: Any, fitted_on: str) -> Transform:
    """Read a ``SimpleITK.Transform``: rigid, similar, affine, translation, displacement field, or several in a row.

    Raises
    ------
    ImpastoError
        When it is of another kind, such as B-splines.
    """
    import SimpleITK

    kind = found.Downcast().GetName()
    if kind == "CompositeTransform":
        composite = SimpleITK.CompositeTransform(found)
        whole = Transform(np.eye(4), fitted_on)
        for position in reversed(range(composite.GetNumberOfTransforms())):
            whole = whole.then(transform_from_itk(composite.GetNthTransform(position), fitted_on))
        return Transform(whole.matrix, fitted_on, whole.displacement)
    if kind == "IdentityTransform":
        return Transform(np.eye(4), fitted_on)
    if kind == "TranslationTransform":
        return Transform(Transform.translation(found.Downcast().GetOffset()).matrix, fitted_on)
    if kind == "DisplacementFieldTransform":
        image = found.Downcast().GetDisplacementField()
        return Transform.dense(DisplacementField(grid_from_itk(image), values_from_itk(image)), fitted_on)
    if kind not in _MATRIX_TYPES:
        raise ImpastoError(fitted_on, f"a {kind} cannot be read", "write it as an affine or as a displacement field")
    return Transform(_matrix(found.Downcast()), fitted_on)


def _matrix(found: Any) -> FloatArray:
    linear = np.reshape(found.GetMatrix(), (3, 3))
    centre = np.array(found.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    # turning about a centre is turning about zero and shifting
    matrix[:3, 3] = np.array(found.GetTranslation()) + centre - linear @ centre
    return matrix
