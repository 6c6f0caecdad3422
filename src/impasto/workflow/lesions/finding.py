"""Finding the lesions of a case, or taking those of others, and keeping them with the user's edits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from impasto.core import Image, ImpastoError, Progress, StructureSet, silent
from impasto.files import Case, CaseEntry, EntryKind, content_hash, native, save_case
from impasto.target.lesions import LesionPart, LesionParts, lesion_edits, parts_from_labels
from impasto.workflow.anatomy.finding import ANATOMY_ENTRY
from impasto.workflow.engine import StepOutcome, run_protocol
from impasto.workflow.frames import placements
from impasto.workflow.importing.entries import with_structures
from impasto.workflow.lesions.images import SEQUENCES, choose_lesion_images
from impasto.workflow.lesions.importing import read_label_map, read_lesions
from impasto.workflow.protocol import InputChoice, Protocol, Step
from impasto.workflow.results import open_results

__all__ = [
    "EDITS_ENTRY",
    "GIVEN_ENTRY",
    "LESIONS_ENTRY",
    "FoundCaseLesions",
    "LesionRequest",
    "find_case_lesions",
    "lesion_protocol",
]

LESIONS_ENTRY = "lesions"
"""Structures of this name were found, or taken from others."""

GIVEN_ENTRY = "lesions-given"
"""Lesions by others, as they were read."""

EDITS_ENTRY = "lesions-edits"
"""What a user added to the found lesions and removed from them."""

_STEP = "lesions"
_OWN = (LESIONS_ENTRY, GIVEN_ENTRY, EDITS_ENTRY, ANATOMY_ENTRY)


@dataclass(frozen=True)
class LesionRequest:
    """What a user asks of the lesions.

    Parameters
    ----------
    images : mapping of str to str
        Image for ``t1c``, ``flair``, ``t1`` or ``t2``, where its name does not say what it is.
    seeds_mm : tuple of points
        LPS mm in the first image (T1c, else FLAIR).
    box_mm : pair of points, optional
    given : Path, optional
        Lesions by others: label map NIfTI, DICOM SEG or RTSTRUCT. Once read they stay, until `anew`.
    meaning : mapping of str to str
        What values or names in it mean: ``{"1": "enhancing"}``.
    network : Path, optional
        ONNX file that segments.
    edited : Path, optional
        The label map of an earlier run (its ``labels``) after editing.
    anew : bool
        Forget edits and lesions by others.
    """

    images: Mapping[str, str]
    seeds_mm: tuple[tuple[float, float, float], ...] = ()
    box_mm: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    given: Path | None = None
    meaning: Mapping[str, str] | None = None
    network: Path | None = None
    edited: Path | None = None
    anew: bool = False


@dataclass(frozen=True, eq=False)
class FoundCaseLesions:
    """Lesions of a case after a run.

    Parameters
    ----------
    case : Case
    outcome : StepOutcome
    volumes : list of dict
        Name, volume in ml and rule of each.
    diameters_mm : dict
        Longest diameters by structure.
    labels : Path
        Label map to edit.
    notes : tuple of str
    """

    case: Case
    outcome: StepOutcome
    volumes: list[dict[str, Any]]
    diameters_mm: dict[str, dict[str, float]]
    labels: Path
    notes: tuple[str, ...]


def lesion_protocol(case: Case, request: LesionRequest) -> Protocol:
    """Write down the one step that finds lesions in a case's T1, T1c, FLAIR and T2.

    Raises
    ------
    ImpastoError
        When the case has neither T1c nor FLAIR, or the network's file is not there.
    """
    chosen = choose_lesion_images(case)
    chosen |= {slot: case.entry(EntryKind.IMAGE, name) for slot, name in request.images.items()}
    chosen = {slot: chosen[slot] for slot in SEQUENCES if slot in chosen}
    if not {"t1c", "flair"} & set(chosen):
        names = ", ".join(entry.name for entry in case.of_kind(EntryKind.IMAGE)) or "none"
        problem = f"no image is T1c or FLAIR by its name: {names}"
        raise ImpastoError(str(case.folder), problem, "say which they are (--t1c NAME --flair NAME)")
    inputs = {slot: InputChoice(kind="image", name=entry.name) for slot, entry in chosen.items()}
    kept = {entry.name for entry in case.of_kind(EntryKind.STRUCTURES)}
    structures = {"given": GIVEN_ENTRY, "edits": EDITS_ENTRY, "anatomy": ANATOMY_ENTRY}
    drawn = [entry.name for entry in case.of_kind(EntryKind.STRUCTURES) if entry.name not in _OWN]
    if drawn:
        structures["structures"] = drawn[0]
    inputs |= {slot: InputChoice(kind="structures", name=name) for slot, name in structures.items() if name in kept}
    settings: dict[str, Any] = {"seeds_mm": [list(seed) for seed in request.seeds_mm]}
    if request.box_mm is not None:
        settings["box_mm"] = [list(corner) for corner in request.box_mm]
    if request.network is not None:
        if not request.network.is_file():
            raise ImpastoError(str(request.network), "is not there", "check the path of the ONNX file")
        settings |= {"network": str(request.network), "network_sha256": content_hash(request.network)}
    return Protocol(
        format=1,
        name=LESIONS_ENTRY,
        title="Lesions",
        about=f"Lesions found in {', '.join(entry.name for entry in chosen.values())}.",
        inputs=inputs,
        steps=(Step(name=_STEP, stage="lesions", inputs={slot: slot for slot in inputs}, settings=settings),),
        report=None,
    )


def find_case_lesions(
    case: Case, request: LesionRequest, settings: Mapping[str, Any] | None = None, progress: Progress = silent
) -> FoundCaseLesions:
    """Find lesions, and put them into the case as the structures ``lesions``.

    Parameters
    ----------
    case : Case
    request : LesionRequest
    settings : mapping of str to value, optional
        See :meth:`~impasto.workflow.Protocol.with_settings`.
    progress : Progress

    Raises
    ------
    ImpastoError
        When nothing abnormal is found, or a file or setting cannot be used.
    """
    if request.anew:
        case = _without(case, (GIVEN_ENTRY, EDITS_ENTRY))
    first = case.entry(EntryKind.IMAGE, next(iter(lesion_protocol(case, request).inputs.values())).name or "")
    if request.given is not None:
        case = _with_given(case, request.given, request.meaning or {}, first)
    if request.edited is not None:
        case = _with_edits(case, request, settings or {}, progress)
    protocol = lesion_protocol(case, request).with_settings(settings or {})
    outcome = run_protocol(case, protocol, progress=progress)[0]
    results = open_results(case, protocol.name)
    found = results.load(f"{_STEP}.lesions")
    assert isinstance(found, StructureSet)
    notes = (*outcome.record.notes, *_unregistered(case, results.inputs))
    entry = CaseEntry(LESIONS_ENTRY, EntryKind.STRUCTURES, "", "impasto", first.name, notes)
    case = with_structures(case, entry, replace(found, frame_of_reference_uid=None))
    save_case(case)
    figures = [results.load(f"{_STEP}.{name}") for name in ("volumes", "diameters")]
    volumes, diameters = (getattr(one, "values") for one in figures)  # noqa: B009 - a union of artefacts
    labels = case.results_folder(protocol.name) / _STEP / "labels" / "image.nii.gz"
    return FoundCaseLesions(case, outcome, volumes["volumes"], diameters["longest_diameter_mm"], labels, notes)


def _with_given(case: Case, file: Path, meaning: Mapping[str, str], first: CaseEntry) -> Case:
    """Keep lesions by others as structures on the first image."""
    read = read_lesions(file, meaning, case, first)
    entry = CaseEntry(
        GIVEN_ENTRY, EntryKind.STRUCTURES, read.modality, file.name, read.drawn_on or first.name, read.notes
    )
    extended = with_structures(case, entry, read.structures)
    save_case(extended)
    return extended


def _with_edits(case: Case, request: LesionRequest, settings: Mapping[str, Any], progress: Progress) -> Case:
    """Keep how an edited label map differs from what is found without edits."""
    assert request.edited is not None
    plain = _without(case, (EDITS_ENTRY,))
    protocol = lesion_protocol(plain, replace(request, edited=None)).with_settings(settings)
    run_protocol(plain, protocol, progress=progress)
    found = open_results(plain, protocol.name).load(f"{_STEP}.labels-found")
    assert isinstance(found, Image)
    before = LesionParts(np.asarray(found.data, dtype=np.uint8), found.grid)
    values = read_label_map(request.edited)
    meaning = {part.value: part for part in LesionPart}
    known = set(meaning) | {0}
    if not set(np.unique(values.data).astype(int).tolist()) <= known:
        problem = f"holds other values than {', '.join(str(value) for value in sorted(known))}"
        raise ImpastoError(str(request.edited), problem, "edit the label map that impasto made")
    edits = lesion_edits(before, parts_from_labels(values, meaning))
    if not edits.structures:
        return plain
    first = next(iter(protocol.inputs.values())).name or ""
    entry = CaseEntry(EDITS_ENTRY, EntryKind.STRUCTURES, "", request.edited.name, first)
    extended = with_structures(plain, entry, edits)
    save_case(extended)
    return extended


def _without(case: Case, names: tuple[str, ...]) -> Case:
    kept = tuple(e for e in case.entries if e.kind is not EntryKind.STRUCTURES or e.name not in names)
    return replace(case, entries=kept)


def _unregistered(case: Case, inputs: Mapping[str, CaseEntry]) -> tuple[str, ...]:
    """Say which images lie on other voxels than the first and were not registered to it."""
    images = {name: entry for name, entry in inputs.items() if entry.kind is EntryKind.IMAGE}
    moved = placements(case, inputs)
    first, *others = images
    grid = native.read_image(case.path(images[first])).grid
    loose = [
        images[name].name
        for name in others
        if name not in moved
        and not case.dicom_path(images[name]).exists()
        and not native.read_image(case.path(images[name])).grid.matches(grid, 0.05)
    ]
    if not loose:
        return ()
    names = ", ".join(loose)
    return (
        f"{names}: taken as they lie; if the patient moved, first: impasto register CASE --onto {images[first].name}.",
    )
