"""Images as NIfTI with a JSON sidecar for quantity, unit, times and exact geometry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.files.native.document import StrictModel, read_document, write_document
from impasto.files.nifti import read_nifti, write_nifti

__all__ = ["read_image", "read_image_times", "write_image"]


class _Sidecar(StrictModel):
    quantity: str
    unit: str
    affine_lps_mm: list[list[float]]
    times_s: list[float] | None = None
    has_standard_error: bool = False


def write_image(image: Image, stem: Path) -> None:
    """Write ``STEM.nii.gz`` and ``STEM.json``, and ``STEM.standard-error.nii.gz`` where there is one."""
    times = None if image.times_s is None else [float(t) for t in image.times_s]
    sidecar = _Sidecar(
        quantity=image.quantity,
        unit=image.unit,
        affine_lps_mm=image.grid.affine.tolist(),
        times_s=times,
        has_standard_error=image.standard_error is not None,
    )
    write_nifti(image, _beside(stem, ".nii.gz"))
    if image.standard_error is not None:
        write_nifti(image.with_data(image.standard_error), _beside(stem, ".standard-error.nii.gz"))
    write_document(sidecar, _beside(stem, ".json"))


def read_image_times(stem: Path) -> FloatArray | None:
    """Return the times of a series without reading its voxels; None for an image of three axes.

    Raises
    ------
    ImpastoError
        When the sidecar is missing or damaged.
    """
    times = read_document(_beside(stem, ".json"), _Sidecar).times_s
    return None if times is None else np.array(times)


def read_image(stem: Path) -> Image:
    """Read what :func:`write_image` wrote; the sidecar's affine is exact where NIfTI rounds to single precision.

    NaN stands for voxels without a value, as in maps outside the fitted region.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    sidecar = read_document(_beside(stem, ".json"), _Sidecar)
    times = None if sidecar.times_s is None else np.array(sidecar.times_s)
    image = read_nifti(_beside(stem, ".nii.gz"), sidecar.quantity, sidecar.unit, times, missing_allowed=True)
    exact = Grid(image.grid.shape, np.array(sidecar.affine_lps_mm))
    error = None
    if sidecar.has_standard_error:
        path = _beside(stem, ".standard-error.nii.gz")
        error = read_nifti(path, sidecar.quantity, sidecar.unit, times, missing_allowed=True).data
    return replace(image, grid=exact if exact.matches(image.grid, 1e-2) else image.grid, standard_error=error)


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
