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
    Combination,
    average_transients,
    coil_noise_covariance,
    coil_weights,
    combination,
    combine_coils,
    combined,
)
from impasto.maps.spectroscopy.coverage import CoverageReport, coverage_report
from impasto.maps.spectroscopy.denoising import LowRank, low_rank_denoised
from impasto.maps.spectroscopy.eddy_current import eddy_corrected, water_phase
from impasto.maps.spectroscopy.edited_fit import fit_difference, joined_fits
from impasto.maps.spectroscopy.editing import (
    EditedBasis,
    EditedPress,
    EditedSignals,
    combined_edited,
    edited_basis,
    lactate_editing,
)
from impasto.maps.spectroscopy.filter_ringing import without_filter_ringing
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
from impasto.maps.spectroscopy.peak_height import PeakReading, peak_areas, peak_heights, reading_as_fit
from impasto.maps.spectroscopy.peaks import CHOLINE, CREATINE, INVERTED_LACTATE, LACTATE, LIPID, NAA, Peak
from impasto.maps.spectroscopy.pulse_sequences import Press, PulseSequence, SemiLaser, Steam
from impasto.maps.spectroscopy.quality import SpectralQuality, spectral_quality
from impasto.maps.spectroscopy.ratios import AmplitudeRatio, ReferencedRatio, amplitude_ratio, ratio_over_reference
from impasto.maps.spectroscopy.rejection import QualityLimits, RejectionReason, rejection_reasons
from impasto.maps.spectroscopy.relaxation import (
    METABOLITE_RELAXATION_3T,
    WATER_RELAXATION_3T,
    AcquisitionTiming,
    ReferenceConstants,
    Relaxation,
)
from impasto.maps.spectroscopy.signal_extent import voxels_with_signal
from impasto.maps.spectroscopy.singlet_alignment import aligned_by_singlets
from impasto.maps.spectroscopy.water_reference import (
    TissueShares,
    WaterAmplitude,
    molal_concentrations,
    molar_concentrations,
    water_amplitude,
)
from impasto.maps.spectroscopy.water_removal import WaterRemoval, remove_water
from impasto.maps.spectroscopy.zero_filling import apodised, zero_filled

__all__ = [
    "ABNORMALITY_INDICES",
    "BRAIN_METABOLITES",
    "CHOLINE",
    "CLINICAL_RATIOS",
    "CREATINE",
    "INVERTED_LACTATE",
    "LACTATE",
    "LIPID",
    "METABOLITE_RELAXATION_3T",
    "METABOLITE_SUMS",
    "NAA",
    "WATER_RELAXATION_3T",
    "AbnormalityIndex",
    "AcquisitionTiming",
    "Alignment",
    "AmplitudeRatio",
    "BroadSignals",
    "ClinicalRatio",
    "Combination",
    "CoverageReport",
    "EditedBasis",
    "EditedPress",
    "EditedSignals",
    "FitCurves",
    "FitSettings",
    "FittedVolume",
    "LipidRemoval",
    "LowRank",
    "Peak",
    "PeakReading",
    "Press",
    "PulseSequence",
    "QualityLimits",
    "ReferenceConstants",
    "ReferencedRatio",
    "RejectionReason",
    "Relaxation",
    "SemiLaser",
    "SpectralFit",
    "SpectralQuality",
    "Steam",
    "TissueShares",
    "WaterAmplitude",
    "WaterRemoval",
    "abnormality_index",
    "aligned",
    "aligned_by_singlets",
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
    "combination",
    "combine_coils",
    "combined",
    "combined_edited",
    "coverage_report",
    "eddy_corrected",
    "edited_basis",
    "fit_curves",
    "fit_difference",
    "fit_spectra",
    "index_maps",
    "joined_fits",
    "lactate_editing",
    "lipid_basis",
    "low_rank_denoised",
    "macromolecule_basis",
    "molal_concentrations",
    "molar_concentrations",
    "noise_level",
    "peak_areas",
    "peak_heights",
    "quality_maps",
    "ratio_maps",
    "ratio_over_reference",
    "reading_as_fit",
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
    "water_amplitude",
    "water_phase",
    "with_broad_signals",
    "without_filter_ringing",
    "zero_filled",
]
