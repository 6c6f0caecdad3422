"""The DICOM identity of a case's images, kept beside them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from impasto.core.errors import ImpastoError
from impasto.core.pet_acquisition import PetAcquisition
from impasto.files.atomic import replacing_file
from impasto.files.case import Case, CaseEntry
from impasto.files.dicom.reference import SeriesReference
from impasto.files.native.document import StrictModel, read_document

__all__ = ["read_acquisition", "read_reference", "write_identity"]


class _Identity(StrictModel):
    reference: dict[str, Any]
    acquisition: dict[str, Any] | None = None


_REFERENCE = TypeAdapter(SeriesReference)
_ACQUISITION = TypeAdapter(PetAcquisition)


def write_identity(
    case: Case, entry: CaseEntry, reference: SeriesReference, acquisition: PetAcquisition | None
) -> None:
    """Keep what later DICOM output and SUV need of an image's headers."""
    identity = _Identity(
        reference=asdict(reference),
        acquisition=None if acquisition is None else _ACQUISITION.dump_python(acquisition, mode="json"),
    )
    with replacing_file(case.dicom_path(entry)) as path:
        path.write_text(identity.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_reference(case: Case, entry: CaseEntry) -> SeriesReference:
    """Return the DICOM identity of an image.

    Raises
    ------
    ImpastoError
        When the image did not come from DICOM.
    """
    if not case.dicom_path(entry).exists():
        raise ImpastoError(entry.name, "did not come from DICOM, so nothing can refer to it", "import the DICOM series")
    return _REFERENCE.validate_python(read_document(case.dicom_path(entry), _Identity).reference)


def read_acquisition(case: Case, entry: CaseEntry) -> PetAcquisition | None:
    """Return the PET header facts of an image; None when it has none."""
    if not case.dicom_path(entry).exists():
        return None
    acquisition = read_document(case.dicom_path(entry), _Identity).acquisition
    return None if acquisition is None else _ACQUISITION.validate_python(acquisition)
