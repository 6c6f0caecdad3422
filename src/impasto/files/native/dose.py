"""Doses as NIfTI in Gy with a JSON document for fractions and kind."""

from __future__ import annotations

from pathlib import Path

from impasto.core.dose import Dose, DoseKind
from impasto.files.native.document import StrictModel, read_document, write_document
from impasto.files.native.image import read_image, write_image

__all__ = ["read_dose", "write_dose"]


class _DoseRecord(StrictModel):
    label: str
    fractions: int
    kind: DoseKind
    alpha_beta_gy: float | None = None


def write_dose(dose: Dose, folder: Path) -> None:
    """Write ``dose.json`` and ``dose-gy.nii.gz`` with its sidecar into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_image(dose.image, folder / "dose-gy")
    record = _DoseRecord(label=dose.label, fractions=dose.fractions, kind=dose.kind, alpha_beta_gy=dose.alpha_beta_gy)
    write_document(record, folder / "dose.json")


def read_dose(folder: Path) -> Dose:
    """Read what :func:`write_dose` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    record = read_document(folder / "dose.json", _DoseRecord)
    image = read_image(folder / "dose-gy")
    return Dose(image, record.fractions, record.kind, record.alpha_beta_gy, record.label)
