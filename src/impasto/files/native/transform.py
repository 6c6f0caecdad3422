# SimpleITK marks itself typed and is not
# mypy: disable-error-code="no-untyped-call"
"""Transforms as ITK files, which registration tools open, with a JSON sidecar for exact geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.core.displacement import DisplacementField
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.itk import itk_image, itk_transform, values_from_itk
from impasto.core.transform import Transform
from impasto.files.native.document import StrictModel, read_document, write_document

__all__ = ["read_transform", "write_transform"]

_AFFINE, _DENSE, _SIDECAR = "affine.tfm", "displacement.nii.gz", "transform.json"


class _Sidecar(StrictModel):
    fitted_on: str
    matrix_lps_mm: list[list[float]]
    displacement_affine_lps_mm: list[list[float]] | None = None


def write_transform(transform: Transform, folder: Path) -> None:
    """Write ``affine.tfm``, ``displacement.nii.gz`` where there is a dense part, and ``transform.json`` into a folder.

    A fixed point moves by the displacement first, by the affine map then; both are LPS mm, as ITK has them.
    """
    import SimpleITK

    folder.mkdir(parents=True, exist_ok=True)
    field = transform.displacement
    SimpleITK.WriteTransform(itk_transform(Transform(transform.matrix)), str(folder / _AFFINE))
    if field is not None:
        SimpleITK.WriteImage(itk_image(field.vectors_mm, field.grid), str(folder / _DENSE), useCompression=True)
    sidecar = _Sidecar(
        fitted_on=transform.fitted_on,
        matrix_lps_mm=transform.matrix.tolist(),
        displacement_affine_lps_mm=None if field is None else field.grid.affine.tolist(),
    )
    write_document(sidecar, folder / _SIDECAR)


def read_transform(folder: Path) -> Transform:
    """Read what :func:`write_transform` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    sidecar = read_document(folder / _SIDECAR, _Sidecar)
    matrix = np.array(sidecar.matrix_lps_mm)
    if sidecar.displacement_affine_lps_mm is None:
        return Transform(matrix, sidecar.fitted_on)
    return Transform(matrix, sidecar.fitted_on, _displacement(folder / _DENSE, sidecar.displacement_affine_lps_mm))


def _displacement(path: Path, affine: list[list[float]]) -> DisplacementField:
    import SimpleITK

    try:
        image = SimpleITK.ReadImage(str(path))
    except RuntimeError:
        raise ImpastoError(str(path), "cannot be read", "run the step again that writes it") from None
    vectors = values_from_itk(image)
    return DisplacementField(Grid(vectors.shape[:3], np.array(affine)), vectors)
