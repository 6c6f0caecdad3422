"""A scanner's voxels as weighted means over finer ones: point spread and voxel size in one step."""

from __future__ import annotations

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from impasto.core.arrays import FloatArray, IntArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.threads import threads_for

__all__ = ["separable_average"]

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
_REACH_SIGMA = 3.3

_Single = NDArray[np.float32]


def separable_average(
    grid: Grid, onto: Grid, fwhm_mm: tuple[float, float, float]
) -> Callable[[RealArray], NDArray[np.float32]]:
    """Prepare the mean over a Gaussian point spread around each voxel centre of a coarser grid.

    The Gaussian, cut at 3.3 standard deviations, is integrated over the fine voxels, so a constant stays constant;
    what lies outside the fine grid counts as zero.

    Parameters
    ----------
    grid : Grid
        Of the values to average.
    onto : Grid
        Its axes run along those of `grid`.
    fwhm_mm : (float, float, float)
        Full width at half maximum along the axes of `onto`, above 0.

    Returns
    -------
    callable
        Takes values of shape `grid.shape`, gives float32 of shape `onto.shape`.

    Raises
    ------
    ImpastoError
        When the grids are oblique to each other or a width is not positive.
    """
    step = np.linalg.inv(grid.affine) @ onto.affine
    along = np.diag(step)[:3]
    if np.abs(step[:3, :3] - np.diag(along)).max() > 1e-4 * np.abs(along).min():
        raise ImpastoError("scanner grid", "its axes do not run along the anatomy's", "give one that is not oblique")
    if not min(fwhm_mm) > 0.0:
        raise ImpastoError("point spread", f"widths of {fwhm_mm} mm", "give widths above 0, about one voxel")
    sigma = np.asarray(fwhm_mm) / _FWHM_PER_SIGMA / grid.spacing_mm
    axes = []
    for axis in range(3):
        centres = step[axis, 3] + along[axis] * np.arange(onto.shape[axis])
        axes.append(_weights(centres, sigma[axis], grid.shape[axis]))

    def average(values: RealArray) -> NDArray[np.float32]:
        part = np.ascontiguousarray(values, dtype=np.float32)
        for axis, (first, weights) in enumerate(axes):
            shape = part.shape
            layers = part.reshape(int(np.prod(shape[:axis])), shape[axis], -1)
            coarse = np.zeros((layers.shape[0], len(first), layers.shape[2]), dtype=np.float32)
            with threads_for(layers.size):
                _average_along(layers, first, weights, coarse)
            part = coarse.reshape(*shape[:axis], len(first), *shape[axis + 1 :])
        return part

    return average


def _weights(centres: FloatArray, sigma: float, count: int) -> tuple[IntArray, _Single]:
    """First fine voxel that each centre reaches, and the Gaussian's share in it and those after; all in voxels."""
    reach = int(np.ceil(_REACH_SIGMA * sigma + 0.5))
    first = np.floor(centres).astype(np.int64) - reach
    edges = first[:, None] + np.arange(2 * reach + 3) - 0.5
    shares = np.diff(ndtr((edges - centres[:, None]) / sigma), axis=1)
    shares /= shares.sum(axis=1, keepdims=True)
    index = first[:, None] + np.arange(shares.shape[1])
    shares[(index < 0) | (index >= count)] = 0.0
    return first, shares.astype(np.float32)


@numba.njit(parallel=True, cache=True)
def _average_along(layers: _Single, first: IntArray, weights: _Single, coarse: _Single) -> None:
    for item in numba.prange(coarse.shape[0] * coarse.shape[1]):
        layer, place = item // coarse.shape[1], item % coarse.shape[1]
        for tap in range(weights.shape[1]):
            weight = weights[place, tap]
            if weight > 0.0:
                source = first[place] + tap
                for inner in range(coarse.shape[2]):
                    coarse[layer, place, inner] += weight * layers[layer, source, inner]
