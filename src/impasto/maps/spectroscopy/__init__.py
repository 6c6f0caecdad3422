"""Spectra to metabolite maps: clean, fit, judge."""

from impasto.maps.spectroscopy.abnormality_index import ABNORMALITY_INDICES, AbnormalityIndex, abnormality_index
from impasto.maps.spectroscopy.alignment import Alignment, aligned, aligned_transients
from impasto.maps.spectroscopy.artefact_filter import artefact_probability
from impasto.maps.spectroscopy.basis import (
    BRAIN_METABOLITES,
    BroadSignals,
    brain_basis,
    simulate_basis,
    simulate_metabolite,
    with_broad_signals,
)
from impasto.maps.spectroscopy.basis_sampling import basis_at_frequency, resampled_basis, scaled_basis
from impasto.maps.spectroscopy.coil_combination import (
    average_transients,
    coil_noise_covariance,
    coil_weights,
    combine_coils,
    combined,
)
from impasto.maps.spectroscopy.coverage import CoverageReport, coverage_report
from impasto.maps.spectroscopy.denoising import LowRank, low_rank_denoised
from impasto.maps.spectroscopy.eddy_current import eddy_corrected, water_phase
from impasto.maps.spectroscopy.fit_curves import FitCurves, fit_curves
from impasto.maps.spectroscopy.fit_result import METABOLITE_SUMS, SpectralFit
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.frequency_search import coarse_shift_hz
from impasto.maps.spectroscopy.linear_combination import fit_spectra
from impasto.maps.spectroscopy.lipid_removal import LipidRemoval, remove_lipids, suppress_scalp_lipids
from impasto.maps.spectroscopy.macromolecules import lipid_basis, macromolecule_basis
from impasto.maps.spectroscopy.metabolite_maps import (
    CLINICAL_RATIOS,
    ClinicalRatio,
    FittedVolume,
    amplitude_maps,
    index_maps,
    quality_maps,
    ratio_maps,
)
from impasto.maps.spectroscopy.noise import noise_level
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam
from impasto.maps.spectroscopy.quality import SpectralQuality, spectral_quality
from impasto.maps.spectroscopy.ratios import AmplitudeRatio, ReferencedRatio, amplitude_ratio, ratio_over_reference
from impasto.maps.spectroscopy.rejection import QualityLimits, RejectionReason, rejection_reasons
from impasto.maps.spectroscopy.signal_extent import voxels_with_signal
from impasto.maps.spectroscopy.water_removal import WaterRemoval, remove_water
from impasto.maps.spectroscopy.zero_filling import apodised, zero_filled

__all__ = [
    "ABNORMALITY_INDICES",
    "BRAIN_METABOLITES",
    "CLINICAL_RATIOS",
    "METABOLITE_SUMS",
    "AbnormalityIndex",
    "Alignment",
    "AmplitudeRatio",
    "BroadSignals",
    "ClinicalRatio",
    "CoverageReport",
    "FitCurves",
    "FitSettings",
    "FittedVolume",
    "LipidRemoval",
    "LowRank",
    "Press",
    "PulseSequence",
    "QualityLimits",
    "ReferencedRatio",
    "RejectionReason",
    "SemiLaser",
    "SpectralFit",
    "SpectralQuality",
    "Steam",
    "WaterRemoval",
    "abnormality_index",
    "aligned",
    "aligned_transients",
    "amplitude_maps",
    "amplitude_ratio",
    "apodised",
    "artefact_probability",
    "average_transients",
    "basis_at_frequency",
    "brain_basis",
    "coarse_shift_hz",
    "coil_noise_covariance",
    "coil_weights",
    "combine_coils",
    "combined",
    "coverage_report",
    "eddy_corrected",
    "fit_curves",
    "fit_spectra",
    "index_maps",
    "lipid_basis",
    "low_rank_denoised",
    "macromolecule_basis",
    "noise_level",
    "quality_maps",
    "ratio_maps",
    "ratio_over_reference",
    "rejection_reasons",
    "remove_lipids",
    "remove_water",
    "resampled_basis",
    "scaled_basis",
    "simulate_basis",
    "simulate_metabolite",
    "spectral_quality",
    "suppress_scalp_lipids",
    "voxels_with_signal",
    "water_phase",
    "with_broad_signals",
    "zero_filled",
]
