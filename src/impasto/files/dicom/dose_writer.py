"""Doses to RTDOSE."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage, RTPlanStorage

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose, DoseKind
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.files.dicom.identifiers import RESEARCH_USE
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import (
    Stamp,
    checked_text,
    decimal_string,
    decimal_string_above,
    decimal_strings,
    new_rt_object,
    save_rt_object,
    sop_reference,
)

__all__ = ["DoseContent", "write_dose"]

_ROOM_FOR_NAME = 64 - len(f" - {RESEARCH_USE}")
"""Characters of a series description that the research label leaves."""


class DoseContent(StrEnum):
    """What a dose grid stands for."""

    PLAN = "plan dose"
    PRESCRIPTION = "prescription map"
    BASE = "base dose"


def write_dose(
    dose: Dose,
    reference: SeriesReference,
    plan_uid: str,
    path: Path,
    *,
    content: DoseContent,
    bits: int = 32,
    stamp: Stamp | None = None,
) -> str:
    """Write a dose as a multi-frame RTDOSE of the whole course.

    Doses are stored as unsigned integers over their full range, so that every voxel reads back within half of Dose
    Grid Scaling (the largest dose / 2^bits, rounded up in the tenth digit). Frames always run along the cross product
    of row and column direction with ascending offsets from 0: of a left-handed grid the last k comes first.

    Parameters
    ----------
    dose : Dose
        On any grid with perpendicular axes. Physical dose is written as PHYSICAL, EQD2 as EFFECTIVE with its
        alpha/beta in the comment.
    reference : SeriesReference
        The planning image; its patient, study and frame of reference become the file's.
    plan_uid : str
        SOP instance UID of the RTPLAN that the dose belongs to.
    path : Path
    content : DoseContent
        What the dose stands for; stands in comment and series description. The dose's label stands in the image
        comments, and in the series description where it fits.
    bits : int
        16 or 32.
    stamp : Stamp, optional
        Time and source of UIDs; without it now, and random.

    Returns
    -------
    str
        SOP instance UID.

    Raises
    ------
    ImpastoError
        When the grid's axes are not perpendicular, a dose is negative or not finite, bits are neither 16 nor 32, or
        the file cannot be written.
    """
    subject = dose.label or content.value
    if bits not in (16, 32):
        raise ImpastoError(subject, f"{bits} bits per voxel", "choose 16 or 32")
    stamp = stamp or Stamp.now()
    what = content.value if dose.kind is DoseKind.PHYSICAL else f"{content.value}, EQD2"
    named = f"impasto {what}: {dose.label}"
    named = named if len(named) <= _ROOM_FOR_NAME else f"impasto {what}"
    dataset = new_rt_object(RTDoseStorage, "RTDOSE", named, reference, stamp)
    dataset.ImageComments = dose.label
    values, grid = _right_handed(np.asarray(dose.gy, dtype=np.float64), dose.grid)
    _put_geometry(dataset, grid, subject)
    _put_values(dataset, values, bits, subject)
    dataset.ContentDate, dataset.ContentTime = stamp.date, stamp.time
    dataset.InstanceNumber = 1
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL" if dose.kind is DoseKind.PHYSICAL else "EFFECTIVE"
    if dose.alpha_beta_gy is not None:
        what += f" alpha/beta {dose.alpha_beta_gy:g} Gy"
    dataset.DoseComment = checked_text(f"{what}, {dose.fractions} fractions, {RESEARCH_USE}", 64, "dose comment")
    dataset.DoseSummationType = "PLAN"
    dataset.ReferencedRTPlanSequence = [sop_reference(RTPlanStorage, plan_uid)]
    save_rt_object(dataset, path)
    return str(dataset.SOPInstanceUID)


def _right_handed(values: FloatArray, grid: Grid) -> tuple[FloatArray, Grid]:
    if np.linalg.det(grid.affine[:3, :3]) > 0.0:
        return values, grid
    affine = grid.affine.copy()
    affine[:3, 2] = -affine[:3, 2]
    affine[:3, 3] = grid.world_from_index([0, 0, grid.shape[2] - 1])
    return values[:, :, ::-1], Grid(grid.shape, affine)


def _put_geometry(dataset: Dataset, grid: Grid, subject: str) -> None:
    if not grid.is_rectangular:
        raise ImpastoError(subject, "its grid's axes are not perpendicular", "resample it onto a rectangular grid")
    spacing = grid.spacing_mm
    dataset.ImagePositionPatient = decimal_strings(grid.origin_mm)
    dataset.ImageOrientationPatient = decimal_strings(grid.direction.T[:2])
    dataset.PixelSpacing = [decimal_string(spacing[1]), decimal_string(spacing[0])]
    dataset.SliceThickness = decimal_string(spacing[2])
    dataset.NumberOfFrames = grid.shape[2]
    dataset.Columns, dataset.Rows = grid.shape[0], grid.shape[1]
    dataset.FrameIncrementPointer = Tag("GridFrameOffsetVector")
    dataset.GridFrameOffsetVector = decimal_strings(spacing[2] * np.arange(grid.shape[2]))


def _put_values(dataset: Dataset, values: FloatArray, bits: int, subject: str) -> None:
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)) or low < 0.0:
        raise ImpastoError(subject, f"its doses run from {low:g} to {high:g} Gy", "give finite doses of 0 Gy or more")
    largest = 2**bits - 1
    scaling = decimal_string_above(high / largest) if high > 0.0 else "1"
    stored = np.rint(values / float(scaling)).astype("<u4" if bits == 32 else "<u2")
    dataset.DoseGridScaling = scaling
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 0
    dataset.PixelData = stored.transpose(2, 1, 0).tobytes()
    dataset["PixelData"].VR = "OW"
