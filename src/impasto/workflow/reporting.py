"""Filling a report with what a protocol left in a case."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from impasto.core import Dose, Image, Plan, Prescription, Progress, StructureSet, silent
from impasto.evaluate import EvaluationSettings, RadiosurgerySummary, evaluate_plan
from impasto.files import Case, native, replacing_file
from impasto.report import (
    Display,
    Heading,
    Images,
    NoteGroup,
    PlanResult,
    ReportContent,
    SpectroscopyFindings,
    render_html,
    write_pdf,
)
from impasto.report.isodose import radiosurgery_levels_gy
from impasto.report.radiosurgery_tables import radiosurgery_tables
from impasto.report.tables import Table
from impasto.workflow.adaptation import ADAPTATION_PROTOCOL
from impasto.workflow.adaptation.findings import adaptation_findings
from impasto.workflow.anatomy.choice import choose_anatomy
from impasto.workflow.artefacts import Figures
from impasto.workflow.maps.report import map_report_content
from impasto.workflow.record_rows import provenance_rows, setting_rows
from impasto.workflow.registration.protocol import REGISTRATION_PROTOCOL
from impasto.workflow.registration.report import registration_report_content
from impasto.workflow.report_state import shows, with_state
from impasto.workflow.results import ProtocolResults, open_results
from impasto.workflow.spectroscopy.view import spectroscopy_findings
from impasto.workflow.stages.radiosurgery_comparison import RADIOSURGERY_COMPARISON, read_radiosurgery_comparison
from impasto.workflow.stages.selection import matching
from impasto.workflow.target_report import makes_targets, target_findings, target_report_content

__all__ = ["current_report", "radiosurgery_comparison", "report_content", "write_case_report"]

_PAGE = "report.html"


def write_case_report(
    case: Case, path: Path | None = None, protocol: str | None = None, pdf: bool = False, progress: Progress = silent
) -> list[Path]:
    """Write a report of what a protocol makes (plans, targets, maps, registrations): one HTML page, and a PDF if asked.

    Parameters
    ----------
    case : Case
    path : Path, optional
        ``report.html`` in the case for plans, in the folder of its results for all else, when not given.
    protocol : str, optional
        Whose results; may be left out where :func:`~impasto.workflow.results.open_results` can tell.
    pdf : bool
    progress : Progress

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ImpastoError
        When there are no results, or the file cannot be written.
    """
    results = open_results(case, protocol)
    page = with_state(_rendered(results, progress), results)
    written = [path or _page(results)]
    with replacing_file(written[0]) as beside:
        beside.write_text(page, encoding="utf-8")
    if pdf:
        written.append(written[0].with_suffix(".pdf"))
        progress("pdf", 0.0)
        write_pdf(page, written[-1])
        progress("pdf", 1.0)
    return written


def current_report(case: Case, protocol: str) -> Path | None:
    """Return the protocol's page if it shows what the case holds now, made by this version; else None.

    Raises
    ------
    ImpastoError
        When there are no results.
    """
    results = open_results(case, protocol)
    page = _page(results)
    return page if shows(page, results) else None


def _page(results: ProtocolResults) -> Path:
    planned = results.protocol.report is not None
    return (results.case.folder if planned else results.case.results_folder(results.protocol.name)) / _PAGE


def _rendered(results: ProtocolResults, progress: Progress) -> str:
    """Render the page that goes with what a protocol makes."""
    if results.protocol.report is not None:
        progress("evaluation", 0.0)
        content = report_content(results)
        progress("evaluation", 1.0)
        return render_html(content, progress)
    if results.protocol.name == REGISTRATION_PROTOCOL:
        return render_html(registration_report_content(results), progress)
    if results.protocol.name == ADAPTATION_PROTOCOL:
        return render_html(adaptation_findings(results), progress)
    if makes_targets(results):
        return render_html(target_report_content(results, progress), progress)
    return render_html(map_report_content(results, progress), progress)


def report_content(results: ProtocolResults) -> ReportContent:
    """Gather everything a report says about a protocol's results."""
    roles = results.report_roles()
    ct, structures = results.load(roles.ct), results.load(roles.structures)
    prescription = results.load(roles.prescription)
    functional = None if roles.functional is None else results.load(roles.functional)
    assert isinstance(ct, Image)
    assert isinstance(structures, StructureSet)
    assert isinstance(prescription, Prescription)
    plans = [plan for plan in map(results.load, roles.plans) if isinstance(plan, Plan)]
    judged = _evaluation_settings(results)
    shown_plans = [
        replace(_plan_result(plan.name, plan.dose, prescription, structures, judged), shots=plan.shots)
        for plan in plans
    ]
    radiosurgery = _radiosurgery(results)
    if roles.supplied_dose is not None and roles.supplied_dose in results.inputs:
        supplied = results.load(roles.supplied_dose)
        assert isinstance(supplied, Dose)
        shown_plans.append(_plan_result(supplied.label, supplied, prescription, structures, judged))
    grid = plans[0].dose.grid
    prescribed = Image(prescription.dose_map(structures, grid).astype(np.float32), grid, "prescribed dose", "Gy")
    drawn = matching(structures, roles.shown) if roles.shown else structures
    shown = tuple(s.name for s in drawn if not s.is_empty)
    return ReportContent(
        heading=Heading(
            title=results.protocol.title,
            subject=results.case.subject,
            protocol=results.protocol.name,
            date=date.today().isoformat(),
            is_simulated=results.case.simulated,
        ),
        images=Images(ct, structures, prescribed, _without_gaps(functional) if isinstance(functional, Image) else None),
        prescription=prescription,
        plans=tuple(shown_plans),
        display=Display(_focus_mm(prescription, structures), shown, *_window(ct), _levels_gy(radiosurgery)),
        notes=_notes(results, plans),
        settings=setting_rows(results),
        provenance=provenance_rows(results),
        targets=target_findings(results),
        spectroscopy=None if roles.spectroscopy is None else _spectroscopy(results, roles.spectroscopy, structures),
        radiosurgery=radiosurgery,
    )


def _window(image: Image) -> tuple[float, float]:
    """Grey window: that of soft tissue on CT, else from black at 0 to nearly the brightest of what is not 0."""
    if image.unit == "[hnsf'U]":
        return (Display.level_hu, Display.width_hu)
    values = np.asarray(image.data)[np.asarray(image.data) > 0]
    white = float(np.percentile(values, 99.5)) if values.size else 1.0
    return (0.5 * white, white)


def _levels_gy(radiosurgery: tuple[RadiosurgerySummary, ...]) -> tuple[float, ...] | None:
    """Isodose levels of radiosurgery; others are chosen from the prescription."""
    if not radiosurgery:
        return None
    painted = radiosurgery[0]
    judged_gy = painted.indices.isodose_gy
    wanted = [*(zone.level_gy for zone in painted.zones), *([judged_gy] if judged_gy else [])]
    return radiosurgery_levels_gy(wanted, painted.maximum_gy)


def _radiosurgery(results: ProtocolResults) -> tuple[RadiosurgerySummary, ...]:
    for record in results.records:
        if record.stage == RADIOSURGERY_COMPARISON.name:
            figures = results.load(f"{record.step}.figures")
            assert isinstance(figures, Figures)
            return read_radiosurgery_comparison(figures)
    return ()


def radiosurgery_comparison(case: Case, protocol: str) -> tuple[Table, ...]:
    """Return the tables in which a protocol's radiosurgery plans are compared; none where it compares none."""
    return radiosurgery_tables(_radiosurgery(open_results(case, protocol)))


def _without_gaps(image: Image) -> Image:
    """Draw as nothing where a map has no value."""
    return image.with_data(np.nan_to_num(image.data, nan=0.0))


def _spectroscopy(results: ProtocolResults, step: str, structures: StructureSet) -> SpectroscopyFindings:
    """Draw maps over MR anatomy in the frame of the CT where the case has any, else over the CT."""
    ct = results.inputs[results.report_roles().ct]
    anatomy = native.read_image(results.case.path(choose_anatomy(results.case, [ct]) or ct))
    return spectroscopy_findings(results, step, anatomy, structures)


def _plan_result(
    name: str, dose: Dose, prescription: Prescription, structures: StructureSet, settings: EvaluationSettings
) -> PlanResult:
    return PlanResult(name, dose, evaluate_plan(dose, prescription, structures, settings=settings))


def _evaluation_settings(results: ProtocolResults) -> EvaluationSettings:
    """Judge as the protocol's own evaluation did."""
    for record in results.records:
        if record.stage == "evaluation":
            values = {**record.settings, "volume_at_doses_gy": tuple(record.settings["volume_at_doses_gy"])}
            return EvaluationSettings(**values)
    return EvaluationSettings()


def _focus_mm(prescription: Prescription, structures: StructureSet) -> tuple[float, float, float]:
    """Middle of the most important target."""
    low, high = structures[prescription.goals[0].structure].bounds_mm()
    middle = 0.5 * (low + high)
    return (float(middle[0]), float(middle[1]), float(middle[2]))


def _notes(results: ProtocolResults, plans: list[Plan]) -> tuple[NoteGroup, ...]:
    """Sentences a reader must know: of the plans first, then of the steps, then of what was imported; each once."""
    entries = [(entry.name, entry.notes) for entry in results.inputs.values()]
    groups = [
        *((plan.name, plan.notes) for plan in plans),
        *((record.step, record.notes) for record in reversed(results.records)),
        ("frames of reference", results.frame.notes()),
        *((name, notes) for name, notes in entries),
    ]
    said: set[str] = set()
    found = []
    for title, notes in groups:
        new = tuple(one for one in dict.fromkeys(notes) if one not in said and not one.startswith("Optimiser:"))
        said.update(new)
        if new:
            found.append(NoteGroup(title, new))
    return tuple(found)
