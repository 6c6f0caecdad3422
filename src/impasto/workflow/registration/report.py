"""Filling a report with the registrations of a case."""

from __future__ import annotations

from datetime import date

from impasto.core import Image, Transform
from impasto.register import move_image
from impasto.report import Heading, RegistrationFindings, RegistrationReportContent
from impasto.workflow.artefacts import Figures
from impasto.workflow.record import StepRecord
from impasto.workflow.record_rows import provenance_rows, step_settings_rows
from impasto.workflow.registration.acceptance import is_accepted
from impasto.workflow.results import ProtocolResults
from impasto.workflow.stages.registration import quality_of

__all__ = ["registration_report_content"]

_ERRORS = ("expected-error", "forward-backward-error")


def registration_report_content(results: ProtocolResults) -> RegistrationReportContent:
    """Gather everything a report says about the registrations of a case."""
    imported = [f"{entry.name}: {note}" for entry in results.inputs.values() for note in entry.notes]
    return RegistrationReportContent(
        heading=Heading(
            title=results.protocol.title,
            subject=results.case.subject,
            protocol=results.protocol.name,
            date=date.today().isoformat(),
            is_simulated=results.case.simulated,
        ),
        findings=tuple(_findings(results, record) for record in results.records),
        notes=tuple(dict.fromkeys(imported)),
        settings=step_settings_rows(results),
        provenance=provenance_rows(results),
    )


def _findings(results: ProtocolResults, record: StepRecord) -> RegistrationFindings:
    fixed, moving = (results.load(record.inputs[slot].reference) for slot in ("fixed", "moving"))
    names = [results.inputs[record.inputs[slot].reference].name for slot in ("fixed", "moving")]
    start, moved = results.load(f"{record.step}.start"), results.load(f"{record.step}.moved")
    transform, figures = results.load(f"{record.step}.transform"), results.load(f"{record.step}.quality")
    images = {name: results.load(f"{record.step}.{name}") for name in (*_ERRORS, "absent") if name in record.outputs}
    maps = {name: image for name, image in images.items() if isinstance(image, Image)}
    assert isinstance(fixed, Image)
    assert isinstance(moving, Image)
    assert isinstance(moved, Image)
    assert isinstance(start, Transform)
    assert isinstance(transform, Transform)
    assert isinstance(figures, Figures)
    return RegistrationFindings(
        step=record.step,
        fixed_name=names[0],
        moving_name=names[1],
        fixed=fixed,
        started=move_image(moving, start, fixed.grid, outside=float(moving.data.min())),
        moved=moved,
        quality=quality_of(figures),
        is_affine=transform.is_affine,
        method=str(figures.values["method"]),
        notes=(f"Started from {figures.values['start']}.", *record.notes),
        error=next((maps[name] for name in _ERRORS if name in maps), None),
        absent=maps.get("absent"),
        is_accepted=is_accepted(results.case, record),
    )
