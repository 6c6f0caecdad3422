"""How bright normal brain is at each place, and how much brighter contrast agent made it.

Coil sensitivity lets the same tissue look brighter here than there. The level of normal tissue is a wide Gaussian mean
over the brain, without voxels that differ from it (lesions, fluid, vessels), repeated until it holds still.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from impasto.core import Grid, ImpastoError
from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.resample import resample_linear

__all__ = ["contrast_enhancement", "relative_signal", "upper_spread"]

_COARSE_MM = 4.0
_WIDTH_MM = 25.0
_ROUNDS = 5
_FIT_VOXELS = 200_000


def relative_signal(
    values: RealArray, brain: BoolArray, grid: Grid, normal_range: tuple[float, float] = (0.75, 1.25)
) -> NDArray[np.float32]:
    """Signal as a multiple of normal brain at the same place: 1 is normal.

    Parameters
    ----------
    values : ndarray, shape of the grid
        Positive in brain, arbitrary unit.
    brain : ndarray of bool
    grid : Grid
    normal_range : tuple of float
        Multiples of the level between which a voxel counts as normal.

    Raises
    ------
    ImpastoError
        When the brain has no signal.
    """
    whole = float(np.median(values[brain])) if brain.any() else 0.0
    if not whole > 0.0:
        raise ImpastoError("lesion images", "the brain has no positive signal", "check the image and the brain mask")
    scaled = np.asarray(values, dtype=np.float32) / np.float32(whole)
    return scaled / _level(scaled, brain, grid, normal_range)


def contrast_enhancement(t1: RealArray, t1c: RealArray, brain: BoolArray) -> NDArray[np.float32]:
    """Signal that contrast agent added, as a multiple of normal brain after contrast.

    What T1c would be without enhancement is the median T1c of brain voxels of the same T1 signal: scanners rescale
    each series, and sequences before and after contrast may differ.

    Parameters
    ----------
    t1, t1c : ndarray, shape of the grid
        Relative signals of :func:`relative_signal`.
    brain : ndarray of bool

    Returns
    -------
    ndarray of float32
        About 0 in normal brain.
    """
    before, after = t1[brain], t1c[brain]
    step = max(1, before.size // _FIT_VOXELS)
    before, after = before[::step], after[::step]
    edges = np.unique(np.quantile(before, np.linspace(0.005, 0.995, 41)))
    place = np.digitize(before, edges)
    found = [(np.median(before[place == n]), np.median(after[place == n])) for n in range(1, len(edges))]
    x, y = np.array(found).T if found else np.array([[1.0], [1.0]])
    return np.asarray(t1c - np.interp(t1, x, y), dtype=np.float32)


def upper_spread(values: RealArray, brain: BoolArray) -> float:
    """Judge the standard deviation of normal brain from its brighter side: fluid lies on the other."""
    low, high = np.quantile(values[brain], [0.5, 0.75])
    return float(high - low) / 0.6745


def _level(values: RealArray, brain: BoolArray, grid: Grid, normal_range: tuple[float, float]) -> NDArray[np.float32]:
    parts = np.maximum(1, np.round(_COARSE_MM / grid.spacing_mm)).astype(int)
    count = _block_sum(brain.astype(np.float32), parts)
    mean = _block_sum(np.where(brain, values, np.float32(0.0)), parts) / np.maximum(count, 1.0)
    width = _WIDTH_MM / (grid.spacing_mm * parts)
    level = np.ones_like(mean)
    for _ in range(_ROUNDS):
        normal = (mean > normal_range[0] * level) & (mean < normal_range[1] * level)
        weight = np.where(normal, count, 0.0)
        share = ndimage.gaussian_filter(weight, width)
        # far from any normal tissue the level of the whole brain holds
        level = (ndimage.gaussian_filter(weight * mean, width) + 1e-4) / (share + 1e-4)
    return np.maximum(resample_linear(level, _coarse_grid(grid, parts, level.shape), grid, outside=1.0), 0.1)


def _block_sum(values: RealArray, parts: NDArray[np.int_]) -> FloatArray:
    padded = np.pad(values, [(0, int(-n % p)) for n, p in zip(values.shape, parts, strict=True)])
    shape = np.ravel([(n // p, p) for n, p in zip(padded.shape, parts, strict=True)])
    total: FloatArray = padded.reshape(shape).sum(axis=(1, 3, 5), dtype=np.float64)
    return total


def _coarse_grid(grid: Grid, parts: NDArray[np.int_], shape: tuple[int, ...]) -> Grid:
    affine = grid.affine.copy()
    affine[:3, :3] = grid.affine[:3, :3] * parts
    affine[:3, 3] = grid.world_from_index((parts - 1) / 2)
    return Grid((shape[0], shape[1], shape[2]), affine)
