"""How far anatomy, biology and dose have drifted from the plan, and whether that asks for a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from impasto.core import Dose, Grid, ImpastoError, Structure
from impasto.core.arrays import FloatArray
from impasto.evaluate import dose_volume_histogram

__all__ = [
    "DoseDrift",
    "StructureDrift",
    "TriggerLimits",
    "TriggerReading",
    "dose_drift",
    "structure_drift",
    "trigger_readings",
]


@dataclass(frozen=True)
class StructureDrift:
    """A structure on the day against the same structure before.

    Parameters
    ----------
    structure : str
    volume_before_ml, volume_ml : float
    dice : float
        Twice the common volume over the sum of volumes; NaN where one of them is empty.
    shift_mm : float
        Between both centres of mass; NaN where one of them is empty.
    """

    structure: str
    volume_before_ml: float
    volume_ml: float
    dice: float
    shift_mm: float

    @property
    def volume_change_percent(self) -> float:
        """Of the volume before."""
        if self.volume_before_ml == 0.0:
            return float("nan")
        return 100.0 * (self.volume_ml / self.volume_before_ml - 1.0)


@dataclass(frozen=True)
class DoseDrift:
    """A figure of the present plan, as planned and on the day's anatomy, both over the course.

    Parameters
    ----------
    structure : str
    figure : str
        ``"D98"``, ``"D2"`` or ``"mean"``.
    planned_gy, now_gy : float
    """

    structure: str
    figure: str
    planned_gy: float
    now_gy: float

    @property
    def change_percent(self) -> float:
        """Of the planned dose."""
        return 100.0 * (self.now_gy / self.planned_gy - 1.0) if self.planned_gy > 0.0 else float("nan")


@dataclass(frozen=True)
class TriggerLimits:
    """When a new plan is asked for.

    Parameters
    ----------
    d98_fall_percent : float
        The near-minimum dose of a target falls by more than this.
    mean_rise_percent : float
        The mean dose of an organ rises by more than this.
    volume_change_percent : float
        A gross tumour volume shrinks or grows by more than this.
    hypoxic_dice : float
        The hypoxic volume's overlap with the one that was painted is below this.
    """

    d98_fall_percent: float = 3.0
    mean_rise_percent: float = 10.0
    volume_change_percent: float = 20.0
    hypoxic_dice: float = 0.6

    def __post_init__(self) -> None:
        if min(self.d98_fall_percent, self.mean_rise_percent, self.volume_change_percent) < 0.0:
            raise ImpastoError("re-planning", "a limit is negative", "give percentages of 0 or more")
        if not 0.0 <= self.hypoxic_dice <= 1.0:
            raise ImpastoError("re-planning", f"a Dice of {self.hypoxic_dice:g}", "give 0 to 1")


@dataclass(frozen=True)
class TriggerReading:
    """One rule held against its limit.

    Parameters
    ----------
    rule : str
        Such as ``"D98 falls"``.
    structure : str
    value, limit : float
    unit : str
    is_triggered : bool
    """

    rule: str
    structure: str
    value: float
    limit: float
    unit: str
    is_triggered: bool


def structure_drift(before: Structure, now: Structure, grid: Grid) -> StructureDrift:
    """Compare a structure with its former self in one frame.

    In the room (no transform) the figures say what the beams see; with `before` carried along by the registration they
    say what changed in the tissue itself.

    Parameters
    ----------
    before, now : Structure
    grid : Grid
        Holds both.
    """
    shares = before.occupancy(grid), now.occupancy(grid)
    volumes = [float(share.sum()) * grid.voxel_volume_ml for share in shares]
    if min(volumes) == 0.0:
        return StructureDrift(now.name, volumes[0], volumes[1], float("nan"), float("nan"))
    common = 2.0 * float(np.minimum(*shares).sum()) * grid.voxel_volume_ml
    centres = [_centre_mm(share, grid) for share in shares]
    shift = float(np.linalg.norm(centres[1] - centres[0]))
    return StructureDrift(now.name, volumes[0], volumes[1], common / sum(volumes), shift)


def dose_drift(planned: tuple[Dose, Structure], now: tuple[Dose, Structure], figure: str) -> DoseDrift:
    """Compare one figure of a dose before with the day's.

    Parameters
    ----------
    planned, now : tuple of Dose and Structure
        Each in its own frame.
    figure : {"D98", "D2", "mean"}

    Raises
    ------
    ImpastoError
        When the figure is unknown, or a structure cannot be evaluated.
    """
    if figure not in ("D98", "D2", "mean"):
        raise ImpastoError(figure, "is no figure of a dose", "give D98, D2 or mean")
    values = []
    for dose, structure in (planned, now):
        histogram = dose_volume_histogram(dose, structure)
        percent = {"D98": 98.0, "D2": 2.0}.get(figure)
        values.append(histogram.mean_gy if percent is None else histogram.dose_at_volume_percent_gy(percent))
    return DoseDrift(now[1].name, figure, values[0], values[1])


def trigger_readings(
    tumours: Sequence[StructureDrift],
    hypoxic: StructureDrift | None,
    doses: Sequence[DoseDrift],
    limits: TriggerLimits,
) -> tuple[TriggerReading, ...]:
    """Hold every drift against its limit.

    Parameters
    ----------
    tumours : sequence of StructureDrift
        Gross tumour volumes.
    hypoxic : StructureDrift, optional
        The hypoxic volume against the one painted last, carried along; one that is gone or new has a Dice of 0.
    doses : sequence of DoseDrift
        D98 of targets, mean dose of organs.
    limits : TriggerLimits
    """
    found = []
    for dose in doses:
        if dose.figure == "D98":
            fall = -dose.change_percent
            limit = limits.d98_fall_percent
            found.append(TriggerReading("D98 falls", dose.structure, fall, limit, "%", fall > limit))
        elif dose.figure == "mean":
            rise, limit = dose.change_percent, limits.mean_rise_percent
            found.append(TriggerReading("mean dose rises", dose.structure, rise, limit, "%", rise > limit))
    for tumour in tumours:
        change, limit = tumour.volume_change_percent, limits.volume_change_percent
        found.append(TriggerReading("volume changes", tumour.structure, change, limit, "%", abs(change) > limit))
    if hypoxic is not None:
        dice = 0.0 if np.isnan(hypoxic.dice) else hypoxic.dice
        is_low = dice < limits.hypoxic_dice and max(hypoxic.volume_before_ml, hypoxic.volume_ml) > 0.0
        found.append(TriggerReading("overlap lost", hypoxic.structure, dice, limits.hypoxic_dice, "1", is_low))
    return tuple(found)


def _centre_mm(share: FloatArray, grid: Grid) -> FloatArray:
    total = share.sum()
    index = [
        float(np.sum(share.sum(axis=tuple(a for a in range(3) if a != axis)) * np.arange(share.shape[axis])) / total)
        for axis in range(3)
    ]
    return grid.world_from_index(index)
