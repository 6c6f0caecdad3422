"""Prescriptions: the dose that is wanted, voxel by voxel, and the limits it must keep.

One object that planners, evaluation, export and reports all obey.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.resample import resample_linear
from impasto.core.structures import StructureSet

__all__ = ["DoseGoal", "DoseLimit", "LimitKind", "Prescription"]


@dataclass(frozen=True, eq=False)
class DoseGoal:
    """Dose wanted in a target structure.

    Parameters
    ----------
    structure : str
        Name of the target.
    lower_gy : float or Image
        Dose that every voxel should reach over the course, in Gy; a map gives each voxel its own.
    upper_gy : float or Image, optional
        Dose that no voxel should exceed; without it only underdose counts. Equal to `lower_gy`: exactly that dose.
    weight : float
        Importance relative to other goals.
    """

    structure: str
    lower_gy: float | Image
    upper_gy: float | Image | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        for level in (self.lower_gy, self.upper_gy):
            if isinstance(level, Image) and level.unit != "Gy":
                raise ImpastoError(self.structure, f"its dose map is in {level.unit!r}", "give it in Gy")
            lowest = 0.0 if level is None else float(np.min(level.data)) if isinstance(level, Image) else level
            if not lowest >= 0.0:
                raise ImpastoError(self.structure, f"a prescribed dose of {lowest:g} Gy", "prescribe 0 Gy or more")
        lower, upper = self.lower_gy, self.upper_gy
        if isinstance(lower, float | int) and isinstance(upper, float | int) and upper < lower:
            raise ImpastoError(self.structure, f"at least {lower:g} but at most {upper:g} Gy", "raise the upper level")

    def lower_on(self, grid: Grid) -> FloatArray:
        """Lower dose level of each voxel of a grid in Gy, shape `grid.shape`, whether or not in the structure."""
        return _level_on(self.lower_gy, grid)

    def upper_on(self, grid: Grid) -> FloatArray:
        """Upper dose level of each voxel of a grid in Gy; infinite where there is none."""
        return np.full(grid.shape, np.inf) if self.upper_gy is None else _level_on(self.upper_gy, grid)


class LimitKind(StrEnum):
    """Which figure of an organ's dose distribution is limited."""

    MAXIMUM = "maximum"
    MEAN = "mean"
    DOSE_VOLUME = "dose-volume"


@dataclass(frozen=True)
class DoseLimit:
    """Dose that an organ at risk should not exceed.

    Parameters
    ----------
    structure : str
        Name of the organ.
    kind : LimitKind
        Maximum, mean, or dose to a volume.
    dose_gy : float
        The limit over the course in Gy.
    volume_percent : float, optional
        For ``dose-volume``: at most this share of the organ may receive more than `dose_gy`.
    weight : float
        Importance relative to the goals.
    """

    structure: str
    kind: LimitKind
    dose_gy: float
    volume_percent: float | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        if (self.kind is LimitKind.DOSE_VOLUME) != (self.volume_percent is not None):
            raise ImpastoError(self.structure, "a dose-volume limit and its volume must come together", "give both")
        if not 0.0 <= self.dose_gy < np.inf:
            raise ImpastoError(self.structure, f"a limit of {self.dose_gy:g} Gy", "give a dose of 0 Gy or more")
        if self.volume_percent is not None and not 0.0 <= self.volume_percent <= 100.0:
            raise ImpastoError(self.structure, f"a limit for {self.volume_percent:g} % of it", "give 0 to 100 %")


@dataclass(frozen=True, eq=False)
class Prescription:
    """What a plan must deliver.

    Parameters
    ----------
    name : str
    fractions : int
    goals : tuple of DoseGoal
        In order of priority: a voxel that several target structures share belongs to the first that lists it.
    limits : tuple of DoseLimit
    maximum_gy : float
        No goal may ask for more than this over the course.
    method : str
        How the dose levels were found, with every setting that changed a number.

    Raises
    ------
    ImpastoError
        When there is no goal, fractions are not positive, or a level is above `maximum_gy`.
    """

    name: str
    fractions: int
    goals: tuple[DoseGoal, ...]
    limits: tuple[DoseLimit, ...] = ()
    maximum_gy: float = 100.0
    method: str = ""

    def __post_init__(self) -> None:
        if not self.goals:
            raise ImpastoError(self.name, "it has no dose goal", "name at least one target and its dose")
        if self.fractions < 1:
            raise ImpastoError(self.name, f"{self.fractions} fractions", "give one or more")
        for goal in self.goals:
            level = goal.lower_gy
            highest = float(np.max(level.data)) if isinstance(level, Image) else level
            if not highest <= self.maximum_gy:
                raise ImpastoError(
                    self.name,
                    f"{goal.structure} is prescribed {highest:.1f} Gy, above the maximum of {self.maximum_gy:g} Gy",
                    "lower the levels, or raise maximum_gy if this is meant",
                )

    def dose_map(self, structures: StructureSet, grid: Grid) -> FloatArray:
        """Lower dose level of the goal that owns each voxel, in Gy, shape `grid.shape`; 0 outside all targets.

        Voxels belong to a structure when at least half inside.
        """
        wanted = np.zeros(grid.shape)
        free = np.ones(grid.shape, dtype=bool)
        for goal in self.goals:
            own = structures[goal.structure].voxels(grid) & free
            wanted[own] = goal.lower_on(grid)[own]
            free &= ~own
        return wanted


def _level_on(level: float | Image, grid: Grid) -> FloatArray:
    if isinstance(level, Image):
        return resample_linear(level.data, level.grid, grid).astype(np.float64)
    return np.full(grid.shape, float(level))
