"""One plan's dose against its prescription: figures per structure, goals, limits and indices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from impasto.core import (
    Dose,
    DoseGoal,
    DoseKind,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Prescription,
    Progress,
    StructureSet,
    silent,
)
from impasto.core.arrays import FloatArray
from impasto.evaluate.dvh import DoseVolumeHistogram, dose_volume_histogram
from impasto.evaluate.indices import TargetIndices, target_indices
from impasto.evaluate.quality import QualityVolumeHistogram, dose_ratio_histogram, quality_volume_histogram

__all__ = ["EvaluationSettings", "GoalOutcome", "LimitOutcome", "PlanEvaluation", "evaluate_plan"]


@dataclass(frozen=True)
class EvaluationSettings:
    """What is reported and when a goal counts as met.

    Parameters
    ----------
    volume_at_doses_gy : tuple of float
        Doses whose volume (V_D) is reported for every structure.
    goal_dose_tolerance_percent : float
        A goal's lower level may be missed, its upper exceeded, by this share of it.
    goal_volume_percent : float
        ... in all but the rest of this share of the target. 95 % of the dose to 98 % of the volume by default: the
        near-minimum dose of ICRU 83 held against the lower bound of ICRU 50.
    """

    volume_at_doses_gy: tuple[float, ...] = ()
    goal_dose_tolerance_percent: float = 5.0
    goal_volume_percent: float = 98.0


@dataclass(frozen=True)
class GoalOutcome:
    """Whether a dose goal is met.

    Parameters
    ----------
    structure : str
    reached_percent : float
        Share of the target that gets at least the lower level less the tolerance.
    exceeded_percent : float, optional
        Share that gets more than the upper level plus the tolerance; none without an upper level.
    is_met : bool
    """

    structure: str
    reached_percent: float
    exceeded_percent: float | None
    is_met: bool


@dataclass(frozen=True)
class LimitOutcome:
    """Whether an organ's limit is kept.

    Parameters
    ----------
    limit : DoseLimit
    achieved : float
        In Gy for maximum and mean, in percent of the volume for dose-volume limits.
    margin : float
        Limit less achieved, same unit; negative when broken.
    is_met : bool
    """

    limit: DoseLimit
    achieved: float
    margin: float
    is_met: bool


@dataclass(frozen=True, eq=False)
class PlanEvaluation:
    """Everything that was found, histograms included.

    Parameters
    ----------
    dose_label : str
    dose_kind : DoseKind
    prescription : str
    settings : EvaluationSettings
    histograms : tuple of DoseVolumeHistogram
    quality : tuple of QualityVolumeHistogram
        Of the targets; none for EQD2.
    indices : tuple of TargetIndices
    goals : tuple of GoalOutcome
    limits : tuple of LimitOutcome
    not_evaluated : dict of str to str
        Structures that could not be evaluated, and why.
    """

    dose_label: str
    dose_kind: DoseKind
    prescription: str
    settings: EvaluationSettings
    histograms: tuple[DoseVolumeHistogram, ...]
    quality: tuple[QualityVolumeHistogram, ...]
    indices: tuple[TargetIndices, ...]
    goals: tuple[GoalOutcome, ...]
    limits: tuple[LimitOutcome, ...]
    not_evaluated: dict[str, str]

    def to_record(self) -> dict[str, Any]:
        """Give everything but the curves as plain dictionaries, lists, numbers and strings."""
        return {
            "dose": self.dose_label,
            "dose_kind": self.dose_kind.value,
            "prescription": self.prescription,
            "settings": asdict(self.settings),
            "structures": [_structure_record(h, self.settings.volume_at_doses_gy) for h in self.histograms],
            "quality": [_quality_record(histogram) for histogram in self.quality],
            "indices": [asdict(indices) for indices in self.indices],
            "goals": [asdict(goal) for goal in self.goals],
            "limits": [_limit_record(outcome) for outcome in self.limits],
            "not_evaluated": dict(self.not_evaluated),
        }


def evaluate_plan(
    dose: Dose,
    prescription: Prescription,
    structures: StructureSet,
    names: Sequence[str] | None = None,
    settings: EvaluationSettings | None = None,
    progress: Progress = silent,
) -> PlanEvaluation:
    """Hold a dose against its prescription.

    Parameters
    ----------
    dose : Dose
    prescription : Prescription
    structures : StructureSet
    names : sequence of str, optional
        Structures to evaluate; those with a goal or a limit come with them. All without it.
    settings : EvaluationSettings, optional
    progress : Progress

    Returns
    -------
    PlanEvaluation

    Raises
    ------
    ImpastoError
        When a structure of the prescription is unknown, a target is empty or outside the dose grid, or earlier goals
        leave nothing of it.
    """
    settings = settings or EvaluationSettings()
    targets = list(dict.fromkeys(goal.structure for goal in prescription.goals))
    limited = [limit.structure for limit in prescription.limits]
    wanted = list(dict.fromkeys([*targets, *limited, *(structures.names if names is None else names)]))
    found: dict[str, DoseVolumeHistogram] = {}
    not_evaluated: dict[str, str] = {}
    for n, name in enumerate(wanted):
        progress("evaluating", n / len(wanted))
        structure = structures[name]
        try:
            found[name] = dose_volume_histogram(dose, structure)
        except ImpastoError as error:
            if name in targets or error.subject != name:
                raise
            not_evaluated[name] = error.problem
    progress("evaluating", 1.0)
    quality: list[QualityVolumeHistogram] = []
    goals: list[GoalOutcome] = []
    if dose.kind is DoseKind.PHYSICAL:
        quality = [quality_volume_histogram(dose, prescription, structures, name) for name in targets]
        goals = [_goal_outcome(dose, prescription, structures, n, settings) for n in range(len(prescription.goals))]
    first_goals = [next(goal for goal in prescription.goals if goal.structure == name) for name in targets]
    return PlanEvaluation(
        dose_label=dose.label,
        dose_kind=dose.kind,
        prescription=prescription.name,
        settings=settings,
        histograms=tuple(found.values()),
        quality=tuple(quality),
        indices=tuple(target_indices(dose, found[goal.structure], _isodose_gy(goal)) for goal in first_goals),
        goals=tuple(goals),
        limits=tuple(_limit_outcome(limit, found) for limit in prescription.limits if limit.structure in found),
        not_evaluated=not_evaluated,
    )


def _isodose_gy(goal: DoseGoal) -> float | None:
    return None if isinstance(goal.lower_gy, Image) or goal.lower_gy == 0.0 else goal.lower_gy


def _goal_outcome(
    dose: Dose, prescription: Prescription, structures: StructureSet, number: int, settings: EvaluationSettings
) -> GoalOutcome:
    """Judge a goal on what is its own of the target: not on voxels that an earlier goal claims."""
    goal = prescription.goals[number]
    earlier = [structures[g.structure] for g in prescription.goals[:number] if g.structure != goal.structure]
    tolerance = 0.01 * settings.goal_dose_tolerance_percent

    def own(grid: Grid, level_gy: FloatArray) -> FloatArray:
        for target in earlier:
            level_gy = np.where(target.voxels(grid), np.nan, level_gy)
        return level_gy

    target = structures[goal.structure]
    lower = dose_ratio_histogram(dose, target, lambda grid: own(grid, goal.lower_on(grid)))
    reached_percent = lower.volume_percent_at(1.0 - tolerance)
    exceeded_percent = None
    if goal.upper_gy is not None:
        upper = dose_ratio_histogram(dose, target, lambda grid: own(grid, goal.upper_on(grid)))
        exceeded_percent = upper.volume_percent_at(1.0 + tolerance)
    is_met = reached_percent >= settings.goal_volume_percent
    is_met = is_met and (exceeded_percent or 0.0) <= 100.0 - settings.goal_volume_percent
    return GoalOutcome(goal.structure, reached_percent, exceeded_percent, is_met)


def _limit_outcome(limit: DoseLimit, found: dict[str, DoseVolumeHistogram]) -> LimitOutcome:
    histogram = found[limit.structure]
    allowed = limit.dose_gy
    if limit.kind is LimitKind.MAXIMUM:
        achieved = histogram.maximum_gy
    elif limit.kind is LimitKind.MEAN:
        achieved = histogram.mean_gy
    else:
        assert limit.volume_percent is not None
        allowed = limit.volume_percent
        achieved = histogram.volume_at_dose_percent(limit.dose_gy)
    return LimitOutcome(limit, achieved, allowed - achieved, achieved <= allowed)


def _structure_record(histogram: DoseVolumeHistogram, doses_gy: Sequence[float]) -> dict[str, Any]:
    return {
        "structure": histogram.structure,
        "dose_kind": histogram.dose_kind.value,
        "alpha_beta_gy": histogram.alpha_beta_gy,
        "total_volume_ml": histogram.total_volume_ml,
        "evaluated_volume_ml": histogram.evaluated_volume_ml,
        "sample_spacing_mm": histogram.sample_spacing_mm.tolist(),
        "minimum_gy": histogram.minimum_gy,
        **{f"d{percent}_gy": histogram.dose_at_volume_percent_gy(percent) for percent in (98, 95, 50)},
        "mean_gy": histogram.mean_gy,
        "d2_gy": histogram.dose_at_volume_percent_gy(2),
        "maximum_gy": histogram.maximum_gy,
        "volume_at_dose": [
            {
                "dose_gy": dose_gy,
                "volume_ml": histogram.volume_at_dose_ml(dose_gy),
                "volume_percent": histogram.volume_at_dose_percent(dose_gy),
            }
            for dose_gy in doses_gy
        ],
    }


def _quality_record(histogram: QualityVolumeHistogram) -> dict[str, Any]:
    return {
        "structure": histogram.structure,
        "quality_factor": histogram.quality_factor,
        "mean_quality": histogram.mean,
        "volume_within_5_percent_of_prescribed_percent": histogram.volume_percent_within(0.05),
        "evaluated_volume_ml": histogram.evaluated_volume_ml,
    }


def _limit_record(outcome: LimitOutcome) -> dict[str, Any]:
    unit = "percent" if outcome.limit.kind is LimitKind.DOSE_VOLUME else "gy"
    return {
        "structure": outcome.limit.structure,
        "kind": outcome.limit.kind.value,
        "dose_gy": outcome.limit.dose_gy,
        "volume_percent": outcome.limit.volume_percent,
        f"achieved_{unit}": outcome.achieved,
        f"margin_{unit}": outcome.margin,
        "is_met": outcome.is_met,
    }
