"""Dynamic contrast-enhanced imaging: from signals to concentration, exchange with blood, permeability."""

from impasto.maps.dce.arterial_input import ArterialInput, georgiou_blood_concentration, parker_blood_concentration
from impasto.maps.dce.convolution import exponential_convolution
from impasto.maps.dce.spoiled_gradient import (
    concentration_from_signal,
    relaxation_rate,
    relaxation_rate_from_signal,
    spoiled_gradient_signal,
)
from impasto.maps.dce.tracer_kinetics import (
    extended_tofts_concentration,
    patlak_concentration,
    tofts_concentration,
)

__all__ = [
    "ArterialInput",
    "concentration_from_signal",
    "exponential_convolution",
    "extended_tofts_concentration",
    "georgiou_blood_concentration",
    "parker_blood_concentration",
    "patlak_concentration",
    "relaxation_rate",
    "relaxation_rate_from_signal",
    "spoiled_gradient_signal",
    "tofts_concentration",
]
