"""From a patient's scans to the response at every date, as findings and as a page with its figure."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from impasto import __version__
from impasto.core import Progress, silent
from impasto.files import content_hash
from impasto.outcome.response import (
    LesionRule,
    Measure,
    ResponseCourse,
    assess_response,
    early_progression,
    response_criteria,
)
from impasto.report import Heading, ResponseFindings, Setting, Step, write_report
from impasto.report.figure_files import write_figures
from impasto.report.figures.response_course import response_figure
from impasto.workflow.outcome.response.measuring import MeasuredScans, measure_scans
from impasto.workflow.outcome.response.table import ResponseTable

__all__ = ["analyse_response", "write_response_report"]


def analyse_response(table: ResponseTable, source: Path, progress: Progress = silent) -> ResponseFindings:
    """Measure every scan and judge the response by each measure.

    Parameters
    ----------
    table : ResponseTable
    source : Path
        The file it was read from; paths in it are relative to its folder.
    progress : Progress

    Raises
    ------
    ImpastoError
        When a scan cannot be measured or judged.
    """
    scans = measure_scans(table, source.parent, progress)
    known = [measure for measure in table.measures if _has(scans, measure)]
    left = [measure for measure in table.measures if measure not in known]
    courses = tuple(_course(table, scans, measure) for measure in known or table.measures)
    ended = table.radiotherapy_end
    notes = [note for course in courses for note in course.notes]
    notes += [f"Not judged by {measure}: a scan has none." for measure in left if known]
    return ResponseFindings(
        heading=Heading(
            f"Response of {table.patient}", table.patient, courses[0].criteria.name, f"{date.today()}", table.simulated
        ),
        courses=courses,
        measures=scans.measures,
        early=None if ended is None else early_progression(courses[0], ended),
        notes=tuple(dict.fromkeys([*table.notes, *scans.notes, *notes])),
        settings=_settings(table, courses),
        provenance=(Step("response", _inputs(table, source), f"criteria {table.criteria}", __version__),),
    )


def write_response_report(found: ResponseFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``response.html`` and its figure as PDF and PNG (300 dots per inch); a failure leaves what was there.

    Parameters
    ----------
    found : ResponseFindings
    folder : Path
    progress : Progress

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    page = folder / "response.html"
    write_report(found, page, progress)
    return (page, *write_figures(lambda: {"response": response_figure(found.courses)}, folder))


def _has(scans: MeasuredScans, measure: Measure) -> bool:
    attribute = "product_mm2" if measure is Measure.PRODUCT else "volume_ml"
    return all(getattr(scan, attribute) is not None for scan in scans.timepoints)


def _course(table: ResponseTable, scans: MeasuredScans, measure: Measure) -> ResponseCourse:
    criteria = response_criteria(table.criteria, measure, table.counts_t2_flair)
    course = assess_response(scans.timepoints, criteria, table.radiotherapy_end, table.baseline)
    is_measurable = table.has_measurable_disease
    if is_measurable is None:
        first = scans.measures[[scan.date for scan in scans.timepoints].index(course.baseline)]
        is_measurable = first is None or first.is_measurable
    if is_measurable:
        return course
    return assess_response(scans.timepoints, criteria, table.radiotherapy_end, table.baseline, False)


def _settings(table: ResponseTable, courses: tuple[ResponseCourse, ...]) -> tuple[Setting, ...]:
    criteria, rule = courses[0].criteria, LesionRule()
    flair = "counted" if criteria.counts_t2_flair else "not counted"
    return (
        Setting("criteria", criteria.name, "", criteria.source),
        Setting("baseline", str(courses[0].baseline), "", "chosen" if table.baseline else criteria.baseline.value),
        Setting("end of radiotherapy", str(table.radiotherapy_end or "not known"), "", ""),
        Setting("early growth", f"{criteria.early_days}", "d", f"after radiotherapy: {criteria.early.value}"),
        Setting("confirmation", f"{criteria.confirmation_days}", "d", "of a response, and of early growth"),
        Setting("T2/FLAIR lesions", flair, "", criteria.source if table.counts_t2_flair is None else "as asked"),
        Setting("measurable from", f"{rule.least_mm:g}", "mm", f"both diameters, {rule.least_slices} axial slices"),
        Setting("targets", f"{rule.most_targets}", "", "the largest measurable lesions at most"),
    )


def _inputs(table: ResponseTable, source: Path) -> tuple[str, ...]:
    files = [source, *(source.parent / row.labels for row in table.scan if row.labels)]
    return tuple(f"{path.name} {content_hash(path)[:12]}" for path in files)
