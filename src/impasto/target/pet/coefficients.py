"""Coefficients of the adaptive thresholds: the defaults, and those of a scanner."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_COEFFICIENTS", "AdaptiveCoefficients"]


@dataclass(frozen=True)
class AdaptiveCoefficients:
    """What makes the adaptive thresholds fit a scanner and its reconstruction; T is the threshold in SUV.

    Parameters
    ----------
    nestle_share : float
        T = share * (mean of the voxels above 70 % of the maximum) + background (Nestle 2005).
    black_slope, black_offset_suv : float
        T = slope * (mean inside the contour) + offset (Black 2004).
    schaefer_large, schaefer_small : (float, float)
        T = a * (mean above 70 % of the maximum) + b * background, from and below a diameter of
        `schaefer_border_mm` (Schaefer 2008).
    schaefer_border_mm : float
    daisne_offset, daisne_slope : float
        T / signal = offset + slope / (signal / background); the signal is the mean of the hottest voxel and its eight
        neighbours in the slice (Daisne 2003).
    source : str
        Where the numbers come from.
    """

    nestle_share: float
    black_slope: float
    black_offset_suv: float
    schaefer_large: tuple[float, float]
    schaefer_small: tuple[float, float]
    daisne_offset: float
    daisne_slope: float
    source: str
    schaefer_border_mm: float = 30.0


DEFAULT_COEFFICIENTS = AdaptiveCoefficients(
    nestle_share=0.15,
    black_slope=0.307,
    black_offset_suv=0.588,
    schaefer_large=(0.50, 0.50),
    schaefer_small=(0.67, 0.60),
    daisne_offset=0.42,
    daisne_slope=0.57,
    source="Nestle 2005, Black 2004 and Schaefer 2008 for their scanners; Daisne's rule calibrated here on noise-free "
    "simulated spheres of 15 to 35 mm at 2.5:1 to 12:1 with a point spread of 6 mm",
)
"""What applies until a scanner is calibrated; a threshold calibrated on another scanner errs."""
