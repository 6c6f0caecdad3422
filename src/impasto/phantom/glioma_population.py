"""Many glioblastomas as few numbers each: a sphere with cells thinning out around it, by direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri

from impasto.core.arrays import BoolArray, FloatArray
from impasto.core.errors import ImpastoError

__all__ = [
    "DIRECTIONS",
    "GlioblastomaPopulation",
    "Glioblastomas",
    "Luck",
    "MetabolicMarking",
    "draw_glioblastomas",
    "draw_luck",
    "marked_directions",
]

DIRECTIONS = 12
"""Equal solid angles in which infiltration differs, as it does along white matter."""


@dataclass(frozen=True)
class GlioblastomaPopulation:
    """Distributions that patients are drawn from; medians and spreads are of lognormal distributions.

    Parameters
    ----------
    diameter_mm, diameter_spread : float
        Of the enhancing tumour before surgery: median, and standard deviation of the logarithm.
    diameter_limits_mm : tuple of 2 floats
        Sizes beyond are set to these.
    biopsy_share : float
        Patients whose tumour was not resected.
    residual_share, residual_spread : float
        Enhancing tumour that resection left.
    infiltration_mm, infiltration_spread, infiltration_direction_spread : float
        Length over which cell density beyond the border falls to 1/e: median, and spread between patients and
        between directions of one.
    methylated_share : float
        Patients whose MGMT promoter is methylated.
    growth_spread : float
        Of the doubling time, whose median is not drawn but calibrated.
    burden_spread : float
        Of the number of cells that is lethal.
    """

    diameter_mm: float
    diameter_spread: float
    diameter_limits_mm: tuple[float, float]
    biopsy_share: float
    residual_share: float
    residual_spread: float
    infiltration_mm: float
    infiltration_spread: float
    infiltration_direction_spread: float
    methylated_share: float
    growth_spread: float
    burden_spread: float

    def __post_init__(self) -> None:
        sizes = (self.diameter_mm, self.residual_share, self.infiltration_mm, *self.diameter_limits_mm)
        if min(sizes) <= 0.0:
            raise ImpastoError("glioblastoma population", "a size is not positive", "give positive medians")
        if not (0.0 <= self.biopsy_share <= 1.0 and 0.0 <= self.methylated_share <= 1.0):
            raise ImpastoError("glioblastoma population", "a share is not one", "give shares from 0 to 1")


@dataclass(frozen=True, eq=False)
class Luck:
    """Numbers drawn once for each patient, so that worlds with other assumptions hold the same patients.

    Parameters
    ----------
    uniform : dict of str to ndarray, shape (...)
        Between 0 and 1.
    infiltration, marking : ndarray, shape (..., direction)
    """

    uniform: dict[str, FloatArray]
    infiltration: FloatArray
    marking: FloatArray

    def normal(self, name: str) -> FloatArray:
        """Give one of the uniform numbers as a standard normal one."""
        value: FloatArray = ndtri(self.uniform[name])
        return value


@dataclass(frozen=True, eq=False)
class Glioblastomas:
    """Patients.

    Parameters
    ----------
    radius_mm : ndarray, shape (...)
        Of the enhancing tumour before surgery, and of the tumour bed after.
    core_share : ndarray, shape (...)
        Of that sphere that still is tumour.
    infiltration_mm : ndarray, shape (..., direction)
    is_biopsied, is_methylated : ndarray of bool, shape (...)
    relative_growth, relative_burden : ndarray, shape (...)
        Doubling time and lethal burden over their medians.
    """

    radius_mm: FloatArray
    core_share: FloatArray
    infiltration_mm: FloatArray
    is_biopsied: BoolArray
    is_methylated: BoolArray
    relative_growth: FloatArray
    relative_burden: FloatArray


@dataclass(frozen=True)
class MetabolicMarking:
    """How well MRSI tells directions with infiltration from those without.

    Parameters
    ----------
    sensitivity, specificity : float
        Of directions, mean over patients.
    correlation : float
        Between directions of a patient: 0 when they err alone, near 1 when a patient's directions err together.
    """

    sensitivity: float
    specificity: float
    correlation: float

    def __post_init__(self) -> None:
        if not (0.0 <= self.sensitivity <= 1.0 and 0.0 <= self.specificity <= 1.0 and 0.0 <= self.correlation < 1.0):
            raise ImpastoError("marking by MRSI", "an accuracy is not a share", "give shares; a correlation below 1")


_NAMES = ("size", "surgery", "residual", "infiltration", "mgmt", "growth", "burden", "alpha", "sensitivity",
          "specificity", "cure", "scan", "entry", "loss", "omitted", "arm")  # fmt: skip


def draw_luck(shape: tuple[int, ...], rng: np.random.Generator) -> Luck:
    """Draw what decides patients of any population, their marking, treatment and follow-up."""
    uniform = {name: rng.uniform(1e-12, 1.0, shape) for name in _NAMES}
    directions = (*shape, DIRECTIONS)
    return Luck(uniform, rng.standard_normal(directions), rng.uniform(size=directions))


def draw_glioblastomas(population: GlioblastomaPopulation, luck: Luck) -> Glioblastomas:
    """Turn drawn numbers into patients of a population."""
    diameter = population.diameter_mm * np.exp(population.diameter_spread * luck.normal("size"))
    biopsied = luck.uniform["surgery"] < population.biopsy_share
    residual = population.residual_share * np.exp(population.residual_spread * luck.normal("residual"))
    infiltration = population.infiltration_mm * np.exp(
        (population.infiltration_spread * luck.normal("infiltration"))[..., None]
        + population.infiltration_direction_spread * luck.infiltration
    )
    return Glioblastomas(
        0.5 * np.clip(diameter, *population.diameter_limits_mm), np.where(biopsied, 1.0, np.minimum(residual, 1.0)),
        infiltration, biopsied, luck.uniform["mgmt"] < population.methylated_share,
        np.exp(population.growth_spread * luck.normal("growth")),
        np.exp(population.burden_spread * luck.normal("burden")),
    )  # fmt: skip


def marked_directions(is_infiltrated: BoolArray, marking: MetabolicMarking, luck: Luck) -> BoolArray:
    """Mark directions: infiltrated ones as often as the patient's sensitivity, others as often as it errs.

    Patients differ by beta distributions whose means are those of `marking` (so counts are beta-binomial).

    Parameters
    ----------
    is_infiltrated : ndarray of bool, shape (..., direction)
    marking : MetabolicMarking
    luck : Luck
    """
    hit = _by_patient(marking.sensitivity, marking.correlation, luck.uniform["sensitivity"])
    false = _by_patient(1.0 - marking.specificity, marking.correlation, luck.uniform["specificity"])
    marked: BoolArray = luck.marking < np.where(is_infiltrated, hit[..., None], false[..., None])
    return marked


def _by_patient(mean: float, correlation: float, uniform: FloatArray) -> FloatArray:
    if mean in (0.0, 1.0) or correlation == 0.0:
        return np.full(uniform.shape, mean)
    total = 1.0 / correlation - 1.0
    quantile: FloatArray = betaincinv(mean * total, (1.0 - mean) * total, uniform)
    return quantile
