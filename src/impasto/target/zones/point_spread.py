"""How a scanner's voxels see the tissue around them: point spreads that factor along the grid's axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from scipy.special import ndtr

from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray

__all__ = ["GaussianSpread", "PhaseEncodedSpread", "PointSpread"]

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
_HAMMING = 0.54
_SAME = 1e-9


class PointSpread(Protocol):
    """What the sharpening of a map needs to know of its acquisition."""

    def response(self, apart: FloatArray, width: float, spacing_mm: float, axis: int) -> FloatArray:
        """Weight of a fine cell in a voxel.

        Parameters
        ----------
        apart : ndarray
            From the cell's centre to the voxel's, in voxels.
        width : float
            Of the cell, in voxels.
        spacing_mm : float
            Of the voxels along this axis.
        axis : int

        Returns
        -------
        ndarray, as `apart`
            The sum over all cells is one.
        """

    def noise_correlation(self, apart: FloatArray, axis: int) -> FloatArray:
        """Correlation between the noise of voxels so many voxels apart along an axis."""

    def reach_voxels(self, spacing_mm: float, axis: int) -> float:
        """Beyond so many voxels the response may be left out."""


@dataclass(frozen=True)
class PhaseEncodedSpread:
    """Point spread of phase encoding: as many steps through k-space as voxels across, filtered or not.

    Weights of the steps are ``a + (1 - a) cos(2 pi k / N)``, `a` .54 for Hamming's filter and 1 for none; their
    transform is the point spread: 1.9 voxels wide at half maximum with the filter along each axis, 1.2 without, and it
    swings below zero. Noise passes the same filter, so that of neighbours is correlated.

    Parameters
    ----------
    matrix : (int, int, int)
        Steps acquired along the axes of the map's grid, which may have more voxels (zero filling).
    voxels : (int, int, int)
        Voxels of the map's grid across the encoded field of view.
    filter : {"hamming", "none"}
        Applied to k-space by the reconstruction.
    unfiltered_error : float
        Share, along each axis, of the error that no filter passed: what a fit gets wrong in each voxel by itself, as
        baseline and line shape. Without it the high frequencies of a filtered map, where the filter left neither
        signal nor noise, seem known, and a deconvolution trusts them.

    Raises
    ------
    ImpastoError
        When there are more steps than voxels, or none.
    """

    matrix: tuple[int, int, int]
    voxels: tuple[int, int, int]
    filter: Literal["hamming", "none"] = "hamming"
    unfiltered_error: float = 0.0

    def __post_init__(self) -> None:
        if min(self.matrix) < 1 or any(m > v for m, v in zip(self.matrix, self.voxels, strict=True)):
            problem = f"{self.matrix} phase-encoding steps for {self.voxels} voxels"
            raise ImpastoError("point spread", problem, "give 1 or more along each axis, at most the voxels")

    def response(self, apart: FloatArray, width: float, spacing_mm: float, axis: int) -> FloatArray:
        """See :class:`PointSpread`."""
        steps, weights = self._steps(axis)
        per_field = steps / self.voxels[axis]
        # a cell is a box, whose own transform is a sinc
        weights = weights * np.sinc(per_field * width) * width / self.voxels[axis]
        return self._waves(apart, per_field, weights)

    def noise_correlation(self, apart: FloatArray, axis: int) -> FloatArray:
        """See :class:`PointSpread`."""
        steps, weights = self._steps(axis)
        filtered = self._waves(apart, steps / self.voxels[axis], weights**2 / np.sum(weights**2))
        return (1.0 - self.unfiltered_error) * filtered + self.unfiltered_error * (np.abs(apart) < _SAME)

    def reach_voxels(self, spacing_mm: float, axis: int) -> float:
        """See :class:`PointSpread`; filtered side lobes are below 1 % of the peak from here on."""
        return (2.0 if self.filter == "hamming" else 3.0) * self.voxels[axis] / self.matrix[axis]

    def _steps(self, axis: int) -> tuple[FloatArray, FloatArray]:
        """Return steps symmetric about zero; the outermost of an even number is shared between both ends."""
        count = self.matrix[axis]
        reach = count // 2
        steps = np.arange(-reach, reach + 1, dtype=np.float64)
        constant = _HAMMING if self.filter == "hamming" else 1.0
        weights = constant + (1.0 - constant) * np.cos(2.0 * np.pi * steps / count)
        if count % 2 == 0:
            weights[[0, -1]] /= 2.0
        return steps, weights

    @staticmethod
    def _waves(apart: FloatArray, frequencies: FloatArray, weights: FloatArray) -> FloatArray:
        waves: FloatArray = np.cos(2.0 * np.pi * np.multiply.outer(apart, frequencies)) @ weights
        return waves


@dataclass(frozen=True)
class GaussianSpread:
    """A Gaussian point spread with independent noise in every voxel.

    Parameters
    ----------
    fwhm_mm : (float, float, float)
        Full width at half maximum along the axes of the map's grid.

    Raises
    ------
    ImpastoError
        When a width is not positive.
    """

    fwhm_mm: tuple[float, float, float]

    def __post_init__(self) -> None:
        if not min(self.fwhm_mm) > 0.0:
            raise ImpastoError("point spread", f"widths of {self.fwhm_mm} mm", "give widths above 0")

    def response(self, apart: FloatArray, width: float, spacing_mm: float, axis: int) -> FloatArray:
        """See :class:`PointSpread`."""
        sigma = self.fwhm_mm[axis] / _FWHM_PER_SIGMA / spacing_mm
        weights: FloatArray = ndtr((apart + width / 2.0) / sigma) - ndtr((apart - width / 2.0) / sigma)
        return weights

    def noise_correlation(self, apart: FloatArray, axis: int) -> FloatArray:
        """See :class:`PointSpread`."""
        return (np.abs(apart) < _SAME).astype(np.float64)

    def reach_voxels(self, spacing_mm: float, axis: int) -> float:
        """See :class:`PointSpread`."""
        return 1.3 * self.fwhm_mm[axis] / spacing_mm
