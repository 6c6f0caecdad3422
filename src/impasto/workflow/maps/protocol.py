"""The protocol that makes every map a case has data for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from impasto.core import ImpastoError
from impasto.files import Case, CaseEntry, EntryKind
from impasto.workflow.anatomy.finding import drawn_structures, found_anatomy
from impasto.workflow.maps.dynamic_series import DynamicKind, dynamic_kind, flip_angle_images
from impasto.workflow.protocol import InputChoice, InputKind, Protocol, Step

__all__ = ["MAP_PROTOCOL", "map_protocol"]

MAP_PROTOCOL = "maps"

_EDIT_ON, _EDIT_OFF = "-edit-on", "-edit-off"


@dataclass(frozen=True)
class _Work:
    """One map stage and the entries of the case it needs, by slot."""

    step: str
    stage: str
    needs: dict[str, CaseEntry]
    sees_structures: bool = True


def map_protocol(case: Case) -> Protocol:
    """Write down one step for each thing in a case that a map can be made of: spectra, DCE, DSC, diffusion, PET.

    Spectra named ``NAME-edit-on`` and ``NAME-edit-off`` are one lactate-edited experiment, the step ``NAME-edited``;
    in the first lactate is upright. A series over time is told by its echo time
    (:func:`~impasto.workflow.maps.dynamic_series.dynamic_kind`).

    Raises
    ------
    ImpastoError
        When there is none.
    """
    works = [*_spectra(case), *_dynamic_series(case), *_diffusion(case), *_pet(case)]
    if not works:
        raise ImpastoError(str(case.folder), "has nothing that maps are made of", "add spectra, DCE, DSC, DWI or PET")
    drawn, found = drawn_structures(case)[:1], found_anatomy(case)
    regions = {"structures": drawn, "anatomy": found}
    inputs = {slot: InputChoice(kind="structures", name=entry.name) for slot, one in regions.items() for entry in one}
    seen = {slot: slot for slot in inputs}
    steps = []
    for work in works:
        for entry in work.needs.values():
            inputs[_reference(entry)] = InputChoice(kind=_KINDS[entry.kind], name=entry.name)
        given = {slot: _reference(entry) for slot, entry in work.needs.items()}
        steps.append(Step(name=work.step, stage=work.stage, inputs={**given, **(seen if work.sees_structures else {})}))
    return Protocol(
        format=1,
        name=MAP_PROTOCOL,
        title="Maps",
        about="Every map that the case has data for.",
        inputs=inputs,
        steps=tuple(steps),
        report=None,
    )


_KINDS: dict[EntryKind, InputKind] = {
    EntryKind.SPECTRA: "spectra",
    EntryKind.IMAGE: "image",
    EntryKind.DIFFUSION: "diffusion",
}


def _reference(entry: CaseEntry) -> str:
    """Name of an input; entries of different kinds may share theirs."""
    return f"{entry.name}-{_KINDS[entry.kind]}"


def _spectra(case: Case) -> Iterator[_Work]:
    entries = {entry.name: entry for entry in case.of_kind(EntryKind.SPECTRA)}
    edited = _edited_pairs(list(entries))
    for name, entry in entries.items():
        if name not in edited.values() and name not in edited:
            yield _Work(name, "spectroscopy", {"spectra": entry})
    for on, off in edited.items():
        needs = {"edit_on": entries[on], "edit_off": entries[off]}
        yield _Work(f"{on.removesuffix(_EDIT_ON)}-edited", "edited-spectroscopy", needs)


def _dynamic_series(case: Case) -> Iterator[_Work]:
    for entry in case.of_kind(EntryKind.IMAGE):
        kind = dynamic_kind(case, entry)
        if kind is DynamicKind.DSC:
            yield _Work(entry.name, "dsc", {"series": entry})
        if kind is DynamicKind.DCE:
            angles = {f"flip_angle_{n}": image for n, image in enumerate(flip_angle_images(case, entry), start=1)}
            yield _Work(entry.name, "dce", {"series": entry, **angles})


def _diffusion(case: Case) -> Iterator[_Work]:
    for entry in case.of_kind(EntryKind.DIFFUSION):
        yield _Work(entry.name, "diffusion", {"series": entry})


def _pet(case: Case) -> Iterator[_Work]:
    for entry in case.of_kind(EntryKind.IMAGE):
        if entry.modality == "PT":
            yield _Work(entry.name, "standardised-uptake", {"image": entry}, sees_structures=False)


def _edited_pairs(names: Sequence[str]) -> dict[str, str]:
    """Return the edit-off that belongs to each edit-on."""
    pairs = {name: f"{name.removesuffix(_EDIT_ON)}{_EDIT_OFF}" for name in names if name.endswith(_EDIT_ON)}
    return {on: off for on, off in pairs.items() if off in names}
