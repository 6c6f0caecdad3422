"""Finding the things in a case that a protocol's inputs mean."""

from __future__ import annotations

from collections.abc import Mapping

from impasto.core import ImpastoError, MrAcquisition, PetAcquisition
from impasto.files import (
    Case,
    CaseEntry,
    EntryKind,
    native,
    read_acquisition,
    read_diffusion,
    read_mr_acquisition,
    read_reference,
)
from impasto.workflow.artefacts import Artefact
from impasto.workflow.protocol import InputChoice, Protocol

__all__ = ["entry_acquisition", "frame_notes", "load_entry", "resolve_inputs"]

_WORDS = {
    "image": "an image",
    "structures": "structures",
    "dose": "a dose",
    "spectra": "spectra",
    "diffusion": "a diffusion-weighted series",
}
_KINDS = {
    "image": EntryKind.IMAGE,
    "structures": EntryKind.STRUCTURES,
    "dose": EntryKind.DOSE,
    "spectra": EntryKind.SPECTRA,
    "diffusion": EntryKind.DIFFUSION,
}


def resolve_inputs(case: Case, protocol: Protocol) -> dict[str, CaseEntry]:
    """Choose the case's entry for each input of a protocol; optional ones that are absent are left out.

    Raises
    ------
    ImpastoError
        When a required input is missing or several entries would do.
    """
    chosen: dict[str, CaseEntry] = {}
    for name, choice in protocol.inputs.items():
        entry = _choose(case, protocol, name, choice, chosen)
        if entry is not None:
            chosen[name] = entry
    return chosen


def load_entry(case: Case, entry: CaseEntry) -> Artefact:
    """Read an entry of a case from disk."""
    path = case.path(entry)
    if entry.kind is EntryKind.IMAGE:
        return native.read_image(path)
    if entry.kind is EntryKind.STRUCTURES:
        return native.read_structures(path)
    if entry.kind is EntryKind.SPECTRA:
        return native.read_spectra(path)
    if entry.kind is EntryKind.DIFFUSION:
        return read_diffusion(path)
    return native.read_dose(path)


def entry_acquisition(case: Case, entry: CaseEntry) -> PetAcquisition | MrAcquisition | None:
    """Read how an image of a case was acquired; None for other things and where nothing said it."""
    if entry.kind is not EntryKind.IMAGE:
        return None
    return read_acquisition(case, entry) if entry.modality == "PT" else read_mr_acquisition(case, entry)


def frame_notes(case: Case, entries: Mapping[str, CaseEntry]) -> tuple[str, ...]:
    """Say which images lie in another DICOM frame of reference than the first: nothing here aligns them."""
    frames: dict[str, str] = {}
    for entry in entries.values():
        if entry.kind is EntryKind.IMAGE and case.dicom_path(entry).exists():
            frames[entry.name] = read_reference(case, entry).frame_of_reference_uid
    first = next(iter(frames), "")
    return tuple(
        f"{name} lies in another DICOM frame of reference than {first}: their coordinates are taken as the same, "
        "unregistered."
        for name, frame in frames.items()
        if frame != frames[first]
    )


def _choose(
    case: Case, protocol: Protocol, name: str, choice: InputChoice, chosen: dict[str, CaseEntry]
) -> CaseEntry | None:
    kind = _KINDS[choice.kind]
    if choice.name is not None:
        return case.entry(kind, choice.name)
    found = case.of_kind(kind)
    wanted = _WORDS[choice.kind]
    if choice.usual_name is not None:
        found, wanted = tuple(one for one in found if one.name == choice.usual_name), f"{wanted} {choice.usual_name!r}"
    if choice.modality is not None:
        found = tuple(entry for entry in found if entry.modality == choice.modality)
        wanted = f"{choice.modality} {choice.kind}"
    if choice.drawn_on is not None and choice.drawn_on in chosen:
        image = chosen[choice.drawn_on].name
        found = tuple(entry for entry in found if entry.drawn_on == image)
        wanted = f"{wanted} in the frame of {image!r}"
    if choice.usual_name is None:
        free = _left_for(found, protocol, chosen)
        found = free if free or not choice.required else found
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(entry.name for entry in found)
        raise ImpastoError(
            str(case.folder), f"for {wanted} several entries would do: {names}", f"choose with --set inputs.{name}=NAME"
        )
    if not choice.required:
        return None
    raise ImpastoError(str(case.folder), f"{protocol.name} needs {wanted}, and the case has none", "import it")


def _left_for(found: tuple[CaseEntry, ...], protocol: Protocol, chosen: dict[str, CaseEntry]) -> tuple[CaseEntry, ...]:
    """Leave out what another input has taken, or asks for by its usual name."""
    taken = {(entry.kind, entry.name) for entry in chosen.values()}
    taken |= {(_KINDS[one.kind], one.usual_name) for one in protocol.inputs.values() if one.usual_name is not None}
    return tuple(entry for entry in found if (entry.kind, entry.name) not in taken)
