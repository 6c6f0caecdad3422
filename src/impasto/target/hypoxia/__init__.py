"""Hypoxia from tracers that living cells without oxygen retain."""

from impasto.target.hypoxia.muscle import muscle_by_ct_number
from impasto.target.hypoxia.oxygen import UPTAKE_CURVES, UptakeCurve, dose_factor, oxygen_pressure
from impasto.target.hypoxia.patlak import PatlakFit, blood_integral, patlak_fit, patlak_maps
from impasto.target.hypoxia.reference import (
    HYPOXIA_RULES,
    HypoxiaRule,
    ReferenceTissue,
    ReferenceUptake,
    reference_uptake,
)
from impasto.target.hypoxia.threshold import (
    hypoxia_probability,
    hypoxic_fraction,
    hypoxic_volume,
    tumour_to_reference,
)
from impasto.target.hypoxia.tracer import named_tracer

__all__ = [
    "HYPOXIA_RULES",
    "UPTAKE_CURVES",
    "HypoxiaRule",
    "PatlakFit",
    "ReferenceTissue",
    "ReferenceUptake",
    "UptakeCurve",
    "blood_integral",
    "dose_factor",
    "hypoxia_probability",
    "hypoxic_fraction",
    "hypoxic_volume",
    "muscle_by_ct_number",
    "named_tracer",
    "oxygen_pressure",
    "patlak_fit",
    "patlak_maps",
    "reference_uptake",
    "tumour_to_reference",
]
