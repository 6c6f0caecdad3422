"""Where a tumour came back, by the dose that was given there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from impasto.core import Dose, Grid, ImpastoError, Structure
from impasto.core.resample import resample_linear

__all__ = ["FailurePattern", "PatternBounds", "Recurrence", "Relapse", "covered_share", "failure_pattern", "relapse"]

_SAMPLE_MM = 1.0


class FailurePattern(StrEnum):
    """Place of a recurrence against the prescription isodose, innermost first."""

    CENTRAL = "central"
    IN_FIELD = "in-field"
    MARGINAL = "marginal"
    DISTANT = "distant"


class Relapse(StrEnum):
    """What all recurrences of a patient amount to."""

    LOCAL = "local"
    MIXED = "local and distant"
    DISTANT = "distant"


@dataclass(frozen=True)
class PatternBounds:
    """Least shares of a recurrence's volume inside the isodose.

    Authors differ in who owns the border between central and in-field: the defaults are Lee 1999 as Chan 2002 and
    McDonald 2011 use it; ``central=1`` leaves three groups (Paulsson 2014).

    Raises
    ------
    ImpastoError
        When they do not fall from 1 to 0.
    """

    central: float = 0.95
    in_field: float = 0.80
    marginal: float = 0.20

    def __post_init__(self) -> None:
        if not 1.0 >= self.central >= self.in_field >= self.marginal >= 0.0:
            problem = f"{self.central:g}, {self.in_field:g}, {self.marginal:g}"
            raise ImpastoError("bounds of failure patterns", problem, "give shares from 1 to 0, the largest first")


@dataclass(frozen=True)
class Recurrence:
    """A recurrence against an isodose.

    Parameters
    ----------
    name : str
    volume_ml : float
    isodose_gy : float
    covered_share : float
        Of its volume, inside the isodose.
    pattern : FailurePattern
    """

    name: str
    volume_ml: float
    isodose_gy: float
    covered_share: float
    pattern: FailurePattern


def covered_share(recurrence: Structure, dose: Dose, isodose_gy: float) -> float:
    """Share of a recurrence's volume that received at least a dose; outside the dose grid it received none.

    Parameters
    ----------
    recurrence : Structure
        Drawn on later images, brought into the frame of the dose.
    dose : Dose
    isodose_gy : float
        Usually 95 % of the prescribed dose.

    Returns
    -------
    float
        0 to 1, by samples every millimetre.

    Raises
    ------
    ImpastoError
        When the recurrence is empty: its coverage is undefined, not complete.
    """
    if recurrence.is_empty:
        raise ImpastoError(recurrence.name, "is empty: its coverage is undefined", "report such patients apart")
    low, high = recurrence.bounds_mm()
    shape = np.ceil((high - low) / _SAMPLE_MM).astype(int) + 2
    grid = Grid.centred([int(n) for n in shape], (_SAMPLE_MM,) * 3, 0.5 * (low + high))
    inside = recurrence.occupancy(grid)
    given = resample_linear(dose.gy, dose.grid, grid, outside=0.0)
    return float(inside[given >= isodose_gy].sum() / inside.sum())


def failure_pattern(
    recurrence: Structure, dose: Dose, isodose_gy: float, bounds: PatternBounds | None = None
) -> Recurrence:
    """Say where a recurrence lies: central, in-field, marginal or distant (Lee 1999).

    Parameters
    ----------
    recurrence : Structure
    dose : Dose
    isodose_gy : float
    bounds : PatternBounds, optional

    Raises
    ------
    ImpastoError
        When the recurrence is empty.
    """
    limits = bounds or PatternBounds()
    share = covered_share(recurrence, dose, isodose_gy)
    if share >= limits.central:
        pattern = FailurePattern.CENTRAL
    elif share > limits.in_field:
        pattern = FailurePattern.IN_FIELD
    else:
        pattern = FailurePattern.MARGINAL if share >= limits.marginal else FailurePattern.DISTANT
    return Recurrence(recurrence.name, recurrence.volume_ml(), isodose_gy, share, pattern)


def relapse(recurrences: Sequence[Recurrence]) -> Relapse:
    """Sum up a patient's recurrences: distant only where none touches the treated volume.

    Raises
    ------
    ImpastoError
        When there is none.
    """
    if not recurrences:
        raise ImpastoError("relapse", "there is no recurrence", "leave the patient out")
    distant = [one.pattern is FailurePattern.DISTANT for one in recurrences]
    if all(distant):
        return Relapse.DISTANT
    return Relapse.MIXED if any(distant) else Relapse.LOCAL
