"""Partial-volume correction of whole images: without anatomy, or with the structures uptake is even in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.image import Image
from impasto.core.progress import Progress, silent
from impasto.core.structures import Structure
from impasto.target.pet.deconvolution import richardson_lucy
from impasto.target.pet.iterative_yang import iterative_yang
from impasto.target.pet.scanner import PetScanner

__all__ = ["corrected_by_structures", "deconvolved"]


def deconvolved(image: Image, scanner: PetScanner, iterations: int = 10, progress: Progress = silent) -> Image:
    """Deconvolve a PET image by Richardson-Lucy; see :func:`~impasto.target.pet.deconvolution.richardson_lucy`.

    Raises
    ------
    ImpastoError
        When the image has a time axis.
    """
    _check(image)
    spacing = tuple(image.grid.spacing_mm)
    return image.with_data(richardson_lucy(image.data, spacing, scanner.fwhm_mm, iterations, progress))


def corrected_by_structures(
    image: Image, structures: Sequence[Structure], scanner: PetScanner, iterations: int = 10
) -> tuple[Image, dict[str, float]]:
    """Correct a PET image by iterative Yang, uptake being even in each structure and in what is left.

    Structures take precedence in the order given: a voxel's share in a later one is what earlier ones leave.

    Returns
    -------
    corrected : Image
    means : dict of str to float
        Corrected mean uptake of each structure, and of ``"elsewhere"``, in the image's unit.

    Raises
    ------
    ImpastoError
        When the image has a time axis, no structure is given, or one has no voxel of its own.
    """
    _check(image)
    if not structures:
        raise ImpastoError("iterative Yang", "no structure is given", "name the lesion, or delineate it first")
    left = np.ones(image.grid.shape)
    regions: list[FloatArray] = []
    for structure in structures:
        share = np.minimum(structure.occupancy(image.grid), left)
        if not share.any():
            raise ImpastoError(structure.name, "no voxel of the image is its own", "leave it out or list it earlier")
        regions.append(share)
        left = left - share
    corrected, means = iterative_yang(image.data, regions, tuple(image.grid.spacing_mm), scanner.fwhm_mm, iterations)
    names = [*(structure.name for structure in structures), "elsewhere"]
    return image.with_data(corrected), {name: float(mean) for name, mean in zip(names, means, strict=False)}


def _check(image: Image) -> None:
    if image.data.ndim != 3:
        raise ImpastoError(image.quantity, "it has a time axis", "choose a frame, or average over time")
