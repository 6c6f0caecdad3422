"""Dynamic susceptibility contrast imaging: from T2*-weighted signals to blood volume, flow and leakage."""

from impasto.maps.dsc.gradient_echo import arterial_delta_r2star, delta_r2star, gradient_echo_signal
from impasto.maps.dsc.indicator_dilution import (
    capillary_concentration,
    exponential_residue,
    gamma_residue,
    haematocrit_factor,
    residue_convolution,
)
from impasto.maps.dsc.leakage import apparent_delta_r2star, leaking_delta_r2star

__all__ = [
    "apparent_delta_r2star",
    "arterial_delta_r2star",
    "capillary_concentration",
    "delta_r2star",
    "exponential_residue",
    "gamma_residue",
    "gradient_echo_signal",
    "haematocrit_factor",
    "leaking_delta_r2star",
    "residue_convolution",
]
