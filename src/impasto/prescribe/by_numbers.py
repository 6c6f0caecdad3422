"""Dose painting by numbers: every voxel's dose is a function of its intensity."""

from __future__ import annotations

import numpy as np

from impasto.core import DoseGoal, Image, ImpastoError, Prescription, Structure
from impasto.prescribe.course import Course
from impasto.prescribe.responses import Response

__all__ = ["by_numbers", "prescribed_in"]


def by_numbers(
    course: Course, target: Structure, image: Image, response: Response, without_value_gy: float | None = None
) -> Prescription:
    """Prescribe each voxel of a target the dose that a prescription function gives to its intensity.

    Parameters
    ----------
    course : Course
    target : Structure
    image : Image
        Three-dimensional; covers the target. The dose map lies on its voxels and is interpolated between them:
        resample the image first for finer steps.
    response : Response
        For example :class:`LinearResponse` or :class:`SigmoidResponse`.
    without_value_gy : float, optional
        Dose of voxels whose intensity is NaN; without it they are refused.

    Returns
    -------
    Prescription
        One goal whose lower and upper level are the map.

    Raises
    ------
    ImpastoError
        When the image does not cover the target, or voxels in it have no value and no dose is given for them.

    References
    ----------
    Bentzen SM 2005, Lancet Oncol 6:112; Vanderstraeten B 2006, Phys Med Biol 51:N277.
    """
    painted, missing = prescribed_in(target, image, response, without_value_gy)
    method = (
        f"painting by numbers in {target.name} on {image.quantity}: {response.stated(image.unit)}; "
        f"voxels of {' x '.join(f'{s:g}' for s in image.grid.spacing_mm)} mm{missing}"
    )
    return course.prescription((DoseGoal(target.name, painted, painted),), method)


def prescribed_in(
    target: Structure, image: Image, response: Response, without_value_gy: float | None
) -> tuple[Image, str]:
    """Dose map on the image's voxels, and a clause on the voxels without a value (empty if there are none)."""
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "it has a time axis", "prescribe on one frame or a parameter map")
    _require_cover(target, image)
    dose_gy = response.dose_gy(image.data)
    unknown = ~np.isfinite(dose_gy)
    count = int(np.count_nonzero(unknown & (target.occupancy(image.grid) > 0.0)))
    if count and without_value_gy is None:
        raise ImpastoError(
            image.quantity,
            f"{count} voxels in {target.name} have no value",
            "give without_value_gy, the dose that they are to receive",
        )
    low_gy, _ = response.dose_range_gy
    dose_gy[unknown] = low_gy if without_value_gy is None else without_value_gy
    clause = f"; {count} voxels without a value: {without_value_gy:g} Gy" if count else ""
    return image.with_data(dose_gy.astype(np.float32), "prescribed dose", "Gy"), clause


def _require_cover(target: Structure, image: Image) -> None:
    bounds = target.bounds_mm()
    corners = np.stack(np.meshgrid(*bounds.T, indexing="ij"), axis=-1).reshape(-1, 3)
    index = image.grid.index_from_world(corners)
    # for turned grids the corners of the box may stick out where the structure does not
    slack = 0.5 + (0.01 if image.grid.is_axis_aligned else 1.0)
    if np.any(index.min(axis=0) < -slack) or np.any(index.max(axis=0) > np.array(image.grid.shape) - 1 + slack):
        raise ImpastoError(
            target.name, f"it reaches beyond the {image.quantity}", "crop it to the image, or prescribe on a larger one"
        )
