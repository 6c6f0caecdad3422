"""RTPLAN: the summary of a clinical plan, and the plan that carries a prescription."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest

from impasto.core import (
    Dose,
    DoseGoal,
    DoseLimit,
    Grid,
    Image,
    ImpastoError,
    LimitKind,
    Plan,
    Prescription,
    Shot,
)
from impasto.files.dicom.plan import read_plan
from impasto.files.dicom.plan_writer import write_plan
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.structures import StructureSetReference, read_structures

SERIES = SeriesReference(
    modality="CT",
    patient_id="P1",
    patient_name="Müller^Jörg",
    study_instance_uid="1.2.3",
    series_instance_uid="1.2.3.4",
    frame_of_reference_uid="1.2.3.5",
    study_date="20260101",
    study_time="120000",
)


def prescription() -> Prescription:
    grid = Grid.centred((4, 4, 4), (2, 2, 2))
    levels = np.zeros(grid.shape)
    levels[1:3, 1:3, 1:3] = np.linspace(60, 72, 8).reshape(2, 2, 2)
    painted = Image(levels, grid, "dose", "Gy")
    return Prescription(
        "boost by numbers",
        30,
        (DoseGoal("GTV", painted, painted), DoseGoal("PTV", 60.0, 64.2)),
        (
            DoseLimit("Brainstem", LimitKind.MAXIMUM, 54.0),
            DoseLimit("Parotid", LimitKind.MEAN, 26.0),
            DoseLimit("Lung", LimitKind.DOSE_VOLUME, 20.0, 30.0),
        ),
        method="linear between SUV 2 (60 Gy) and SUV 8 (72 Gy), clipped",
    )


def test_summarises_the_breast_plan(reference_data: Callable[[str], Path]) -> None:
    root = reference_data("rt_dicom_breast")
    plan = read_plan(root / "rtplan.dcm")
    assert (plan.label, plan.date, plan.approval, plan.patient_id) == ("B1", "19010101", "UNAPPROVED", "123456")
    assert plan.machines == ("txmachine",)
    assert [beam.gantry_deg for beam in plan.beams] == [(327.0,), (0.0,), (56.0,), (150.0,)]
    assert [beam.energy for beam in plan.beams] == [10.0, 6.0, 6.0, 10.0]
    assert [beam.name for beam in plan.beams] == ["3 RAO", "4 AP", "5 LAO", "6 LPO"]
    assert not any(beam.is_arc for beam in plan.beams)
    assert plan.fractions() == 7
    assert plan.fraction_groups[0].meterset == (97.0, 87.0, 89.0, 94.0)
    assert [reference.prescribed_gy for reference in plan.dose_references] == [14.0, 11.3113869239676]
    structures = read_structures(root / "rtss.dcm")
    assert plan.structure_set_uid == structures.reference.sop_instance_uid
    assert plan.frame_of_reference_uid == structures.structures.frame_of_reference_uid


def test_written_plan_carries_the_prescription(tmp_path: Path, assert_valid_dicom: Callable[[Path], None]) -> None:
    structure_set = StructureSetReference("1.2.3.77", {"GTV": 1, "PTV": 2, "Brainstem": 3, "Parotid": 4})
    path = tmp_path / "rp.dcm"
    uid = write_plan(prescription(), SERIES, path, structure_set=structure_set)
    plan = read_plan(path)
    assert plan.sop_instance_uid == uid
    assert (plan.label, plan.name, plan.intent) == ("RESEARCH ONLY", "boost by numbers", "RESEARCH")
    assert plan.approval == "UNAPPROVED"
    assert plan.description.startswith("RESEARCH USE ONLY")
    assert plan.fractions() == 30
    assert plan.beams == ()
    assert plan.structure_set_uid == "1.2.3.77"
    references = [
        (r.kind, r.place, r.roi_number, r.prescribed_gy, r.minimum_gy, r.maximum_gy) for r in plan.dose_references
    ]
    assert references == [
        ("TARGET", "VOLUME", 1, None, 60.0, 72.0),
        ("TARGET", "VOLUME", 2, 60.0, 60.0, 64.2),
        ("ORGAN_AT_RISK", "VOLUME", 3, None, None, 54.0),
        ("ORGAN_AT_RISK", "VOLUME", 4, None, None, None),
        ("ORGAN_AT_RISK", "SITE", None, None, None, None),
    ]
    assert [r.description for r in plan.dose_references] == [
        "GTV: 60 to 72 Gy by voxel",
        "PTV: 60 Gy",
        "Brainstem: maximum 54 Gy",
        "Parotid: mean 26 Gy",
        "Lung: at most 30 % above 20 Gy",
    ]
    dataset = pydicom.dcmread(path)
    assert dataset.PrescriptionDescription.startswith("linear between SUV 2")
    lung = dataset.DoseReferenceSequence[4]
    assert (lung.OrganAtRiskLimitDose, lung.OrganAtRiskOverdoseVolumeFraction) == (20, 30)
    assert len({item.DoseReferenceUID for item in dataset.DoseReferenceSequence}) == 5
    assert_valid_dicom(path)


def test_plan_without_a_structure_set_is_valid_too(tmp_path: Path, assert_valid_dicom: Callable[[Path], None]) -> None:
    path = tmp_path / "rp.dcm"
    write_plan(prescription(), SERIES, path)
    assert {ref.place for ref in read_plan(path).dose_references} == {"SITE"}
    assert pydicom.dcmread(path).RTPlanGeometry == "TREATMENT_DEVICE"
    assert_valid_dicom(path)


def test_arcs_keep_every_angle_and_unclear_fractions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rp.dcm"
    write_plan(prescription(), SERIES, path)
    dataset = pydicom.dcmread(path)
    beam = pydicom.Dataset()
    beam.BeamNumber, beam.BeamName, beam.TreatmentMachineName = 1, "arc", "linac"
    beam.ControlPointSequence = []
    for angle in ("181", "", "179"):
        point = pydicom.Dataset()
        point.GantryAngle = angle
        beam.ControlPointSequence.append(point)
    dataset.BeamSequence = [beam]
    dataset.FractionGroupSequence.append(dataset.FractionGroupSequence[0])
    dataset.save_as(path)
    plan = read_plan(path)
    assert plan.beams[0].gantry_deg == (181.0, 179.0)
    assert plan.beams[0].is_arc
    with pytest.raises(ImpastoError, match="fractions for 2 of 2 fraction groups; say how many"):
        plan.fractions()


@pytest.mark.parametrize(("label", "problem"), [("x" * 17, "has 17 characters"), ("a\\b", "backslash")])
def test_labels_that_do_not_fit_are_refused(tmp_path: Path, label: str, problem: str) -> None:
    with pytest.raises(ImpastoError, match=problem):
        write_plan(prescription(), SERIES, tmp_path / "rp.dcm", label=label)
    assert not (tmp_path / "rp.dcm").exists()


def radiosurgery_plan() -> Plan:
    grid = Grid.centred((4, 4, 4), (2, 2, 2))
    shots = (
        Shot((1.5, -2.0, 30.25), (8.0, 8.0, 4.0, 0.0, 16.0, 4.0, 4.0, 8.0), 3.25),
        Shot((-4.0, 0.0, 28.0), (4.0,) * 8, 0.5),
    )
    dose = Dose(Image(np.ones(grid.shape), grid, "dose", "Gy"), 1)
    return Plan("painted", "Perfexion/Icon, effective model", (), np.zeros(0), dose, shots=shots)


def test_shots_become_beams_with_isocentre_minutes_and_sectors(tmp_path: Path) -> None:
    write_plan(prescription(), SERIES, tmp_path / "plan.dcm", plan=radiosurgery_plan())
    written = pydicom.dcmread(tmp_path / "plan.dcm")
    group, (first, second) = written.FractionGroupSequence[0], written.BeamSequence
    assert group.NumberOfBeams == 2
    assert [float(item.BeamMeterset) for item in group.ReferencedBeamSequence] == [3.25, 0.5]
    assert first.PrimaryDosimeterUnit == "MINUTE"
    assert [float(x) for x in first.ControlPointSequence[0].IsocenterPosition] == [1.5, -2.0, 30.25]
    assert first.BeamDescription.endswith("8 8 4 blocked 16 4 4 8")
    assert second.ApplicatorSequence[0].ApplicatorID == "4 mm"
    assert "RESEARCH" in written.PlanIntent
    assert not any(element.tag.is_private for element in written.iterall())
    assert read_plan(tmp_path / "plan.dcm").fraction_groups[0].meterset == (3.25, 0.5)


def test_plans_without_shots_have_no_beams(tmp_path: Path) -> None:
    write_plan(prescription(), SERIES, tmp_path / "plan.dcm", plan=replace(radiosurgery_plan(), shots=()))
    assert "BeamSequence" not in pydicom.dcmread(tmp_path / "plan.dcm")
