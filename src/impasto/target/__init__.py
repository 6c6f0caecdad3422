"""Targets: from maps and drawn volumes to the volumes that are treated."""

from impasto.target.booleans import difference, exclusive_or, intersection, kept_away_from, limited_to, union
from impasto.target.external import external_from_ct
from impasto.target.findings import Check, Compared, VolumeInterval
from impasto.target.head_outline import head_around_brain, head_from_mr, is_skull_stripped
from impasto.target.margins import Margin, expanded, shrunk

__all__ = [
    "Check",
    "Compared",
    "Margin",
    "VolumeInterval",
    "difference",
    "exclusive_or",
    "expanded",
    "external_from_ct",
    "head_around_brain",
    "head_from_mr",
    "intersection",
    "is_skull_stripped",
    "kept_away_from",
    "limited_to",
    "shrunk",
    "union",
]
