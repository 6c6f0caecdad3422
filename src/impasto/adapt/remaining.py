"""What is left of a prescription after part of a course: the dose wanted less the dose given, as biology counts it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from impasto.adapt.accumulation import AccumulatedDose
from impasto.core import DoseGoal, DoseLimit, Grid, Image, ImpastoError, LimitKind, Prescription, StructureSet
from impasto.core.arrays import BoolArray, FloatArray
from impasto.radiobiology import eqd2_gy, physical_from_eqd2_gy

__all__ = ["RemainingSettings", "remaining_dose_gy", "remaining_prescription"]


@dataclass(frozen=True)
class RemainingSettings:
    """How what is left is prescribed.

    Parameters
    ----------
    alpha_beta_gy : float
        Of the tumour: dose given and dose left are counted as EQD2 with it.
    least_gy_per_fraction, most_gy_per_fraction : float
        No target voxel is prescribed less or more in a fraction; in the trials of adaptive painting by numbers up to
        3 Gy (Duprez 2011).

    Raises
    ------
    ImpastoError
        When the bounds do not ascend.
    """

    alpha_beta_gy: float
    least_gy_per_fraction: float = 0.0
    most_gy_per_fraction: float = 3.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.least_gy_per_fraction < self.most_gy_per_fraction:
            problem = f"{self.least_gy_per_fraction:g} to {self.most_gy_per_fraction:g} Gy a fraction"
            raise ImpastoError("remaining prescription", problem, "give ascending doses of 0 or more")


def remaining_dose_gy(
    wanted_gy: FloatArray, given_eqd2_gy: FloatArray, fractions: tuple[int, int], settings: RemainingSettings
) -> tuple[FloatArray, BoolArray, BoolArray]:
    """Physical dose to give in the fractions left, so that the whole course has the EQD2 that was wanted.

    ``n d (d + ab) / (2 + ab) = EQD2(wanted) - EQD2(given)``, solved for d and kept within its bounds.

    Parameters
    ----------
    wanted_gy : ndarray
        Over the whole course in equal fractions.
    given_eqd2_gy : ndarray
        Of all fractions so far; NaN where it is not known: there the wanted dose goes on at its own pace.
    fractions : tuple of int
        Of the whole course, and left.
    settings : RemainingSettings

    Returns
    -------
    dose_gy : ndarray
        Over the fractions left.
    is_bounded : ndarray of bool
        Where a bound changed it.
    is_unknown : ndarray of bool
        Where the dose given is not known.

    Raises
    ------
    ImpastoError
        When no fraction is left, or more than the course has.
    """
    whole, left = fractions
    if not 0 < left <= whole:
        raise ImpastoError("remaining prescription", f"{left} of {whole} fractions left", "give one to all")
    ratio = settings.alpha_beta_gy
    is_unknown = np.isnan(given_eqd2_gy)
    rest = eqd2_gy(wanted_gy, whole, ratio) - np.where(is_unknown, 0.0, given_eqd2_gy)
    dose = physical_from_eqd2_gy(np.maximum(rest, 0.0), left, ratio)
    dose = np.where(is_unknown, wanted_gy * left / whole, dose)
    bounded = np.clip(dose, left * settings.least_gy_per_fraction, left * settings.most_gy_per_fraction)
    return bounded, np.abs(bounded - dose) > 1e-6, is_unknown


def remaining_prescription(
    whole: Prescription,
    given: AccumulatedDose,
    structures: StructureSet,
    left: int,
    settings: RemainingSettings,
) -> Prescription:
    """Prescribe what is left of a course.

    Parameters
    ----------
    whole : Prescription
        For the whole course, painted by the image of this phase.
    given : AccumulatedDose
        Every phase so far, brought to this phase's frame, on the voxels that are to be prescribed.
    structures : StructureSet
        Of this phase.
    left : int
        Fractions.
    settings : RemainingSettings

    Returns
    -------
    Prescription
        In the fractions left. Goals become maps. Of a maximum the organ's highest dose so far is taken off. A mean dose
        may go on at the limit's pace, or faster by what the organ was spared so far: an organ that has had more than
        its pace does not get its due from the target. Dose-volume limits shrink with the number of fractions.
    """
    grid, given_eqd2 = given.grid, given.eqd2_gy(settings.alpha_beta_gy)
    goals, free = [], np.ones(grid.shape, dtype=bool)
    counted = bounded = unknown = 0
    for goal in whole.goals:
        own = structures[goal.structure].voxels(grid) & free
        free &= ~own
        lower, is_bounded, is_unknown = remaining_dose_gy(
            goal.lower_on(grid), given_eqd2, (whole.fractions, left), settings
        )
        counted += int(own.sum())
        bounded += int(np.count_nonzero(is_bounded & own))
        unknown += int(np.count_nonzero(is_unknown & own))
        goals.append(_remaining_goal(goal, lower, given_eqd2, grid, (whole.fractions, left), settings))
    share = 100.0 / max(counted, 1)
    method = (
        f"{whole.method}; less the EQD2 given (alpha/beta {settings.alpha_beta_gy:g} Gy) in "
        f"{whole.fractions - left} fractions, {left} left, {settings.least_gy_per_fraction:g} to "
        f"{settings.most_gy_per_fraction:g} Gy each ({share * bounded:.1f} % of the target voxels bounded"
    )
    method += f", {share * unknown:.1f} % without a known dose go on at their pace)" if unknown else ")"
    limits = tuple(_remaining_limit(limit, given, structures, whole.fractions, left) for limit in whole.limits)
    name = f"{whole.name}, {left} fractions left"
    return replace(whole, name=name, fractions=left, goals=tuple(goals), limits=limits, method=method)


def _remaining_goal(
    goal: DoseGoal,
    lower: FloatArray,
    given_eqd2: FloatArray,
    grid: Grid,
    fractions: tuple[int, int],
    settings: RemainingSettings,
) -> DoseGoal:
    upper: Image | None = None
    if goal.upper_gy is not None:
        level, _, _ = remaining_dose_gy(goal.upper_on(grid), given_eqd2, fractions, settings)
        upper = Image(np.maximum(level, lower).astype(np.float32), grid, "highest dose", "Gy")
    return replace(goal, lower_gy=Image(lower.astype(np.float32), grid, "prescribed dose", "Gy"), upper_gy=upper)


def _remaining_limit(
    limit: DoseLimit, given: AccumulatedDose, structures: StructureSet, whole: int, left: int
) -> DoseLimit:
    pace_gy = limit.dose_gy * left / whole
    so_far = given.physical()
    found = so_far.gy[structures[limit.structure].voxels(so_far.grid)]
    found = found[np.isfinite(found)]
    if limit.kind is LimitKind.DOSE_VOLUME or not found.size:
        return replace(limit, dose_gy=pace_gy)
    if limit.kind is LimitKind.MEAN:
        return replace(limit, dose_gy=max(limit.dose_gy - float(found.mean()), pace_gy))
    return replace(limit, dose_gy=max(limit.dose_gy - float(found.max()), 0.0))
