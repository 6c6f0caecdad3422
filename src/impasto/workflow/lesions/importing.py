"""Reading lesions that others drew or segmented: label maps, DICOM SEG, RTSTRUCT."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core import Image, ImpastoError, Structure, StructureSet
from impasto.files import Case, CaseEntry, EntryKind, dicom, native, read_nifti, read_reference
from impasto.target.lesions import (
    LABEL_SCHEMES,
    LesionPart,
    lesion_structures,
    parts_from_labels,
    parts_from_structures,
    recognised_scheme,
)

__all__ = ["ReadLesions", "read_label_map", "read_lesions"]


@dataclass(frozen=True, eq=False)
class ReadLesions:
    """Lesions of a file, named as impasto names them.

    Parameters
    ----------
    structures : StructureSet
    modality : str
        ``SEG`` or ``RTSTRUCT``.
    drawn_on : str
        Image of the case in whose frame they lie; empty when the file does not say.
    notes : tuple of str
        What was taken as what.
    """

    structures: StructureSet
    modality: str
    drawn_on: str
    notes: tuple[str, ...]


def read_label_map(file: Path) -> Image:
    """Read a NIfTI file of whole numbers.

    Raises
    ------
    ImpastoError
        When it is no NIfTI volume, or holds other numbers.
    """
    image = read_nifti(file, "lesion part", "1")
    if image.data.ndim != 3 or not np.array_equal(image.data, np.round(image.data)):
        raise ImpastoError(
            str(file), "is no label map of whole numbers on three axes", "give one, or a mask per lesion"
        )
    return image


def read_lesions(file: Path, meaning: Mapping[str, str], case: Case, first: CaseEntry) -> ReadLesions:
    """Read lesions of a label map NIfTI, a DICOM SEG or an RTSTRUCT.

    Parameters
    ----------
    file : Path
    meaning : mapping of str to str
        Value or name pattern to ``necrosis``, ``non-enhancing``, ``enhancing`` or ``cavity``; without it BraTS' values
        and usual words of names are recognised.
    case : Case
        For the frame of DICOM files.
    first : CaseEntry
        Image on whose voxels contours of an RTSTRUCT are put.

    Raises
    ------
    ImpastoError
        When the file is not there or holds no lesions that are understood.
    """
    if not file.is_file():
        raise ImpastoError(str(file), "is not there", "check the path")
    parts = {key: _part(word) for key, word in meaning.items()}
    if file.name.lower().endswith((".nii", ".nii.gz")):
        return _from_label_map(file, parts)
    structures, modality, notes = _from_dicom(file)
    drawn_on = _image_in_frame(case, structures.frame_of_reference_uid, first)
    grid = native.read_image(case.path(drawn_on)).grid
    given, used = parts_from_structures(structures, grid, parts)
    said = ", ".join(f"{name} as {part.name.lower()}" for name, part in used.items())
    left = [name for name in structures.names if name not in used]
    notes = (*notes, f"{file.name}: {said}.", *((f"Left out: {', '.join(left)}.",) if left else ()))
    named = _exclusive(lesion_structures(given, None, 0.0))
    return ReadLesions(StructureSet(named, structures.frame_of_reference_uid), modality, drawn_on.name, notes)


def _from_dicom(file: Path) -> tuple[StructureSet, str, tuple[str, ...]]:
    with dicom.scan(file) as found:
        is_segmentation, is_structure_set = bool(found.segmentations), bool(found.structure_sets)
    if is_segmentation:
        return dicom.read_segmentation(file), "SEG", ()
    if is_structure_set:
        read = dicom.read_structures(file)
        return read.structures, "RTSTRUCT", read.notes
    raise ImpastoError(str(file), "is no label map NIfTI, DICOM SEG or RTSTRUCT", "give one of these")


def _from_label_map(file: Path, parts: Mapping[str, LesionPart]) -> ReadLesions:
    values = read_label_map(file)
    if parts:
        numbers = {key: part for key, part in parts.items() if re.fullmatch(r"\d+", key)}
        if len(numbers) < len(parts):
            raise ImpastoError(str(file), "is a label map: its labels are numbers", "say --label enhancing=3")
        given, said = {int(key): part for key, part in numbers.items()}, "as the user said"
    else:
        scheme = recognised_scheme(values)
        given, said = LABEL_SCHEMES[scheme], f"the labels of {scheme}"
    meaning = ", ".join(f"{value} {part.name.lower().replace('_', '-')}" for value, part in given.items())
    structures = _exclusive(lesion_structures(parts_from_labels(values, given), None, 0.0))
    return ReadLesions(StructureSet(structures), "SEG", "", (f"{file.name} has {said}: {meaning}.",))


def _exclusive(lesions: StructureSet) -> tuple[Structure, ...]:
    """Leave out T2L, which is the sum of others."""
    return tuple(one for one in lesions if one.name != "T2L")


def _part(word: str) -> LesionPart:
    try:
        return LesionPart[word.strip().upper().replace("-", "_")]
    except KeyError:
        known = ", ".join(part.name.lower().replace("_", "-") for part in LesionPart)
        raise ImpastoError(word, "is no part of a lesion", f"choose one of: {known}") from None


def _image_in_frame(case: Case, frame: str | None, first: CaseEntry) -> CaseEntry:
    """Return the first image where it lies in a frame, else another that does."""
    for entry in (first, *case.of_kind(EntryKind.IMAGE)):
        if case.dicom_path(entry).exists() and read_reference(case, entry).frame_of_reference_uid == frame:
            return entry
    return first
