"""Dynamic contrast-enhanced imaging: from signals to concentration, exchange with blood, permeability."""

from impasto.maps.dce.arterial_input import ArterialInput, georgiou_blood_concentration, parker_blood_concentration
from impasto.maps.dce.arterial_voxels import EnhancementShape, arterial_voxels, enhancement_shape
from impasto.maps.dce.bolus_arrival import bolus_arrival_time_s, frames_before_bolus
from impasto.maps.dce.convolution import exponential_convolution
from impasto.maps.dce.curve_summary import area_weights, initial_area, time_to_peak_s
from impasto.maps.dce.dce_series import DceSeries, VoxelCurves, measured_arterial_input, prepare_dce, voxel_curves
from impasto.maps.dce.dce_settings import DceAcquisition, DceRegions, DceSettings, NativeTissue
from impasto.maps.dce.delay_search import DelaySearch, fit_kinetics_with_delay, series_delay_s
from impasto.maps.dce.fitted_curve import fitted_components
from impasto.maps.dce.frame_noise import FrameNoise, spoiled_gradient_noise
from impasto.maps.dce.kinetic_fit import KineticFit, TissueResponses, fit_kinetics
from impasto.maps.dce.kinetic_parameters import (
    KINETIC_MODELS,
    LARGEST_RATES_PER_MIN,
    PARAMETER_UNITS,
    KineticModelName,
    parameter_count,
)
from impasto.maps.dce.look_locker import look_locker_t1
from impasto.maps.dce.model_choice import choose_model, corrected_akaike
from impasto.maps.dce.native_t1 import NativeT1, T1Reason
from impasto.maps.dce.native_t1_maps import look_locker_maps, variable_flip_angle_maps
from impasto.maps.dce.permeability_maps import dce_maps, maps_of_series
from impasto.maps.dce.population_input import population_arterial_input
from impasto.maps.dce.spoiled_gradient import (
    concentration_from_signal,
    relaxation_rate,
    relaxation_rate_from_signal,
    spoiled_gradient_signal,
)
from impasto.maps.dce.tracer_kinetics import extended_tofts_concentration, patlak_concentration, tofts_concentration
from impasto.maps.dce.two_compartment_exchange import two_compartment_exchange_concentration
from impasto.maps.dce.variable_flip_angle import variable_flip_angle_t1
from impasto.maps.dce.voxel_reason import VoxelReason

__all__ = [
    "KINETIC_MODELS",
    "LARGEST_RATES_PER_MIN",
    "PARAMETER_UNITS",
    "ArterialInput",
    "DceAcquisition",
    "DceRegions",
    "DceSeries",
    "DceSettings",
    "DelaySearch",
    "EnhancementShape",
    "FrameNoise",
    "KineticFit",
    "KineticModelName",
    "NativeT1",
    "NativeTissue",
    "T1Reason",
    "TissueResponses",
    "VoxelCurves",
    "VoxelReason",
    "area_weights",
    "arterial_voxels",
    "bolus_arrival_time_s",
    "choose_model",
    "concentration_from_signal",
    "corrected_akaike",
    "dce_maps",
    "enhancement_shape",
    "exponential_convolution",
    "extended_tofts_concentration",
    "fit_kinetics",
    "fit_kinetics_with_delay",
    "fitted_components",
    "frames_before_bolus",
    "georgiou_blood_concentration",
    "initial_area",
    "look_locker_maps",
    "look_locker_t1",
    "maps_of_series",
    "measured_arterial_input",
    "parameter_count",
    "parker_blood_concentration",
    "patlak_concentration",
    "population_arterial_input",
    "prepare_dce",
    "relaxation_rate",
    "relaxation_rate_from_signal",
    "series_delay_s",
    "spoiled_gradient_noise",
    "spoiled_gradient_signal",
    "time_to_peak_s",
    "tofts_concentration",
    "two_compartment_exchange_concentration",
    "variable_flip_angle_maps",
    "variable_flip_angle_t1",
    "voxel_curves",
]
