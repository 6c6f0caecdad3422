"""How well a registration is determined, as a map."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from impasto.core import Grid, Image, ImpastoError, Progress, Transform, silent
from impasto.core.arrays import BoolArray
from impasto.register.level import LevelImage, level_image
from impasto.register.linear import Registration
from impasto.register.mattes import climb
from impasto.register.settings import LinearSettings, RegistrationRegions

__all__ = ["LinearUncertainty", "linear_uncertainty", "spread_map"]

_COARSEST_MM = 6.0


@dataclass(frozen=True, eq=False)
class LinearUncertainty:
    """Transforms found without parts of the evidence, and their spread.

    Parameters
    ----------
    replicates : tuple of Transform
        One for each part left out: a robust plan may take them as scenarios.
    error : Image
        Expected target registration error in mm: root mean square of the distance, by the jackknife.
    """

    replicates: tuple[Transform, ...]
    error: Image


def linear_uncertainty(
    images: tuple[Image, Image],
    registration: Registration,
    regions: RegistrationRegions | None = None,
    settings: LinearSettings | None = None,
    parts: int = 8,
    block_mm: float = 30.0,
    progress: Progress = silent,
) -> LinearUncertainty:
    """Estimate the local target registration error of a rigid or affine registration.

    The fixed image is divided into cubes, the cubes at random into parts. The finest level is searched again without
    each part in turn; the delete-a-group jackknife (Kott 2001), ``(K-1)/K sum (T_k p - mean)^2``, turns the spread of
    where a point p goes into a variance. Whole cubes are left out, since what makes two images differ (receive fields,
    distortion, uptake) is correlated over centimetres: single voxels left out would show noise alone.

    It says nothing of errors that all parts share: a wrong optimum, a shift between what two modalities show, or
    motion that no rigid map holds. It is an estimate from K values: some 25 % uncertain itself with eight.

    Parameters
    ----------
    images : tuple of Image
        The fixed and the moving one.
    registration : Registration
        Of these images, affine.
    regions : RegistrationRegions, optional
        As in the registration.
    settings : LinearSettings, optional
        As in the registration; SimpleITK searches whatever the engine was.
    parts : int
        K, two at least.
    block_mm : float
        Edge of the cubes.
    progress : Progress

    Raises
    ------
    ImpastoError
        When the registration is dense, parts are fewer than two, or cubes fewer than parts.
    """
    settings = settings or LinearSettings()
    regions = (regions or RegistrationRegions()).checked(images[0].grid, images[1].grid)
    if not registration.transform.is_affine:
        raise ImpastoError("registration uncertainty", "the transform is dense", "map its forward-backward error")
    level, samples = settings.levels_mm[-1], settings.samples[-1]
    fixed = level_image(images[0], regions.fixed, level, settings.clipped_share)
    moving = level_image(images[1], regions.moving, level, settings.clipped_share)
    part = _parts(fixed, parts, block_mm, settings.seed)
    replicates = []
    for number in range(parts):
        kept = part != number
        without = replace(fixed, region=kept if fixed.region is None else kept & fixed.region)
        drawn = replace(settings, seed=settings.seed + number)
        replicates.append(climb(without, moving, registration.transform, settings.model, samples, drawn))
        progress("registration uncertainty", (number + 1) / parts)
    return LinearUncertainty(tuple(replicates), spread_map(tuple(replicates), images[0].grid))


def spread_map(replicates: tuple[Transform, ...], grid: Grid) -> Image:
    """Jackknife standard error of where points go, root of the sum over components, in mm, on a fixed grid."""
    coarse = grid.with_spacing(np.maximum(grid.spacing_mm, _COARSEST_MM))
    centres = coarse.voxel_centres_mm()
    moved = np.stack([transform.moving_from_fixed(centres) for transform in replicates])
    count = len(replicates)
    variance = (count - 1) / count * np.sum((moved - moved.mean(axis=0)) ** 2, axis=(0, -1))
    error = Image(np.sqrt(variance).astype(np.float32), coarse, "expected registration error", "mm")
    return error.resampled_linear(grid)


def _parts(fixed: LevelImage, parts: int, block_mm: float, seed: int) -> NDArray[np.int64]:
    """Part of each voxel; cubes without any voxel that counts take no part in the draw."""
    if parts < 2:
        raise ImpastoError("registration uncertainty", f"{parts} parts", "give two or more")
    index = np.indices(fixed.grid.shape) * fixed.grid.spacing_mm[:, None, None, None]
    cube = (index // block_mm).astype(np.int64)
    counts = cube.reshape(3, -1).max(axis=1) + 1
    number = (cube[0] * counts[1] + cube[1]) * counts[2] + cube[2]
    counted: BoolArray = np.ones(fixed.grid.shape, dtype=bool) if fixed.region is None else fixed.region
    low, high = float(fixed.values.min()), float(fixed.values.max())
    # cubes of air determine nothing
    used = np.unique(number[counted & (fixed.values > low + 0.1 * (high - low))])
    if len(used) < parts:
        problem = f"{len(used)} cubes of {block_mm:g} mm for {parts} parts"
        raise ImpastoError("registration uncertainty", problem, "make the cubes smaller")
    part = np.full(int(np.prod(counts)), -1, dtype=np.int64)
    part[used] = np.random.default_rng(seed).permutation(np.arange(len(used)) % parts)
    of_voxel: NDArray[np.int64] = part[number]
    return of_voxel
