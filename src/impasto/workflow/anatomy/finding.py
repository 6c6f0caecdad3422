"""Finding the anatomy of a head and keeping it in the case, where maps and targets look for it."""

from __future__ import annotations

from dataclasses import replace

from impasto.core import ImpastoError, Progress, StructureSet, silent
from impasto.files import Case, CaseEntry, EntryKind, save_case
from impasto.workflow.anatomy.choice import choose_anatomy
from impasto.workflow.engine import StepOutcome, run_protocol
from impasto.workflow.importing.entries import with_structures
from impasto.workflow.protocol import InputChoice, Protocol, Step
from impasto.workflow.results import open_results

__all__ = ["ANATOMY_ENTRY", "anatomy_protocol", "drawn_structures", "find_anatomy", "found_anatomy"]

ANATOMY_ENTRY = "anatomy"
"""Structures of this name were found, not drawn."""

_LESION_PARTS = ("lesions-given", "lesions-edits")
"""What the lesions of a case are made of: drawn, but not what is to be treated."""


def drawn_structures(case: Case) -> tuple[CaseEntry, ...]:
    """Return the structure sets that people drew."""
    passed_over = (ANATOMY_ENTRY, *_LESION_PARTS)
    return tuple(entry for entry in case.of_kind(EntryKind.STRUCTURES) if entry.name not in passed_over)


def found_anatomy(case: Case) -> tuple[CaseEntry, ...]:
    """Return the structures that :func:`find_anatomy` left, where it was run."""
    return tuple(entry for entry in case.of_kind(EntryKind.STRUCTURES) if entry.name == ANATOMY_ENTRY)


def anatomy_protocol(case: Case, image: str | None = None) -> Protocol:
    """Write down the one step that finds brain, tissue, barriers, organs and reference white matter.

    Parameters
    ----------
    case : Case
    image : str, optional
        MR image to find them in; the best one of anatomy when not given.

    Raises
    ------
    ImpastoError
        When the case has no such image.
    """
    entry = choose_anatomy(case, []) if image is None else case.entry(EntryKind.IMAGE, image)
    if entry is None or entry.modality == "CT":
        raise ImpastoError(str(case.folder), "has no MR image of the head", "import T1, T1c, T2 or FLAIR")
    inputs, slots = {"image": InputChoice(kind="image", name=entry.name)}, {"image": "image"}
    for drawn in drawn_structures(case)[:1]:
        inputs["structures"], slots["structures"] = InputChoice(kind="structures", name=drawn.name), "structures"
    return Protocol(
        format=1,
        name=ANATOMY_ENTRY,
        title="Anatomy",
        about=f"Brain, tissue, barriers and reference white matter found in {entry.name}.",
        inputs=inputs,
        steps=(Step(name="head", stage="anatomy", inputs=slots),),
        report=None,
    )


def find_anatomy(case: Case, protocol: Protocol, progress: Progress = silent) -> tuple[Case, StepOutcome]:
    """Run :func:`anatomy_protocol`, and put what was found into the case as the structures ``anatomy``.

    Raises
    ------
    ImpastoError
        When no head is found in the image.
    """
    outcome = run_protocol(case, protocol, progress=progress)[0]
    results = open_results(case, protocol.name)
    found = results.load("head.structures")
    assert isinstance(found, StructureSet)
    image = results.inputs["image"]
    entry = CaseEntry(ANATOMY_ENTRY, EntryKind.STRUCTURES, "", "impasto", image.name, outcome.record.notes)
    extended = with_structures(case, entry, replace(found, frame_of_reference_uid=None))
    save_case(extended)
    return extended, outcome
