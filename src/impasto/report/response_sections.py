"""The sections of a report of response: sizes over time, the response at each date, lesions, how it was judged."""

from __future__ import annotations

from impasto.outcome.response import EarlyFinding, Measure, ResponseCourse
from impasto.report.figures.response_course import response_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.response_findings import ResponseFindings
from impasto.report.tables import Cell, Table, columns, number

__all__ = ["response_sections", "response_summary"]

_NAMES = {Measure.PRODUCT: "products of diameters", Measure.VOLUME: "volume"}
_UNITS = {Measure.PRODUCT: ("Sum of products", "mm\u00b2", 0), Measure.VOLUME: ("Volume", "ml", 2)}


def response_summary(found: ResponseFindings) -> FigureBlock:
    """Make the first picture: sizes over time."""
    criteria = found.courses[0].criteria
    caption = (
        f"Enhancing tumour at each scan, judged by {criteria.name} ({criteria.source}). Orange: progression, from the "
        "smallest size since the baseline; green: response, from the baseline. A response counts when it lasts "
        f"{criteria.confirmation_days} days."
    )
    words = ", ".join(f"{one.timepoint.date}: {one.response}" for one in found.courses[0].assessments)
    return figure_block(response_figure(found.courses), caption, f"Size of the tumour over time. {words}.")


def response_sections(found: ResponseFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    made = [
        Section("course", "Response", _early(found), tables=(_summary_table(found), *map(_course_table, found.courses)))
    ]
    lesions = _lesions_table(found)
    if lesions.rows:
        made.append(Section("lesions", "Lesions", tables=(lesions,)))
    tables = tuple(t for t in (settings_table(found.settings), provenance_table(found.provenance)) if t.rows)
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tables))
    return tuple(made)


def _early(found: ResponseFindings) -> str:
    """Say what early growth turned out to be, and that the criteria may see progression all the same."""
    early = found.early
    if early is None:
        return ""
    said = f"By the rule of SPECTRO GLIO (Laprie 2024): {early.sentence()}"
    if early.finding is not EarlyFinding.PSEUDOPROGRESSION or early.suspected is None or early.settled is None:
        return said
    progressed = [
        f"{course.criteria.name} by {_NAMES[course.criteria.measure]} ({course.progression})"
        for course in found.courses
        if course.progression is not None and early.suspected <= course.progression <= early.settled
    ]
    if progressed:
        said += (
            f" The two rules disagree: {', '.join(progressed)} finds progression, which is counted from the smallest "
            "size; pseudoprogression is judged from the suspicion to its repeat."
        )
    return said


def _summary_table(found: ResponseFindings) -> Table:
    rows = tuple(
        (
            Cell(f"{course.criteria.name}, {_NAMES[course.criteria.measure]}"),
            Cell(str(course.baseline)),
            Cell("\u2013" if course.best is None else course.best.value),
            Cell("none seen" if course.progression is None else str(course.progression)),
            number(course.days_to_progression, 0),
        )
        for course in found.courses
    )
    heads = columns(["Criteria"], ["Baseline"], ["Best response"], ["Progression"], ["From baseline", "d"])
    note = "Progression that a later scan confirmed has the date of the first."
    return Table("In short", heads, rows, note)


def _course_table(course: ResponseCourse) -> Table:
    name, unit, digits = _UNITS[course.criteria.measure]
    rows = tuple(
        (
            Cell(str(one.timepoint.date)),
            number((one.timepoint.date - course.baseline).days, 0),
            number(one.size, digits),
            _change(one.from_baseline),
            _change(one.from_nadir),
            number(one.timepoint.steroid_mg, 1),
            Cell(one.response.value),
            Cell("; ".join(one.reasons)),
        )
        for one in course.assessments
    )
    heads = columns(
        ["Date"], ["Day", "d"], [name, unit], ["From baseline", "%"], ["From smallest", "%"], ["Steroid", "mg/d"],
        ["Response"], ["Why"],
    )  # fmt: skip
    criteria = course.criteria
    note = (
        f"Progression from +{100 * criteria.progression_rise:.0f} % over the smallest size since the baseline, "
        f"response from \u2212{100 * criteria.response_fall:.0f} % under the baseline. Steroid: dexamethasone."
    )
    return Table(f"By {_NAMES[criteria.measure]}", heads, rows, note)


def _change(share: float | None) -> Cell:
    return number(None, 0) if share is None else Cell(f"{100.0 * share:+.0f}".replace("-", "\u2212"))


def _lesions_table(found: ResponseFindings) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one, measure in zip(found.courses[0].assessments, found.measures, strict=False):
        lesions = () if measure is None else measure.lesions[:10]
        targets = set() if measure is None else {id(lesion) for lesion in measure.targets}
        for place, lesion in enumerate(lesions):
            head = [Cell(str(one.timepoint.date), rows=len(lesions))] if place == 0 else []
            state = "target" if id(lesion) in targets else "not measurable"
            if lesion.is_measurable and id(lesion) not in targets:
                state = "measurable, not among the largest"
            if lesion.is_followed and not lesion.is_measurable:
                state = "target, followed"
            numbers = (lesion.longest_mm, lesion.perpendicular_mm, lesion.product_mm2)
            cells = [number(value, digits) for value, digits in zip(numbers, (1, 1, 0), strict=True)]
            where = ", ".join(f"{value:.0f}" for value in lesion.centre_mm).replace("-", "\u2212")
            rows.append((*head, *cells, number(lesion.volume_ml, 2), Cell(where), Cell(state)))
    heads = columns(
        ["Date"], ["Longest", "mm"], ["Perpendicular", "mm"], ["Product", "mm\u00b2"], ["Volume", "ml"],
        ["Middle (LPS, mm)"], ["Counts as"],
    )  # fmt: skip
    note = (
        "Each in the axial slice where the product is largest; lines end at cavities. The ten largest of a date are "
        "listed."
    )
    return Table("Lesions", heads, tuple(rows), note)
