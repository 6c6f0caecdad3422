"""Response to treatment: lesions measured, RANO, early progression, change of biomarkers."""

from impasto.outcome.response.assessment import Assessment, Response
from impasto.outcome.response.biomarker_change import (
    BaselineCoupling,
    PercentChange,
    ZoneChange,
    baseline_coupling,
    percent_change,
    zone_changes,
)
from impasto.outcome.response.course import ResponseCourse, assess_response, baseline_place
from impasto.outcome.response.criteria import (
    CRITERIA,
    Baseline,
    EarlyRule,
    Measure,
    ResponseCriteria,
    response_criteria,
)
from impasto.outcome.response.early_progression import (
    EarlyFinding,
    EarlyProgression,
    EarlySettings,
    early_progression,
)
from impasto.outcome.response.lesions import LesionMeasure, LesionRule, TumourMeasure, measure_lesions
from impasto.outcome.response.timepoint import Pathology, Timepoint, Trend

__all__ = [
    "CRITERIA",
    "Assessment",
    "Baseline",
    "BaselineCoupling",
    "EarlyFinding",
    "EarlyProgression",
    "EarlyRule",
    "EarlySettings",
    "LesionMeasure",
    "LesionRule",
    "Measure",
    "Pathology",
    "PercentChange",
    "Response",
    "ResponseCourse",
    "ResponseCriteria",
    "Timepoint",
    "Trend",
    "TumourMeasure",
    "ZoneChange",
    "assess_response",
    "baseline_coupling",
    "baseline_place",
    "early_progression",
    "measure_lesions",
    "percent_change",
    "response_criteria",
    "zone_changes",
]
