"""FLAB: fuzzy locally adaptive Bayesian segmentation (Hatt et al. 2009).

A voxel is background, lesion, or one of two fuzzy levels that hold a third and two thirds of the lesion: noise is
told by two Gaussians, blur by the levels between them. Each voxel's prior is the share of the classes in the 3 x 3 x 3
cube around it. Stochastic expectation maximisation draws all classes from their posteriors, takes priors and
Gaussians from the draw, and goes on; here the class drawn most often once the chain has settled is the decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from impasto.core.arrays import BoolArray, FloatArray, RealArray
from impasto.core.errors import ImpastoError
from impasto.target.pet.lesion import PetLesion
from impasto.target.pet.method import PetMethod, PetSegmentation
from impasto.target.pet.peak_part import part_with_peak
from impasto.target.pet.scanner import PetScanner
from impasto.target.pet.smallness import note_if_small
from impasto.target.pet.stochastic_em import LEVELS, OUTSIDE, draw_classes, mixture_of

__all__ = ["FLAB", "FlabFit", "FlabSettings", "fit_flab", "fuzzy_locally_adaptive_bayesian"]


@dataclass(frozen=True)
class FlabSettings:
    """How long the chain runs and what keeps it from collapsing.

    Parameters
    ----------
    draws : int
        Draws of all classes; at most 275.
    settling_draws : int
        The first of them, which do not count.
    least_deviation : float
        Least standard deviation of a class as a share of the contrast, so that a class without noise is not a spike.
    seed : int
        Of the random numbers: equal seeds give equal results.

    Raises
    ------
    ImpastoError
        When no draw is left to count.
    """

    draws: int = 36
    settling_draws: int = 16
    least_deviation: float = 0.02
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 < self.draws - self.settling_draws < 256 or self.settling_draws < 0 or not self.least_deviation > 0.0:
            problem = f"{self.draws} draws, {self.settling_draws} to settle, deviation {self.least_deviation:g}"
            raise ImpastoError("FLAB", problem, "let 1 to 255 draws count and the deviation be above 0")


@dataclass(frozen=True, eq=False)
class FlabFit:
    """What the chain found.

    Parameters
    ----------
    classes : ndarray of uint8, shape (i, j, k)
        Class drawn most often: 0 background, 1 and 2 the fuzzy levels 1/3 and 2/3, 3 lesion, 4 not looked at.
    lesion_share : ndarray of float32, shape (i, j, k)
        Mean share of the lesion over the draws that count.
    means, deviations : ndarray, shape (2,)
        Of background and lesion, mean over the draws that count.
    """

    classes: NDArray[np.uint8]
    lesion_share: NDArray[np.float32]
    means: FloatArray
    deviations: FloatArray


def fit_flab(values: RealArray, search: BoolArray, background: float, top: float, settings: FlabSettings) -> FlabFit:
    """Estimate the fuzzy mixture of background and lesion.

    Parameters
    ----------
    values : ndarray, shape (i, j, k)
    search : ndarray of bool, shape (i, j, k)
        Voxels that take part: the lesion and tissue around it.
    background, top : float
        Typical and largest uptake: the classes first drawn from are the levels between them.
    settings : FlabSettings

    Raises
    ------
    ImpastoError
        When `top` does not exceed `background`, or either class loses its last voxel.
    """
    if not top > background:
        raise ImpastoError("FLAB", f"its lesion's {top:g} is not above {background:g} around it", "search elsewhere")
    values = np.ascontiguousarray(values, dtype=np.float32)
    nearest = np.clip(np.rint((values - background) / (top - background) * 3.0), 0, 3)
    classes = np.where(search, nearest, OUTSIDE).astype(np.uint8)
    tally = np.zeros((len(LEVELS), *values.shape), dtype=np.uint8)
    hard = _hard_classes(_sums(values, classes))
    counted = []
    for step in range(settings.draws):
        floor = settings.least_deviation * (hard[0][1] - hard[0][0])
        mixture = mixture_of(hard[0], np.maximum(hard[1], floor))
        classes, sums = draw_classes(values, classes, mixture, settings.seed, step)
        hard = _hard_classes(sums)
        if step >= settings.settling_draws:
            counted.append(hard)
            for level in range(len(LEVELS)):
                tally[level] += classes == level
    means, deviations = np.mean(counted, axis=0)
    most = np.argmax(tally, axis=0).astype(np.uint8)
    share = np.tensordot(LEVELS.astype(np.float32) / len(counted), tally.astype(np.float32), axes=1)
    return FlabFit(np.where(search, most, np.uint8(OUTSIDE)), share.astype(np.float32), means, deviations)


def fuzzy_locally_adaptive_bayesian(
    lesion: PetLesion, scanner: PetScanner, settings: FlabSettings | None = None
) -> PetSegmentation:
    """Delineate by FLAB: the lesion's class and the fuzzy level nearer to it, where they hang together with the peak.

    The fuzzy levels stand for the point spread; that of `scanner` only tells whether the lesion is too small for them.
    """
    fit = fit_flab(lesion.image.data, lesion.search, lesion.background.mean, lesion.maximum, settings or FlabSettings())
    inside = part_with_peak((fit.classes == 2) | (fit.classes == 3), lesion.search, lesion.peak_index)
    figures = {
        "background_mean": float(fit.means[0]),
        "background_deviation": float(fit.deviations[0]),
        "lesion_mean": float(fit.means[1]),
        "lesion_deviation": float(fit.deviations[1]),
        "fuzzy_share_of_lesion": float(np.mean(fit.classes[inside] == 2)) if inside.any() else 0.0,
    }
    occupancy = inside.astype(np.float64)
    notes = note_if_small(
        occupancy, lesion.image.grid, scanner.fwhm_mm, 2.0, "makes the volume a third or more too large"
    )
    return PetSegmentation(occupancy, figures, notes)


def _sums(values: RealArray, classes: NDArray[np.uint8]) -> FloatArray:
    """Voxels, sum and sum of squares of the hard classes, shape (2, 3)."""
    of_class = [values[classes == level].astype(np.float64) for level in (0, 3)]
    return np.array([[one.size, one.sum(), np.square(one).sum()] for one in of_class])


def _hard_classes(sums: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation of background and lesion."""
    count = sums[:, 0]
    if count.min() < 1.0:
        name = "background" if count[0] < 1.0 else "lesion"
        raise ImpastoError("FLAB", f"its {name} has no voxel left", "search a region that holds lesion and background")
    means = sums[:, 1] / count
    if not means[1] > means[0]:
        raise ImpastoError("FLAB", "lesion and background have the same uptake", "search a region around one lesion")
    return means, np.sqrt(np.maximum(sums[:, 2] / count - means**2, 0.0))


FLAB = PetMethod(
    name="flab",
    title="Fuzzy locally adaptive Bayesian (FLAB)",
    source="Hatt 2009",
    published="volume error 5 to 15 % for spheres of 13 to 37 mm at contrast 4:1 and 8:1 (IEC phantom; Hatt 2009)",
    run=fuzzy_locally_adaptive_bayesian,
)
