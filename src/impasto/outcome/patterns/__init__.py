"""Patterns of failure: recurrence against isodose, and against the lesion it came from."""

from impasto.outcome.patterns.distance import DistanceBand, distance_bands
from impasto.outcome.patterns.isodose import (
    FailurePattern,
    PatternBounds,
    Recurrence,
    Relapse,
    covered_share,
    failure_pattern,
    relapse,
)

__all__ = [
    "DistanceBand",
    "FailurePattern",
    "PatternBounds",
    "Recurrence",
    "Relapse",
    "covered_share",
    "distance_bands",
    "failure_pattern",
    "relapse",
]
