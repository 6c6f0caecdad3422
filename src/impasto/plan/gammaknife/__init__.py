"""Gamma Knife dose: an effective beam model, in water or in CT densities. Not for clinical use."""

from impasto.plan.gammaknife.biological_dose import BiologicalDoseSettings, biologically_effective_dose
from impasto.plan.gammaknife.calibration import decayed_dose_rate_gy_per_min
from impasto.plan.gammaknife.delivery import (
    beam_on_minutes,
    sector_minutes,
    shots_from_sector_minutes,
    start_minutes,
)
from impasto.plan.gammaknife.dose import delivered_minutes, dose_of_shots, shot_doses_gy
from impasto.plan.gammaknife.head import DensityHead, Head, WaterSphere, water_head
from impasto.plan.gammaknife.kernel import ShotKernel, shot_kernel
from impasto.plan.gammaknife.leksell import leksell_from_lps_mm, lps_from_leksell_mm
from impasto.plan.gammaknife.machine import GammaKnife
from impasto.plan.gammaknife.machine_file import GAMMA_KNIVES, gamma_knife, gamma_knife_from_json
from impasto.plan.gammaknife.profile import BeamProfile
from impasto.plan.gammaknife.sector_rates import sector_dose_rates, summed_sector_dose_rates
from impasto.plan.gammaknife.wide_dose import wide_dose_of_shots

__all__ = [
    "GAMMA_KNIVES",
    "BeamProfile",
    "BiologicalDoseSettings",
    "DensityHead",
    "GammaKnife",
    "Head",
    "ShotKernel",
    "WaterSphere",
    "beam_on_minutes",
    "biologically_effective_dose",
    "decayed_dose_rate_gy_per_min",
    "delivered_minutes",
    "dose_of_shots",
    "gamma_knife",
    "gamma_knife_from_json",
    "leksell_from_lps_mm",
    "lps_from_leksell_mm",
    "sector_dose_rates",
    "sector_minutes",
    "shot_doses_gy",
    "shot_kernel",
    "shots_from_sector_minutes",
    "start_minutes",
    "summed_sector_dose_rates",
    "water_head",
    "wide_dose_of_shots",
]
