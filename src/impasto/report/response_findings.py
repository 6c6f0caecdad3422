"""What a report of response says: plain data that a workflow fills in."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.outcome.response import EarlyProgression, ResponseCourse, TumourMeasure
from impasto.report.content import Heading, Setting, Step

__all__ = ["ResponseFindings"]


@dataclass(frozen=True, eq=False)
class ResponseFindings:
    """Everything a report of one patient's response says.

    Parameters
    ----------
    heading : Heading
    courses : tuple of ResponseCourse
        One a measure.
    measures : tuple of (TumourMeasure or None)
        Lesions at each date, where they were measured from a mask.
    early : EarlyProgression, optional
    notes : tuple of str
    settings : tuple of Setting
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is no course.
    """

    heading: Heading
    courses: tuple[ResponseCourse, ...]
    measures: tuple[TumourMeasure | None, ...] = ()
    early: EarlyProgression | None = None
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.courses:
            raise ImpastoError("report of response", "no measure was judged", "choose product, volume or both")
