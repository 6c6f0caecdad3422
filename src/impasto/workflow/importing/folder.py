"""Making a case of what a clinic or a data set hands over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from impasto.core import ImpastoError, Progress, silent
from impasto.files import (
    Case,
    CaseEntry,
    EntryKind,
    create_case,
    is_openkbp,
    native,
    read_openkbp,
    replacing_folder,
    save_case,
)
from impasto.workflow.importing.dicom_import import import_dicom

__all__ = ["Imported", "import_folder"]


@dataclass(frozen=True)
class Imported:
    """A new case, and the files that were not used with the reason."""

    case: Case
    skipped: tuple[tuple[str, str], ...]


def import_folder(
    source: Path, case_folder: Path, subject: str, fractions: int | None = None, progress: Progress = silent
) -> Imported:
    """Make a case of a folder or zip of DICOM, spectra and NIfTI files, or of an OpenKBP patient's folder.

    Everything is written beside and renamed at the end: an error leaves no half case.

    Parameters
    ----------
    source : Path
    case_folder : Path
        New or empty.
    subject : str
        Pseudonym shown in reports.
    fractions : int, optional
        Fractions of doses whose plan is not there to say.
    progress : Progress

    Returns
    -------
    Imported

    Raises
    ------
    ImpastoError
        When the source is not there, holds nothing usable, or one of its series is damaged.
    """
    if not source.exists():
        raise ImpastoError(str(source), "is not there", "check the path")
    create_case(case_folder, subject)
    with replacing_folder(case_folder) as fresh:
        empty = Case(fresh, subject)
        if source.is_dir() and is_openkbp(source):
            imported = Imported(_import_openkbp(source, empty), ())
        else:
            imported = Imported(*import_dicom(source, empty, fractions, progress))
        save_case(imported.case)
    return replace(imported, case=replace(imported.case, folder=case_folder))


def _import_openkbp(source: Path, case: Case) -> Case:
    patient = read_openkbp(source)
    ct = CaseEntry("ct", EntryKind.IMAGE, "CT", f"OpenKBP {source.name}", notes=patient.notes)
    native.write_image(patient.ct, _made(case.path(ct)))
    structures = CaseEntry("structures", EntryKind.STRUCTURES, "RTSTRUCT", ct.source, "ct")
    native.write_structures(patient.structures, case.path(structures))
    case = case.with_entry(ct).with_entry(structures)
    if patient.dose is not None:
        dose = CaseEntry("supplied", EntryKind.DOSE, "RTDOSE", ct.source, "ct")
        native.write_dose(patient.dose, case.path(dose))
        case = case.with_entry(dose)
    return case


def _made(stem: Path) -> Path:
    stem.parent.mkdir(parents=True, exist_ok=True)
    return stem
