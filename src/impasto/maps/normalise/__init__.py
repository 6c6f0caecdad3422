"""Maps divided by what they read in normal tissue."""

from impasto.maps.normalise.normalised_maps import NORMALISED_NAMES, normalised, normalised_maps
from impasto.maps.normalise.reference_value import ReferenceValue, reference_value

__all__ = ["NORMALISED_NAMES", "ReferenceValue", "normalised", "normalised_maps", "reference_value"]
