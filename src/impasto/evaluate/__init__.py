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
from impasto.evaluate.summary import EvaluationSettings, GoalOutcome, LimitOutcome, PlanEvaluation, evaluate_plan

__all__ = [
    "DoseVolumeHistogram",
    "EvaluationSettings",
    "GoalOutcome",
    "LimitOutcome",
    "PlanEvaluation",
    "QualityVolumeHistogram",
    "TargetIndices",
    "coverage",
    "dose_volume_histogram",
    "evaluate_plan",
    "gradient_index",
    "homogeneity_index",
    "isodose_volume_ml",
    "paddick_conformity_index",
    "quality_volume_histogram",
    "selectivity",
    "target_indices",
]
