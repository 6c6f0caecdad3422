"""Prescriptions: from targets and maps to the dose that every voxel is to receive."""

from impasto.prescribe.base_dose import Uniformity, base_dose, uniformity_with_base
from impasto.prescribe.by_contours import ContourPainting, by_contours, by_nested_levels
from impasto.prescribe.by_numbers import by_numbers
from impasto.prescribe.course import Course
from impasto.prescribe.levels import Boundaries, dose_levels
from impasto.prescribe.responses import LinearResponse, Response, SigmoidResponse, linear_dose_gy, sigmoid_dose_gy
from impasto.prescribe.uniform import boost, equal_mean_uniform, uniform

__all__ = [
    "Boundaries",
    "ContourPainting",
    "Course",
    "LinearResponse",
    "Response",
    "SigmoidResponse",
    "Uniformity",
    "base_dose",
    "boost",
    "by_contours",
    "by_nested_levels",
    "by_numbers",
    "dose_levels",
    "equal_mean_uniform",
    "linear_dose_gy",
    "sigmoid_dose_gy",
    "uniform",
    "uniformity_with_base",
]
