"""A uniform sphere seen through a Gaussian point spread, in closed form, and the threshold that gives it back.

Relative to its uptake above the background a sphere of radius R blurred by a Gaussian of standard deviation s has at
distance r from its centre

    c(r) = [erf(a) + erf(b)] / 2 - w [exp(-a^2) - exp(-b^2)] / (2 sqrt(pi) r)

with a = (R - r) / w, b = (R + r) / w and w = sqrt(2) s (Hofheinz 2010). The contour at c(R) encloses the true volume;
as a share of what is measured at the centre it depends on diameter and point spread alone, not on the background
(van Dalen 2007, Hofheinz 2010).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erf

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.target.pet.point_spread import FWHM_PER_SIGMA

__all__ = ["blurred_sphere", "relative_threshold_level"]


def blurred_sphere(distance_mm: ArrayLike, diameter_mm: float, fwhm_mm: float) -> FloatArray:
    """Profile of a blurred sphere of uptake 1 without background.

    Parameters
    ----------
    distance_mm : array_like
        From the centre, 0 or more.
    diameter_mm, fwhm_mm : float
        Of the sphere and of the point spread.

    Returns
    -------
    ndarray, shape of `distance_mm`

    Raises
    ------
    ImpastoError
        When diameter or point spread is not positive.

    Examples
    --------
    >>> blurred_sphere([0.0, 50.0], diameter_mm=100.0, fwhm_mm=5.0).round(2).tolist()
    [1.0, 0.48]
    """
    if not (diameter_mm > 0.0 and fwhm_mm > 0.0):
        raise ImpastoError("sphere", "its diameter or the point spread is not positive", "give both in mm")
    radius, width = 0.5 * diameter_mm, np.sqrt(2.0) * fwhm_mm / FWHM_PER_SIGMA
    # the limit at the centre is finite, but its terms are not
    r = np.maximum(np.asarray(distance_mm, dtype=np.float64), 1e-4 * width)
    near, far = (radius - r) / width, (radius + r) / width
    filled = 0.5 * (erf(near) + erf(far))
    spilt = 0.5 * width / (np.sqrt(np.pi) * r) * (np.exp(-(near**2)) - np.exp(-(far**2)))
    profile: FloatArray = filled - spilt
    return profile


def relative_threshold_level(diameter_mm: float, fwhm_mm: float, window_mm: float = 0.0) -> float:
    """Level whose contour encloses the true volume, as a share of the uptake at the centre, both above background.

    Parameters
    ----------
    diameter_mm, fwhm_mm : float
        Of the sphere and of the point spread.
    window_mm : float
        Full width at half maximum of a Gaussian over which the uptake at the centre is averaged; 0 takes the
        centre's own value.

    Returns
    -------
    float

    Examples
    --------
    >>> round(relative_threshold_level(13.0, fwhm_mm=6.0), 2), round(relative_threshold_level(37.0, fwhm_mm=6.0), 2)
    (0.38, 0.45)
    """
    edge = float(blurred_sphere(0.5 * diameter_mm, diameter_mm, fwhm_mm))
    centre = float(blurred_sphere(0.0, diameter_mm, float(np.hypot(fwhm_mm, window_mm))))
    return edge / centre
