"""What a delineation must know of the scanner: its point spread and what was calibrated on it."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.errors import ImpastoError
from impasto.target.pet.coefficients import DEFAULT_COEFFICIENTS, AdaptiveCoefficients

__all__ = ["PetScanner"]


@dataclass(frozen=True)
class PetScanner:
    """One scanner with one reconstruction.

    Parameters
    ----------
    fwhm_mm : float
        Full width at half maximum of the point spread of the reconstructed image, post-filter included.
    coefficients : AdaptiveCoefficients
        Of the adaptive thresholds.

    Raises
    ------
    ImpastoError
        When the point spread is not positive.
    """

    fwhm_mm: float
    coefficients: AdaptiveCoefficients = DEFAULT_COEFFICIENTS

    def __post_init__(self) -> None:
        if not self.fwhm_mm > 0.0:
            problem = f"a point spread of {self.fwhm_mm:g} mm"
            raise ImpastoError("PET scanner", problem, "give its full width at half maximum, such as 6 mm")
