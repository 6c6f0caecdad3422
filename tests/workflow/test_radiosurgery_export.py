"""Exported radiosurgery: each dose refers to the plan of its own shots, each plan to its own prescription."""

from __future__ import annotations

from pathlib import Path

import pydicom

from impasto.files import Case
from impasto.workflow import export_case, load_protocol, run_protocol

_PROTOCOL = """
format = 1
name = "two-levels"
title = "Two levels"
about = "One target, two levels."
sources = ["none"]
[inputs.ct]
kind = "image"
usual_name = "ct"
[inputs.structures]
kind = "structures"
drawn_on = "ct"
"""
_LEVEL = """
[[steps]]
name = "{name}-dose"
stage = "uniform-dose"
inputs = {{ structures = "structures" }}
settings = {{ name = "{gy} Gy", target = "GTV", dose_gy = {gy} }}
[[steps]]
name = "{name}"
stage = "gamma-knife-plan"
inputs = {{ structures = "structures", prescription = "{name}-dose.prescription", ct = "ct" }}
[steps.settings]
name = "{name}"
isodose = 0.5
most_isocentres = 2
planning_grid_mm = 2.0
dose_grid_mm = 4.0
around_targets_mm = 8.0
summed_around_mm = 17.0
"""
_REPORT = """
[report]
ct = "ct"
structures = "structures"
prescription = "high-dose.prescription"
plans = ["high.plan", "low.plan"]
"""


def test_doses_plans_and_structures_refer_to_each_other(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "two-levels.toml"
    levels = (_LEVEL.format(name=name, gy=gy) for name, gy in (("high", 18.0), ("low", 15.0)))
    path.write_text("".join((_PROTOCOL, *levels, _REPORT)), encoding="utf-8")
    run_protocol(case, load_protocol(str(path)))
    export_case(case, tmp_path / "dicom")
    found = {file.stem: pydicom.dcmread(file) for file in (tmp_path / "dicom").glob("*.dcm")}
    names = {dataset.SOPInstanceUID: name for name, dataset in found.items()}
    assert len({dataset.StudyInstanceUID for dataset in found.values()}) == 1
    assert len({dataset.FrameOfReferenceUID for dataset in found.values() if dataset.Modality != "RTSTRUCT"}) == 1
    for name, gy in (("high", 18.0), ("low", 15.0), ("prescription", 18.0)):
        dose, plan = found[f"RTDOSE-{name}"], found[f"RTPLAN-{name}"]
        assert names[dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID] == f"RTPLAN-{name}"
        assert names[plan.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID] == "RTSTRUCT"
        assert plan.RTPlanName == f"{gy} Gy"
        assert plan.DoseReferenceSequence[0].TargetPrescriptionDose == gy
        assert ("BeamSequence" in plan) is (name != "prescription")
    regions = [item.ContourSequence for item in found["RTSTRUCT"].ROIContourSequence if "ContourSequence" in item]
    assert regions
    assert all("ContourImageSequence" in contour for contours in regions for contour in contours)
