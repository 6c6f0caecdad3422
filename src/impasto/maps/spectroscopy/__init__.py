"""Spectra to metabolite maps: clean, fit, judge."""

from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, AbnormalityIndex, abnormality_index

__all__ = ["ABNORMALITY_INDICES", "AbnormalityIndex", "abnormality_index"]
