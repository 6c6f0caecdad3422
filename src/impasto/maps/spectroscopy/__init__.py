"""Spectra to metabolite maps: clean, fit, judge."""

from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, AbnormalityIndex, abnormality_index
from impasto.maps.spectroscopy.ratios import AmplitudeRatio, ReferencedRatio, amplitude_ratio, ratio_over_reference

__all__ = [
    "ABNORMALITY_INDICES",
    "AbnormalityIndex",
    "AmplitudeRatio",
    "ReferencedRatio",
    "abnormality_index",
    "amplitude_ratio",
    "ratio_over_reference",
]
