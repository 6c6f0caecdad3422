"""Lesions that others drew or segmented: label maps by number, structures by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

import numpy as np

from impasto.core import Grid, Image, ImpastoError, StructureSet
from impasto.target.lesions.parts import LesionPart, LesionParts

__all__ = ["LABEL_SCHEMES", "parts_from_labels", "parts_from_structures", "recognised_scheme"]

LABEL_SCHEMES: dict[str, dict[int, LesionPart]] = {
    "brats-2018": {1: LesionPart.NECROSIS, 2: LesionPart.NON_ENHANCING, 4: LesionPart.ENHANCING},
    "brats-2023": {1: LesionPart.NECROSIS, 2: LesionPart.NON_ENHANCING, 3: LesionPart.ENHANCING},
    "brats-2024": {part.value: part for part in LesionPart},
}
"""What values of label maps mean: BraTS until 2020, glioma and metastasis since 2023, after treatment since 2024."""

_NAMES: tuple[tuple[LesionPart, str], ...] = (
    (LesionPart.CAVITY, r"cavity|resection|\brc\b"),
    (LesionPart.NECROSIS, r"necro|\bncr\b|\bnetc\b"),
    (LesionPart.NON_ENHANCING, r"non.?enh|o?edema|flair|t2|snfh|whole|\b(nel|ed|wt)\b"),
    (LesionPart.ENHANCING, r"enhanc|\b(cel|et)\b"),
)
_PAINTED = (LesionPart.NON_ENHANCING, LesionPart.ENHANCING, LesionPart.NECROSIS, LesionPart.CAVITY)


def recognised_scheme(values: Image) -> str:
    """Name the scheme of :data:`LABEL_SCHEMES` that a label map follows, by the values it holds.

    A map with 4 and without 3 is of the older scheme, in which 4 enhances.

    Raises
    ------
    ImpastoError
        When it holds other values, or none.
    """
    held = {int(value) for value in np.unique(values.data) if value != 0}
    if not held:
        raise ImpastoError("label map", "marks no voxel", "give another one")
    wanted = "brats-2018" if 4 in held and 3 not in held else ("brats-2024" if 4 in held else "brats-2023")
    if not held <= set(LABEL_SCHEMES[wanted]):
        said = ", ".join(str(value) for value in sorted(held)[:12])
        remedy = "say what each means, for example enhancing=1 (--label)"
        raise ImpastoError("label map", f"holds the values {said}, which are not BraTS labels", remedy)
    return wanted


def parts_from_labels(values: Image, meaning: Mapping[int, LesionPart]) -> LesionParts:
    """Read a label map by what its values mean; values without a meaning are background.

    Raises
    ------
    ImpastoError
        When no voxel has any of the values.
    """
    labels = np.zeros(values.grid.shape, dtype=np.uint8)
    for value, part in meaning.items():
        labels[values.data == value] = part
    if not labels.any():
        known = ", ".join(str(value) for value in meaning)
        raise ImpastoError("label map", f"no voxel has any of the values {known}", "correct their meaning (--label)")
    return LesionParts(labels, values.grid)


def parts_from_structures(
    structures: StructureSet, grid: Grid, meaning: Mapping[str, LesionPart]
) -> tuple[LesionParts, dict[str, LesionPart]]:
    """Put structures of a segmentation or structure set on one grid, by their names.

    Where structures overlap, a whole lesion gives way to enhancement, that to necrosis, that to a cavity.

    Parameters
    ----------
    structures : StructureSet
    grid : Grid
    meaning : mapping of str to LesionPart
        Patterns of names such as ``"GTV*"``; names that fit none are recognised by their words: enhancing, oedema,
        FLAIR, necrosis, cavity, BraTS' abbreviations.

    Returns
    -------
    parts : LesionParts
    used : dict of str to LesionPart
        The structures that were taken, and as what.

    Raises
    ------
    ImpastoError
        When no structure is a lesion by its name.
    """
    used = {one.name: part for one in structures if not one.is_empty and (part := _part_of(one.name, meaning))}
    if not used:
        names = ", ".join(structures.names) or "none"
        raise ImpastoError("lesions", f"no structure is one by its name: {names}", "say which (--label enhancing=NAME)")
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for part in _PAINTED:
        for name, meant in used.items():
            if meant is part:
                labels[structures[name].voxels(grid)] = part
    return LesionParts(labels, grid), used


def _part_of(name: str, meaning: Mapping[str, LesionPart]) -> LesionPart | None:
    folded = name.casefold()
    for pattern, part in meaning.items():
        if fnmatchcase(folded, pattern.casefold()):
            return part
    words = re.sub(r"[_-]+", " ", folded)
    return next((part for part, pattern in _NAMES if re.search(pattern, words)), None)
