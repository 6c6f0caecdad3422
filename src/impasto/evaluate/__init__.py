"""Evaluation of dose: dose-volume and quality-volume histograms, indices, and plans against prescriptions."""

from impasto.evaluate.dvh import DoseVolumeHistogram, dose_volume_histogram
from impasto.evaluate.indices import (
    TargetIndices,
    coverage,
    gradient_index,
    homogeneity_index,
    isodose_volume_ml,
    paddick_conformity_index,
    selectivity,
    target_indices,
)
from impasto.evaluate.quality import QualityVolumeHistogram, quality_volume_histogram
from impasto.evaluate.radiosurgery import (
    BRAIN_DENSITY_G_PER_ML,
    VolumeAtDose,
    ZoneDose,
    efficiency_index,
    integral_dose_j,
    volume_at_dose,
    zone_doses,
)
from impasto.evaluate.radiosurgery_summary import RadiosurgeryQuestion, RadiosurgerySummary, summarise_radiosurgery
from impasto.evaluate.summary import EvaluationSettings, GoalOutcome, LimitOutcome, PlanEvaluation, evaluate_plan

__all__ = [
    "BRAIN_DENSITY_G_PER_ML",
    "DoseVolumeHistogram",
    "EvaluationSettings",
    "GoalOutcome",
    "LimitOutcome",
    "PlanEvaluation",
    "QualityVolumeHistogram",
    "RadiosurgeryQuestion",
    "RadiosurgerySummary",
    "TargetIndices",
    "VolumeAtDose",
    "ZoneDose",
    "coverage",
    "dose_volume_histogram",
    "efficiency_index",
    "evaluate_plan",
    "gradient_index",
    "homogeneity_index",
    "integral_dose_j",
    "isodose_volume_ml",
    "paddick_conformity_index",
    "quality_volume_histogram",
    "selectivity",
    "summarise_radiosurgery",
    "target_indices",
    "volume_at_dose",
    "zone_doses",
]
