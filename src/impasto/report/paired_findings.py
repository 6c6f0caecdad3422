"""What a comparison of two plans in the same patients says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.outcome.paired import PairedComparison, RankSum
from impasto.report.content import Heading, Setting, Step

__all__ = ["PairedFindings"]


@dataclass(frozen=True, eq=False)
class PairedFindings:
    """Every measure of two plans, patient by patient.

    Parameters
    ----------
    heading : Heading
    plans : tuple of str
        The first, and the one that is compared with it.
    comparisons : tuple of PairedComparison
        One a measure; shifts and signs are of second minus first.
    patients : mapping of str to tuple of str
        Names of the pairs of each measure.
    unpaired : mapping of str to RankSum
        Tests that ignore the pairs, by measure; empty unless asked for.
    notes : tuple of str
    settings : tuple of Setting
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is nothing to compare.
    """

    heading: Heading
    plans: tuple[str, str]
    comparisons: tuple[PairedComparison, ...]
    patients: Mapping[str, tuple[str, ...]]
    unpaired: Mapping[str, RankSum] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.comparisons:
            raise ImpastoError("comparison of plans", "there is no measure", "name one with --measure")
