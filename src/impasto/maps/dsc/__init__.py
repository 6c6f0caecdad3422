"""Dynamic susceptibility contrast imaging: from T2*-weighted signals to blood volume, flow and leakage."""

from impasto.maps.dsc.arterial_selection import CurveShape, arterial_voxels, curve_shape
from impasto.maps.dsc.bolus_timing import BolusTiming, bolus_arrival_time_s, bolus_timing, time_to_peak_s
from impasto.maps.dsc.curve_noise import CurveNoise, baseline_noise
from impasto.maps.dsc.deconvolution import (
    DEFAULT_LIMITS,
    Deconvolution,
    convolved_again,
    deconvolve,
    oscillation_index,
    residue_functions,
)
from impasto.maps.dsc.dsc_fit import DscFit, fit_dsc
from impasto.maps.dsc.dsc_series import DscSeries, prepare_dsc, voxel_signals
from impasto.maps.dsc.dsc_settings import DscRegions, DscSettings
from impasto.maps.dsc.gradient_echo import (
    arterial_concentration,
    arterial_delta_r2star,
    delta_r2star,
    gradient_echo_signal,
)
from impasto.maps.dsc.indicator_dilution import (
    capillary_concentration,
    exponential_residue,
    gamma_residue,
    haematocrit_factor,
    residue_convolution,
)
from impasto.maps.dsc.leakage import apparent_delta_r2star, leaking_delta_r2star
from impasto.maps.dsc.leakage_correction import LeakageFit, LeakageModel, trapezoid_weights
from impasto.maps.dsc.perfusion_maps import dsc_maps, fit_series, maps_of_fit
from impasto.maps.dsc.reference_tissue import non_leaking_voxels
from impasto.maps.dsc.voxel_reason import VoxelReason
from impasto.maps.dsc.white_matter_reference import RelativeValues, over_white_matter

__all__ = [
    "DEFAULT_LIMITS",
    "BolusTiming",
    "CurveNoise",
    "CurveShape",
    "Deconvolution",
    "DscFit",
    "DscRegions",
    "DscSeries",
    "DscSettings",
    "LeakageFit",
    "LeakageModel",
    "RelativeValues",
    "VoxelReason",
    "apparent_delta_r2star",
    "arterial_concentration",
    "arterial_delta_r2star",
    "arterial_voxels",
    "baseline_noise",
    "bolus_arrival_time_s",
    "bolus_timing",
    "capillary_concentration",
    "convolved_again",
    "curve_shape",
    "deconvolve",
    "delta_r2star",
    "dsc_maps",
    "exponential_residue",
    "fit_dsc",
    "fit_series",
    "gamma_residue",
    "gradient_echo_signal",
    "haematocrit_factor",
    "leaking_delta_r2star",
    "maps_of_fit",
    "non_leaking_voxels",
    "oscillation_index",
    "over_white_matter",
    "prepare_dsc",
    "residue_convolution",
    "residue_functions",
    "time_to_peak_s",
    "trapezoid_weights",
    "voxel_signals",
]
