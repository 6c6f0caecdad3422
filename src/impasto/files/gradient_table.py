"""Gradient tables of diffusion-weighted series as FSL writes them: NAME.bval and NAME.bvec beside the NIfTI file.

FSL's vectors are relative to the voxel axes, not to the patient: components along i, j, k, and the first one's sign
turned where the axes of the NIfTI affine are right-handed (positive determinant), since FSL holds its images
left-handed. Turning them into patient coordinates, and back, happens here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.diffusion import DiffusionSeries, GradientTable
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.files.native.image import read_image, write_image
from impasto.files.nifti import read_nifti

__all__ = [
    "gradient_files",
    "read_diffusion",
    "read_diffusion_nifti",
    "read_gradient_table",
    "write_diffusion",
    "write_gradient_table",
]


def read_gradient_table(bval: Path, bvec: Path, grid: Grid) -> GradientTable:
    """Read a pair of files.

    Parameters
    ----------
    bval : Path
        b-values in s/mm2, in one row or one column.
    bvec : Path
        Three rows, or three columns as some converters write; three by three is taken as rows.
    grid : Grid
        Of the images as they lie in the NIfTI file: the vectors refer to its axes.

    Returns
    -------
    GradientTable
        Directions in LPS.

    Raises
    ------
    ImpastoError
        When a file is missing, not numbers, or the two do not fit each other.
    """
    b_values = _numbers(bval).ravel()
    vectors = _numbers(bvec)
    if vectors.ndim == 2 and vectors.shape[0] == 3:
        vectors = vectors.T
    if vectors.shape != (len(b_values), 3):
        problem = f"{vectors.size} numbers do not make a vector for each of {len(b_values)} b-values"
        raise ImpastoError(str(bvec), problem, "give the pair that belongs together")
    try:
        return GradientTable(b_values, (vectors * _signs(grid)) @ grid.direction.T)
    except ImpastoError as error:
        raise ImpastoError(str(bvec), error.problem, error.remedy) from None


def write_gradient_table(gradients: GradientTable, grid: Grid, bval: Path, bvec: Path) -> None:
    """Write a pair of files for images that lie on `grid`: b-values in one row, vectors in three.

    Raises
    ------
    ImpastoError
        When the grid's axes are not perpendicular: the vectors would lose their length.
    """
    if not grid.is_rectangular:
        raise ImpastoError(str(bvec), "the grid's axes are not perpendicular", "resample to a rectangular grid")
    vectors = (gradients.directions @ grid.direction) * _signs(grid)
    bval.write_text(" ".join(f"{b:g}" for b in gradients.b_values_s_per_mm2) + "\n", encoding="ascii")
    # adding zero turns a minus zero into a zero
    rows = (" ".join(f"{value:.9f}" for value in np.round(row, 9) + 0.0) for row in vectors.T)
    bvec.write_text("\n".join(rows) + "\n", encoding="ascii")


def write_diffusion(series: DiffusionSeries, stem: Path) -> None:
    """Write ``STEM.nii.gz`` with its sidecar ``STEM.json``, ``STEM.bval`` and ``STEM.bvec``."""
    write_image(series.image, stem)
    bval, bvec = (stem.with_name(stem.name + suffix) for suffix in (".bval", ".bvec"))
    write_gradient_table(series.gradients, series.image.grid, bval, bvec)


def read_diffusion(stem: Path) -> DiffusionSeries:
    """Read what :func:`write_diffusion` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    image = read_image(stem)
    bval, bvec = (stem.with_name(stem.name + suffix) for suffix in (".bval", ".bvec"))
    return DiffusionSeries(image, read_gradient_table(bval, bvec, image.grid))


def gradient_files(path: Path) -> tuple[Path, Path] | None:
    """Return the ``.bval`` and ``.bvec`` of the same name beside a NIfTI file; None when one is not there."""
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    bval, bvec = path.with_name(name + ".bval"), path.with_name(name + ".bvec")
    return (bval, bvec) if bval.is_file() and bvec.is_file() else None


def read_diffusion_nifti(path: Path) -> DiffusionSeries:
    """Read a NIfTI file of anyone with ``.bval`` and ``.bvec`` of the same name beside it.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged, or there is not one gradient for each volume.
    """
    image = read_nifti(path, "diffusion-weighted signal", "1")
    name = path.name.removesuffix(".gz").removesuffix(".nii")
    table = read_gradient_table(path.with_name(name + ".bval"), path.with_name(name + ".bvec"), image.grid)
    try:
        return DiffusionSeries(image, table)
    except ImpastoError as error:
        raise ImpastoError(str(path), error.problem, error.remedy) from None


def _signs(grid: Grid) -> FloatArray:
    # the flip from RAS to LPS turns two axes, so the determinant is the same in both
    right_handed = float(np.linalg.det(grid.direction)) > 0.0
    return np.array([-1.0 if right_handed else 1.0, 1.0, 1.0])


def _numbers(path: Path) -> FloatArray:
    try:
        rows = [line.replace(",", " ").split() for line in path.read_text(encoding="utf-8").splitlines()]
        return np.array([[float(word) for word in row] for row in rows if row], dtype=np.float64)
    except FileNotFoundError:
        raise ImpastoError(str(path), "is missing", "put it beside the images") from None
    except ValueError as error:
        raise ImpastoError(str(path), f"is not a table of numbers ({error})", "export it again") from None
