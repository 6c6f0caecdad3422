"""Dose painting by contours: nested sub-volumes of a target, each with its own dose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core import DoseGoal, Grid, Image, ImpastoError, Prescription, Structure
from impasto.prescribe.by_numbers import intensity_on
from impasto.prescribe.settings import PrescriptionSettings

__all__ = ["by_contours"]


def by_contours(
    image: Image,
    thresholds: Sequence[float],
    doses_gy: Sequence[float],
    painted: Structure,
    target: Structure,
    grid: Grid,
    settings: PrescriptionSettings,
) -> tuple[Prescription, tuple[Structure, ...]]:
    """Prescribe nested sub-volumes in which an image reaches ascending thresholds.

    Parameters
    ----------
    image : Image
        Three-dimensional; interpolated onto `grid`. Voxels without a value reach no threshold.
    thresholds : sequence of float
        In the image's unit, ascending.
    doses_gy : sequence of float
        One more than thresholds: that of the target, then that of the sub-volume of each threshold.
    painted : Structure
        The sub-volumes are parts of it, for example of the GTV, and of the target.
    target : Structure
        What is treated, for example the PTV.
    grid : Grid
        Voxels of the sub-volumes.
    settings : PrescriptionSettings

    Returns
    -------
    prescription : Prescription
        One goal for each level, the innermost first.
    sub_volumes : tuple of Structure
        One for each threshold, each inside the one before; the prescription names them.

    Raises
    ------
    ImpastoError
        When numbers do not fit or ascend, or no voxel reaches a threshold.
    """
    if len(doses_gy) != len(thresholds) + 1:
        raise ImpastoError(
            settings.name,
            f"{len(doses_gy)} doses for {len(thresholds)} thresholds",
            "give one dose more than thresholds: the target's comes first",
        )
    if np.any(np.diff(thresholds) <= 0.0):
        raise ImpastoError(settings.name, "the thresholds do not ascend", "give them from low to high")
    inside = painted.voxels(grid) & target.voxels(grid)
    intensity = np.full(grid.shape, -np.inf)
    intensity[inside] = np.nan_to_num(intensity_on(image, painted, inside, grid), nan=-np.inf)
    sub_volumes = []
    for level, (threshold, dose_gy) in enumerate(zip(thresholds, doses_gy[1:], strict=True), start=2):
        reached = intensity >= threshold
        if not reached.any():
            raise ImpastoError(
                painted.name, f"no voxel reaches {threshold:g} {image.unit}", "leave that level out or lower it"
            )
        name = f"{painted.name} L{level} {dose_gy:.4g} Gy"
        sub_volumes.append(Structure.from_mask(name, painted.role, reached, grid))
    names = [target.name, *(volume.name for volume in sub_volumes)]
    goals = [DoseGoal(name, dose, dose) for name, dose in zip(names, doses_gy, strict=True)]
    steps = [f"{d:g} Gy from {t:g} {image.unit}" for d, t in zip(doses_gy[1:], thresholds, strict=True)]
    method = (
        f"painting by contours of {painted.name} on {image.quantity}: {', '.join(steps)}; "
        f"{doses_gy[0]:g} Gy elsewhere in {target.name}"
    )
    return settings.prescription(tuple(reversed(goals)), method), tuple(sub_volumes)
