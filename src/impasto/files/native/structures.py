"""Structure sets as a folder: ``structures.json`` with names, roles and contours, and NIfTI for masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from impasto.core.structures import Role, Structure, StructureSet
from impasto.files.native.document import StrictModel, read_document, write_document
from impasto.files.native.image import read_image, write_image

__all__ = ["read_structures", "write_structures"]


class _StructureRecord(StrictModel):
    name: str
    role: Role
    colour: tuple[int, int, int]
    contours_mm: tuple[list[tuple[float, float, float]], ...] = ()
    mask: str | None = None
    plane_spacing_mm: float | None = None
    end_cap_mm: float | None = None


class _SetRecord(StrictModel):
    frame_of_reference_uid: str | None = None
    structures: list[_StructureRecord]


def write_structures(structures: StructureSet, folder: Path) -> None:
    """Write a structure set into an existing or new folder."""
    folder.mkdir(parents=True, exist_ok=True)
    records = []
    for number, structure in enumerate(structures):
        mask = None
        if structure.mask is not None and not structure.contours:
            mask = f"mask-{number:03d}"
            write_image(structure.mask, folder / mask)
        records.append(
            _StructureRecord(
                name=structure.name,
                role=structure.role,
                colour=structure.colour,
                contours_mm=tuple(contour.tolist() for contour in structure.contours),
                mask=mask,
                plane_spacing_mm=structure.plane_spacing_mm,
                end_cap_mm=structure.end_cap_mm,
            )
        )
    record = _SetRecord(frame_of_reference_uid=structures.frame_of_reference_uid, structures=records)
    write_document(record, folder / "structures.json")


def read_structures(folder: Path) -> StructureSet:
    """Read what :func:`write_structures` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    record = read_document(folder / "structures.json", _SetRecord)
    structures = tuple(
        Structure(
            one.name,
            one.role,
            tuple(np.array(contour, dtype=np.float64).reshape(-1, 3) for contour in one.contours_mm),
            None if one.mask is None else read_image(folder / one.mask),
            one.colour,
            one.plane_spacing_mm,
            one.end_cap_mm,
        )
        for one in record.structures
    )
    return StructureSet(structures, record.frame_of_reference_uid)
