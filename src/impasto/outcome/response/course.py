"""The response at every date of a patient, the best one, and when the tumour progressed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from impasto.core import ImpastoError
from impasto.outcome.response.assessment import Assessment, Response
from impasto.outcome.response.confirmation import with_confirmation, with_progression
from impasto.outcome.response.criteria import Baseline, Measure, ResponseCriteria
from impasto.outcome.response.judge import Judge
from impasto.outcome.response.signs import size_of
from impasto.outcome.response.timepoint import Timepoint

__all__ = ["ResponseCourse", "assess_response", "baseline_place"]

_BEST_FIRST = (Response.COMPLETE, Response.PARTIAL, Response.STABLE, Response.PRELIMINARY, Response.PROGRESSION)


@dataclass(frozen=True)
class ResponseCourse:
    """All dates of one patient under one set of criteria.

    Parameters
    ----------
    criteria : ResponseCriteria
    assessments : tuple of Assessment
        In order of date.
    baseline : datetime.date
    radiotherapy_end : datetime.date, optional
    best : Response, optional
        Before progression; None without a scan after the baseline.
    progression : datetime.date, optional
        Of the scan that showed it first, also where a later one confirmed it.
    notes : tuple of str
        What was taken for granted.
    """

    criteria: ResponseCriteria
    assessments: tuple[Assessment, ...]
    baseline: date
    radiotherapy_end: date | None
    best: Response | None
    progression: date | None
    notes: tuple[str, ...]

    @property
    def days_to_progression(self) -> int | None:
        """From the baseline; None without progression."""
        return None if self.progression is None else (self.progression - self.baseline).days


def assess_response(
    timepoints: Sequence[Timepoint],
    criteria: ResponseCriteria,
    radiotherapy_end: date | None = None,
    baseline: date | None = None,
    has_measurable_disease: bool = True,
) -> ResponseCourse:
    """Say the response at each date (Wen 2010, Wen 2023).

    Parameters
    ----------
    timepoints : sequence of Timepoint
        In any order, one a date.
    criteria : ResponseCriteria
    radiotherapy_end : datetime.date, optional
        Last day of radiotherapy. Without it no scan is taken as early, and the notes say so.
    baseline : datetime.date, optional
        In place of what the criteria take.
    has_measurable_disease : bool
        Whether a lesion was measurable at the baseline: without one the best response is stable disease (Wen 2010).

    Raises
    ------
    ImpastoError
        When there is no scan, a date has two, a size of the wanted measure is missing, or there is no baseline.
    """
    scans = _in_order(timepoints, criteria.measure)
    start = baseline_place([scan.date for scan in scans], criteria.baseline, radiotherapy_end, baseline)
    judge = Judge(criteria, scans, start, radiotherapy_end, has_measurable_disease)
    found = [judge.before_baseline(place) for place in range(start)] + [judge.at_baseline()]
    found += [judge.after_baseline(place) for place in range(start + 1, len(scans))]
    found, progression = with_progression(found, judge)
    found = [with_confirmation(found, place, criteria.confirmation_days) for place in range(len(found))]
    seen = [one.response for one in found[start + 1 :]]
    best = next((response for response in _BEST_FIRST if response in seen), None)
    notes = _notes(scans[start:], criteria, radiotherapy_end, has_measurable_disease)
    return ResponseCourse(criteria, tuple(found), scans[start].date, radiotherapy_end, best, progression, notes)


def _in_order(timepoints: Sequence[Timepoint], measure: Measure) -> list[Timepoint]:
    scans = sorted(timepoints, key=lambda scan: scan.date)
    if not scans:
        raise ImpastoError("response", "there is no scan", "give at least two dates")
    for scan in scans:
        size_of(scan, measure)
    for first, second in pairwise(scans):
        if first.date == second.date:
            raise ImpastoError(str(first.date), "two scans have this date", "leave one out")
    return scans


def baseline_place(
    dates: Sequence[date], rule: Baseline, radiotherapy_end: date | None = None, chosen: date | None = None
) -> int:
    """Find the scan that later ones are compared with.

    Parameters
    ----------
    dates : sequence of datetime.date
        Rising.
    rule : Baseline
    radiotherapy_end : datetime.date, optional
    chosen : datetime.date, optional
        In place of what the rule takes.

    Raises
    ------
    ImpastoError
        When there is no such scan.
    """
    if chosen is not None:
        if chosen not in dates:
            raise ImpastoError("baseline", f"there is no scan of {chosen}", "name the date of a scan")
        return list(dates).index(chosen)
    if rule is Baseline.FIRST:
        return 0
    if radiotherapy_end is None:
        remedy = "give the last day of radiotherapy, or name the baseline"
        raise ImpastoError("baseline", "is the first scan after radiotherapy, whose end is not known", remedy)
    for place, day in enumerate(dates):
        if day >= radiotherapy_end:
            return place
    raise ImpastoError("baseline", f"there is no scan after radiotherapy ended on {radiotherapy_end}", "name another")


def _notes(
    scans: list[Timepoint], criteria: ResponseCriteria, radiotherapy_end: date | None, is_measurable: bool
) -> tuple[str, ...]:
    said = []
    if radiotherapy_end is None:
        said.append("The end of radiotherapy is not known: no increase is taken as early.")
    unknown = [str(scan.date) for scan in scans if scan.steroid_mg is None]
    if unknown:
        said.append(
            f"Corticosteroids are not known on {', '.join(unknown)}: taken as unchanged, and as none for a complete "
            "response."
        )
    if not is_measurable:
        said.append("No lesion is measurable at the baseline: the best response is stable disease.")
    if not criteria.counts_t2_flair:
        said.append("Non-enhancing T2/FLAIR lesions are not counted.")
    return tuple(said)
