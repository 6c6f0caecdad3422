"""Spectra to metabolite maps: clean, fit, judge."""

from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, AbnormalityIndex, abnormality_index
from impasto.maps.spectroscopy.basis import (
    BRAIN_METABOLITES,
    BroadSignals,
    brain_basis,
    simulate_basis,
    simulate_metabolite,
)
from impasto.maps.spectroscopy.basis_sampling import resampled_basis, scaled_basis
from impasto.maps.spectroscopy.macromolecules import lipid_basis, macromolecule_basis
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam
from impasto.maps.spectroscopy.ratios import AmplitudeRatio, ReferencedRatio, amplitude_ratio, ratio_over_reference

__all__ = [
    "ABNORMALITY_INDICES",
    "BRAIN_METABOLITES",
    "AbnormalityIndex",
    "AmplitudeRatio",
    "BroadSignals",
    "Press",
    "PulseSequence",
    "ReferencedRatio",
    "SemiLaser",
    "Steam",
    "abnormality_index",
    "amplitude_ratio",
    "brain_basis",
    "lipid_basis",
    "macromolecule_basis",
    "ratio_over_reference",
    "resampled_basis",
    "scaled_basis",
    "simulate_basis",
    "simulate_metabolite",
]
