"""What a protocol says about spectra: how they are cleaned, fitted and judged."""

from __future__ import annotations

from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt

from impasto.files import StrictModel
from impasto.maps.spectroscopy import BRAIN_METABOLITES, FitSettings, QualityLimits

__all__ = ["SpectroscopySettings", "WaterReferenceSettings"]


class WaterReferenceSettings(StrictModel):
    """How water of the same voxels becomes the measure of concentrations."""

    unit: Literal["mmol/kg", "mmol/L"] = "mmol/kg"
    """Per kilogram of tissue water, or per litre of tissue."""
    grey_matter: str = "*gr?y matter*"
    white_matter: str = "*white matter*"
    fluid: str = "*csf*"
    """Structures whose shares of a voxel are taken."""
    assumed_shares: tuple[NonNegativeFloat, NonNegativeFloat, NonNegativeFloat] = (0.4, 0.6, 0.0)
    """Grey matter, white matter and fluid, where no structures show them."""
    repetition_time_s: PositiveFloat | None = None
    """For spectra that do not state it."""
    suppressed_over_reference: PositiveFloat = 1.0
    """By what the suppressed signal is scaled up: receiver gain, number of summed transients."""


class SpectroscopySettings(StrictModel):
    """How spectra become maps; the same for all voxels of an acquisition."""

    method: Literal["linear combination", "peak height", "peak area"] = "linear combination"
    apodisation_hz: NonNegativeFloat = 3.0
    """Of spectra that peaks are read from."""
    water_reference: bool = False
    water: WaterReferenceSettings = WaterReferenceSettings()
    sequence: Literal["PRESS", "semi-LASER", "STEAM"] = "PRESS"
    first_echo_s: PositiveFloat | None = None
    mixing_time_s: PositiveFloat = 0.010
    metabolites: tuple[str, ...] = BRAIN_METABOLITES
    basis_file: str | None = None
    eddy_current_correction: bool = True
    water_removal: bool = True
    water_band_ppm: tuple[float, float] = (4.2, 5.1)
    low_rank_denoising: bool = False
    range_ppm: tuple[float, float] = (0.5, 4.1)
    baseline_freedom_per_ppm: PositiveFloat = 4.0
    shift_range_hz: PositiveFloat = 25.0
    iterations: PositiveInt = 15
    least_signal_to_noise: PositiveFloat = 3.0
    widest_line_ppm: PositiveFloat = 0.146
    largest_cramer_rao_percent: PositiveFloat = 20.0
    largest_artefact_probability: PositiveFloat = 0.5
    brain: str = "Brain"
    least_brain_share: float = 0.5

    def quality_limits(self) -> QualityLimits:
        """Return what a voxel must satisfy to be shown in maps."""
        return QualityLimits(
            self.least_signal_to_noise,
            self.widest_line_ppm,
            self.largest_cramer_rao_percent,
            artefact_probability=self.largest_artefact_probability,
        )

    def fit_settings(self) -> FitSettings:
        """Return what of it the fit itself is told."""
        return FitSettings(
            range_ppm=self.range_ppm,
            baseline_freedom_per_ppm=self.baseline_freedom_per_ppm,
            shift_range_hz=self.shift_range_hz,
            iterations=self.iterations,
        )
