"""The cohort's paired comparison beside the paper's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.evaluate import BRAIN_DENSITY_G_PER_ML, RadiosurgerySummary
from impasto.outcome.paired import PairedComparison, PairedValues, compare_pairs
from impasto.workflow.radiosurgery_cohort.cohort import RadiosurgeryCohort
from impasto.workflow.radiosurgery_cohort.published import PublishedCohort

__all__ = ["MEASURES", "Measure", "MeasureRow", "compared_measures", "unreachable_sentences"]

_NAMES = ("uniform", "painted")


@dataclass(frozen=True)
class Measure:
    """One figure of a plan, and what the paper may mean by it.

    Parameters
    ----------
    name, unit : str
    of : callable
        The figure of a plan.
    published : str
        Key of the paper's figure; none when empty.
    """

    name: str
    unit: str
    of: Callable[[RadiosurgerySummary], float]
    published: str = ""


def _head_j(plan: RadiosurgerySummary) -> float:
    return float("nan") if plan.head_j is None else plan.head_j


MEASURES = (
    Measure("mean dose, brain", "Gy", lambda plan: plan.brain_mean_gy, "brain_mean_gy"),
    Measure("integral dose, brain", "J", lambda plan: plan.brain_j, "integral_dose_j"),
    Measure("the same without tumour", "J", lambda plan: plan.brain_outside_target_j, "integral_dose_j"),
    Measure("integral dose, head", "J", _head_j, "integral_dose_j"),
    Measure("V12 anywhere", "ml", lambda plan: plan.high_ml, "v12_ml"),
    Measure("V12 in the brain", "ml", lambda plan: plan.high_in_brain_ml, "v12_ml"),
    Measure("V12 outside tumour", "ml", lambda plan: plan.high_outside_target_ml, "v12_ml"),
    Measure("D98 aggressive", "Gy", lambda plan: plan.zones[0].d98_gy),
    Measure("mean dose, aggressive", "Gy", lambda plan: plan.zones[0].mean_gy),
    Measure("D98 passive", "Gy", lambda plan: plan.zones[-1].d98_gy),
    Measure("Paddick, 15 Gy line", "1", lambda plan: plan.indices.paddick_conformity_index or 0.0),
    Measure("gradient, 15 Gy line", "1", lambda plan: plan.indices.gradient_index or 0.0),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class MeasureRow:
    """A measure compared in the cohort, and what the paper has for it, recomputed from its printed patients."""

    measure: Measure
    own: PairedComparison
    published: PairedComparison | None


def compared_measures(cohort: RadiosurgeryCohort, published: PublishedCohort) -> tuple[MeasureRow, ...]:
    """Compare the plans of a cohort by every measure: painted minus uniform, patient by patient."""
    rows = []
    for measure in MEASURES:
        uniform = np.array([measure.of(patient.uniform) for patient in cohort.patients])
        painted = np.array([measure.of(patient.painted) for patient in cohort.patients])
        theirs = None
        if measure.published:
            theirs = _compared(measure, published.uniform[measure.published], published.painted[measure.published])
        rows.append(MeasureRow(measure, _compared(measure, uniform, painted), theirs))
    return tuple(rows)


def _compared(measure: Measure, uniform: FloatArray, painted: FloatArray) -> PairedComparison:
    return compare_pairs(PairedValues(measure.name, measure.unit, _NAMES, uniform, painted))


def unreachable_sentences(cohort: RadiosurgeryCohort, published: PublishedCohort) -> tuple[str, ...]:
    """Say which of the paper's figures no definition reaches, and what they would take."""
    brain_kg = 1e-3 * BRAIN_DENSITY_G_PER_ML * float(np.mean([one.uniform.brain_ml for one in cohort.patients]))
    joule, gray = (float(published.uniform[name].mean()) for name in ("integral_dose_j", "brain_mean_gy"))
    largest_ml = max(one.volume_ml for one in cohort.patients)
    v12 = np.array([one.uniform.high_ml for one in cohort.patients])
    theirs = float(published.uniform["v12_ml"].mean())
    return (
        f"The paper's {joule:.2f} J at a mean of {gray:.2f} Gy are the energy in {joule / gray:.1f} kg; the brains "
        f"here weigh {brain_kg:.2f} kg. It is mean dose times mass: no definition over the brain gives both.",
        f"The paper's V12 of {theirs:.0f} ml is {theirs / float(np.mean(v12)):.1f} times the {np.mean(v12):.0f} ml "
        f"found here; of the largest tumour ({largest_ml:.1f} ml) it is {v12.max():.0f} ml. {_line(cohort, theirs)}",
        "Nothing was tuned to the paper's figures.",
    )


def _line(cohort: RadiosurgeryCohort, volume_ml: float) -> str:
    """Name the isodose line of the cohort's uniform plans that holds a volume, in the middle patient."""
    doses = []
    for patient in cohort.patients:
        gray, ml = (np.array(column) for column in zip(*patient.uniform.volume_ml_at_gy, strict=True))
        if ml[-1] < volume_ml < ml[0]:
            doses.append(float(np.exp(np.interp(-np.log(volume_ml), -np.log(np.maximum(ml, 1e-6)), np.log(gray)))))
    if not doses:
        return ""
    return f"That much lies inside the {np.median(doses):.1f} Gy line here (median of {len(doses)} patients)."
