"""A user's corrections of found lesions, kept as what was added and removed, and put on again after a new run."""

from __future__ import annotations

import numpy as np

from impasto.core import Image, ImpastoError, Role, Structure, StructureSet
from impasto.core.arrays import BoolArray
from impasto.target.lesions.parts import LesionPart, LesionParts

__all__ = ["lesion_edits", "with_edits"]


def lesion_edits(found: LesionParts, edited: LesionParts) -> StructureSet:
    """Tell an edited label map from the found one.

    Parameters
    ----------
    found, edited : LesionParts
        On the same grid.

    Returns
    -------
    StructureSet
        ``NECROSIS added``, ``NECROSIS removed`` and so on; empty ones are left out. A voxel given to another part is
        removed from one and added to the other.

    Raises
    ------
    ImpastoError
        When the grids differ.
    """
    if not found.grid.matches(edited.grid, tolerance_mm=0.05):
        raise ImpastoError("edited lesions", "lie on another grid than those found", "edit the label map that was made")
    made = []
    for part in LesionPart:
        before, after = found.of(part), edited.of(part)
        for what, voxels in (("removed", before & ~after), ("added", after & ~before)):
            if voxels.any():
                made.append(_mask(f"{part.name} {what}", voxels, found))
    return StructureSet(tuple(made))


def with_edits(found: LesionParts, edits: StructureSet) -> LesionParts:
    """Put a user's corrections on lesions that were found, maybe anew.

    What was removed from a part leaves it where it is still there; what was added belongs to its part whatever was
    found. All else is as found.
    """
    labels = found.labels.copy()
    for part in LesionPart:
        labels[(labels == part) & _voxels(edits, f"{part.name} removed", found)] = 0
    for part in LesionPart:
        labels[_voxels(edits, f"{part.name} added", found)] = part
    return LesionParts(labels, found.grid)


def _voxels(edits: StructureSet, name: str, found: LesionParts) -> BoolArray:
    return edits[name].voxels(found.grid) if name in edits else np.zeros(found.grid.shape, dtype=bool)


def _mask(name: str, voxels: BoolArray, found: LesionParts) -> Structure:
    image = Image(voxels.astype(np.float32), found.grid, "occupancy", "1").cropped_to(voxels)
    return Structure(name, Role.CONTROL, mask=image)
