"""Prescriptions: from targets and maps to the dose that every voxel is to receive."""

from impasto.prescribe.base_dose import Uniformity, base_dose, uniformity_with_base
from impasto.prescribe.by_contours import by_contours
from impasto.prescribe.by_numbers import by_numbers
from impasto.prescribe.by_probability import by_probability, expected_level_gy
from impasto.prescribe.by_zones import by_zones, softened_levels_gy
from impasto.prescribe.levels import Boundaries, dose_levels
from impasto.prescribe.nested_levels import nested_levels
from impasto.prescribe.paintings import LinearPainting, Painting, SigmoidPainting, linear_dose_gy, sigmoid_dose_gy
from impasto.prescribe.settings import PrescriptionSettings
from impasto.prescribe.uniform import boost, equal_mean_uniform, uniform

__all__ = [
    "Boundaries",
    "LinearPainting",
    "Painting",
    "PrescriptionSettings",
    "SigmoidPainting",
    "Uniformity",
    "base_dose",
    "boost",
    "by_contours",
    "by_numbers",
    "by_probability",
    "by_zones",
    "dose_levels",
    "equal_mean_uniform",
    "expected_level_gy",
    "linear_dose_gy",
    "nested_levels",
    "sigmoid_dose_gy",
    "softened_levels_gy",
    "uniform",
    "uniformity_with_base",
]
