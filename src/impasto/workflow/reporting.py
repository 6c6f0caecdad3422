"""Filling a report with what a protocol left in a case."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from impasto.core import Dose, Image, Plan, Prescription, Progress, StructureSet, silent
from impasto.evaluate import EvaluationSettings, evaluate_plan
from impasto.files import Case, EntryKind, native, replacing_file
from impasto.report import (
    Display,
    Heading,
    Images,
    PlanResult,
    ReportContent,
    Setting,
    SpectroscopyFindings,
    Step,
    render_html,
    write_pdf,
)
from impasto.workflow.inputs import frame_notes
from impasto.workflow.results import ProtocolResults, open_results
from impasto.workflow.spectra_view import spectroscopy_findings

__all__ = ["report_content", "write_case_report"]

_SHORT = 10


def write_case_report(
    case: Case, path: Path, protocol: str | None = None, pdf: bool = False, progress: Progress = silent
) -> list[Path]:
    """Write a case's report as one HTML page, and as PDF beside it when asked.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ImpastoError
        When there are no results, or the file cannot be written.
    """
    progress("evaluation", 0.0)
    content = report_content(open_results(case, protocol))
    progress("evaluation", 1.0)
    page = render_html(content, progress)
    written = [path]
    with replacing_file(path) as beside:
        beside.write_text(page, encoding="utf-8")
    if pdf:
        written.append(path.with_suffix(".pdf"))
        progress("pdf", 0.0)
        write_pdf(page, written[-1])
        progress("pdf", 1.0)
    return written


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
    shown_plans = [_plan_result(plan.name, plan.dose, prescription, structures, judged) for plan in plans]
    if roles.supplied_dose in results.inputs:
        supplied = results.load(roles.supplied_dose)
        assert isinstance(supplied, Dose)
        shown_plans.append(_plan_result(supplied.label, supplied, prescription, structures, judged))
    grid = plans[0].dose.grid
    prescribed = Image(prescription.dose_map(structures, grid).astype(np.float32), grid, "prescribed dose", "Gy")
    shown = tuple(s.name for s in structures if not s.is_empty)
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
        display=Display(_focus_mm(prescription, structures), shown),
        notes=_notes(results, plans),
        settings=_settings(results),
        provenance=_provenance(results),
        spectroscopy=None if roles.spectroscopy is None else _spectroscopy(results, roles.spectroscopy, ct, structures),
    )


def _without_gaps(image: Image) -> Image:
    """Draw as nothing where a map has no value."""
    return image.with_data(np.nan_to_num(image.data, nan=0.0))


def _spectroscopy(results: ProtocolResults, step: str, ct: Image, structures: StructureSet) -> SpectroscopyFindings:
    """Draw maps over contrast-enhanced T1 where the case has one, else over the CT."""
    return spectroscopy_findings(results, step, _contrast_enhanced(results.case) or ct, structures)


def _contrast_enhanced(case: Case) -> Image | None:
    for entry in case.of_kind(EntryKind.IMAGE):
        if entry.modality == "MR" and "contrast" in entry.source.lower():
            return native.read_image(case.path(entry))
    return None


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


def _notes(results: ProtocolResults, plans: list[Plan]) -> tuple[str, ...]:
    """Sentences a reader must know: of the plans first, then of the steps, then of what was imported."""
    notes = [note for plan in plans for note in plan.notes]
    notes += [note for record in results.records for note in record.notes]
    notes += frame_notes(results.case, results.inputs)
    notes += [note for entry in results.inputs.values() for note in entry.notes]
    return tuple(note for note in dict.fromkeys(notes) if not note.startswith("Optimiser:"))


def _settings(results: ProtocolResults) -> tuple[Setting, ...]:
    rows = []
    for record in results.records:
        rows += [Setting(f"{record.step}: {name}", _printed(value), "", "") for name, value in record.settings.items()]
    return tuple(rows)


def _provenance(results: ProtocolResults) -> tuple[Step, ...]:
    return tuple(
        Step(
            f"{record.step} ({record.stage})",
            tuple(f"{i.reference} {i.sha256[:_SHORT]}" for i in record.inputs.values()),
            f"key {record.key[:_SHORT]}",
            record.impasto,
        )
        for record in results.records
    )


def _printed(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_printed(item)}" for key, item in value.items() if item is not None)
    if isinstance(value, list):
        return "; ".join(_printed(item) for item in value) or "none"
    return str(value)
