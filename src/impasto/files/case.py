"""A case: one patient's folder, and ``case.toml`` that says what is in it.

The folder holds everything, the manifest holds names, roles, relative paths and where each thing came from; no
object ever holds all of a case. Layout::

    case.toml
    images/NAME.nii.gz + NAME.json      structures/NAME/      doses/NAME/      plans/NAME/      dicom/NAME.json
    spectra/NAME.nii.gz + NAME.water.nii.gz
    diffusion/NAME.nii.gz + NAME.json + NAME.bval + NAME.bvec
    results/PROTOCOL/STEP/              (written by the workflow)
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

import tomli_w
from pydantic import Field

from impasto.core.errors import ImpastoError
from impasto.files.atomic import replacing_file
from impasto.files.native.document import StrictModel, validated

__all__ = ["Case", "CaseEntry", "EntryKind", "create_case", "open_case", "save_case"]

_FORMAT = 1
_MANIFEST = "case.toml"


class EntryKind(StrEnum):
    """What an entry of a case is; also the folder it lies in."""

    IMAGE = "images"
    STRUCTURES = "structures"
    DOSE = "doses"
    PLAN = "plans"
    SPECTRA = "spectra"
    DIFFUSION = "diffusion"


_SUFFIXES = {
    EntryKind.IMAGE: (".nii.gz", ".json", ".standard-error.nii.gz", ".acquisition.json"),
    EntryKind.SPECTRA: (".nii.gz", ".water.nii.gz"),
    EntryKind.DIFFUSION: (".nii.gz", ".json", ".bval", ".bvec"),
}
"""Of the files of entries that are no folder."""


@dataclass(frozen=True)
class CaseEntry:
    """One thing in a case.

    Parameters
    ----------
    name : str
        Unique within its kind.
    kind : EntryKind
    modality : str
        DICOM Modality: ``CT``, ``MR``, ``PT``, ``RTSTRUCT``, ``SEG``, ``RTDOSE``; ``MRS`` for spectra; empty when
        unknown.
    source : str
        Where it was imported from.
    drawn_on : str
        For structures and doses: name of the image in whose frame they lie; empty when none is in the case.
    notes : tuple of str
        What was observed on import.
    """

    name: str
    kind: EntryKind
    modality: str = ""
    source: str = ""
    drawn_on: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    """A case's manifest.

    Parameters
    ----------
    folder : Path
    subject : str
        Pseudonym shown in reports.
    simulated : bool
        Whether the data were generated, not measured.
    entries : tuple of CaseEntry
    """

    folder: Path
    subject: str
    simulated: bool = False
    entries: tuple[CaseEntry, ...] = ()

    def of_kind(self, kind: EntryKind) -> tuple[CaseEntry, ...]:
        """Return the entries of one kind, in order of import."""
        return tuple(entry for entry in self.entries if entry.kind is kind)

    def entry(self, kind: EntryKind, name: str) -> CaseEntry:
        """Return one entry.

        Raises
        ------
        ImpastoError
            When the case has no such entry; the message lists those it has.
        """
        for entry in self.of_kind(kind):
            if entry.name == name:
                return entry
        known = ", ".join(entry.name for entry in self.of_kind(kind)) or "none"
        raise ImpastoError(str(self.folder), f"has no {kind} entry {name!r}", f"choose one of: {known}")

    def path(self, entry: CaseEntry) -> Path:
        """Folder of an entry, or stem of its files for images and spectra."""
        return self.folder / entry.kind / entry.name

    def dicom_path(self, entry: CaseEntry) -> Path:
        """File with the DICOM identity of an image or diffusion series, present when it came from DICOM."""
        kind = "" if entry.kind is EntryKind.IMAGE else f".{entry.kind}"
        return self.folder / "dicom" / f"{entry.name}{kind}.json"

    def files(self, entry: CaseEntry) -> list[Path]:
        """All files that an entry consists of."""
        stem = self.path(entry)
        suffixes = _SUFFIXES.get(entry.kind)
        if suffixes is not None:
            beside = [stem.with_name(stem.name + suffix) for suffix in suffixes]
            identity = [self.dicom_path(entry)] if entry.kind in (EntryKind.IMAGE, EntryKind.DIFFUSION) else []
            return sorted(path for path in (*beside, *identity) if path.exists())
        return sorted(p for p in stem.rglob("*") if p.is_file())

    def results_folder(self, protocol: str) -> Path:
        """Folder where a protocol's results lie."""
        return self.folder / "results" / protocol

    def with_entry(self, entry: CaseEntry) -> Case:
        """Return the manifest with an entry added or put in place of its namesake."""
        others = tuple(e for e in self.entries if (e.kind, e.name) != (entry.kind, entry.name))
        return replace(self, entries=(*others, entry))


class _EntryRecord(StrictModel):
    name: str
    kind: EntryKind
    modality: str = ""
    source: str = ""
    drawn_on: str = ""
    notes: tuple[str, ...] = ()


class _CaseRecord(StrictModel):
    format: int = Field(ge=_FORMAT, le=_FORMAT)
    subject: str
    simulated: bool = False
    entries: tuple[_EntryRecord, ...] = ()


def create_case(folder: Path, subject: str, simulated: bool = False) -> Case:
    """Begin a case in a new or empty folder; nothing is written before :func:`save_case`.

    Raises
    ------
    ImpastoError
        When the folder holds something else.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "exists and is not empty", "choose a new folder, or remove this one first")
    return Case(folder, subject, simulated)


def open_case(folder: Path) -> Case:
    """Read a case's manifest.

    Raises
    ------
    ImpastoError
        When the folder is no case, or its manifest is damaged or of another format.
    """
    path = folder / _MANIFEST
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise ImpastoError(str(folder), "is not a case (it has no case.toml)", "make one: impasto import") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ImpastoError(str(path), f"is not TOML ({error})", "restore it, or import again") from None
    record = validated(content, _CaseRecord, str(path))
    entries = tuple(CaseEntry(**entry.model_dump()) for entry in record.entries)
    return Case(folder, record.subject, record.simulated, entries)


def save_case(case: Case) -> None:
    """Write the manifest beside the old one and put it in its place."""
    record = _CaseRecord(
        format=_FORMAT,
        subject=case.subject,
        simulated=case.simulated,
        entries=tuple(_EntryRecord(**vars(entry)) for entry in case.entries),
    )
    document = record.model_dump(mode="json", exclude_defaults=False)
    with replacing_file(case.folder / _MANIFEST) as path:
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
