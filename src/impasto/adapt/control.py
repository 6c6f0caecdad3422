"""Tumour control of a course whose oxygen changes on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.adapt.accumulation import AccumulatedDose
from impasto.core import ImpastoError
from impasto.core.arrays import FloatArray, RealArray
from impasto.radiobiology import log_survival, oxygen_dose_modification, poisson_tcp, population_tcp

__all__ = ["ControlEstimate", "ControlSettings", "course_log_survival", "tumour_control"]


@dataclass(frozen=True)
class ControlSettings:
    """The model of tumour control: Webb and Nahum 1993, with oxygen after Alper and Howard-Flanders 1956.

    Parameters
    ----------
    alpha_per_gy, alpha_spread_per_gy : float
        Mean over patients and standard deviation.
    alpha_beta_gy : float
    clonogens_per_ml : float
        Where tumour cells lie at their greatest density.
    oxygen_enhancement : float
        m of :func:`~impasto.radiobiology.oer.oxygen_enhancement_ratio`.
    half_mmhg : float
        K of the same.
    """

    alpha_per_gy: float = 0.3
    alpha_spread_per_gy: float = 0.08
    alpha_beta_gy: float = 10.0
    clonogens_per_ml: float = 1e7
    oxygen_enhancement: float = 3.0
    half_mmhg: float = 3.0


@dataclass(frozen=True)
class ControlEstimate:
    """What the model says of a course.

    Parameters
    ----------
    tcp : float
        Of a patient with the mean alpha.
    population_tcp : float
        Averaged over patients' alpha.
    clonogens : float
        Before treatment, in voxels with a dose.
    surviving : float
        Expected number after the course, for the mean alpha.
    without_dose_percent : float
        Share of the clonogens left out because their dose is not known.
    """

    tcp: float
    population_tcp: float
    clonogens: float
    surviving: float
    without_dose_percent: float


def course_log_survival(
    course: AccumulatedDose, oxygen_mmhg: Sequence[RealArray], settings: ControlSettings
) -> FloatArray:
    """Sum of ln S over the phases, each with the oxygen of its own time, shape of the course's grid.

    Parameters
    ----------
    course : AccumulatedDose
    oxygen_mmhg : sequence of ndarray
        One for each phase, on the course's grid: of the same pieces of tissue.
    settings : ControlSettings

    Raises
    ------
    ImpastoError
        When phases and oxygen maps are not as many.
    """
    if len(oxygen_mmhg) != len(course.parts):
        problem = f"{len(oxygen_mmhg)} oxygen maps for {len(course.parts)} phases"
        raise ImpastoError("tumour control", problem, "give one for each phase")
    total = np.zeros(course.grid.shape)
    for part, pressure in zip(course.parts, oxygen_mmhg, strict=True):
        counted = oxygen_dose_modification(pressure, settings.oxygen_enhancement, settings.half_mmhg)
        total += log_survival(part.gy, part.fractions, settings.alpha_per_gy, settings.alpha_beta_gy, counted)
    return total


def tumour_control(
    course: AccumulatedDose, cells: RealArray, oxygen_mmhg: Sequence[RealArray], settings: ControlSettings
) -> ControlEstimate:
    """Estimate the control of a tumour; cells neither multiply nor move between phases.

    Parameters
    ----------
    course : AccumulatedDose
    cells : ndarray, shape of the course's grid
        Density of tumour cells before treatment relative to the greatest, 0 to 1.
    oxygen_mmhg : sequence of ndarray
        See :func:`course_log_survival`.
    settings : ControlSettings
    """
    clonogens = np.asarray(cells, dtype=np.float64) * settings.clonogens_per_ml * course.grid.voxel_volume_ml
    inside = clonogens > 0.0
    logarithm = course_log_survival(course, oxygen_mmhg, settings)[inside]
    number, known = clonogens[inside], np.isfinite(logarithm)
    without = 100.0 * (1.0 - float(number[known].sum() / max(number.sum(), 1e-30)))
    number, logarithm = number[known], logarithm[known]
    return ControlEstimate(
        tcp=poisson_tcp(number, logarithm),
        population_tcp=population_tcp(number, logarithm, settings.alpha_per_gy, settings.alpha_spread_per_gy),
        clonogens=float(number.sum()),
        surviving=float(np.sum(number * np.exp(logarithm))),
        without_dose_percent=without,
    )
