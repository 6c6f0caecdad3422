"""What a fit of diffusion takes for granted: every number that changes its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impasto.core.errors import ImpastoError

__all__ = ["FitSettings", "Weighting"]

Weighting = Literal["signal", "none"]


@dataclass(frozen=True)
class FitSettings:
    """Settings of the log-linear fits (tensor, ADC, kurtosis).

    Parameters
    ----------
    weighting : {"signal", "none"}
        ``"signal"``: the logarithm of a weak signal is noisier, so each counts with the square of the signal that an
        unweighted fit expects (Salvador 2005, Chung 2006). ``"none"``: all count alike.
    noise_standard_deviation : float, optional
        Of one measurement, in units of the signal. When not given it is found from the residuals; see
        :func:`~impasto.maps.diffusion.noise.moderated_noise`.
    rejects_outliers : bool
        Leave out measurements that do not fit the others (:mod:`~impasto.maps.diffusion.outliers`).
    outlier_threshold : float
        Distance from the robust fit, in standard deviations of the noise, from which a measurement is an outlier.
    least_signal_to_noise : float
        Of the signal without weighting; a voxel with less has no signal.
    noise_floor : float
        In standard deviations of the noise. Weaker signals are expected to be lifted by the noise of magnitude images.
    greatest_diffusivity_um2_per_ms : float
        Above it a mean diffusivity is implausible. Free water has 3.04 at 37 degC (Holz 2000).
    block : int
        Voxels fitted at once: sets the memory a fit needs.

    Raises
    ------
    ImpastoError
        When a number is not positive or a weighting is unknown.
    """

    weighting: Weighting = "signal"
    noise_standard_deviation: float | None = None
    rejects_outliers: bool = False
    outlier_threshold: float = 3.0
    least_signal_to_noise: float = 5.0
    noise_floor: float = 2.0
    greatest_diffusivity_um2_per_ms: float = 3.5
    block: int = 8192

    def __post_init__(self) -> None:
        if self.weighting not in ("signal", "none"):
            raise ImpastoError("diffusion fit", f"unknown weighting {self.weighting!r}", "give 'signal' or 'none'")
        numbers = {name: value for name, value in vars(self).items() if isinstance(value, int | float)}
        for name, value in numbers.items():
            if name != "rejects_outliers" and not value > 0:
                raise ImpastoError("diffusion fit", f"{name} is {value:g}", "give a positive number")
