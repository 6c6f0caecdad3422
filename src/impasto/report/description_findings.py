"""What a description of patients says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.outcome.description import CategoricalRow, ContinuousRow, GradedEvents, HalfRule, NamedTest
from impasto.report.content import Heading, Setting, Step

__all__ = ["AdverseEventFindings", "DescriptionFindings", "DescriptionRow"]


@dataclass(frozen=True, eq=False)
class DescriptionRow:
    """One variable of table 1.

    Parameters
    ----------
    by_group : CategoricalRow or ContinuousRow
    overall : CategoricalRow or ContinuousRow
        All patients as one group.
    decimals : int
        Of measured values, as many as the table has.
    """

    by_group: CategoricalRow | ContinuousRow
    overall: CategoricalRow | ContinuousRow
    decimals: int = 0


@dataclass(frozen=True, eq=False)
class AdverseEventFindings:
    """One adverse event by group.

    Parameters
    ----------
    term : str
    by_group : mapping of str to GradedEvents
        All patients together under ``"all"``, last, where there are several groups.
    test : NamedTest, optional
        Of the share at or above the severe grade; None where there is nothing to compare.
    """

    term: str
    by_group: Mapping[str, GradedEvents]
    test: NamedTest | None


@dataclass(frozen=True, eq=False)
class DescriptionFindings:
    """Table 1 and adverse events of a trial's patients.

    Parameters
    ----------
    heading : Heading
    groups : tuple of str
    sizes : tuple of int
        Patients of each group.
    rows : tuple of DescriptionRow
    events : tuple of AdverseEventFindings
    severe_grade : int
        Grade from which an adverse event counts as severe.
    decimals : int
        Of percentages.
    half : {"half-up", "half-even"}
        How percentages are rounded.
    notes : tuple of str
    settings : tuple of Setting
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is nothing to describe.
    """

    heading: Heading
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    rows: tuple[DescriptionRow, ...]
    events: tuple[AdverseEventFindings, ...] = ()
    severe_grade: int = 3
    decimals: int = 1
    half: HalfRule = "half-up"
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = field(default=())
    provenance: tuple[Step, ...] = field(default=())

    def __post_init__(self) -> None:
        if not self.rows and not self.events:
            raise ImpastoError("description", "there is no variable to describe", "name one with --variable")
