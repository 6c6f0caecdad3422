"""What a report of biological targets says: plain data that a workflow fills in."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.report.content import Heading, Step
from impasto.report.map_findings import MapFindings, StepSettings
from impasto.report.target_findings import TargetFindings

__all__ = ["TargetReportContent"]


@dataclass(frozen=True, eq=False)
class TargetReportContent:
    """Everything a report of targets says.

    Parameters
    ----------
    heading : Heading
    findings : tuple of TargetFindings
        In the order of the page.
    maps : tuple of MapFindings
        Of the maps that the targets were made from.
    notes : tuple of str
        Sentences that a reader must know before looking at a target.
    settings : tuple of StepSettings
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is nothing to show.
    """

    heading: Heading
    findings: tuple[TargetFindings, ...]
    maps: tuple[MapFindings, ...] = ()
    notes: tuple[str, ...] = ()
    settings: tuple[StepSettings, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.findings:
            raise ImpastoError("report of targets", "there are no targets", "make some: impasto run PROTOCOL CASE")
