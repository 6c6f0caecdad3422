"""From a dosed digital patient to the times of progression and death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import BoolArray, FloatArray
from impasto.phantom.boost_zones import boost_volume_ml, clonogens_by_dose, infiltrated_directions
from impasto.phantom.glioma_population import (
    Glioblastomas,
    Luck,
    MetabolicMarking,
    draw_glioblastomas,
    marked_directions,
)
from impasto.radiobiology import log_survival, log_surviving_clonogens, regrowth_time
from impasto.workflow.trial.assumptions import Assumptions

__all__ = ["Growth", "Outcome", "PatientGroup", "outcome_of"]


@dataclass(frozen=True)
class Growth:
    """What the control arm's medians decide.

    Parameters
    ----------
    doubling_months : float
        Median doubling time of clonogens after radiotherapy, salvage treatment included.
    temozolomide_log_kill : float
        Natural logarithms of clonogens that it kills in methylated tumours beyond others.
    log_progression_burden : float
        Natural logarithm of the cells at which imaging shows progression.
    """

    doubling_months: float
    temozolomide_log_kill: float
    log_progression_burden: float


@dataclass(frozen=True, eq=False)
class Outcome:
    """Months from randomisation, shape (...)."""

    progression_free: FloatArray
    survival: FloatArray


@dataclass(frozen=True, eq=False)
class PatientGroup:
    """Patients of one or many trials, and the numbers drawn for them."""

    assumptions: Assumptions
    luck: Luck
    patients: Glioblastomas

    @classmethod
    def drawn(cls, assumptions: Assumptions, luck: Luck) -> PatientGroup:
        """Draw patients."""
        return cls(assumptions, luck, draw_glioblastomas(assumptions.population(), luck))

    def marked(self) -> BoolArray:
        """Mark directions by MRSI, shape (..., direction)."""
        mrsi = self.assumptions.mrsi
        marking = MetabolicMarking(mrsi.sensitivity.value, mrsi.specificity.value, mrsi.correlation.value)
        return marked_directions(infiltrated_directions(self.patients, self.assumptions.margins()), marking, self.luck)

    def boost_ml(self, is_marked: BoolArray) -> FloatArray:
        """Volume that gets the boost."""
        return boost_volume_ml(self.patients, is_marked, self.assumptions.margins())

    def control_log_survivors(self) -> FloatArray:
        """Clonogens expected to survive the base dose, logarithm, shape (...)."""
        nothing = np.zeros(self.patients.infiltration_mm.shape, dtype=bool)
        return self._log_survivors(nothing, self.assumptions.dose.base_gy.value)

    def boosted_log_survivors(self, is_marked: BoolArray) -> FloatArray:
        """Clonogens expected to survive the boost to the tumour bed and what is marked, logarithm, shape (...)."""
        return self._log_survivors(is_marked, self.assumptions.dose.boost_gy.value)

    def _log_survivors(self, is_marked: BoolArray, boost_gy: float) -> FloatArray:
        dose, sensitive = self.assumptions.dose, self.assumptions.radiosensitivity
        clonogens = clonogens_by_dose(
            self.patients, is_marked, self.assumptions.margins(), self.assumptions.tumour.clonogens_per_ml.value
        )
        alpha = sensitive.alpha_per_gy.value * np.exp(sensitive.alpha_spread.value * self.luck.normal("alpha"))
        levels = np.array([boost_gy, dose.base_gy.value, dose.beyond_gy.value])
        ratio = sensitive.alpha_beta_gy.value
        survival = log_survival(levels, int(dose.fractions.value), alpha[..., None], ratio)
        return log_surviving_clonogens(clonogens, survival)


def outcome_of(group: PatientGroup, log_survivors: FloatArray, growth: Growth) -> Outcome:
    """Grow what survived to what imaging shows and to what is lethal.

    Clonogens double steadily from the end of radiotherapy on. Progression is seen on the first scan after the burden
    passed the threshold (and 1.4 times the smallest burden); death counts as its end.

    Parameters
    ----------
    group : PatientGroup
    log_survivors : ndarray, shape (...)
        After radiotherapy, before temozolomide.
    growth : Growth
    """
    course, patients, luck = group.assumptions.course, group.patients, group.luck
    left = log_survivors - growth.temozolomide_log_kill * patients.is_methylated
    doubling = growth.doubling_months * patients.relative_growth
    lethal = np.log(group.assumptions.tumour.lethal_burden.value * patients.relative_burden)
    visible = np.maximum(growth.log_progression_burden, left + np.log(course.progression_factor.value))
    end, cure = course.radiotherapy_end_months.value, luck.uniform["cure"]
    survival = end + regrowth_time(left, lethal, doubling, cure)
    seen = _seen(end + regrowth_time(left, visible, doubling, cure), group)
    return Outcome(np.minimum(seen, survival), survival)


def _seen(time: FloatArray, group: PatientGroup) -> FloatArray:
    """First scan at or after a time."""
    course = group.assumptions.course
    jitter = course.scan_jitter_months.value * (2.0 * group.luck.uniform["scan"] - 1.0)
    first = course.radiotherapy_end_months.value + course.first_scan_months.value + jitter
    interval = course.scan_interval_months.value
    seen: FloatArray = first + interval * np.ceil(np.maximum(time - first, 0.0) / interval)
    return seen
