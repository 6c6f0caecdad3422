"""Prescriptions to a minimal RTPLAN: what is wanted and in how many fractions; shots of a Gamma Knife as beams."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import RTPlanStorage, RTStructureSetStorage

from impasto.core.image import Image
from impasto.core.plan import Plan, Shot
from impasto.core.prescription import DoseGoal, DoseLimit, LimitKind, Prescription
from impasto.files.dicom.identifiers import RESEARCH_USE
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import (
    Stamp,
    checked_text,
    decimal_string,
    new_rt_object,
    save_rt_object,
    sop_reference,
)
from impasto.files.dicom.shot_beams import beam_meterset_items, shot_beam_items
from impasto.files.dicom.structures import StructureSetReference

__all__ = ["write_plan"]


def write_plan(
    prescription: Prescription,
    reference: SeriesReference,
    path: Path,
    *,
    structure_set: StructureSetReference | None = None,
    plan: Plan | None = None,
    label: str = "RESEARCH ONLY",
    stamp: Stamp | None = None,
) -> str:
    """Write a prescription as an unapproved RTPLAN of research intent: with no beams, or with shots as beams.

    It gives dose objects the plan that DICOM wants them to refer to, and carries goals and limits as dose
    references. A goal that is a map is given by the smallest and largest of its positive levels: the map itself is
    an RTDOSE. A mean-dose limit has no element of its own and stands in the description.

    Parameters
    ----------
    prescription : Prescription
    reference : SeriesReference
        The planning image.
    path : Path
    structure_set : StructureSetReference, optional
        The written structure set. Without it the plan's geometry is that of the treatment device and dose references
        name sites, not regions.
    plan : Plan, optional
        A plan of shots, which become beams (:func:`~impasto.files.dicom.shot_beams.shot_beam_items`); beams of a
        linear accelerator are not written, for their fluence is not sequenced.
    label : str
        RT Plan Label, at most 16 characters.
    stamp : Stamp, optional
        Time and source of UIDs; without it now, and random.

    Returns
    -------
    str
        SOP instance UID, for dose objects to refer to.

    Raises
    ------
    ImpastoError
        When a text does not fit DICOM or the file cannot be written.
    """
    stamp = stamp or Stamp.now()
    dataset = new_rt_object(RTPlanStorage, "RTPLAN", "impasto prescription", reference, stamp)
    dataset.RTPlanLabel = checked_text(label, 16, "plan label")
    dataset.RTPlanName = checked_text(prescription.name, 64, "prescription name")
    shots = () if plan is None else plan.shots
    carries = "a prescription and shots" if shots else "a prescription; it has no beams"
    dataset.RTPlanDescription = f"{RESEARCH_USE}. Carries {carries} and cannot be delivered."
    dataset.RTPlanDate, dataset.RTPlanTime = stamp.date, stamp.time
    dataset.PlanIntent = "RESEARCH"
    dataset.RTPlanGeometry = "TREATMENT_DEVICE" if structure_set is None else "PATIENT"
    if structure_set is not None:
        dataset.ReferencedStructureSetSequence = [sop_reference(RTStructureSetStorage, structure_set.sop_instance_uid)]
    if prescription.method:
        method = prescription.method
        dataset.PrescriptionDescription = method if len(method) <= 1024 else f"{method[:1020]} ..."
    roi_numbers = {} if structure_set is None else structure_set.roi_numbers
    items = [_goal_item(goal) for goal in prescription.goals] + [_limit_item(limit) for limit in prescription.limits]
    names = [goal.structure for goal in prescription.goals] + [limit.structure for limit in prescription.limits]
    for number, (item, name) in enumerate(zip(items, names, strict=True), start=1):
        item.DoseReferenceNumber = number
        item.DoseReferenceUID = stamp.uid(f"dose reference {number}")
        item.DoseReferenceStructureType = "VOLUME" if name in roi_numbers else "SITE"
        if name in roi_numbers:
            item.ReferencedROINumber = roi_numbers[name]
    dataset.DoseReferenceSequence = items
    dataset.FractionGroupSequence = [_fraction_item(prescription.fractions, shots)]
    if plan is not None and shots:
        dataset.BeamSequence = shot_beam_items(shots, plan.machine)
    dataset.ApprovalStatus = "UNAPPROVED"
    save_rt_object(dataset, path)
    return str(dataset.SOPInstanceUID)


def _goal_item(goal: DoseGoal) -> Dataset:
    low, lower_top = _extremes(goal.lower_gy)
    item = Dataset()
    item.DoseReferenceType = "TARGET"
    item.TargetMinimumDose = decimal_string(low)
    if isinstance(goal.lower_gy, Image):
        wanted = f"{low:g} to {lower_top:g} Gy by voxel"
    else:
        wanted = f"{low:g} Gy"
        item.TargetPrescriptionDose = decimal_string(low)
    if goal.upper_gy is not None:
        item.TargetMaximumDose = decimal_string(_extremes(goal.upper_gy)[1])
    item.DoseReferenceDescription = _fitted(goal.structure, wanted)
    return item


def _limit_item(limit: DoseLimit) -> Dataset:
    item = Dataset()
    item.DoseReferenceType = "ORGAN_AT_RISK"
    if limit.kind is LimitKind.MAXIMUM:
        wanted = f"maximum {limit.dose_gy:g} Gy"
        item.OrganAtRiskMaximumDose = decimal_string(limit.dose_gy)
    elif limit.kind is LimitKind.MEAN:
        wanted = f"mean {limit.dose_gy:g} Gy"
    else:
        assert limit.volume_percent is not None
        wanted = f"at most {limit.volume_percent:g} % above {limit.dose_gy:g} Gy"
        item.OrganAtRiskLimitDose = decimal_string(limit.dose_gy)
        item.OrganAtRiskOverdoseVolumeFraction = decimal_string(limit.volume_percent)
    item.DoseReferenceDescription = _fitted(limit.structure, wanted)
    return item


def _extremes(level: float | Image) -> tuple[float, float]:
    """Smallest and largest positive level in Gy."""
    if not isinstance(level, Image):
        return level, level
    positive = level.data[level.data > 0]
    return (float(np.min(positive)), float(np.max(positive))) if positive.size else (0.0, 0.0)


def _fitted(name: str, wanted: str) -> str:
    """Name and dose in the 64 characters of a description; the dose is left out when both do not fit."""
    text = f"{name}: {wanted}"
    return checked_text(text if len(text) <= 64 else name, 64, "structure name")


def _fraction_item(fractions: int, shots: Sequence[Shot]) -> Dataset:
    item = Dataset()
    item.FractionGroupNumber = 1
    item.NumberOfFractionsPlanned = fractions
    item.NumberOfBeams = len(shots)
    item.NumberOfBrachyApplicationSetups = 0
    if shots:
        item.ReferencedBeamSequence = beam_meterset_items(shots)
    return item
