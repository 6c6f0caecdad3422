"""What later scans make of a response or of a progression that has to be confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from impasto.outcome.response.assessment import Assessment, Response
from impasto.outcome.response.criteria import ResponseCriteria
from impasto.outcome.response.judge import Judge
from impasto.outcome.response.timepoint import Pathology

__all__ = ["with_confirmation", "with_progression"]


def with_progression(found: list[Assessment], judge: Judge) -> tuple[list[Assessment], date | None]:
    """Settle preliminary progressions by the scans after them; after progression every scan shows it."""
    result = list(found)
    for place, one in enumerate(found):
        if one.response is Response.PRELIMINARY:
            result[place] = one = _settled(found, place, judge)
        if one.response is Response.PROGRESSION:
            since = f"progressive since {one.timepoint.date}"
            for later in range(place + 1, len(result)):
                if found[later].response is not Response.PROGRESSION:
                    result[later] = replace(found[later], reasons=(since, *found[later].reasons))
                result[later] = replace(result[later], response=Response.PROGRESSION)
            return result, one.timepoint.date
    return result, None


def _settled(found: list[Assessment], place: int, judge: Judge) -> Assessment:
    """Confirm a preliminary progression by the first scan that is late enough, or refute it."""
    one = found[place]
    for later in found[place + 1 :]:
        day, pathology = later.timepoint.date, later.timepoint.pathology
        if pathology is Pathology.NONE and (day - one.timepoint.date).days < judge.criteria.confirmation_days:
            continue
        if pathology is Pathology.NONE:
            shows, what = _shows_again(one, later, judge.sizes(place).nadir, judge.criteria), "scan"
        else:
            shows, what = pathology is Pathology.TUMOUR, "pathology"
        response = Response.PROGRESSION if shows else Response.STABLE
        said = f"the {what} of {day} {'confirms' if shows else 'does not confirm'} it"
        return replace(one, response=response, reasons=(*one.reasons, said))
    return one


def _shows_again(one: Assessment, later: Assessment, nadir: float, criteria: ResponseCriteria) -> bool:
    """Whether a later scan is still over the limit, or for signs other than size still shows one."""
    grew_by = one.from_nadir
    if grew_by is not None and grew_by < criteria.progression_rise * (1.0 - 1e-9):
        return later.response in (Response.PROGRESSION, Response.PRELIMINARY)
    limit = (1.0 + criteria.progression_rise) * nadir
    if criteria.confirmation_rise > 0.0:
        limit = max(limit, (1.0 + criteria.confirmation_rise) * one.size)
    return later.size > 0.0 and later.size >= limit * (1.0 - 1e-9)


def with_confirmation(found: list[Assessment], place: int, days: int) -> Assessment:
    """Keep a response that consecutive scans show for long enough; else it is stable disease (Wen 2010)."""
    one = found[place]
    reasons = one.reasons
    for response, enough in (
        (Response.COMPLETE, (Response.COMPLETE,)),
        (Response.PARTIAL, (Response.COMPLETE, Response.PARTIAL)),
    ):
        if one.response not in enough:
            continue
        first, last = _run(found, place, enough)
        if (last - first).days >= days:
            return replace(one, response=response, reasons=(*reasons, f"lasts from {first} to {last}"))
        reasons = (*reasons, f"{response.short} is not confirmed after {days} days")
    is_response = one.response in (Response.COMPLETE, Response.PARTIAL)
    return replace(one, response=Response.STABLE, reasons=reasons) if is_response else one


def _run(found: list[Assessment], place: int, enough: tuple[Response, ...]) -> tuple[date, date]:
    """Dates of the first and last of consecutive scans around one that all show a response."""
    first = last = place
    while first > 0 and found[first - 1].response in enough:
        first -= 1
    while last + 1 < len(found) and found[last + 1].response in enough:
        last += 1
    return found[first].timepoint.date, found[last].timepoint.date
