"""What the plans' evaluations found, looked up for tables and key figures."""

from __future__ import annotations

from impasto.core import DoseGoal, DoseLimit, Image, LimitKind
from impasto.evaluate import DoseVolumeHistogram, LimitOutcome, QualityVolumeHistogram, TargetIndices
from impasto.report.content import PlanResult, ReportContent

__all__ = ["achieved_text", "dose_histograms", "goal_text", "limit_outcome", "limit_text", "painted_target"]
__all__ += ["target_indices_of", "target_quality"]


def dose_histograms(plan: PlanResult) -> dict[str, DoseVolumeHistogram]:
    """Histograms of a plan by structure."""
    return {histogram.structure: histogram for histogram in plan.evaluation.histograms}


def target_quality(plan: PlanResult, target: str) -> QualityVolumeHistogram | None:
    """Quality-volume histogram of a target, when it was evaluated."""
    return next((histogram for histogram in plan.evaluation.quality if histogram.structure == target), None)


def target_indices_of(plan: PlanResult, target: str) -> TargetIndices | None:
    """Find the indices of a target, when they were evaluated."""
    return next((indices for indices in plan.evaluation.indices if indices.structure == target), None)


def limit_outcome(plan: PlanResult, limit: DoseLimit) -> LimitOutcome | None:
    """Find what a plan gives where a limit is set; None where the organ could not be evaluated."""
    return next((outcome for outcome in plan.evaluation.limits if outcome.limit == limit), None)


def painted_target(content: ReportContent) -> str:
    """Name of the target that is painted: the first goal with a dose map, else the first goal."""
    goals = content.prescription.goals
    return next((goal.structure for goal in goals if isinstance(goal.lower_gy, Image)), goals[0].structure)


def goal_text(goal: DoseGoal) -> str:
    """Say what a goal asks for."""
    lower = "its own dose in every voxel" if isinstance(goal.lower_gy, Image) else f"at least {goal.lower_gy:g} Gy"
    if goal.upper_gy is None:
        return lower
    upper = "an upper dose of its own in every voxel" if isinstance(goal.upper_gy, Image) else f"{goal.upper_gy:g} Gy"
    return f"{lower}, at most {upper}"


def limit_text(limit: DoseLimit) -> str:
    """Say what a limit asks for."""
    if limit.kind is LimitKind.DOSE_VOLUME:
        return f"at most {limit.volume_percent:g} % at {limit.dose_gy:g} Gy or more"
    return f"{limit.kind.value} at most {limit.dose_gy:g} Gy"


def achieved_text(outcome: LimitOutcome) -> str:
    """Write what was achieved, with its unit."""
    unit = "%" if outcome.limit.kind is LimitKind.DOSE_VOLUME else "Gy"
    return f"{outcome.achieved:.1f} {unit}"
