"""Filling a report with the maps of a case."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase

from impasto.core import Image, ImpastoError, Progress, Role, Structure, StructureSet, silent
from impasto.files import CaseEntry, EntryKind, native
from impasto.report import Heading, MapFindings, MapReportContent
from impasto.workflow.anatomy.choice import choose_anatomy
from impasto.workflow.maps.catalogue import CATALOGUE
from impasto.workflow.maps.findings import Surroundings, map_findings
from impasto.workflow.maps.protocol import MAP_PROTOCOL, map_protocol
from impasto.workflow.maps.region_values import StructureVoxels
from impasto.workflow.record import StepRecord
from impasto.workflow.record_rows import provenance_rows, step_settings_rows
from impasto.workflow.results import ProtocolResults

__all__ = ["findings_of_maps", "map_report_content", "read_anatomy"]

_OTHER_FRAME = "No image of anatomy lies in the frame of {step}: its maps are drawn over themselves."


def map_report_content(results: ProtocolResults, progress: Progress = silent) -> MapReportContent:
    """Gather everything a report says about the maps of a protocol that plans nothing.

    Dynamic and diffusion-weighted series are not read.

    Parameters
    ----------
    results : ProtocolResults
    progress : Progress

    Raises
    ------
    ImpastoError
        When there are no maps.
    """
    findings, notes = findings_of_maps(results, progress)
    return MapReportContent(
        heading=Heading(
            title=results.protocol.title,
            subject=results.case.subject,
            protocol=results.protocol.name,
            date=date.today().isoformat(),
            is_simulated=results.case.simulated,
        ),
        findings=findings,
        notes=tuple(dict.fromkeys([*_not_made(results), *notes, *_case_notes(results)])),
        settings=step_settings_rows(results),
        provenance=provenance_rows(results),
    )


def findings_of_maps(
    results: ProtocolResults, progress: Progress = silent
) -> tuple[tuple[MapFindings, ...], tuple[str, ...]]:
    """Gather the maps of every step that makes some, and what must be said of how they are drawn."""
    records = [record for record in results.records if record.stage in CATALOGUE]
    structures = _structures(results)
    outlined, voxels = _outlined(structures, records), StructureVoxels(structures or StructureSet())
    anatomies: dict[str, Image] = {}
    findings, notes = [], []
    for done, record in enumerate(records):
        progress("maps", done / len(records))
        entry = _anatomy(results, record)
        if entry is None:
            notes.append(_OTHER_FRAME.format(step=record.step))
        elif entry.name not in anatomies:
            anatomies[entry.name] = read_anatomy(results, entry)
        around = Surroundings(None if entry is None else anatomies[entry.name], outlined, voxels)
        findings.append(map_findings(results, record, around))
    progress("maps", 1.0)
    return tuple(findings), tuple(notes)


def _structures(results: ProtocolResults) -> StructureSet | None:
    """Structures that were drawn, then those that were found and have other names."""
    references = [name for name in ("structures", "anatomy") if name in results.inputs]
    references += [f"{record.step}.structures" for record in results.records if "structures" in record.outputs]
    merged: dict[str, Structure] = {}
    for reference in references:
        found = results.load(reference)
        assert isinstance(found, StructureSet)
        merged = {structure.name: structure for structure in found} | merged
    return StructureSet(tuple(merged.values())) if merged else None


def _outlined(structures: StructureSet | None, records: list[StepRecord]) -> StructureSet | None:
    """Targets, what was found, and the tissue that maps refer to: all others would hide them."""
    if structures is None:
        return None
    if any("structures" in record.outputs for record in records):
        return StructureSet(tuple(one for one in structures if one.role is not Role.EXTERNAL))
    patterns = {str(record.settings["reference"]).casefold() for record in records if record.settings.get("reference")}
    shown = [
        one
        for one in structures
        if one.role.is_target or any(fnmatchcase(one.name.casefold(), pattern) for pattern in patterns)
    ]
    return StructureSet(tuple(shown)) if shown else None


def _anatomy(results: ProtocolResults, record: StepRecord) -> CaseEntry | None:
    own = CATALOGUE[record.stage].shown_over
    if own:
        return results.inputs[record.inputs[own].reference]
    used = [results.inputs[i.reference] for i in record.inputs.values() if i.reference in results.inputs]
    mapped = [entry for entry in used if entry.kind is not EntryKind.STRUCTURES]
    return choose_anatomy(results.case, mapped, list(results.inputs.values()))


def read_anatomy(results: ProtocolResults, entry: CaseEntry) -> Image:
    """Read an image of anatomy, its name for its quantity."""
    image = native.read_image(results.case.path(entry))
    return image.with_data(image.data, quantity=entry.name)


def _not_made(results: ProtocolResults) -> list[str]:
    """Say what else of the case could be mapped, where it was maps that were made."""
    if results.protocol.name != MAP_PROTOCOL:
        return []
    try:
        every = [step.name for step in map_protocol(results.case).steps]
    except ImpastoError:
        return []
    made = {step.name for step in results.protocol.steps}
    return [f"{name} has no current maps: run impasto maps, which says why." for name in every if name not in made]


def _case_notes(results: ProtocolResults) -> list[str]:
    notes = [*results.frame.notes()]
    for entry in results.inputs.values():
        notes += [f"{entry.name}: {note}" for note in entry.notes]
    return notes
