"""Voxels that have no counterpart in the other image: resected, necrotic, newly grown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Grid, Transform
from impasto.core.arrays import BoolArray
from impasto.core.resample import resample_linear, resample_nearest, sample_linear
from impasto.register.deformable.search import search_displacement
from impasto.register.deformable.settings import AbsenceSettings, DeformableSettings
from impasto.register.inconsistency import forward_backward_map
from impasto.register.level import LevelImage

__all__ = ["absent_voxels", "grown", "on_grid", "probing_searches"]

Volume = NDArray[np.float32]
Levels = Sequence[tuple[LevelImage, LevelImage]]

_PROBE_STIFFNESS, _PROBE_DAMPING = 2.0, 0.0012
_BACKGROUND_SHARE = 0.1
_DIFFERENCE_CUBE_VOXELS = 3
_MEDIAN_TO_SD = 1.4826


def probing_searches(
    levels: Levels, start: Transform, settings: DeformableSettings, absence: AbsenceSettings
) -> tuple[Transform, Transform]:
    """Search forward and backward softly, following all evidence.

    A careful search trusts only what correlates and bridges the rest smoothly, both ways alike: it comes home even
    where nothing corresponds. One that must explain every difference goes astray there, each way differently.
    """
    # down to the first level that is fine enough
    coarse = levels[: 1 + sum(size > absence.probe_mm for size in settings.levels_mm)]
    soft = replace(settings, stiffness_voxels=_PROBE_STIFFNESS, damping=_PROBE_DAMPING)
    back = start.inverse()
    forward = search_displacement(coarse, start, None, soft, follows_all=True)
    backward = search_displacement([(b, a) for a, b in coarse], back, None, soft, follows_all=True)
    return Transform(start.matrix, "probe", forward), Transform(back.matrix, "probe", backward)


def absent_voxels(
    level: tuple[LevelImage, LevelImage],
    transform: Transform,
    probes: tuple[Transform, Transform],
    absence: AbsenceSettings,
) -> BoolArray:
    """Find the voxels of the fixed image that have no counterpart in the moving one.

    After Mok and Chung (2022): the forward-backward error, smoothed, above its level elsewhere by a margin. Their level
    is the mean; ours the median, that a large cavity does not raise. Their error comes from one network; ours from two
    soft searches, and since their going astray drags neighbours along, the intensities must differ as well once the
    registration has brought the images together.

    Parameters
    ----------
    level : tuple of LevelImage
        Fixed and moving image.
    transform : Transform
        The registration's.
    probes : tuple of Transform
        Of :func:`probing_searches`, forward and backward.
    absence : AbsenceSettings

    Returns
    -------
    ndarray of bool, shape of the fixed level image
    """
    fixed, moving = level
    points = transform.moving_from_fixed(fixed.grid.voxel_centres_mm())
    seen = sample_linear(moving.values, moving.grid, points).astype(np.float32)
    reached = ~np.isnan(seen)
    seen = np.where(reached, seen, np.float32(0.0))
    tissue = reached & (_foreground(fixed.values) | (_foreground(moving.values, seen)))
    if fixed.region is not None:
        tissue &= fixed.region
    if not tissue.any():
        return np.zeros(fixed.grid.shape, dtype=bool)
    error = _mean_in(_error_mm(probes, fixed.grid), tissue, absence.smoothing_mm / fixed.grid.spacing_mm)
    absent: BoolArray = tissue & (error > float(np.median(error[tissue])) + absence.inconsistency_mm)
    if absence.difference > 0.0:
        absent &= _difference(fixed, seen, tissue, absence) > absence.difference
    return _islands(absent, fixed.grid, absence.least_ml)


def grown(mask: BoolArray, grid: Grid, by_mm: float) -> BoolArray:
    """Voxels within a distance of a mask."""
    if not mask.any():
        return mask
    near: BoolArray = ndimage.distance_transform_edt(~mask, sampling=grid.spacing_mm) <= by_mm
    return near


def on_grid(mask: BoolArray, grid: Grid, onto: Grid) -> BoolArray:
    """Bring a mask to another grid of the same frame."""
    inside: BoolArray = resample_linear(mask.astype(np.float32), grid, onto) >= 0.5
    if mask.any() and not inside.any():
        inside = resample_nearest(mask, grid, onto)
    return inside


def _foreground(values: Volume, seen: Volume | None = None) -> BoolArray:
    low, high = float(values.min()), float(values.max())
    above: BoolArray = (values if seen is None else seen) > low + _BACKGROUND_SHARE * (high - low)
    return above


def _error_mm(probes: tuple[Transform, Transform], onto: Grid) -> Volume:
    field = probes[0].displacement
    assert field is not None
    error = forward_backward_map(probes[0], probes[1], field.grid)
    return resample_linear(error.data, field.grid, onto)


def _mean_in(values: Volume, inside: BoolArray, sigma_voxels: NDArray[np.float64]) -> Volume:
    """Gaussian mean that takes no part of what lies outside a mask."""
    share = ndimage.gaussian_filter(inside.astype(np.float32), sigma_voxels)
    total: Volume = ndimage.gaussian_filter(values * inside, sigma_voxels)
    return np.asarray(total / np.maximum(share, np.float32(1e-3)), dtype=np.float32)


def _difference(fixed: LevelImage, seen: Volume, tissue: BoolArray, absence: AbsenceSettings) -> Volume:
    """Absolute difference in standard deviations, the moving image scaled to the fixed one place by place.

    The median over a cube: a mean would spread what is absent over its rim.
    """
    sigma = absence.receive_field_mm / fixed.grid.spacing_mm
    inside = tissue.astype(np.float32)
    product = ndimage.gaussian_filter(inside * fixed.values * seen, sigma)
    energy = ndimage.gaussian_filter(inside * seen * seen, sigma)
    residual = fixed.values - product / np.maximum(energy, np.float32(1e-6) * energy.max()) * seen
    spread = max(_MEDIAN_TO_SD * float(np.median(np.abs(residual[tissue]))), 1e-12)
    difference = ndimage.median_filter(np.abs(residual), _DIFFERENCE_CUBE_VOXELS) / np.float32(spread)
    return np.asarray(difference, dtype=np.float32)


def _islands(mask: BoolArray, grid: Grid, least_ml: float) -> BoolArray:
    labels, count = ndimage.label(mask)
    if not count:
        return mask
    volume = np.bincount(labels.ravel()) * grid.voxel_volume_ml
    volume[0] = 0.0
    kept: BoolArray = (volume >= max(least_ml, 1e-12))[labels]
    return kept
