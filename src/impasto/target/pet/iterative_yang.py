"""Partial-volume correction with known regions: iterative Yang (Erlandsson et al. 2012).

Yang (1996) multiplies every voxel by the ratio of a piecewise constant image to the same image blurred. The iterative
form takes the regions' means from the corrected image itself, again and again: ``s = sum_i T_i p_i``,
``f <- g s / (h*s)``, with p_i the share of each voxel in region i, T_i the regions' means in f, and h the point spread.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.target.pet.point_spread import gaussian_blur

__all__ = ["iterative_yang"]


def iterative_yang(
    values: RealArray,
    regions: Sequence[RealArray],
    spacing_mm: Sequence[float],
    fwhm_mm: float | Sequence[float],
    iterations: int = 10,
) -> tuple[NDArray[np.float32], FloatArray]:
    """Correct uptake for the point spread, given the regions it is even in.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    regions : sequence of ndarray, shape (i, j, k)
        Share of each voxel in each region, summing to at most 1; what is left is a region of its own, the last.
    spacing_mm : (float, float, float)
    fwhm_mm : float or (float, float, float)
        Full width at half maximum of the point spread.
    iterations : int
        10, as PETPVC (Thomas 2016).

    Returns
    -------
    corrected : ndarray of float32, shape (i, j, k)
    means : ndarray, shape (region,)
        Corrected mean of each region and of what is left (left out where nothing is). Shared voxels count for each of
        their regions: the means are those whose mixture fits the corrected image best.

    Raises
    ------
    ImpastoError
        When a region is empty, shares exceed 1, or the regions cannot be told apart.
    """
    image = np.asarray(values, dtype=np.float32)
    shares = _with_rest(regions, image.shape)
    blur = gaussian_blur(image.shape, spacing_mm, fwhm_mm)
    # least squares: sharing of voxels between regions is solved for (Thomas 2016)
    overlap = np.array([[np.vdot(one, other) for other in shares] for one in shares], dtype=np.float64)
    if np.linalg.cond(overlap) > 1e8:
        raise ImpastoError("iterative Yang", "two regions cannot be told apart", "give regions that differ")
    corrected: NDArray[np.float32] = image
    for _ in range(iterations):
        even = _mixture(shares, _means(shares, overlap, corrected))
        blurred = blur(even)
        safe = np.abs(blurred) > 1e-6 * np.abs(even).max()
        ratio = np.divide(even, blurred, out=np.ones_like(even), where=safe)
        corrected = image * ratio
    return corrected, _means(shares, overlap, corrected)


def _with_rest(regions: Sequence[RealArray], shape: tuple[int, ...]) -> list[NDArray[np.float32]]:
    shares: list[NDArray[np.float32]] = [np.asarray(region, dtype=np.float32) for region in regions]
    for number, share in enumerate(shares):
        if share.shape != shape or not share.any():
            problem = f"region {number + 1} is empty or of another shape than the image"
            raise ImpastoError("iterative Yang", problem, "give shares on the image's voxels")
    rest = np.float32(1.0) - np.sum(shares, axis=0)
    if rest.min() < -1e-4:
        raise ImpastoError("iterative Yang", "regions overlap: their shares exceed 1", "make them exclude each other")
    rest = np.clip(rest, 0.0, 1.0)
    return [*shares, rest] if rest.any() else shares


def _means(shares: list[NDArray[np.float32]], overlap: FloatArray, image: NDArray[np.float32]) -> FloatArray:
    totals = np.array([np.vdot(share, image) for share in shares], dtype=np.float64)
    return np.asarray(np.linalg.solve(overlap, totals), dtype=np.float64)


def _mixture(shares: list[NDArray[np.float32]], means: FloatArray) -> NDArray[np.float32]:
    even = np.zeros_like(shares[0])
    for share, mean in zip(shares, means, strict=True):
        even += np.float32(mean) * share
    return even
