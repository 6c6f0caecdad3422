"""Filling a report with the biological targets of a case."""

from __future__ import annotations

from datetime import date

import numpy as np

from impasto.core import Image, Progress, Role, StructureSet, silent
from impasto.files import EntryKind
from impasto.report import USUAL_SCALES, ColourScale, Heading, MapsOverAnatomy, TargetFindings, TargetReportContent
from impasto.workflow.anatomy.choice import choose_anatomy
from impasto.workflow.artefacts import Figures
from impasto.workflow.maps.report import findings_of_maps, read_anatomy
from impasto.workflow.record import StepRecord
from impasto.workflow.record_rows import provenance_rows, step_settings_rows
from impasto.workflow.results import ProtocolResults
from impasto.workflow.stages.target_figures import read_checks, read_comparison, read_volumes

__all__ = ["makes_targets", "target_findings", "target_report_content"]

_TITLES = {
    "lesions": "Lesions",
    "zones": "Zones",
    "painting-zones": "Zones",
    "clinical-targets": "Clinical targets",
    "pet-target": "Target from PET",
    "hypoxia": "Hypoxia",
}
"""Stages that make biological targets, and what a report calls their work."""

_NOT_SHOWN = (Role.CONTROL, Role.EXTERNAL)
"""Normal tissue and outlines would hide the targets."""

_PROBABILITY = "probability-"
_UPTAKE = "standardised-uptake"
_MOST_IMAGES = 2
_LABELS = "labels"
"""Numbers of parts: a map of them says no more than the outlines."""

_PROBABILITY_SCALE = ColourScale(limits=(0.0, 1.0), opacity=(0.0, 0.85))
_AROUND_MM = 20.0
"""Maps are shown so far around the targets."""

_LEAST_SHOWN = 0.01
"""Smaller probabilities do not widen the picture."""


def makes_targets(results: ProtocolResults) -> bool:
    """Say whether a step of the protocol makes biological targets."""
    return any(record.stage in _TITLES for record in results.records)


def target_report_content(results: ProtocolResults, progress: Progress = silent) -> TargetReportContent:
    """Gather everything a report says about the targets of a protocol that plans nothing, and the maps below them.

    Raises
    ------
    ImpastoError
        When no step left a target.
    """
    maps, map_notes = findings_of_maps(results, progress)
    notes = [
        *map_notes,
        *results.frame.notes(),
        *(f"{e.name}: {note}" for e in results.inputs.values() for note in e.notes),
    ]
    return TargetReportContent(
        heading=Heading(
            title=results.protocol.title,
            subject=results.case.subject,
            protocol=results.protocol.name,
            date=date.today().isoformat(),
            is_simulated=results.case.simulated,
        ),
        findings=target_findings(results),
        maps=maps,
        notes=tuple(dict.fromkeys(notes)),
        settings=step_settings_rows(results),
        provenance=provenance_rows(results),
    )


def target_findings(results: ProtocolResults) -> tuple[TargetFindings, ...]:
    """Gather what each step that makes targets left; steps whose targets are all empty are left out."""
    found = (_findings(results, record) for record in results.records if record.stage in _TITLES)
    return tuple(one for one in found if one is not None)


def _findings(results: ProtocolResults, record: StepRecord) -> TargetFindings | None:
    structures = _new_structures(results, record)
    images = _images(results, record)
    if not len(structures) or not images:
        return None
    maps = _maps(results, record)
    probabilities = {name: image for name, image in maps.items() if name.startswith(_PROBABILITY)}
    values = {name: image for name, image in maps.items() if name not in probabilities}
    # colours show better over anatomy than over uptake
    anatomy = list(images.values())[-1]
    volumes, checks, comparison = (_figures(results, record, output) for output in ("volumes", "checks", "comparison"))
    return TargetFindings(
        step=record.step,
        title=_title(record),
        notes=record.notes,
        images=images,
        structures=structures,
        volumes=() if volumes is None else read_volumes(volumes),
        checks=() if checks is None else read_checks(checks),
        comparison=() if comparison is None else read_comparison(comparison),
        probabilities=_drawn(probabilities, anatomy, structures, _PROBABILITY_SCALE),
        values=_drawn(values, anatomy, structures, None),
    )


def _title(record: StepRecord) -> str:
    """Name the stage's work, and the step where it is called otherwise."""
    title = _TITLES[record.stage]
    return title if record.step in (record.stage, title.lower()) else f"{title}: {record.step}"


def _new_structures(results: ProtocolResults, record: StepRecord) -> StructureSet:
    """Structures that the step made: they were not among those that it was given, and they are no reference."""
    if "structures" not in record.outputs:
        return StructureSet()
    made = results.load(f"{record.step}.structures")
    assert isinstance(made, StructureSet)
    given: set[str] = set()
    for used in record.inputs.values():
        before = results.load(used.reference) if _is_structures(results, used.reference) else None
        if isinstance(before, StructureSet):
            given |= set(before.names)
    new = (one for one in made if one.name not in given and one.role not in _NOT_SHOWN)
    return StructureSet(tuple(one for one in new if not one.is_empty))


def _is_structures(results: ProtocolResults, reference: str) -> bool:
    step, _, output = reference.partition(".")
    if not output:
        return results.inputs[step].kind is EntryKind.STRUCTURES
    return any(record.step == step and record.outputs[output].kind == "StructureSet" for record in results.records)


def _images(results: ProtocolResults, record: StepRecord) -> dict[str, Image]:
    """Images that the step looked at, uptake first; the best MR of anatomy where there is none, or only a CT."""
    used = [one.reference for one in record.inputs.values()]
    uptake = {reference.partition(".")[0]: reference for reference in used if _is_uptake(results, reference)}
    entries = [results.inputs[reference] for reference in used if reference in results.inputs]
    seen = [entry for entry in entries if entry.kind is EntryKind.IMAGE]
    named = uptake | {entry.name: reference for reference, entry in results.inputs.items() if entry in seen}
    loaded = {name: results.load(reference) for name, reference in named.items()}
    images = {name: one for name, one in loaded.items() if isinstance(one, Image) and one.times_s is None}
    if not uptake and all(entry.modality == "CT" for entry in seen):
        # what is given here is not chosen: the image planned on may well be the best anatomy
        inputs = list(results.inputs.values())
        others = [entry for entry in inputs if entry.kind is not EntryKind.IMAGE]
        chosen = choose_anatomy(results.case, seen or others[:1] or inputs[:1])
        images = ({} if chosen is None else {chosen.name: read_anatomy(results, chosen)}) | images
    kept = list(images.items())[:_MOST_IMAGES]
    return {name: image.with_data(image.data, quantity=name) for name, image in kept}


def _is_uptake(results: ProtocolResults, reference: str) -> bool:
    step = reference.partition(".")[0]
    return any(record.step == step and record.stage == _UPTAKE for record in results.records)


def _maps(results: ProtocolResults, record: StepRecord) -> dict[str, Image]:
    images = [output for output, kept in record.outputs.items() if kept.kind == "Image"]
    shown = [output for output in images if not output.startswith(_LABELS)]
    return {output: image for output in shown if isinstance(image := results.load(f"{record.step}.{output}"), Image)}


def _figures(results: ProtocolResults, record: StepRecord, output: str) -> Figures | None:
    found = results.load(f"{record.step}.{output}") if output in record.outputs else None
    return found if isinstance(found, Figures) else None


def _drawn(
    maps: dict[str, Image], anatomy: Image, structures: StructureSet, scale: ColourScale | None
) -> MapsOverAnatomy | None:
    if not maps:
        return None
    named = {image.quantity: image for image in maps.values()}
    grid = next(iter(named.values())).grid
    inside = np.any([one.occupancy(grid) > 0.0 for one in structures], axis=0)
    if not inside.any():
        return None
    named = {n: image.cropped_to(inside, _AROUND_MM) for n, image in named.items() if image.grid.matches(grid)}
    shown = np.any([np.nan_to_num(image.data) > _LEAST_SHOWN for image in named.values()], axis=0)
    if not shown.any():
        return None
    scales = {name: scale or USUAL_SCALES[name] for name in named if scale is not None or name in USUAL_SCALES}
    return MapsOverAnatomy(anatomy, named, shown, scales=scales, structures=structures)
