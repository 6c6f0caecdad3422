"""Which frame each entry of a case lies in, and the registrations that lead from one frame to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

from impasto.core import ImpastoError, Transform
from impasto.files import Case, CaseEntry, EntryKind, read_document
from impasto.workflow.anatomy.choice import frame_of_reference
from impasto.workflow.artefacts import Figures, read_artefact
from impasto.workflow.entry_content import entry_digest
from impasto.workflow.protocol import Protocol
from impasto.workflow.record import StepRecord, read_record
from impasto.workflow.registration.acceptance import is_accepted
from impasto.workflow.registration.protocol import REGISTRATION_PROTOCOL

__all__ = ["Placement", "frame_image", "placements"]


@dataclass(frozen=True, eq=False)
class Placement:
    """How an entry is brought into the frame of a protocol.

    Parameters
    ----------
    transform : Transform
        Point of the protocol's frame to point of the entry's own.
    steps : tuple of str
        Registrations on the way.
    digest : str
        Of all that the transform rests on.
    """

    transform: Transform
    steps: tuple[str, ...]
    digest: str

    def note(self, name: str, onto: str) -> str:
        """Say in a sentence where an entry was brought by what."""
        return f"{name} was brought into the frame of {onto} by the registration of {', '.join(self.steps)}."


@dataclass(frozen=True, eq=False)
class _Link:
    """A registration between two frames."""

    fixed: str
    moving: str
    record: StepRecord


def placements(case: Case, entries: Mapping[str, CaseEntry]) -> dict[str, Placement]:
    """Find how each input of a protocol is brought into the frame of its first image.

    Entries that no registration leads to are left out: they are taken as they lie.

    Parameters
    ----------
    case : Case
    entries : mapping of str to CaseEntry
        The protocol's inputs, in order.

    Raises
    ------
    ImpastoError
        When a registration on the way failed its verdict and was not accepted by name.
    """
    links = _links(case)
    first = frame_image(entries)
    if not links or first is None:
        return {}
    refined = {link.moving for link in links}
    target = _frame(case, entries[first], refined)
    found = {}
    for name, entry in entries.items():
        own = _frame(case, entry, refined)
        way = _way(links, target, own) if own and own != target else None
        if way is not None:
            found[name] = _placement(case, way)
    return found


def frame_image(entries: Mapping[str, CaseEntry]) -> str | None:
    """Name the input whose frame a protocol works in: the first image, series or spectra."""
    return next((name for name, entry in entries.items() if entry.kind in _MEASURED), None)


_MEASURED = (EntryKind.IMAGE, EntryKind.DIFFUSION, EntryKind.SPECTRA)


def _frame(case: Case, entry: CaseEntry, refined: set[str]) -> str:
    """Name a frame: the image's own where it was registered by name, else its DICOM frame of reference."""
    image = entry
    if entry.drawn_on and any(one.name == entry.drawn_on for one in case.of_kind(EntryKind.IMAGE)):
        image = case.entry(EntryKind.IMAGE, entry.drawn_on)
    own = _own_frame(image)
    return own if own in refined else frame_of_reference(case, image)


def _own_frame(entry: CaseEntry) -> str:
    return f"{entry.kind}/{entry.name}"


def _links(case: Case) -> list[_Link]:
    """Registrations of the case whose images are still what they were."""
    kept = case.results_folder(REGISTRATION_PROTOCOL) / "protocol.json"
    if not kept.exists():
        return []
    protocol = read_document(kept, Protocol)
    links = []
    for step in protocol.steps:
        record = read_record(_folder(case, step.name))
        pair = [protocol.inputs[step.inputs[slot]].name or "" for slot in ("fixed", "moving")]
        images = [_image(case, name) for name in pair]
        if record is None or images[0] is None or images[1] is None:
            continue
        fixed, moving = images[0], images[1]
        used = [record.inputs[slot].sha256 for slot in ("fixed", "moving")]
        if used == [entry_digest(case, fixed), entry_digest(case, moving)]:
            frames = [frame_of_reference(case, image) for image in (fixed, moving)]
            own = _own_frame(moving) if frames[0] == frames[1] else frames[1]
            links.append(_Link(frames[0], own or _own_frame(moving), record))
    return links


def _image(case: Case, name: str) -> CaseEntry | None:
    return next((entry for entry in case.of_kind(EntryKind.IMAGE) if entry.name == name), None)


def _folder(case: Case, step: str) -> Path:
    return case.results_folder(REGISTRATION_PROTOCOL) / step


def _way(links: list[_Link], start: str, end: str) -> list[tuple[_Link, bool]] | None:
    """Fewest registrations from one frame to another, each with whether it is taken from fixed to moving."""
    ways: dict[str, list[tuple[_Link, bool]]] = {start: []}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here == end:
            return ways[here]
        for link in links:
            for there, is_forward in ((link.moving, True), (link.fixed, False)):
                leaves = link.fixed if is_forward else link.moving
                if leaves == here and there not in ways:
                    ways[there] = [*ways[here], (link, is_forward)]
                    waiting.append(there)
    return None


def _placement(case: Case, way: list[tuple[_Link, bool]]) -> Placement:
    steps = []
    for link, is_forward in way:
        _require_verdict(case, link.record)
        found = read_artefact("Transform", _folder(case, link.record.step) / "transform")
        assert isinstance(found, Transform)
        steps.append(found if is_forward else found.inverse())
    transform = reduce(Transform.then, steps)
    digest = " ".join(f"{link.record.outputs['transform'].sha256}/{is_forward}" for link, is_forward in way)
    return Placement(transform, tuple(link.record.step for link, _ in way), digest)


def _require_verdict(case: Case, record: StepRecord) -> None:
    quality = read_artefact("Figures", _folder(case, record.step) / "quality")
    assert isinstance(quality, Figures)
    failures = quality.values["quality"]["verdict"]["failures"]
    if failures and not is_accepted(case, record):
        raise ImpastoError(
            f"registration of {record.step}",
            f"it failed its verdict: {'; '.join(failures)}",
            f"look at its report, then register again, or accept it by name: "
            f"impasto register {case.folder} --accept {record.step}",
        )
