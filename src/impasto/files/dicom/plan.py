"""RTPLAN to a summary of what it prescribes and with which beams."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from impasto.core.errors import ImpastoError
from impasto.files.dicom.rt_opening import opened_rt, read_decimal, read_decimals, read_text, referenced_uids

__all__ = ["BeamSummary", "DoseReference", "FractionGroup", "PlanSummary", "read_plan"]


@dataclass(frozen=True)
class BeamSummary:
    """One beam of a treatment plan.

    Parameters
    ----------
    number : int
    name : str
    machine : str
        Treatment Machine Name.
    radiation : str
        ``PHOTON``, ``ELECTRON``, ``PROTON``, ...
    delivery : str
        Treatment Delivery Type: ``TREATMENT``, ``SETUP``, ...
    kind : str
        Beam Type: ``STATIC`` or ``DYNAMIC``.
    gantry_deg : tuple of float
        Gantry angle at each control point that states one, IEC 61217; the first alone for a fixed gantry.
    couch_deg : float, optional
        Patient support angle at the first control point.
    energy : float, optional
        Nominal energy, MV or MeV.
    isocentre_mm : tuple of float, optional
        LPS.
    control_points : int
    """

    number: int
    name: str
    machine: str
    radiation: str
    delivery: str
    kind: str
    gantry_deg: tuple[float, ...]
    couch_deg: float | None
    energy: float | None
    isocentre_mm: tuple[float, ...] | None
    control_points: int

    @property
    def is_arc(self) -> bool:
        """Whether the gantry turns."""
        return len(set(self.gantry_deg)) > 1


@dataclass(frozen=True)
class FractionGroup:
    """Beams that are delivered together in every fraction.

    Parameters
    ----------
    number : int
    fractions_planned : int, optional
    beam_numbers : tuple of int
    meterset : tuple of float
        Monitor units of each beam per fraction; NaN where not stated.
    """

    number: int
    fractions_planned: int | None
    beam_numbers: tuple[int, ...]
    meterset: tuple[float, ...]


@dataclass(frozen=True)
class DoseReference:
    """A target or an organ and the dose it should get over the course, in Gy; None where not stated.

    Parameters
    ----------
    number : int
    description : str
    place : str
        Dose Reference Structure Type: ``POINT``, ``VOLUME``, ``COORDINATES`` or ``SITE``.
    kind : str
        Dose Reference Type: ``TARGET`` or ``ORGAN_AT_RISK``.
    roi_number : int, optional
    prescribed_gy, minimum_gy, maximum_gy : float, optional
        For a target; the maximum also for an organ at risk.
    """

    number: int
    description: str
    place: str
    kind: str
    roi_number: int | None
    prescribed_gy: float | None
    minimum_gy: float | None
    maximum_gy: float | None


@dataclass(frozen=True)
class PlanSummary:
    """What an RTPLAN says.

    Parameters
    ----------
    sop_instance_uid : str
    label, name, description : str
    date, time : str
        As YYYYMMDD and HHMMSS.
    intent, approval : str
        Plan Intent and Approval Status, empty where not stated.
    patient_id : str
    frame_of_reference_uid : str, optional
    beams : tuple of BeamSummary
        Setup beams included.
    fraction_groups : tuple of FractionGroup
    dose_references : tuple of DoseReference
    structure_set_uid : str, optional
        SOP instance UID of the structure set it was planned on.
    dose_uids : tuple of str
        SOP instance UIDs of the RTDOSE objects it names.
    """

    sop_instance_uid: str
    label: str
    name: str
    description: str
    date: str
    time: str
    intent: str
    approval: str
    patient_id: str
    frame_of_reference_uid: str | None
    beams: tuple[BeamSummary, ...]
    fraction_groups: tuple[FractionGroup, ...]
    dose_references: tuple[DoseReference, ...]
    structure_set_uid: str | None
    dose_uids: tuple[str, ...]

    @property
    def machines(self) -> tuple[str, ...]:
        """Names of the treatment machines, each once."""
        return tuple(dict.fromkeys(beam.machine for beam in self.beams))

    def fractions(self) -> int:
        """Return the number of fractions of the course, for reading the plan's dose.

        Raises
        ------
        ImpastoError
            When the plan states none or has several fraction groups.
        """
        stated = [group.fractions_planned for group in self.fraction_groups if group.fractions_planned]
        if len(stated) != 1 or len(self.fraction_groups) != 1:
            problem = f"states fractions for {len(stated)} of {len(self.fraction_groups)} fraction groups"
            raise ImpastoError(f"plan {self.label}", problem, "say how many fractions deliver the dose")
        return stated[0]


def read_plan(path: Path) -> PlanSummary:
    """Read a summary of an RTPLAN: photon, electron and ion beams; brachytherapy set-ups are not listed.

    Raises
    ------
    ImpastoError
        When the file is no whole RTPLAN.
    """
    with opened_rt(path, "RTPLAN") as dataset:
        character_set = dataset.get("SpecificCharacterSet")

        def text(item: Dataset, keyword: str) -> str:
            return read_text(item, keyword, character_set)[0]

        if "RTPlanLabel" not in dataset:
            raise ImpastoError(str(path), "has no plan label", "the file is incomplete: export it again")
        beams = [*(dataset.get("BeamSequence") or []), *(dataset.get("IonBeamSequence") or [])]
        structure_sets = referenced_uids(dataset, "ReferencedStructureSetSequence")
        return PlanSummary(
            sop_instance_uid=text(dataset, "SOPInstanceUID"),
            label=text(dataset, "RTPlanLabel"),
            name=text(dataset, "RTPlanName"),
            description=text(dataset, "RTPlanDescription"),
            date=text(dataset, "RTPlanDate"),
            time=text(dataset, "RTPlanTime"),
            intent=text(dataset, "PlanIntent"),
            approval=text(dataset, "ApprovalStatus"),
            patient_id=text(dataset, "PatientID"),
            frame_of_reference_uid=text(dataset, "FrameOfReferenceUID") or None,
            beams=tuple(_beam(beam, text(beam, "BeamName"), text(beam, "TreatmentMachineName")) for beam in beams),
            fraction_groups=tuple(_fraction_group(group) for group in dataset.get("FractionGroupSequence") or []),
            dose_references=tuple(
                _dose_reference(item, text(item, "DoseReferenceDescription"))
                for item in dataset.get("DoseReferenceSequence") or []
            ),
            structure_set_uid=structure_sets[0] if structure_sets else None,
            dose_uids=referenced_uids(dataset, "ReferencedDoseSequence"),
        )


def _beam(beam: Dataset, name: str, machine: str) -> BeamSummary:
    points = [*(beam.get("ControlPointSequence") or []), *(beam.get("IonControlPointSequence") or [])]
    first = points[0] if points else Dataset()
    isocentre = read_decimals(first, "IsocenterPosition")
    gantry = [read_decimal(point, "GantryAngle") for point in points]
    return BeamSummary(
        number=int(beam.BeamNumber),
        name=name,
        machine=machine,
        radiation=str(beam.get("RadiationType", "") or ""),
        delivery=str(beam.get("TreatmentDeliveryType", "") or ""),
        kind=str(beam.get("BeamType", "") or ""),
        gantry_deg=tuple(angle for angle in gantry if angle is not None),
        couch_deg=read_decimal(first, "PatientSupportAngle"),
        energy=read_decimal(first, "NominalBeamEnergy"),
        isocentre_mm=tuple(isocentre.tolist()) if len(isocentre) == 3 else None,
        control_points=len(points),
    )


def _fraction_group(group: Dataset) -> FractionGroup:
    planned = read_decimal(group, "NumberOfFractionsPlanned")
    beams = list(group.get("ReferencedBeamSequence") or [])
    metersets = [read_decimal(beam, "BeamMeterset") for beam in beams]
    return FractionGroup(
        number=int(group.get("FractionGroupNumber") or 0),
        fractions_planned=None if planned is None else int(planned),
        beam_numbers=tuple(int(beam.ReferencedBeamNumber) for beam in beams),
        meterset=tuple(float("nan") if meterset is None else meterset for meterset in metersets),
    )


def _dose_reference(item: Dataset, description: str) -> DoseReference:
    is_target = str(item.get("DoseReferenceType", "") or "") == "TARGET"
    roi = read_decimal(item, "ReferencedROINumber")
    return DoseReference(
        number=int(item.get("DoseReferenceNumber") or 0),
        description=description,
        place=str(item.get("DoseReferenceStructureType", "") or ""),
        kind=str(item.get("DoseReferenceType", "") or ""),
        roi_number=None if roi is None else int(roi),
        prescribed_gy=read_decimal(item, "TargetPrescriptionDose"),
        minimum_gy=read_decimal(item, "TargetMinimumDose"),
        maximum_gy=read_decimal(item, "TargetMaximumDose" if is_target else "OrganAtRiskMaximumDose"),
    )
