"""What is asked of a survival analysis: columns and settings, all of them written into the report."""

from __future__ import annotations

from dataclasses import dataclass, fields

from impasto.core import ImpastoError
from impasto.outcome.survival import Interval, Ties, TimeScale
from impasto.report import Setting

__all__ = ["SurvivalRequest", "request_settings"]

_WHY = {
    "time": "column",
    "event": "column; 1 is the event, 0 censored, unless a value is named",
    "group": "column; compared by log-rank and Cox",
    "reference": "group that hazard ratios compare with",
    "strata": "columns; baseline hazards and risk sets of their own",
    "adjust": "columns; covariates of the adjusted Cox model",
    "subgroups": "columns; forest plot with tests of interaction",
    "causes": "column; names of competing events, empty or 0 or censored where none came",
    "landmark": "time counts from here, for those still at risk",
    "horizon": "of the restricted mean; without one, the last whole unit of time that every group reaches",
    "times": "survival is tabled here",
    "interval": "scale on which limits of survival are symmetric",
    "ties": "rule for equal times in Cox regression",
    "time_scale": "change of the hazard ratio that the test of proportional hazards looks for",
    "confidence": "of all intervals",
    "patient": "column; no patient has two rows",
}


@dataclass(frozen=True)
class SurvivalRequest:
    """Columns of the table and settings of the analysis.

    Parameters
    ----------
    time, event : str
        Columns; ``status=dead`` takes another value than 1 for the event.
    group, reference : str
        Column, and the value to compare with (the first in sorted order when empty).
    strata, adjust, subgroups : tuple of str
        Columns.
    causes : str
        Column of competing events.
    landmark : float
        0 for none.
    horizon : float, optional
    times : tuple of float
        Two round ones are found when empty.
    time_unit, endpoint, origin : str
        As printed.
    interval, ties, time_scale
        See :func:`~impasto.outcome.survival.kaplan_meier`, :func:`~impasto.outcome.survival.cox_model` and
        :func:`~impasto.outcome.survival.proportional_hazards`.
    confidence : float
    patient : str
        Column of identifiers that may not occur twice.
    """

    time: str
    event: str
    group: str = ""
    reference: str = ""
    strata: tuple[str, ...] = ()
    adjust: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    causes: str = ""
    landmark: float = 0.0
    horizon: float | None = None
    times: tuple[float, ...] = ()
    time_unit: str = "months"
    endpoint: str = "Overall survival"
    origin: str = "randomisation"
    interval: Interval = "log-log"
    ties: Ties = "efron"
    time_scale: TimeScale = "km"
    confidence: float = 0.95
    patient: str = ""

    def __post_init__(self) -> None:
        if not 0.0 < self.confidence < 1.0:
            raise ImpastoError("confidence", f"{self.confidence:g}", "give a share between 0 and 1, such as 0.95")
        if self.horizon is not None and not self.horizon > 0.0:
            problem = f"{self.horizon:g} {self.time_unit}"
            raise ImpastoError("horizon", problem, "give a time above 0, counted from the landmark if there is one")
        for name in (self.time, self.event_column):
            if name in (self.group, *self.strata, *self.adjust, *self.subgroups):
                raise ImpastoError(name, "is the endpoint and a group or covariate too", "name another column")
        if self.subgroups and not self.group:
            raise ImpastoError("subgroups", "no group is named to compare in them", "name the column of the arms")

    @property
    def event_column(self) -> str:
        """Column of the event, without the value."""
        return self.event.partition("=")[0]

    def columns(self) -> list[str]:
        """Every column that an analysis rests on."""
        return list(dict.fromkeys([*self.primary_columns(), *self.adjust, *self.subgroups]))

    def primary_columns(self) -> list[str]:
        """Columns that a patient must have a value in: covariates and subgroups are no reason to leave anybody out."""
        named = [self.time, self.event_column, self.group, *self.strata]
        return [name for name in dict.fromkeys(named) if name]


def request_settings(request: SurvivalRequest) -> tuple[Setting, ...]:
    """List what was asked for, as the report prints it."""
    rows = []
    for one in fields(request):
        value = getattr(request, one.name)
        if one.name in _WHY and value not in ("", (), None, 0.0):
            text = ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value) if isinstance(
                value, tuple
            ) else str(value)  # fmt: skip
            unit = request.time_unit if one.name in ("landmark", "horizon", "times") else ""
            rows.append(Setting(one.name.replace("_", " "), text, unit, _WHY[one.name]))
    return tuple(rows)
