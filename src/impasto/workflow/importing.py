"""Making a case of what a clinic or a data set hands over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from impasto.core import ImpastoError, Progress, silent
from impasto.files import (
    Case,
    create_case,
    is_openkbp,
    replacing_folder,
    save_case,
)

__all__ = ["Imported", "import_folder"]


@dataclass(frozen=True)
class Imported:
    """A new case, and the files that were not used with the reason."""

    case: Case
    skipped: tuple[tuple[str, str], ...]


def import_folder(source: Path, case_folder: Path, subject: str, progress: Progress = silent) -> Imported:
    """Make a case of a folder or zip of DICOM files, or of an OpenKBP patient's folder.

    Everything is written beside and renamed at the end: an error leaves no half case.

    Parameters
    ----------
    source : Path
    case_folder : Path
        New or empty.
    subject : str
        Pseudonym shown in reports.
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
            imported = import_dicom(source, empty, progress)
        save_case(imported.case)
    return replace(imported, case=replace(imported.case, folder=case_folder))
