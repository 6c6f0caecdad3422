"""Writing one new entry of a case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from impasto.core import DiffusionSeries, Image, ImpastoError, MrAcquisition, PetAcquisition, StructureSet
from impasto.files import (
    Case,
    CaseEntry,
    EntryKind,
    dicom,
    native,
    read_spectra_file,
    write_diffusion,
    write_identity,
    write_mr_acquisition,
)
from impasto.workflow.importing.raw_spectra import DRIFT_LIMIT_HZ, spectra_of

__all__ = [
    "checked_name",
    "free_name",
    "image_name",
    "slug",
    "with_dicom_diffusion",
    "with_diffusion",
    "with_image",
    "with_series",
    "with_spectra",
    "with_structures",
]

_LONGEST_NAME = 64


def slug(text: str) -> str:
    """Return a name for an entry made of any text: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_NAME]


def free_name(wanted: str, description: str, taken: Iterable[CaseEntry]) -> str:
    """Return a name not yet taken, told apart by the description, else by number."""
    names = {entry.name for entry in taken}
    if wanted not in names:
        return wanted
    words = slug(description)[:32].strip("-")
    if words and f"{wanted}-{words}" not in names:
        return f"{wanted}-{words}"
    number = 2
    while f"{wanted}-{number}" in names:
        number += 1
    return f"{wanted}-{number}"


def checked_name(case: Case, kind: EntryKind, name: str) -> str:
    """Return a name that a new entry may have.

    Raises
    ------
    ImpastoError
        When it is taken, or could be no file's name.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name) or len(name) > _LONGEST_NAME:
        problem = "is no name for an entry"
        raise ImpastoError(name or "name", problem, "use letters, digits, - and _, at most 64 (--name)")
    if any(entry.name == name for entry in case.of_kind(kind)):
        raise ImpastoError(name, f"{case.folder} already has {kind} of this name", "choose another (--name)")
    return name


def with_spectra(
    case: Case,
    name: str,
    files: Sequence[Path],
    water: Path | None = None,
    echo_time_s: float | None = None,
    drift_limit_hz: float = DRIFT_LIMIT_HZ,
) -> Case:
    """Write spectra from files of any format that is read into a case's folder; the manifest is not saved.

    Single coils and transients are combined, and how is noted with the entry.

    Parameters
    ----------
    case : Case
    name : str
        Not taken.
    files : sequence of Path
        One file; several only for a DICOM series.
    water : Path, optional
        See :func:`~impasto.files.read_spectra_file`.
    echo_time_s : float, optional
        For files that do not state it.
    drift_limit_hz : float
        How far drifts between transients are searched; 0 averages them as they are.

    Raises
    ------
    ImpastoError
        When they cannot be read or combined.
    """
    found = read_spectra_file(files, water, echo_time_s)
    spectra, combining = spectra_of(found, str(files[0]), drift_limit_hz)
    notes = (*found.notes, *combining, *(("simulated, not measured",) if found.simulated else ()))
    entry = CaseEntry(name, EntryKind.SPECTRA, "MRS", files[0].name, notes=notes)
    case.path(entry).parent.mkdir(parents=True, exist_ok=True)
    native.write_spectra(spectra, case.path(entry), found.simulated)
    extended = case.with_entry(entry)
    return Case(case.folder, case.subject, case.simulated or found.simulated, extended.entries)


def with_image(case: Case, entry: CaseEntry, image: Image, acquisition: MrAcquisition | None = None) -> Case:
    """Write an image, and how it was acquired, into a case's folder; the manifest is not saved."""
    case.path(entry).parent.mkdir(parents=True, exist_ok=True)
    native.write_image(image, case.path(entry))
    if acquisition is not None:
        write_mr_acquisition(case, entry, acquisition)
    return case.with_entry(entry)


def with_series(case: Case, entry: CaseEntry, series: dicom.ImageSeries) -> Case:
    """Write a DICOM image, its identity and how it was acquired into a case's folder; the manifest is not saved."""
    acquired = series.acquisition
    extended = with_image(case, entry, series.image, acquired if isinstance(acquired, MrAcquisition) else None)
    write_identity(case, entry, series.reference, acquired if isinstance(acquired, PetAcquisition) else None)
    return extended


def with_diffusion(case: Case, entry: CaseEntry, series: DiffusionSeries) -> Case:
    """Write a diffusion-weighted series into a case's folder; the manifest is not saved."""
    case.path(entry).parent.mkdir(parents=True, exist_ok=True)
    write_diffusion(series, case.path(entry))
    return case.with_entry(entry)


def with_dicom_diffusion(case: Case, name: str, files: dicom.SeriesFiles) -> Case:
    """Write a DICOM diffusion-weighted series and its identity into a case's folder; the manifest is not saved.

    Raises
    ------
    ImpastoError
        When it cannot be read: see :func:`~impasto.files.dicom.read_diffusion_series`.
    """
    found = dicom.read_diffusion_series(files)
    entry = CaseEntry(name, EntryKind.DIFFUSION, files.reference.modality, files.label, notes=found.notes)
    write_identity(case, entry, found.reference, None)
    return with_diffusion(case, entry, found.series)


def image_name(reference: dicom.SeriesReference, one_of_many: bool) -> str:
    """Return what an image is called: ``ct``, ``pet``, ``mr``; one MR of many by what its series says."""
    if reference.modality != "MR" or not one_of_many:
        return {"PT": "pet"}.get(reference.modality, reference.modality.lower())
    return slug(re.sub(rf"\(.*?\)|-? ?{dicom.RESEARCH_USE}", "", reference.series_description)) or "mr"


def with_structures(case: Case, entry: CaseEntry, structures: StructureSet) -> Case:
    """Write a structure set into a case's folder; the manifest is not saved."""
    native.write_structures(structures, case.path(entry))
    return case.with_entry(entry)
