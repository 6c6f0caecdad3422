"""How sure a target is: errors of maps carried to probabilities and volume intervals."""

from impasto.target.uncertainty.count_probability import count_probability, group_probability
from impasto.target.uncertainty.exceedance import (
    at_least_probability,
    both_probability,
    exceedance_probability,
    ratio_exceedance_probability,
)
from impasto.target.uncertainty.map_draws import MapDraws
from impasto.target.uncertainty.zone_probability import (
    DrawSettings,
    ZoneProbabilities,
    zone_probabilities,
    zones_of,
)

__all__ = [
    "DrawSettings",
    "MapDraws",
    "ZoneProbabilities",
    "at_least_probability",
    "both_probability",
    "count_probability",
    "exceedance_probability",
    "group_probability",
    "ratio_exceedance_probability",
    "zone_probabilities",
    "zones_of",
]
