"""Pseudoprogression or early true progression, as the SPECTRO GLIO trial told them apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from impasto.core import ImpastoError
from impasto.outcome.response.assessment import Assessment
from impasto.outcome.response.course import ResponseCourse
from impasto.outcome.response.timepoint import Pathology

__all__ = ["EarlyFinding", "EarlyProgression", "EarlySettings", "early_progression"]

_MONTH_DAYS = 30.4375


class EarlyFinding(StrEnum):
    """What a suspected relapse turned out to be."""

    NOT_SUSPECTED = "no relapse was suspected"
    PSEUDOPROGRESSION = "pseudoprogression"
    TRUE_PROGRESSION = "early true progression"
    OPEN = "suspected, not repeated in time"


@dataclass(frozen=True)
class EarlySettings:
    """The rule's numbers.

    Parameters
    ----------
    window_months : float
        After chemoradiotherapy, in which a suspicion is early (Laprie 2024).
    repeat_days : tuple of int
        Days after the suspicion in which a scan is the repeat of one month later. The trial says one month; the
        tolerance is ours.
    """

    window_months: float = 6.0
    repeat_days: tuple[int, int] = (21, 62)

    def __post_init__(self) -> None:
        if self.window_months <= 0.0 or not 0 < self.repeat_days[0] < self.repeat_days[1]:
            problem = f"{self.window_months:g} months, repeat after {self.repeat_days} days"
            raise ImpastoError("early progression", problem, "give a window, and two rising numbers of days")


@dataclass(frozen=True)
class EarlyProgression:
    """The finding, and the scans that it rests on.

    Parameters
    ----------
    finding : EarlyFinding
    suspected : datetime.date, optional
    settled : datetime.date, optional
        Of the repeat scan or pathology.
    reason : str
    """

    finding: EarlyFinding
    suspected: date | None
    settled: date | None
    reason: str

    def sentence(self) -> str:
        """Say it in one line."""
        since = "" if self.suspected is None else f", suspected on {self.suspected}"
        return f"{self.finding.capitalize()}{since}: {self.reason}" if self.reason else f"{self.finding.capitalize()}."


def early_progression(
    course: ResponseCourse, chemoradiotherapy_end: date, settings: EarlySettings | None = None
) -> EarlyProgression:
    """Tell pseudoprogression from early true progression (Laprie 2024).

    A relapse is suspected where enhancement grows over the criteria's limit, or a new lesion or clinical deterioration
    shows, within six months of chemoradiotherapy. The scan one month later settles it: stable or smaller is
    pseudoprogression, a further increase over the limit or another sign is early true progression; pathology settles
    it at once.

    Parameters
    ----------
    course : ResponseCourse
    chemoradiotherapy_end : datetime.date
    settings : EarlySettings, optional
    """
    rule = settings or EarlySettings()
    window_days = rule.window_months * _MONTH_DAYS
    for place, one in enumerate(course.assessments):
        days = (one.timepoint.date - chemoradiotherapy_end).days
        if 0 <= days <= window_days and one.signs:
            return _settled(one, course.assessments[place + 1 :], course, rule)
    return EarlyProgression(EarlyFinding.NOT_SUSPECTED, None, None, "")


def _settled(
    one: Assessment, later: Sequence[Assessment], course: ResponseCourse, rule: EarlySettings
) -> EarlyProgression:
    suspected = one.timepoint.date
    for scan in (one, *later):
        day = scan.timepoint.date
        if scan.timepoint.pathology is not Pathology.NONE:
            is_tumour = scan.timepoint.pathology is Pathology.TUMOUR
            finding = EarlyFinding.TRUE_PROGRESSION if is_tumour else EarlyFinding.PSEUDOPROGRESSION
            return EarlyProgression(finding, suspected, day, f"pathology of {day} shows {scan.timepoint.pathology}.")
        if scan is not one and rule.repeat_days[0] <= (day - suspected).days <= rule.repeat_days[1]:
            return _repeated(one, scan, course)
    first, last = rule.repeat_days
    return EarlyProgression(EarlyFinding.OPEN, suspected, None, f"no scan {first} to {last} days later, no pathology.")


def _repeated(one: Assessment, repeat: Assessment, course: ResponseCourse) -> EarlyProgression:
    day = repeat.timepoint.date
    grew = repeat.size >= (1.0 + course.criteria.progression_rise) * one.size * (1.0 - 1e-9) and repeat.size > 0.0
    others = [sign for sign in repeat.signs if sign in ("new lesion", "clinical deterioration")]
    change = "from nothing" if one.size == 0.0 else f"{100.0 * (repeat.size / one.size - 1.0):+.0f} %"
    said = f"the scan of {day} differs from it by {change}{''.join(f', {sign}' for sign in others)}."
    finding = EarlyFinding.TRUE_PROGRESSION if grew or others else EarlyFinding.PSEUDOPROGRESSION
    return EarlyProgression(finding, one.timepoint.date, day, said)
