"""Lesions on MR: found from T1, T1c and FLAIR, by the user's network, or as others drew them; edits kept."""

from impasto.target.lesions.diameter import LongestDiameter, longest_diameter
from impasto.target.lesions.edits import lesion_edits, with_edits
from impasto.target.lesions.finding import FoundLesions, find_lesions
from impasto.target.lesions.label_map import (
    LABEL_SCHEMES,
    parts_from_labels,
    parts_from_structures,
    recognised_scheme,
)
from impasto.target.lesions.network import NetworkSettings, segment_by_network, slide_window
from impasto.target.lesions.parts import LesionPart, LesionParts, lesion_structures
from impasto.target.lesions.settings import LesionPlace, LesionSettings
from impasto.target.lesions.signals import LesionImages

__all__ = [
    "LABEL_SCHEMES",
    "FoundLesions",
    "LesionImages",
    "LesionPart",
    "LesionParts",
    "LesionPlace",
    "LesionSettings",
    "LongestDiameter",
    "NetworkSettings",
    "find_lesions",
    "lesion_edits",
    "lesion_structures",
    "longest_diameter",
    "parts_from_labels",
    "parts_from_structures",
    "recognised_scheme",
    "segment_by_network",
    "slide_window",
    "with_edits",
]
