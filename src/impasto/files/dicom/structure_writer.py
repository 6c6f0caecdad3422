"""Structures to RTSTRUCT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import RTStructureSetStorage

from impasto.core.contours import contoured
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.structures import Role, Structure, StructureSet
from impasto.files.dicom.frame_of_reference import require_same_frame
from impasto.files.dicom.identifiers import RESEARCH_USE
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import (
    Stamp,
    checked_text,
    decimal_strings,
    new_rt_object,
    save_rt_object,
    sop_reference,
)
from impasto.files.dicom.slice_sections import slice_of
from impasto.files.dicom.structures import StructureSetReference

__all__ = ["write_structures"]

_STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"
"""Detached Study Management: retired, but what the referenced-study item must name."""


def write_structures(
    structures: StructureSet,
    reference: SeriesReference,
    grid: Grid,
    path: Path,
    *,
    label: str = "RESEARCH ONLY",
    descriptions: Mapping[str, str] | None = None,
    stamp: Stamp | None = None,
) -> StructureSetReference:
    """Write structures as an RTSTRUCT drawn on an image series.

    Contours are written as they are, as CLOSED_PLANAR (holes are contours within contours, which readers combine by
    exclusive or); structures that are masks are contoured first, slice by slice of the mask, each with its area. For
    a planning system, which wants all contours on the image's slices, give what :func:`drawn_on_slices` returns.
    Coordinates have up to 16 characters: they read back identical where those suffice, else within
    1e-10 mm (for coordinates within 10 m of the origin). ROI numbers count from 1 in order.

    Parameters
    ----------
    structures : StructureSet
    reference : SeriesReference
        The image series; its patient, study and frame of reference become the file's. One that never was DICOM names
        no instances, and the contours then refer to none.
    grid : Grid
        That image's grid with slices in k order: tells on which slice a contour lies.
    path : Path
    label : str
        Structure Set Label, at most 16 characters.
    descriptions : dict of str to str, optional
        ROI Description by structure name, for example how it was found.
    stamp : Stamp, optional
        Time and source of UIDs; without it now, and random.

    Raises
    ------
    ImpastoError
        When the structures lie in another frame of reference than the series, the grid has another number of slices,
        a name does not fit DICOM, a coordinate is not finite, or the file cannot be written.
    """
    stamp = stamp or Stamp.now()
    if structures.frame_of_reference_uid is not None:
        require_same_frame("structure set", structures.frame_of_reference_uid, reference)
    slices = _slice_items(reference, grid)
    dataset = new_rt_object(RTStructureSetStorage, "RTSTRUCT", "impasto structures", reference, stamp)
    dataset.StructureSetLabel = checked_text(label, 16, "structure set label")
    dataset.StructureSetDescription = f"{RESEARCH_USE}. Not for clinical use without review by a qualified person."
    dataset.StructureSetDate, dataset.StructureSetTime = stamp.date, stamp.time
    dataset.ReferencedFrameOfReferenceSequence = [_frame_item(reference)]
    dataset.StructureSetROISequence = []
    dataset.ROIContourSequence = []
    dataset.RTROIObservationsSequence = []
    for number, structure in enumerate(structures, start=1):
        description = (descriptions or {}).get(structure.name, "")
        dataset.StructureSetROISequence.append(_roi_item(number, structure, description, reference))
        dataset.ROIContourSequence.append(_contours_item(number, contoured(structure), grid, slices))
        dataset.RTROIObservationsSequence.append(_observation_item(number, structure))
    dataset.ApprovalStatus = "UNAPPROVED"
    save_rt_object(dataset, path)
    return StructureSetReference(
        str(dataset.SOPInstanceUID), {name: number for number, name in enumerate(structures.names, start=1)}
    )


def _slice_items(reference: SeriesReference, grid: Grid) -> list[Dataset]:
    """Refer to the instance of each slice; empty when the image never was DICOM."""
    uids, frames = reference.sop_instance_uids, reference.frame_numbers
    if uids and len(uids) != grid.shape[2]:
        raise ImpastoError(
            f"series {reference.series_description or reference.series_instance_uid}",
            f"has {len(uids)} slices, its image {grid.shape[2]}",
            "give the grid of the image as it was read from the series",
        )
    items = [sop_reference(reference.sop_class_uid, uid) for uid in uids]
    for item, frame in zip(items, frames, strict=False):
        item.ReferencedFrameNumber = frame
    return items


def _frame_item(reference: SeriesReference) -> Dataset:
    frame = Dataset()
    frame.FrameOfReferenceUID = reference.frame_of_reference_uid
    if not reference.sop_instance_uids:
        return frame
    series = Dataset()
    series.SeriesInstanceUID = reference.series_instance_uid
    instances = dict.fromkeys(reference.sop_instance_uids)
    series.ContourImageSequence = [sop_reference(reference.sop_class_uid, uid) for uid in instances]
    study = sop_reference(_STUDY_MANAGEMENT, reference.study_instance_uid)
    study.RTReferencedSeriesSequence = [series]
    frame.RTReferencedStudySequence = [study]
    return frame


def _roi_item(number: int, structure: Structure, description: str, reference: SeriesReference) -> Dataset:
    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = reference.frame_of_reference_uid
    item.ROIName = checked_text(structure.name, 64, "structure name")
    if description:
        item.ROIDescription = checked_text(description, 1024, f"description of {structure.name}")
    # contours alone may come from anywhere; a mask was computed
    item.ROIGenerationAlgorithm = "" if structure.mask is None else "AUTOMATIC"
    return item


def _contours_item(number: int, structure: Structure, grid: Grid, slices: list[Dataset]) -> Dataset:
    item = Dataset()
    item.ROIDisplayColor = list(structure.colour)
    item.ReferencedROINumber = number
    contours = []
    for n, points in enumerate(structure.contours, start=1):
        if not np.isfinite(points).all():
            raise ImpastoError(structure.name, f"contour {n} has coordinates that are not finite", "draw it again")
        contour = Dataset()
        k = slice_of(points, grid)
        if slices and k is not None:
            contour.ContourImageSequence = [slices[k]]
        contour.ContourGeometricType = "CLOSED_PLANAR"
        contour.NumberOfContourPoints = len(points)
        contour.ContourNumber = n
        contour.ContourData = decimal_strings(points)
        contours.append(contour)
    if contours:
        item.ContourSequence = contours
    return item


def _observation_item(number: int, structure: Structure) -> Dataset:
    item = Dataset()
    item.ObservationNumber = number
    item.ReferencedROINumber = number
    # OTHER is no term of the standard: the type stays empty
    item.RTROIInterpretedType = "" if structure.role is Role.OTHER else structure.role.value
    item.ROIInterpreter = ""
    return item
