"""What a report of survival says: plain data that a workflow fills in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.outcome.survival import (
    CoxModel,
    CumulativeIncidence,
    LogRank,
    ProportionalHazards,
    RestrictedMean,
    RestrictedMeanDifference,
    Subgroups,
    SurvivalCurve,
    Tested,
)
from impasto.report.content import Heading, Setting, Step

__all__ = ["IncidenceFindings", "LeftOut", "SurvivalFindings"]


@dataclass(frozen=True, eq=False)
class IncidenceFindings:
    """Cumulative incidence of one cause in each group, and Gray's test where there are several groups."""

    cause: str
    curves: Mapping[str, CumulativeIncidence]
    tested: Tested | None


@dataclass(frozen=True)
class LeftOut:
    """Patients whom an analysis leaves out for missing values, in words; empty where there are none.

    Parameters
    ----------
    primary : str
        Of curves, tests, restricted means, incidences, and models of the group alone.
    models : mapping of str to str
        Of those left in the primary analysis, by the model's title.
    subgroups : mapping of str to str
        Likewise, by the factor's name.
    """

    primary: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    subgroups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class SurvivalFindings:
    """Everything a report of one endpoint says.

    Parameters
    ----------
    heading : Heading
    endpoint : str
    origin : str
        What time counts from.
    curves : mapping of str to SurvivalCurve
        By group; the reference first.
    observation : mapping of str to SurvivalCurve
        Reverse Kaplan-Meier curves of the same groups, and of all together under ``"all"``.
    times : tuple of float
        At which survival is tabled.
    comparisons : tuple of LogRank
    models : dict of str to CoxModel
        By title, such as ``adjusted for surgery``.
    diagnostics : dict of str to ProportionalHazards
        By the model's title.
    restricted_means : dict of str to RestrictedMean
    restricted_difference : RestrictedMeanDifference, optional
    subgroups : Subgroups, optional
    incidences : tuple of IncidenceFindings
    left_out : LeftOut
    notes : tuple of str
        Sentences that a reader must know before looking at a number.
    settings : tuple of Setting
    provenance : tuple of Step

    Raises
    ------
    ImpastoError
        When there is no curve.
    """

    heading: Heading
    endpoint: str
    origin: str
    curves: Mapping[str, SurvivalCurve]
    observation: Mapping[str, SurvivalCurve]
    times: tuple[float, ...]
    comparisons: tuple[LogRank, ...] = ()
    models: Mapping[str, CoxModel] = field(default_factory=dict)
    diagnostics: Mapping[str, ProportionalHazards] = field(default_factory=dict)
    restricted_means: Mapping[str, RestrictedMean] = field(default_factory=dict)
    restricted_difference: RestrictedMeanDifference | None = None
    subgroups: Subgroups | None = None
    incidences: tuple[IncidenceFindings, ...] = ()
    left_out: LeftOut = LeftOut()
    notes: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.curves:
            raise ImpastoError("report of survival", "there is no curve", "give patients of at least one group")

    @property
    def time_unit(self) -> str:
        """Unit of every time."""
        return next(iter(self.curves.values())).time_unit

    @property
    def patients(self) -> int:
        """Number in the primary analysis."""
        return sum(int(curve.at_risk[0]) for curve in self.curves.values())

    @property
    def confidence(self) -> float:
        """Of all intervals."""
        return next(iter(self.curves.values())).confidence
