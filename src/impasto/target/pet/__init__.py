"""Lesions in PET: picked by click or box, measured, and delineated by published methods."""

from impasto.target.pet.background import BackgroundSettings, surrounding_background
from impasto.target.pet.blurred_sphere import blurred_sphere, relative_threshold_level
from impasto.target.pet.calibration import SphereScan, ThresholdCalibration, calibrated_scanner
from impasto.target.pet.coefficients import DEFAULT_COEFFICIENTS, AdaptiveCoefficients
from impasto.target.pet.iterative_threshold import IterativeThresholdSettings, iterative_threshold
from impasto.target.pet.lesion import Background, PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.methods import DEFAULT_METHOD, METHODS, delineated
from impasto.target.pet.nodal_selection import NodalEvidence, Rate, nodal_evidence, predictive_values
from impasto.target.pet.partial_volume_correction import corrected_by_structures, deconvolved
from impasto.target.pet.picking import ClickSettings, lesion_at, lesion_in_box, lesion_near
from impasto.target.pet.scanner import PetScanner
from impasto.target.pet.uptake_statistics import UptakeStatistics, peak_uptake, uptake_statistics

__all__ = [
    "DEFAULT_COEFFICIENTS",
    "DEFAULT_METHOD",
    "METHODS",
    "AdaptiveCoefficients",
    "Background",
    "BackgroundSettings",
    "ClickSettings",
    "IterativeThresholdSettings",
    "NodalEvidence",
    "PetLesion",
    "PetMethod",
    "PetScanner",
    "PetSegmentation",
    "Rate",
    "SphereScan",
    "ThresholdCalibration",
    "UptakeStatistics",
    "blurred_sphere",
    "calibrated_scanner",
    "corrected_by_structures",
    "deconvolved",
    "delineated",
    "iterative_threshold",
    "lesion_at",
    "lesion_in_box",
    "lesion_near",
    "nodal_evidence",
    "peak_uptake",
    "predictive_values",
    "relative_threshold_level",
    "surrounding_background",
    "uptake_statistics",
]
