"""NIfTI images. NIfTI's world is RAS, impasto's is LPS: the flip happens at this door and nowhere inside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image

__all__ = ["RAS_FROM_LPS", "read_nifti", "write_nifti"]

RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Its own inverse."""

_SECONDS = {"sec": 1.0, "unknown": 1.0, "msec": 1e-3, "usec": 1e-6}
"""By the header's unit of time; one that is not stated is taken as seconds, as most writers mean it."""


def read_nifti(
    path: Path, quantity: str, unit: str, times_s: FloatArray | None = None, missing_allowed: bool = False
) -> Image:
    """Read a NIfTI file.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.
    quantity, unit : str
        What the values are: NIfTI does not say.
    times_s : ndarray, shape (time,), optional
        Times of a fourth axis; without them the header's time step is used, in the unit that it states.
    missing_allowed : bool
        Whether NaN may stand for voxels without a value, as in maps outside the fitted region.

    Returns
    -------
    Image
        Voxel axes as in the file, LPS mm; integers stay integers when the header does not scale them.

    Raises
    ------
    ImpastoError
        When the file cannot be read, is complex, has infinite values or NaN that is not allowed, a singular affine,
        not 3 or 4 axes, or a fourth axis that is not time.
    """
    name = str(path)
    try:
        file = nibabel.load(path)
        scale = (file.dataobj.slope, file.dataobj.inter)
        data = np.asanyarray(file.dataobj)
    except (ImageFileError, EOFError, OSError, ValueError) as error:
        raise ImpastoError(name, f"is not a readable NIfTI file ({error})", "check or export it again") from None
    if data.dtype.kind == "c":
        raise ImpastoError(name, "holds complex samples", "add it as spectra, or give its magnitude")
    if scale != (1.0, 0.0) or data.dtype.kind not in "iu":
        data = data.astype(np.float32)
    if data.ndim == 4 and data.shape[3] == 1:
        data = data[..., 0]
    if data.ndim not in (3, 4):
        raise ImpastoError(name, f"has {data.ndim} axes", "give a volume, or a time series of volumes")
    unusable = np.isinf(data) if missing_allowed else ~np.isfinite(data)
    if unusable.any():
        bad = int(np.count_nonzero(unusable))
        raise ImpastoError(name, f"{bad} voxels are NaN or infinite", "fill or mask them before import")
    try:
        grid = Grid(data.shape[:3], RAS_FROM_LPS @ file.affine)
    except ImpastoError as error:
        raise ImpastoError(name, error.problem, error.remedy) from None
    if data.ndim == 4 and times_s is None:
        times_s = np.arange(data.shape[3]) * _time_step_s(file.header, name)
    return Image(data, grid, quantity, unit, times_s if data.ndim == 4 else None)


def write_nifti(image: Image, path: Path) -> None:
    """Write an image's values and geometry; quantity and unit have no place in NIfTI."""
    data = image.data.astype(np.uint8) if image.data.dtype == np.bool_ else image.data
    if data.dtype == np.float64:
        data = data.astype(np.float32)
    file = nibabel.Nifti1Image(np.asarray(data), RAS_FROM_LPS @ image.grid.affine, dtype=data.dtype)
    file.header.set_xyzt_units("mm", "sec")
    if image.times_s is not None and len(image.times_s) > 1:
        file.header["pixdim"][4] = float(np.mean(np.diff(image.times_s)))
    nibabel.save(file, path)


def _time_step_s(header: Any, name: str) -> float:
    unit = header.get_xyzt_units()[1] if hasattr(header, "get_xyzt_units") else "unknown"
    if unit not in _SECONDS:
        raise ImpastoError(name, f"its fourth axis is in {unit}, not time", "give a volume, or a time series")
    return float(header.get_zooms()[3]) * _SECONDS[unit]
