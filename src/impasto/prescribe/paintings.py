"""Prescription functions: image intensity to prescribed dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from impasto.core import Image, ImpastoError, Structure
from impasto.core.arrays import FloatArray, RealArray

__all__ = ["LinearPainting", "Painting", "SigmoidPainting", "linear_dose_gy", "sigmoid_dose_gy"]


class Painting(Protocol):
    """A prescription function with its settings."""

    @property
    def dose_low_gy(self) -> float:
        """Dose far below the intensities that matter: that of a target's unpainted part."""

    def dose_gy(self, intensity: RealArray) -> FloatArray:
        """Prescribed dose of each intensity in Gy."""

    def describe(self, unit: str) -> str:
        """Name the function and every setting, intensities in `unit`."""


def linear_dose_gy(
    intensity: RealArray, intensity_range: tuple[float, float], dose_range_gy: tuple[float, float]
) -> FloatArray:
    """Dose that rises linearly between two points and is constant beyond them.

    D(I) = D_low + (D_high - D_low) (I - I_low) / (I_high - I_low), clipped (Vanderstraeten 2006, Bentzen 2005).

    Parameters
    ----------
    intensity : ndarray
    intensity_range : tuple of float
        I_low and I_high.
    dose_range_gy : tuple of float
        D_low at I_low and D_high at I_high.

    Returns
    -------
    ndarray, same shape
        NaN where the intensity is NaN.

    Examples
    --------
    >>> linear_dose_gy(np.array([1.0, 6.0, 20.0]), (2.0, 10.0), (60.0, 72.0)).tolist()
    [60.0, 66.0, 72.0]
    """
    (low, high), (dose_low, dose_high) = intensity_range, dose_range_gy
    share = np.clip((np.asarray(intensity, dtype=np.float64) - low) / (high - low), 0.0, 1.0)
    # in this form both ends are met exactly
    dose: FloatArray = dose_low * (1.0 - share) + dose_high * share
    return dose


def sigmoid_dose_gy(
    intensity: RealArray, midpoint: float, width: float, dose_range_gy: tuple[float, float]
) -> FloatArray:
    """Dose that rises along a logistic curve.

    D(I) = D_low + (D_high - D_low) / (1 + exp(-(I - I_50) / w)): the sigmoid among the prescription functions that
    Bowen 2009 compared. The steepest slope, at I_50, is (D_high - D_low) / (4 w).

    Parameters
    ----------
    intensity : ndarray
    midpoint : float
        I_50, where the dose is half way.
    width : float
        w, in the intensity's unit; from I_50 - 3 w to I_50 + 3 w the dose covers 90 % of its range.
    dose_range_gy : tuple of float
        D_low and D_high, both approached but not met.

    Returns
    -------
    ndarray, same shape
        NaN where the intensity is NaN.

    Examples
    --------
    >>> sigmoid_dose_gy(np.array([6.0]), 6.0, 1.0, (60.0, 72.0)).tolist()
    [66.0]
    """
    scaled = np.clip((np.asarray(intensity, dtype=np.float64) - midpoint) / width, -500.0, 500.0)
    share = 1.0 / (1.0 + np.exp(-scaled))
    dose: FloatArray = dose_range_gy[0] * (1.0 - share) + dose_range_gy[1] * share
    return dose


@dataclass(frozen=True)
class LinearPainting:
    """A linear prescription function; see :func:`linear_dose_gy`.

    Parameters
    ----------
    intensity_low, intensity_high : float
        Between these the dose changes.
    dose_low_gy, dose_high_gy : float
        Dose over the course at and beyond each of them; `dose_low_gy` may be the higher one, for images in which
        low values are aggressive (diffusion).

    Raises
    ------
    ImpastoError
        When the intensities do not ascend.
    """

    intensity_low: float
    intensity_high: float
    dose_low_gy: float
    dose_high_gy: float

    def __post_init__(self) -> None:
        if not (
            np.isfinite([self.intensity_low, self.intensity_high]).all() and self.intensity_low < self.intensity_high
        ):
            raise ImpastoError(
                "linear prescription function",
                f"intensity_low {self.intensity_low:g} is not below intensity_high {self.intensity_high:g}",
                "give two ascending intensities",
            )

    @classmethod
    def from_percentile(
        cls, image: Image, target: Structure, dose_range_gy: tuple[float, float], percent: float, low_share: float
    ) -> LinearPainting:
        """Take the intensities from the image inside the target.

        I_high is a percentile of the voxels at least half inside, I_low a share of I_high; Vanderstraeten 2006 used
        the 95th percentile and a quarter of it.

        Raises
        ------
        ImpastoError
            When the target holds no voxel with a value.
        """
        inside = image.data[target.voxels(image.grid)]
        inside = inside[np.isfinite(inside)]
        if not inside.size:
            raise ImpastoError(target.name, f"it holds no voxel of the {image.quantity}", "check that both overlap")
        high = float(np.percentile(inside, percent))
        return cls(low_share * high, high, *dose_range_gy)

    def dose_gy(self, intensity: RealArray) -> FloatArray:
        """Prescribed dose of each intensity in Gy."""
        return linear_dose_gy(
            intensity, (self.intensity_low, self.intensity_high), (self.dose_low_gy, self.dose_high_gy)
        )

    def describe(self, unit: str) -> str:
        """Name the function and every setting, intensities in `unit`."""
        return (
            f"linear from {self.dose_low_gy:g} Gy at {self.intensity_low:g} {unit} "
            f"to {self.dose_high_gy:g} Gy at {self.intensity_high:g} {unit}, clipped"
        )


@dataclass(frozen=True)
class SigmoidPainting:
    """A logistic prescription function; see :func:`sigmoid_dose_gy`.

    Parameters
    ----------
    intensity_half : float
        Intensity at which the dose is half way.
    intensity_width : float
        In the intensity's unit, positive.
    dose_low_gy, dose_high_gy : float
        Dose over the course far below and far above `intensity_half`.

    Raises
    ------
    ImpastoError
        When the width is not positive.
    """

    intensity_half: float
    intensity_width: float
    dose_low_gy: float
    dose_high_gy: float

    def __post_init__(self) -> None:
        if not (np.isfinite(self.intensity_half) and 0.0 < self.intensity_width < np.inf):
            raise ImpastoError(
                "sigmoid prescription function",
                f"intensity_half {self.intensity_half:g} and intensity_width {self.intensity_width:g}",
                "give a finite intensity_half and a positive intensity_width",
            )

    def dose_gy(self, intensity: RealArray) -> FloatArray:
        """Prescribed dose of each intensity in Gy."""
        return sigmoid_dose_gy(
            intensity, self.intensity_half, self.intensity_width, (self.dose_low_gy, self.dose_high_gy)
        )

    def describe(self, unit: str) -> str:
        """Name the function and every setting, intensities in `unit`."""
        return (
            f"logistic from {self.dose_low_gy:g} to {self.dose_high_gy:g} Gy "
            f"with midpoint {self.intensity_half:g} {unit} and width {self.intensity_width:g} {unit}"
        )
