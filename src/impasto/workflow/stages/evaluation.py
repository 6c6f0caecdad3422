"""Stage: a plan is held against its prescription."""

from __future__ import annotations

from impasto.core import Progress
from impasto.evaluate import EvaluationSettings, evaluate_plan
from impasto.files import StrictModel
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["EVALUATION"]


class _Settings(StrictModel):
    volume_at_doses_gy: tuple[float, ...] = ()
    goal_dose_tolerance_percent: float = 5.0
    goal_volume_percent: float = 98.0


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    evaluation = evaluate_plan(
        inputs.plan("plan").dose,
        inputs.prescription("prescription"),
        inputs.structures("structures"),
        settings=EvaluationSettings(**settings.model_dump()),
        progress=progress,
    )
    notes = tuple(f"{name} was not evaluated: {problem}" for name, problem in evaluation.not_evaluated.items())
    return StageResult({"figures": Figures(evaluation.to_record())}, notes)


EVALUATION = Stage("evaluation", _Settings, _run)
