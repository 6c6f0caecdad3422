"""How the MR images of a case were acquired, kept beside them as JSON."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from impasto.core.mr_acquisition import MrAcquisition
from impasto.files.case import Case, CaseEntry
from impasto.files.native.document import StrictModel, read_document, write_document

__all__ = ["read_mr_acquisition", "write_mr_acquisition"]


class _Document(StrictModel):
    repetition_time_s: float | None = None
    echo_time_s: float | None = None
    flip_angle_deg: float | None = None
    inversion_time_s: float | None = None
    field_strength_t: float | None = None


def write_mr_acquisition(case: Case, entry: CaseEntry, acquisition: MrAcquisition) -> None:
    """Keep how an image of a case was acquired."""
    write_document(_Document(**asdict(acquisition)), _path(case, entry))


def read_mr_acquisition(case: Case, entry: CaseEntry) -> MrAcquisition | None:
    """Return how an image of a case was acquired; None when nothing said it.

    Raises
    ------
    ImpastoError
        When the file is damaged.
    """
    path = _path(case, entry)
    return MrAcquisition(**read_document(path, _Document).model_dump()) if path.exists() else None


def _path(case: Case, entry: CaseEntry) -> Path:
    stem = case.path(entry)
    return stem.with_name(stem.name + ".acquisition.json")
