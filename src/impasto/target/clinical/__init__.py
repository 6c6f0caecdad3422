"""Clinical targets: what guidelines and trials make of the gross tumour."""

from impasto.target.clinical.building import Surroundings, clinical_volumes, planning_volumes
from impasto.target.clinical.conditions import judged, smallest_distance_mm
from impasto.target.clinical.definition import (
    Condition,
    GrossVolume,
    Measure,
    TargetDefinition,
    TargetVolume,
    VolumePart,
)
from impasto.target.clinical.definitions import TARGET_DEFINITIONS
from impasto.target.clinical.geodesic import geodesic_expanded, geodesic_lengths_mm

__all__ = [
    "TARGET_DEFINITIONS",
    "Condition",
    "GrossVolume",
    "Measure",
    "Surroundings",
    "TargetDefinition",
    "TargetVolume",
    "VolumePart",
    "clinical_volumes",
    "geodesic_expanded",
    "geodesic_lengths_mm",
    "judged",
    "planning_volumes",
    "smallest_distance_mm",
]
