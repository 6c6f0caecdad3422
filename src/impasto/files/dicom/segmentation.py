"""Reading DICOM segmentations as structures."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import UID, SegmentationStorage

from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure, StructureSet
from impasto.files.dicom.header import DAMAGE, lenient, read_header, read_instance

if TYPE_CHECKING:
    import highdicom

__all__ = ["SEGMENTATIONS", "read_segmentation"]

SEGMENTATIONS: Final = (SegmentationStorage, UID("1.2.840.10008.5.1.4.1.1.66.7"))
"""SOP classes: Segmentation Storage, and Label Map Segmentation Storage, which pydicom has no name for yet."""

_ANATOMY = {("123037004", "SCT"), ("T-D0050", "SRT"), ("91723000", "SCT"), ("T-D000A", "SRT")}
"""Segmented property categories of normal anatomy: Anatomical Structure, Tissue, and their older codes."""


def read_segmentation(path: Path) -> StructureSet:
    """Read a segmentation object; each segment becomes a structure with a mask on the object's own grid.

    Binary, fractional (probability or occupancy, divided by the maximum fractional value) and label map segmentations
    are read. Slices that the file leaves out are empty. A segment whose label begins with GTV, CTV or PTV has that
    role, one whose category is normal anatomy is an organ. Segments with the same label are told apart by number.

    Raises
    ------
    ImpastoError
        When the file is not a segmentation, is damaged, or its frames do not make up a regular volume.
    """
    import highdicom  # half a second to import, and only this needs it

    try:
        with lenient():
            sop_class = UID(str(read_header(path).get("SOPClassUID") or ""))
            if sop_class not in SEGMENTATIONS:
                raise ImpastoError(str(path), f"is no segmentation but {sop_class.name}", "give a DICOM segmentation")
            segmentation = highdicom.seg.Segmentation.from_dataset(read_instance(path), copy=False)
            volume = segmentation.get_volume(rescale_fractional=True, skip_overlap_checks=True)
            occupancy, grid = _in_index_order(volume.array, np.asarray(volume.affine))
            descriptions = [segmentation.get_segment_description(n) for n in segmentation.segment_numbers]
            frame_uid = str(segmentation.get("FrameOfReferenceUID") or "") or None
            structures = _structures(occupancy, grid, descriptions)
    except (*DAMAGE, RuntimeError) as error:
        problem = f"is not a segmentation that can be read ({error})"
        raise ImpastoError(str(path), problem, "export it as a DICOM segmentation of a regular volume") from error
    return StructureSet(structures, frame_uid)


def _in_index_order(array: NDArray[Any], affine: NDArray[Any]) -> tuple[NDArray[np.float32], Grid]:
    """Turn (slice, row, column, segment) into (i, j, k, segment) with right-handed axes."""
    values = np.asarray(array, dtype=np.float32).transpose(2, 1, 0, 3)
    turned = affine[:, [2, 1, 0, 3]].copy()
    if np.linalg.det(turned[:3, :3]) < 0.0:
        turned[:3, 3] += turned[:3, 2] * (values.shape[2] - 1)
        turned[:3, 2] *= -1.0
        values = values[:, :, ::-1]
    return values, Grid((values.shape[0], values.shape[1], values.shape[2]), turned)


def _structures(
    occupancy: NDArray[np.float32], grid: Grid, descriptions: list[highdicom.seg.SegmentDescription]
) -> tuple[Structure, ...]:
    labels = [str(description.segment_label) for description in descriptions]
    repeated = {label for label, count in Counter(labels).items() if count > 1}
    structures = []
    for n, (label, description) in enumerate(zip(labels, descriptions, strict=True)):
        name = f"{label} {description.segment_number}" if label in repeated else label
        mask = Image(np.ascontiguousarray(occupancy[..., n]), grid, "occupancy", "1")
        structure = Structure(name, _role(label, description), mask=mask, colour=_colour(description))
        structures.append(structure)
    return tuple(structures)


def _role(label: str, description: highdicom.seg.SegmentDescription) -> Role:
    for role in (Role.GTV, Role.CTV, Role.PTV):
        if label.upper().startswith(role.value):
            return role
    category = description.segmented_property_category
    return Role.ORGAN if (category.value, category.scheme_designator) in _ANATOMY else Role.OTHER


def _colour(description: highdicom.seg.SegmentDescription) -> tuple[int, int, int]:
    from highdicom.color import CIELabColor

    stored = description.get("RecommendedDisplayCIELabValue")
    if stored is None:
        return (255, 200, 0)
    red, green, blue = CIELabColor.from_dicom_value(stored).to_rgb()
    return int(red), int(green), int(blue)
