"""Dose of shots over a whole head: every voxel summed near the shots, interpolated from a coarse sum farther out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core.dose import Dose
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.plan import Shot
from impasto.core.progress import Progress, silent
from impasto.core.resample import resample_linear
from impasto.plan.gammaknife.dose import dose_of_shots, shot_doses_gy
from impasto.plan.gammaknife.head import Head
from impasto.plan.gammaknife.machine import GammaKnife

__all__ = ["wide_dose_of_shots"]


def wide_dose_of_shots(
    shots: Sequence[Shot],
    grid: Grid,
    machine: GammaKnife,
    head: Head,
    near: tuple[Sequence[int], Sequence[int]],
    far_spacing_mm: float = 2.0,
    progress: Progress = silent,
) -> Dose:
    """Dose of shots on a grid that reaches far beyond them, transit included.

    Parameters
    ----------
    shots : sequence of Shot
        In order of delivery.
    grid : Grid
    machine : GammaKnife
    head : Head
    near : tuple of sequences of int
        First and one past the last voxel of the box where every voxel is summed: 15 mm around every shot, or more.
    far_spacing_mm : float
        Of the sum elsewhere. Single beams stand out there, those of the smallest collimator 5 mm wide: between sums
        2 mm apart the dose errs by less than 0.5 % of the largest, between sums 4 mm apart by 1 %.
    progress : Progress

    Raises
    ------
    ImpastoError
        When the box lies outside the grid, or a shot outside the head.
    """
    start, stop = (np.asarray(end, dtype=int) for end in near)
    if np.any(start < 0) or np.any(stop > grid.shape) or np.any(stop <= start):
        raise ImpastoError("dose grid", f"the part from {start} to {stop} is not in it", "choose a part of the grid")
    box = tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))
    gy = np.zeros(grid.shape, dtype=np.float32)
    if (stop - start).tolist() != list(grid.shape):
        progress("dose far from the shots", 0.0)
        gy = _far_gy(shots, grid, machine, head, far_spacing_mm)
    gy[box] = dose_of_shots(shots, grid.cropped(start.tolist(), stop.tolist()), machine, head, True, progress).gy
    return Dose(Image(gy, grid, "dose", "Gy"), fractions=1, label=machine.name)


def _far_gy(
    shots: Sequence[Shot], grid: Grid, machine: GammaKnife, head: Head, spacing_mm: float
) -> NDArray[np.float32]:
    coarse = grid.with_spacing(np.maximum(grid.spacing_mm, spacing_mm))
    centres = coarse.voxel_centres_mm()
    # a voxel outside the head may be a neighbour of one inside: it must not pull its dose to 0
    wanted = ndimage.binary_dilation(head.contains(centres), np.ones((3, 3, 3), dtype=bool))
    sums = np.zeros(coarse.shape, dtype=np.float32)
    sums[wanted] = shot_doses_gy(centres[wanted], shots, machine, head, with_transit=True).sum(axis=0)
    fine = resample_linear(sums, coarse, grid)
    fine[~head.contains(grid.voxel_centres_mm())] = 0.0
    return fine
