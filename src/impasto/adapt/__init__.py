"""Adaptation: doses of several days in one frame, what is left to give, when to plan anew."""

from impasto.adapt.accumulation import AccumulatedDose, alpha_beta_map
from impasto.adapt.control import ControlEstimate, ControlSettings, course_log_survival, tumour_control
from impasto.adapt.correspondence import Correspondence, MappedDose
from impasto.adapt.delivery import dose_on_anatomy, share_of_course
from impasto.adapt.direct_mapping import map_dose_directly, pulled_dose_gy
from impasto.adapt.drift import (
    DoseDrift,
    StructureDrift,
    TriggerLimits,
    TriggerReading,
    dose_drift,
    structure_drift,
    trigger_readings,
)
from impasto.adapt.energy_mass import EnergyBalance, map_dose_by_energy, pushed_energy_and_mass
from impasto.adapt.histogram import known_dose_histogram
from impasto.adapt.remaining import RemainingSettings, remaining_dose_gy, remaining_prescription

__all__ = [
    "AccumulatedDose",
    "ControlEstimate",
    "ControlSettings",
    "Correspondence",
    "DoseDrift",
    "EnergyBalance",
    "MappedDose",
    "RemainingSettings",
    "StructureDrift",
    "TriggerLimits",
    "TriggerReading",
    "alpha_beta_map",
    "course_log_survival",
    "dose_drift",
    "dose_on_anatomy",
    "known_dose_histogram",
    "map_dose_by_energy",
    "map_dose_directly",
    "pulled_dose_gy",
    "pushed_energy_and_mass",
    "remaining_dose_gy",
    "remaining_prescription",
    "share_of_course",
    "structure_drift",
    "trigger_readings",
    "tumour_control",
]
