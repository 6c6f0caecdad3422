"""RTDOSE to dose: where the planes lie, what the numbers mean, and what the file refers to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from impasto.core.arrays import FloatArray
from impasto.core.dose import Dose, DoseKind
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.files.dicom.frame_of_reference import require_same_frame
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_opening import opened_rt, read_decimals, read_text, referenced_uids

__all__ = ["DoseFile", "dose_grid", "read_dose"]

_UNEVEN_MM = 0.01
"""Planes may lie this far from even spacing: what rounding in the file explains."""

_WHOLE_COURSE = ("PLAN", "MULTI_PLAN", "FRACTION", "PLAN_OVERVIEW")
_ONE_FRACTION = ("FRACTION_SESSION", "BEAM_SESSION")


@dataclass(frozen=True, eq=False)
class DoseFile:
    """What an RTDOSE holds.

    Parameters
    ----------
    dose : Dose
        In Gy; indices run along the rows, down the columns and along their cross product.
    sop_instance_uid, patient_id, study_instance_uid : str
    frame_of_reference_uid : str, optional
    summation : str
        Dose Summation Type: ``PLAN``, ``FRACTION``, ``BEAM``, ...
    comment : str
        Dose Comment.
    plan_uids, structure_set_uids : tuple of str
        SOP instance UIDs of what it was computed for.
    notes : tuple of str
        What was assumed or found odd.
    """

    dose: Dose
    sop_instance_uid: str
    patient_id: str
    study_instance_uid: str
    frame_of_reference_uid: str | None
    summation: str
    comment: str
    plan_uids: tuple[str, ...] = ()
    structure_set_uids: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def require_frame_of(self, series: SeriesReference) -> None:
        """Raise unless the dose lies in the frame of reference of an image series.

        Raises
        ------
        ImpastoError
            When the frames differ or the dose names none.
        """
        require_same_frame(self.dose.label or "dose", self.frame_of_reference_uid, series)


def read_dose(
    path: Path,
    fractions: int,
    *,
    alpha_beta_gy: float | None = None,
    plane_thickness_mm: float | None = None,
    label: str = "",
) -> DoseFile:
    """Read an RTDOSE.

    Parameters
    ----------
    path : Path
    fractions : int
        Number of fractions that deliver the dose. RTDOSE does not say: the plan does (`read_plan(...).fractions()`).
    alpha_beta_gy : float, optional
        Required for and only for dose type EFFECTIVE: states that it is EQD2 with this alpha/beta.
    plane_thickness_mm : float, optional
        Thickness of a single plane that states none.
    label : str
        Name of the dose; the file's comment or name without it.

    Raises
    ------
    ImpastoError
        When the file is no whole RTDOSE; holds no dose grid; is relative, not in Gy; is a dose difference, negative or
        effective without `alpha_beta_gy`; covers one fraction but more are stated; or its planes are unevenly spaced.
    """
    with opened_rt(path, "RTDOSE") as dataset:
        subject = str(path)
        notes: list[str] = []
        kind = _kind(dataset, subject, alpha_beta_gy, notes)
        summation = _checked_summation(dataset, subject, fractions, notes)
        grid, order = dose_grid(dataset, subject, plane_thickness_mm, notes)
        gy = _values_gy(dataset, subject, grid)[:, :, order]
        comment = read_text(dataset, "DoseComment", dataset.get("SpecificCharacterSet"))[0]
        image = Image(gy, grid, "dose", "Gy")
        return DoseFile(
            dose=Dose(image, fractions, kind, alpha_beta_gy, label or comment or path.name),
            sop_instance_uid=str(dataset.get("SOPInstanceUID", "") or ""),
            patient_id=read_text(dataset, "PatientID", dataset.get("SpecificCharacterSet"))[0],
            study_instance_uid=str(dataset.get("StudyInstanceUID", "") or ""),
            frame_of_reference_uid=str(dataset.get("FrameOfReferenceUID", "") or "") or None,
            summation=summation,
            comment=comment,
            plan_uids=referenced_uids(dataset, "ReferencedRTPlanSequence"),
            structure_set_uids=referenced_uids(dataset, "ReferencedStructureSetSequence"),
            notes=tuple(notes),
        )


def dose_grid(
    dataset: Dataset, subject: str, plane_thickness_mm: float | None, notes: list[str]
) -> tuple[Grid, list[int]]:
    """Grid of a dose, right-handed, and the order in which its frames must be taken.

    Pixel Spacing gives rows first: the distance along a column. A Grid Frame Offset Vector that begins with 0 counts
    from Image Position along the cross product of row and column direction; one that begins with the z of Image
    Position holds patient z coordinates and is for transverse planes only (DICOM PS3.3 C.8.8.3.2). Descending offsets
    are legal: their frames are taken from the last to the first.

    Parameters
    ----------
    dataset : Dataset
    subject : str
        For messages.
    plane_thickness_mm : float, optional
        Thickness of a single plane that states none.
    notes : list of str
        Grows by what was found odd.

    Raises
    ------
    ImpastoError
        When position, orientation or spacing is missing or impossible, or planes are unevenly spaced.
    """
    row, column, position, spacing = _plane_geometry(dataset, subject)
    normal = np.cross(row, column)
    offsets = _offsets_mm(dataset, subject, position, normal, notes)
    order = np.argsort(offsets, kind="stable")
    offsets = offsets[order]
    if len(offsets) == 1:
        step = _single_thickness_mm(dataset, subject, plane_thickness_mm)
    else:
        step = _even_step_mm(offsets, subject)
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([row * spacing[1], column * spacing[0], normal * step])
    affine[:3, 3] = position + normal * offsets[0]
    return Grid((int(dataset.Columns), int(dataset.Rows), len(offsets)), affine), order.tolist()


def _plane_geometry(dataset: Dataset, subject: str) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Row and column directions, position and spacing (down, across)."""
    position = read_decimals(dataset, "ImagePositionPatient")
    orientation = read_decimals(dataset, "ImageOrientationPatient")
    spacing = read_decimals(dataset, "PixelSpacing")
    for name, values, count in (
        ("image position", position, 3),
        ("image orientation", orientation, 6),
        ("pixel spacing", spacing, 2),
    ):
        if len(values) != count or not np.isfinite(values).all():
            raise ImpastoError(subject, f"states no usable {name}", "export the dose with its grid again")
    row, column = orientation[:3], orientation[3:]
    lengths = np.array([np.linalg.norm(row), np.linalg.norm(column)])
    if np.any(np.abs(lengths - 1.0) > 1e-3) or abs(float(row @ column)) > 1e-3 or np.any(spacing <= 0.0):
        raise ImpastoError(subject, "has a grid that is not rectangular", "export the dose on a rectangular grid")
    return row / lengths[0], column / lengths[1], position, spacing


def _offsets_mm(
    dataset: Dataset, subject: str, position: FloatArray, normal: FloatArray, notes: list[str]
) -> FloatArray:
    """Distance of each frame from the image position along the normal."""
    frames = int(dataset.get("NumberOfFrames", 1) or 1)
    stored = read_decimals(dataset, "GridFrameOffsetVector")
    if frames == 1 and len(stored) < 2:
        return np.zeros(1)
    if len(stored) != frames:
        raise ImpastoError(subject, f"gives {len(stored)} plane offsets for {frames} planes", "export it again")
    if not np.isfinite(stored).all():
        raise ImpastoError(subject, "has plane offsets that are not finite", "export it again")
    if len(set(np.sign(np.diff(stored)))) > 1:
        notes.append("planes are stored out of order; they were sorted by position")
    if stored[0] == 0.0:
        return stored
    if abs(float(stored[0] - position[2])) > _UNEVEN_MM:
        raise ImpastoError(
            subject,
            f"its plane offsets begin at {stored[0]:g}: neither 0 nor the position's z of {position[2]:g}",
            "export it again",
        )
    if abs(float(normal[2])) < 1.0 - 1e-6:
        raise ImpastoError(
            subject, "gives plane positions as z, but its planes are not transverse", "export it with relative offsets"
        )
    relative: FloatArray = (stored - position[2]) * float(np.sign(normal[2]))
    return relative


def _even_step_mm(offsets: FloatArray, subject: str) -> float:
    same = offsets[:-1][np.diff(offsets) <= 0.0]
    if len(same):
        raise ImpastoError(subject, f"has several planes at {same[0]:g} mm", "export the dose with one plane each")
    step = float(offsets[-1] - offsets[0]) / (len(offsets) - 1)
    wrong = np.flatnonzero(np.abs(np.diff(offsets) - step) > _UNEVEN_MM)
    astray = np.abs(offsets - offsets[0] - step * np.arange(len(offsets)))
    if len(wrong) or astray.max() > _UNEVEN_MM:
        usual = float(np.median(np.diff(offsets)))
        wrong = np.flatnonzero(np.abs(np.diff(offsets) - usual) > _UNEVEN_MM)
        places = ", ".join(f"{offsets[w]:g} to {offsets[w + 1]:g} mm" for w in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise ImpastoError(
            subject,
            f"its planes are {usual:g} mm apart, but not from {places}{more}",
            "export the dose on an evenly spaced grid",
        )
    return step


def _single_thickness_mm(dataset: Dataset, subject: str, plane_thickness_mm: float | None) -> float:
    stated = read_decimals(dataset, "SliceThickness")
    if len(stated) and stated[0] > 0.0:
        return float(stated[0])
    if plane_thickness_mm is None:
        raise ImpastoError(subject, "is a single plane of unknown thickness", "give plane_thickness_mm")
    return plane_thickness_mm


def _kind(dataset: Dataset, subject: str, alpha_beta_gy: float | None, notes: list[str]) -> DoseKind:
    units = str(dataset.get("DoseUnits", "") or "")
    if units != "GY":
        problem = "its dose is relative" if units == "RELATIVE" else f"its dose unit is {units or 'not stated'}"
        raise ImpastoError(subject, f"{problem}, not in Gy", "export it as absolute dose")
    kind = str(dataset.get("DoseType", "") or "")
    if kind == "ERROR":
        raise ImpastoError(subject, "holds a dose difference (dose type ERROR)", "export the dose itself")
    if kind == "EFFECTIVE":
        if alpha_beta_gy is None:
            comment = str(dataset.get("DoseComment", "") or "no comment")
            problem = f"holds biologically effective dose ({comment})"
            raise ImpastoError(subject, problem, "give alpha_beta_gy if it is EQD2, else export the physical dose")
        return DoseKind.EQD2
    if alpha_beta_gy is not None:
        raise ImpastoError(subject, "holds physical dose, but alpha/beta was given", "leave alpha_beta_gy out")
    if kind != "PHYSICAL":
        notes.append(f"dose type is {kind or 'not stated'}: read as physical dose")
    return DoseKind.PHYSICAL


def _checked_summation(dataset: Dataset, subject: str, fractions: int, notes: list[str]) -> str:
    summation = str(dataset.get("DoseSummationType", "") or "")
    if summation in _ONE_FRACTION and fractions != 1:
        raise ImpastoError(
            subject,
            f"holds the dose of one fraction ({summation}), not of {fractions}",
            "read it with fractions=1 and scale it, or export the dose of the plan",
        )
    if summation not in (*_WHOLE_COURSE, *_ONE_FRACTION):
        notes.append(f"dose summation is {summation or 'not stated'}: it may be a part of the plan's dose")
    return summation


def _values_gy(dataset: Dataset, subject: str, grid: Grid) -> FloatArray:
    """Dose of each voxel in Gy, shape (column, row, frame) as stored."""
    if "PixelData" not in dataset:
        raise ImpastoError(subject, "has no dose grid (perhaps only dose-volume histograms)", "export the 3D dose")
    scaling = read_decimals(dataset, "DoseGridScaling")
    if len(scaling) != 1 or not np.isfinite(scaling[0]) or scaling[0] <= 0.0:
        raise ImpastoError(subject, "states no usable dose grid scaling", "export it again")
    stored = np.asarray(dataset.pixel_array).reshape(grid.shape[::-1])
    gy: FloatArray = stored.transpose(2, 1, 0) * float(scaling[0])
    if stored.dtype.kind == "i" and gy.min() < 0.0:
        raise ImpastoError(subject, f"has doses down to {gy.min():g} Gy", "export the dose itself, not a difference")
    return gy
