"""Handing a case's targets, prescription and plans to a planning system as DICOM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from impasto.core import Dose, Grid, Image, ImpastoError, Plan, Prescription, Progress, StructureSet, silent
from impasto.files import Case, CaseEntry, dicom, read_reference, replacing_folder
from impasto.prescribe import base_dose, nested_levels
from impasto.workflow.results import ProtocolResults, open_plans

__all__ = ["ExportedFile", "export_case"]

_LEVELS = 5
_RECUT = "cut on the slices of the planning image; made on others"


@dataclass(frozen=True)
class ExportedFile:
    """A written DICOM file, what it is, and what in it differs from the case."""

    path: Path
    modality: str
    about: str
    notes: tuple[str, ...] = ()


def export_case(
    case: Case, folder: Path, protocol: str | None = None, progress: Progress = silent
) -> tuple[ExportedFile, ...]:
    """Write RTSTRUCT, RTPLAN and RTDOSE of a protocol's results.

    Structures are drawn on the slices of the planning image; where that changes a volume by more than 5 % and
    0.05 ml, a note of the RTSTRUCT says so. Doses are written for each plan and for the prescription; plans of shots
    are written themselves. A painting without shots comes with a structure for every dose level (five, by least
    squares), and with the base dose that lets a planning system without painting deliver it. A case that did not
    come from DICOM gets its planning image written as well.

    Parameters
    ----------
    case : Case
    folder : Path
        New or empty.
    protocol : str, optional
        Needed when several were run.
    progress : Progress

    Returns
    -------
    tuple of ExportedFile

    Raises
    ------
    ImpastoError
        When there are no results, or the folder holds something or cannot be written.
    """
    results = open_plans(case, protocol)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "exists and is not empty", "choose a new folder")
    with replacing_folder(folder) as fresh:
        written = _write(results, fresh, progress)
    return tuple(replace(file, path=folder / file.path.relative_to(fresh)) for file in written)


def _write(results: ProtocolResults, folder: Path, progress: Progress) -> list[ExportedFile]:
    roles = results.report_roles()
    ct, structures = results.load(roles.ct), results.load(roles.structures)
    prescription = results.load(roles.prescription)
    assert isinstance(ct, Image)
    assert isinstance(structures, StructureSet)
    assert isinstance(prescription, Prescription)
    found = {reference: results.load(reference) for reference in roles.plans}
    plans = [plan for plan in found.values() if isinstance(plan, Plan)]
    own = {plan.name: _prescription_of(results, at) for at, plan in found.items() if isinstance(plan, Plan)}
    written = []
    progress("export", 0.1)
    reference = _reference(results, ct, folder)
    images = folder / reference.modality
    if images.exists():
        written.append(ExportedFile(images, reference.modality, "the planning image, which was not DICOM"))
    structures = replace(structures, frame_of_reference_uid=reference.frame_of_reference_uid)
    # levels and base dose hand a painting to a system that plans with fluence; shots need neither
    has_shots = any(plan.shots for plan in plans)
    with_levels = structures if has_shots else _with_dose_levels(prescription, structures, plans[0].dose.grid)
    drawn = dicom.drawn_on_slices(with_levels, ct.grid)
    path = folder / "RTSTRUCT.dcm"
    described = dict.fromkeys(drawn.recut, _RECUT)
    structure_set = dicom.write_structures(drawn.structures, reference, ct.grid, path, descriptions=described)
    about = f"{len(with_levels)} structures{'' if has_shots else ', dose levels among them'}"
    written.append(ExportedFile(path, "RTSTRUCT", about, drawn.notes))
    progress("export", 0.4)
    path = folder / "RTPLAN-prescription.dcm"
    plan_uid = dicom.write_plan(prescription, reference, path, structure_set=structure_set)
    written.append(ExportedFile(path, "RTPLAN", "the prescription; no beams"))
    files, uids = _plans_of_shots(plans, own, reference, structure_set, folder)
    written += files
    grid = plans[0].dose.grid
    doses = [(plan.dose, dicom.DoseContent.PLAN, plan.name) for plan in plans]
    doses.append((_prescribed(prescription, structures, grid), dicom.DoseContent.PRESCRIPTION, "prescription"))
    if not has_shots:
        doses.append((base_dose(prescription, structures, grid), dicom.DoseContent.BASE, "base"))
    for number, (dose, content, name) in enumerate(doses):
        path = folder / f"RTDOSE-{name}.dcm"
        dicom.write_dose(dose, reference, uids.get(name, plan_uid), path, content=content)
        written.append(ExportedFile(path, "RTDOSE", f"{content}: {dose.label}"))
        progress("export", 0.5 + 0.5 * (number + 1) / len(doses))
    return written


def _plans_of_shots(
    plans: Sequence[Plan],
    prescriptions: Mapping[str, Prescription],
    reference: dicom.SeriesReference,
    structure_set: dicom.StructureSetReference,
    folder: Path,
) -> tuple[list[ExportedFile], dict[str, str]]:
    """Write an RTPLAN for each plan that has shots, with the prescription it was made for; files, and UIDs by name."""
    written, uids = [], {}
    for plan in plans:
        if plan.shots:
            path = folder / f"RTPLAN-{plan.name}.dcm"
            wanted = prescriptions[plan.name]
            uids[plan.name] = dicom.write_plan(wanted, reference, path, structure_set=structure_set, plan=plan)
            written.append(ExportedFile(path, "RTPLAN", f"{len(plan.shots)} shots of {plan.name}"))
    return written, uids


def _prescription_of(results: ProtocolResults, plan_reference: str) -> Prescription:
    """Read the prescription that the step was given which made a plan; else that of the report."""
    step = plan_reference.partition(".")[0]
    given = [
        record.inputs["prescription"]
        for record in results.records
        if record.step == step and "prescription" in record.inputs
    ]
    wanted = results.load(given[0].reference if given else results.report_roles().prescription)
    assert isinstance(wanted, Prescription)
    return wanted


def _reference(results: ProtocolResults, ct: Image, folder: Path) -> dicom.SeriesReference:
    entry: CaseEntry = results.inputs[results.report_roles().ct]
    if results.case.dicom_path(entry).exists():
        return read_reference(results.case, entry)
    subject = results.case.subject
    modality = "CT" if entry.modality == "CT" else "MR"
    identity = dicom.new_reference(modality, subject, subject, (subject,))
    return dicom.write_series(ct, identity, folder / modality)


def _prescribed(prescription: Prescription, structures: StructureSet, grid: Grid) -> Dose:
    image = Image(prescription.dose_map(structures, grid).astype(np.float32), grid, "prescribed dose", "Gy")
    return Dose(image, prescription.fractions, label=prescription.name)


def _with_dose_levels(prescription: Prescription, structures: StructureSet, grid: Grid) -> StructureSet:
    """Add a structure for every dose level of a prescription that differs from voxel to voxel."""
    if any(isinstance(goal.lower_gy, Image) for goal in prescription.goals):
        for level in nested_levels(prescription, structures, grid, _LEVELS)[1]:
            structures = structures.with_structure(level)
    return structures
