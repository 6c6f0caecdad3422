"""What a linear-combination fit is told."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.errors import ImpastoError
from impasto.maps.spectroscopy.amplitude_ratios import BRAIN_RATIOS, UsualRatio

__all__ = ["FitSettings"]


@dataclass(frozen=True)
class FitSettings:
    """Settings of a linear-combination fit; each changes numbers, so each is kept with the result.

    Parameters
    ----------
    range_ppm : (float, float)
        Chemical shifts that are fitted.
    baseline_freedom_per_ppm : float
        Effective degrees of freedom of the spline baseline; fewer is stiffer.
    shift_range_hz : float
        Largest frequency shift looked for, to either side.
    shift_window_ppm : (float, float)
        Where the coarse shift is looked for: choline, creatine and NAA, away from lipid and water.
    largest_lorentzian_hz, largest_gaussian_hz : float
        Widest lines tried, full width at half maximum.
    lorentzian_prior_hz : (float, float)
        Mean and standard deviation of what is known of the Lorentzian width beforehand: metabolites' T2 of 100 to
        300 ms give 1 to 3 Hz. It parts Lorentzian from Gaussian width where noise cannot.
    first_order_phase_prior_s : float
        Standard deviation about zero of the delay that makes first-order phase.
    usual_ratios : tuple of UsualRatio
        What is expected of weakly seen functions; empty to expect nothing.
    iterations : int
        Most Gauss-Newton steps.
    block : int
        Voxels fitted at once in each thread; memory grows with it, not with the whole.

    Raises
    ------
    ImpastoError
        When a range is empty or a width not positive.
    """

    range_ppm: tuple[float, float] = (0.5, 4.1)
    baseline_freedom_per_ppm: float = 4.0
    shift_range_hz: float = 25.0
    shift_window_ppm: tuple[float, float] = (1.85, 3.45)
    largest_lorentzian_hz: float = 24.0
    largest_gaussian_hz: float = 24.0
    lorentzian_prior_hz: tuple[float, float] = (2.5, 2.5)
    first_order_phase_prior_s: float = 1e-4
    usual_ratios: tuple[UsualRatio, ...] = BRAIN_RATIOS
    iterations: int = 15
    block: int = 512

    def __post_init__(self) -> None:
        for low, high in (self.range_ppm, self.shift_window_ppm):
            if not low < high:
                raise ImpastoError("fit settings", f"the range {low:g} to {high:g} ppm is empty", "give (low, high)")
        positive = (self.shift_range_hz, self.largest_lorentzian_hz, self.largest_gaussian_hz, self.iterations)
        if min(*positive, self.lorentzian_prior_hz[1], self.first_order_phase_prior_s, self.block) <= 0:
            raise ImpastoError("fit settings", "a width, prior or count is not positive", "give positive numbers")
