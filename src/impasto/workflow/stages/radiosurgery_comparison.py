"""Stage: two radiosurgery plans of one patient by the same figures, whatever each was prescribed to."""

from __future__ import annotations

from dataclasses import asdict, replace
from itertools import pairwise

from pydantic import PositiveFloat

from impasto.core import ImpastoError, Progress
from impasto.evaluate import RadiosurgeryQuestion, RadiosurgerySummary, summarise_radiosurgery
from impasto.files import StrictModel
from impasto.plan.gammaknife import beam_on_minutes
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult

__all__ = ["RADIOSURGERY_COMPARISON", "read_radiosurgery_comparison"]


class _Settings(StrictModel):
    """See :class:`~impasto.evaluate.RadiosurgeryQuestion`."""

    brain: str = "Brain"
    target: str = "Painted tumour"
    head: str = "EXTERNAL"
    reference_gy: PositiveFloat = 15.0
    isodose: PositiveFloat = 0.5
    high_gy: PositiveFloat = 12.0
    tolerance: PositiveFloat = 1.25


def _run(inputs: Inputs, settings: _Settings, progress: Progress) -> StageResult:
    structures, painted = inputs.structures("structures"), inputs.prescription("prescription")
    question = RadiosurgeryQuestion(**settings.model_dump())
    plans = [inputs.plan(slot) for slot in ("painted", "uniform")]
    if plans[0].name == plans[1].name:
        raise ImpastoError(plans[0].name, "both plans have this name", "rename one of them")
    found = [
        summarise_radiosurgery(replace(plan.dose, label=plan.name), painted, structures, question, progress)
        for plan in plans
    ]
    delivery = {plan.name: {"shots": len(plan.shots), "beam_on_minutes": beam_on_minutes(plan.shots)} for plan in plans}
    figures = {
        "question": asdict(question),
        "plans": [summary.to_record() for summary in found],
        "delivery": delivery,
    }
    return StageResult({"figures": Figures(figures)}, tuple(_notes(found[0], question)))


def _notes(painted: RadiosurgerySummary, question: RadiosurgeryQuestion) -> list[str]:
    bound = (
        f"A zone is kept when D98 reaches its level and D2 stays below {question.tolerance:g} times the level over the "
        f"isodose of {100.0 * question.isodose:g} %."
    )
    missed = [zone.structure for zone in painted.zones if not zone.is_kept]
    verdict = (
        f"Not kept in {painted.name}: {', '.join(missed)}." if missed else f"All zones are kept in {painted.name}."
    )
    means = [zone.mean_gy for zone in painted.zones]
    if any(later >= earlier for earlier, later in pairwise(means)):
        verdict += " Mean doses of the zones are not in the order of their levels."
    line = f"Conformity and gradient of both plans are those of the {question.reference_gy:g} Gy line."
    return [bound, verdict, line]


def read_radiosurgery_comparison(figures: Figures) -> tuple[RadiosurgerySummary, ...]:
    """Read what the stage wrote: one summary for each plan, the painted first."""
    return tuple(RadiosurgerySummary.from_record(record) for record in figures.values["plans"])


RADIOSURGERY_COMPARISON = Stage("radiosurgery-comparison", _Settings, _run)
