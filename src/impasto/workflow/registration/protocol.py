"""The protocol that brings a case's images into one frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, native, read_landmarks
from impasto.workflow.anatomy.choice import choose_anatomy, frame_of_reference
from impasto.workflow.importing.entries import slug
from impasto.workflow.protocol import InputChoice, Protocol, Step

__all__ = ["REGISTRATION_PROTOCOL", "registration_protocol", "with_landmarks"]

REGISTRATION_PROTOCOL = "registration"
_DEFORMABLE = "deformable-registration"


def registration_protocol(
    case: Case, onto: str | None = None, moving: Sequence[str] = (), stage: str = "registration"
) -> Protocol:
    """Write down one step for each image that is to be brought into the frame of another.

    Parameters
    ----------
    case : Case
    onto : str, optional
        Image that stays; the CT that structures are drawn on, another CT, or the best MR anatomy when not given.
    moving : sequence of str
        Images to bring along. When empty: one image of each other DICOM frame of reference, of the fixed one's
        modality where there is one; all that shares the frame follows it.
    stage : {"registration", "deformable-registration"}

    Raises
    ------
    ImpastoError
        When the case has no such image, an image has a time axis, or there is nothing to bring along.
    """
    fixed = _fixed(case, onto)
    chosen = [_static(case, name) for name in moving] or _one_of_each_frame(case, fixed)
    if fixed in chosen:
        raise ImpastoError(fixed.name, "it cannot be brought onto itself", "name another image to move or to stay")
    if not chosen:
        problem = f"all images share one frame of reference, that of {fixed.name}"
        raise ImpastoError(str(case.folder), problem, "name those to refine with --moving")
    inputs: dict[str, InputChoice] = {}
    steps = []
    for entry in chosen:
        slots: dict[str, str] = {}
        for slot, image in (("fixed", fixed), ("moving", entry)):
            given = {
                slot: (f"{image.name}-image", InputChoice(kind="image", name=image.name)),
                **_drawn(case, image, slot),
            }
            inputs |= dict(given.values())
            slots |= {name: reference for name, (reference, _) in given.items()}
        same = frame_of_reference(case, entry) == frame_of_reference(case, fixed)
        settings: dict[str, Any] = {"starts_by_header": same}
        if stage == _DEFORMABLE and entry.modality != fixed.modality:
            settings["fit"] = {"contrast": "any"}
        steps.append(Step(name=_step(entry), stage=stage, inputs=slots, settings=settings))
    return Protocol(
        format=1,
        name=REGISTRATION_PROTOCOL,
        title="Registration",
        about=f"Images brought into the frame of {fixed.name}.",
        inputs=inputs,
        steps=tuple(steps),
        report=None,
    )


def with_landmarks(protocol: Protocol, path: Path) -> Protocol:
    """Let pairs of landmarks judge the one registration of a protocol: see :func:`~impasto.files.read_landmarks`.

    Raises
    ------
    ImpastoError
        When the table cannot be read, or there are several registrations.
    """
    if len(protocol.steps) != 1:
        raise ImpastoError(str(path), f"{len(protocol.steps)} registrations for one table", "name one with --moving")
    fixed, moving = read_landmarks(path)
    landmarks = {"fixed_mm": fixed.tolist(), "moving_mm": moving.tolist()}
    return protocol.with_settings({f"{protocol.steps[0].name}.landmarks": landmarks})


def _fixed(case: Case, onto: str | None) -> CaseEntry:
    if onto is not None:
        return _static(case, onto)
    scans = [entry for entry in case.of_kind(EntryKind.IMAGE) if entry.modality == "CT"]
    drawn = {entry.drawn_on for entry in case.of_kind(EntryKind.STRUCTURES)}
    scans.sort(key=lambda entry: entry.name not in drawn)
    found = scans[0] if scans else choose_anatomy(case, [])
    if found is None:
        raise ImpastoError(str(case.folder), "has no image of anatomy", "import a CT or an MR image")
    return found


def _one_of_each_frame(case: Case, fixed: CaseEntry) -> list[CaseEntry]:
    frames: dict[str, list[CaseEntry]] = {}
    for entry in case.of_kind(EntryKind.IMAGE):
        if native.read_image_times(case.path(entry)) is None:
            frames.setdefault(frame_of_reference(case, entry), []).append(entry)
    own = frame_of_reference(case, fixed)
    return [_representative(case, group, fixed) for frame, group in frames.items() if frame and frame != own]


def _representative(case: Case, group: Sequence[CaseEntry], fixed: CaseEntry) -> CaseEntry:
    alike = [entry for entry in group if entry.modality == fixed.modality]
    others = [entry for entry in case.of_kind(EntryKind.IMAGE) if entry not in group]
    return alike[0] if alike else choose_anatomy(case, [], others) or group[0]


def _static(case: Case, name: str) -> CaseEntry:
    entry = case.entry(EntryKind.IMAGE, name)
    if native.read_image_times(case.path(entry)) is not None:
        raise ImpastoError(name, "has a time axis", "name an image of one volume; series of its frame follow it")
    return entry


def _drawn(case: Case, image: CaseEntry, slot: str) -> dict[str, tuple[str, InputChoice]]:
    """Name the structures drawn on an image, which tell how well it lies."""
    drawn = [entry for entry in case.of_kind(EntryKind.STRUCTURES) if entry.drawn_on == image.name]
    choice = InputChoice(kind="structures", name=drawn[0].name) if drawn else None
    return {} if choice is None else {f"{slot}_structures": (f"{image.name}-structures", choice)}


def _step(entry: CaseEntry) -> str:
    name = slug(entry.name)
    return name if name[:1].isalpha() else f"image-{name}"
