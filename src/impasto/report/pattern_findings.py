"""What a report of patterns of failure says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core import Dose, Image, ImpastoError, StructureSet
from impasto.outcome.patterns import DistanceBand, PatternBounds, Recurrence, Relapse
from impasto.report.content import Heading, Setting, Step

__all__ = ["PatternFindings", "PatternVolumes"]


@dataclass(frozen=True, eq=False)
class PatternVolumes:
    """What the pictures show, all in the frame of the dose.

    Parameters
    ----------
    dose : Dose
    structures : StructureSet
        The recurrences, by the names that the findings have, and the lesion before them.
    image : Image, optional
        Anatomy below; black without one.
    """

    dose: Dose
    structures: StructureSet
    image: Image | None = None


@dataclass(frozen=True, eq=False)
class PatternFindings:
    """Everything a report of one patient's recurrences says.

    Parameters
    ----------
    heading : Heading
    dose : str
        Whose dose.
    prescribed_gy, isodose_gy : float
    recurrences : tuple of Recurrence
    bands : mapping of str to tuple of DistanceBand
        By recurrence; empty without a lesion.
    relapse : Relapse
    bounds : PatternBounds
    lesion : str
        What distance counts from; none when empty.
    volumes : PatternVolumes
    notes : tuple of str
    settings : tuple of Setting
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is no recurrence.
    """

    heading: Heading
    dose: str
    prescribed_gy: float
    isodose_gy: float
    recurrences: tuple[Recurrence, ...]
    bands: Mapping[str, tuple[DistanceBand, ...]]
    relapse: Relapse
    bounds: PatternBounds
    lesion: str
    volumes: PatternVolumes
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.recurrences:
            raise ImpastoError("report of patterns", "there is no recurrence", "name structures with --recurrence")
