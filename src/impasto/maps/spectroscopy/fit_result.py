"""What a fit of spectra gives, for all voxels at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["METABOLITE_SUMS", "SpectralFit"]

METABOLITE_SUMS: dict[str, tuple[str, ...]] = {
    "tNAA": ("NAA", "NAAG"),
    "tCho": ("GPC", "PCh", "Cho"),
    "tCr": ("Cr", "PCr"),
    "Ins": ("Ins",),
    "Glx": ("Glu", "Gln"),
    "Lac": ("Lac",),
    "Lip": ("Lip09", "Lip13", "Lip20"),
}
"""Sums that clinical spectroscopy reports, and the basis functions each consists of (those a basis set has)."""


@dataclass(frozen=True, eq=False)
class SpectralFit:
    """Linear-combination fit of many voxels.

    Parameters
    ----------
    names : tuple of str
        The basis functions, M of them.
    amplitudes : ndarray, shape (voxel, M)
        In units of the basis set, never negative.
    covariance : ndarray, shape (voxel, M, M)
        Cramer-Rao bound on the covariance of the amplitudes, at the noise measured in each voxel. Amplitudes that stand
        at zero are known to be held there: among them it is the bound without that constraint.
    shift_hz : ndarray, shape (voxel,)
        Frequency of the voxel relative to the basis set.
    zero_order_phase_rad : ndarray, shape (voxel,)
    first_order_phase_s : ndarray, shape (voxel,)
        Delay whose phase grows linearly with frequency.
    lorentzian_hz, gaussian_hz : ndarray, shape (voxel,)
        Full widths at half maximum by which the basis was broadened.
    fwhm_hz : ndarray, shape (voxel,)
        Full width at half maximum of a singlet as fitted.
    signal_to_noise : ndarray, shape (voxel,)
        Highest point of the fitted metabolites' spectrum over the standard deviation of the noise in it.
    noise : ndarray, shape (voxel,)
        Standard deviation of the noise in the real part of the spectrum, as the unitary-scaled spectrum has it.
    residual : ndarray, shape (voxel,)
        Root mean square of what the fit leaves over the noise: one when nothing but noise is left.
    """

    names: tuple[str, ...]
    amplitudes: FloatArray
    covariance: NDArray[np.floating]
    shift_hz: FloatArray
    zero_order_phase_rad: FloatArray
    first_order_phase_s: FloatArray
    lorentzian_hz: FloatArray
    gaussian_hz: FloatArray
    fwhm_hz: FloatArray
    signal_to_noise: FloatArray
    noise: FloatArray
    residual: FloatArray

    def weights(self, names: Sequence[str]) -> FloatArray:
        """Return one for each basis function among `names`, else zero, shape (M,).

        Raises
        ------
        ImpastoError
            When the fit has none of them.
        """
        weights = np.array([float(name in names) for name in self.names])
        if not weights.any():
            raise ImpastoError(", ".join(names), "is not in the fitted basis set", f"it has: {', '.join(self.names)}")
        return weights

    def total(self, names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Sum of amplitudes, and its standard error from the Cramer-Rao bounds.

        Returns
        -------
        amplitude, standard_error : ndarray, shape (voxel,)
        """
        weights = self._free_weights(self.weights(names))
        variance = self._product(weights, weights)
        return self.amplitudes @ self.weights(names), np.sqrt(np.maximum(variance, 0.0))

    def ratio(self, numerator: Sequence[str], denominator: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        """Ratio of two sums, and its standard error to first order; NaN where the denominator is not positive.

        Returns
        -------
        ratio, standard_error : ndarray, shape (voxel,)
        """
        above, below = self.weights(numerator), self.weights(denominator)
        bottom = self.amplitudes @ below
        bottom = np.where(bottom > 0.0, bottom, np.nan)
        ratio: FloatArray = (self.amplitudes @ above) / bottom
        gradient = (self._free_weights(above) - ratio[:, None] * self._free_weights(below)) / bottom[:, None]
        variance = self._product(gradient, gradient)
        return ratio, np.sqrt(np.maximum(variance, 0.0))

    def covariance_of(self, first: Sequence[str], second: Sequence[str]) -> FloatArray:
        """Covariance of two sums, shape (voxel,)."""
        one, other = self._free_weights(self.weights(first)), self._free_weights(self.weights(second))
        return self._product(one, other)

    def _product(self, one: FloatArray, other: FloatArray) -> FloatArray:
        """Covariance of two weighted sums of amplitudes, shape (voxel,)."""
        along = np.matmul(self.covariance, other.astype(np.float32)[:, :, None])[:, :, 0]
        product: FloatArray = np.einsum("ni,ni->n", one, along)
        return product

    def _free_weights(self, weights: FloatArray) -> FloatArray:
        """Weights of a sum's members that are not held at zero; of all of them where all are held."""
        free = self.amplitudes > 0.0
        some_free = (free & (weights > 0.0)).any(axis=1, keepdims=True)
        return np.where(free | ~some_free, weights, 0.0)
