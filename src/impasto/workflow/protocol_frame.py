"""The one frame that all inputs of a protocol are brought into."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from impasto.core import DiffusionSeries, Grid, Image, Spectra
from impasto.files import Case, CaseEntry
from impasto.workflow.artefacts import Artefact
from impasto.workflow.entry_content import entry_digest
from impasto.workflow.frames import Placement, frame_image, placements
from impasto.workflow.inputs import frame_notes, load_entry
from impasto.workflow.placing import placed
from impasto.workflow.protocol import Protocol
from impasto.workflow.record import step_key
from impasto.workflow.registration.protocol import REGISTRATION_PROTOCOL

__all__ = ["ProtocolFrame", "protocol_frame"]


@dataclass(frozen=True)
class ProtocolFrame:
    """The inputs of a protocol, each with how it is brought into the frame of the first image.

    Parameters
    ----------
    case : Case
    entries : mapping of str to CaseEntry
    placements : mapping of str to Placement
        Of those that need it.
    """

    case: Case
    entries: Mapping[str, CaseEntry]
    placements: Mapping[str, Placement]

    def load(self, name: str) -> Artefact:
        """Read an input and bring it into the frame."""
        artefact = load_entry(self.case, self.entries[name])
        placement = self.placements.get(name)
        return artefact if placement is None else placed(artefact, placement.transform, self._grid())

    def digest(self, name: str) -> str:
        """SHA-256 over an input and how it was brought here."""
        own = entry_digest(self.case, self.entries[name])
        placement = self.placements.get(name)
        return own if placement is None else step_key("placed", "", {}, {"entry": own, "way": placement.digest})

    def notes(self) -> tuple[str, ...]:
        """Say which inputs were brought into the frame, and which lie in another one unregistered."""
        first = frame_image(self.entries)
        moved = [placement.note(name, str(first)) for name, placement in self.placements.items()]
        left = {name: entry for name, entry in self.entries.items() if name not in self.placements}
        return (*moved, *frame_notes(self.case, left))

    def _grid(self) -> Grid:
        first = frame_image(self.entries)
        assert first is not None, "a placement is relative to an image"
        found = load_entry(self.case, self.entries[first])
        if isinstance(found, DiffusionSeries):
            return found.image.grid
        assert isinstance(found, Image | Spectra)
        return found.grid


def protocol_frame(case: Case, protocol: Protocol, entries: Mapping[str, CaseEntry]) -> ProtocolFrame:
    """Find the frame of a protocol; registration itself sees every image as it lies.

    Raises
    ------
    ImpastoError
        When a registration that is needed failed its verdict and was not accepted by name.
    """
    is_registration = protocol.name == REGISTRATION_PROTOCOL
    return ProtocolFrame(case, entries, {} if is_registration else placements(case, entries))
