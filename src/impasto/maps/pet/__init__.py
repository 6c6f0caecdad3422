"""Quantitative PET: standardised uptake and what it rests on."""

from impasto.maps.pet.body import (
    body_surface_area_m2,
    lean_body_mass_james_kg,
    lean_body_mass_james_limit_kg,
    lean_body_mass_janmahasatian_kg,
)
from impasto.maps.pet.decay import DecayReference, average_activity_time_s, decay_factor, decay_reference
from impasto.maps.pet.uptake import (
    Normalisation,
    StandardisedUptake,
    standardised_uptake,
    standardised_uptake_value,
)

__all__ = [
    "DecayReference",
    "Normalisation",
    "StandardisedUptake",
    "average_activity_time_s",
    "body_surface_area_m2",
    "decay_factor",
    "decay_reference",
    "lean_body_mass_james_kg",
    "lean_body_mass_james_limit_kg",
    "lean_body_mass_janmahasatian_kg",
    "standardised_uptake",
    "standardised_uptake_value",
]
