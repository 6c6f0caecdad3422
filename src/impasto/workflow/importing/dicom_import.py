"""Sorting a folder's DICOM objects into a case."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path

from impasto.core import ImpastoError, Progress
from impasto.files import Case, CaseEntry, EntryKind, dicom, native
from impasto.workflow.importing.beside_dicom import import_beside_dicom
from impasto.workflow.importing.entries import free_name, image_name, slug, with_dicom_diffusion, with_series

__all__ = ["import_dicom"]

_Reader = Callable[[dicom.ObjectFile, Case], Case]


def import_dicom(
    source: Path, case: Case, fractions: int | None, progress: Progress
) -> tuple[Case, tuple[tuple[str, str], ...]]:
    """Read every object below a folder or in a zip into a case whose folder exists, and spectra and NIfTI beside them.

    Parameters
    ----------
    source : Path
    case : Case
        Empty.
    fractions : int, optional
        Fractions of doses whose plan is not there to say.
    progress : Progress

    Returns
    -------
    case : Case
        With its entries; the manifest is not written.
    skipped : tuple of (str, str)
        What was not used, and why.

    Raises
    ------
    ImpastoError
        When nothing usable is found or an image series is damaged. Of the other objects those that cannot be used are
        listed, as are spectra and NIfTI files: a case without them may still be what is wanted.
    """
    with dicom.scan(source, progress) as found:
        case, references = _with_images(found, case, progress)
        case, skipped = import_beside_dicom(found.skipped, case)
        plans: dict[str, dicom.PlanSummary] = {}
        readers: tuple[tuple[tuple[dicom.ObjectFile, ...], _Reader], ...] = (
            (found.structure_sets, lambda file, case: _with_structures(file, case, references)),
            (found.segmentations, lambda file, case: _with_segmentation(file, case, references)),
            (found.plans, lambda file, case: _with_plan(file, case, plans)),
            (found.doses, lambda file, case: _with_dose(file, case, references, plans, fractions)),
        )
        for files, read in readers:
            for file in files:
                try:
                    case = read(file, case)
                except ImpastoError as error:
                    skipped.append((str(file.path), error.problem))
    if not case.entries:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
        raise ImpastoError(str(source), f"holds nothing that can be imported ({reasons or 'it is empty'})", "check it")
    simulated = case.simulated or any(files.reference.synthetic_data == "YES" for files in found.series)
    return replace(case, simulated=simulated), tuple(skipped)


def _with_images(found: dicom.Scan, case: Case, progress: Progress) -> tuple[Case, dict[str, dicom.SeriesReference]]:
    references = {}
    several = sum(files.reference.modality == "MR" for files in found.series) > 1
    for number, files in enumerate(found.series):
        progress("import", number / len(found.series))
        described = files.reference.series_description
        taken = (*case.of_kind(EntryKind.IMAGE), *case.of_kind(EntryKind.DIFFUSION))
        if files.is_diffusion:
            name = free_name(slug(described) or "dwi", described, taken)
            case = with_dicom_diffusion(case, name, files)
            continue
        series = dicom.read_series(files)
        name = free_name(image_name(series.reference, several), described, taken)
        entry = CaseEntry(name, EntryKind.IMAGE, series.reference.modality, files.label, notes=series.notes)
        case = with_series(case, entry, series)
        references[name] = series.reference
    progress("import", 1.0)
    return case, references


def _with_structures(file: dicom.ObjectFile, case: Case, references: dict[str, dicom.SeriesReference]) -> Case:
    read = dicom.read_structures(file.path)
    frame = read.structures.frame_of_reference_uid
    image = _drawn_on(frame, read.referenced_series_uids, references)
    if image is None:
        raise ImpastoError(file.label, "lies in a frame of reference that no image here has", "import its image too")
    spacing = float(native.read_image(case.path(case.entry(EntryKind.IMAGE, image))).grid.spacing_mm[2])
    read = dicom.read_structures(file.path, slice_spacing_mm=spacing)
    name = free_name(f"structures-{image}", read.label, case.of_kind(EntryKind.STRUCTURES))
    entry = CaseEntry(name, EntryKind.STRUCTURES, "RTSTRUCT", read.label or file.label, image, read.notes)
    native.write_structures(read.structures, case.path(entry))
    return case.with_entry(entry)


def _with_segmentation(file: dicom.ObjectFile, case: Case, references: dict[str, dicom.SeriesReference]) -> Case:
    structures = dicom.read_segmentation(file.path)
    image = _drawn_on(structures.frame_of_reference_uid, (), references)
    if image is None:
        raise ImpastoError(file.label, "lies in a frame of reference that no image here has", "import its image too")
    name = free_name(f"segments-{image}", file.label, case.of_kind(EntryKind.STRUCTURES))
    entry = CaseEntry(name, EntryKind.STRUCTURES, "SEG", file.label, image)
    native.write_structures(structures, case.path(entry))
    return case.with_entry(entry)


def _with_plan(file: dicom.ObjectFile, case: Case, plans: dict[str, dicom.PlanSummary]) -> Case:
    summary = dicom.read_plan(file.path)
    plans[summary.sop_instance_uid] = summary
    name = free_name("plan", summary.label, case.of_kind(EntryKind.PLAN))
    entry = CaseEntry(name, EntryKind.PLAN, "RTPLAN", file.label)
    case.path(entry).mkdir(parents=True)
    text = json.dumps(asdict(summary), indent=1, default=str)
    (case.path(entry) / "summary.json").write_text(text + "\n", encoding="utf-8")
    return case.with_entry(entry)


def _with_dose(
    file: dicom.ObjectFile,
    case: Case,
    references: dict[str, dicom.SeriesReference],
    plans: dict[str, dicom.PlanSummary],
    fractions: int | None,
) -> Case:
    read = dicom.read_dose(file.path, fractions or 1)
    planned = [plans[uid] for uid in read.plan_uids if uid in plans]
    if planned and fractions is None:
        read = dicom.read_dose(file.path, planned[0].fractions())
    elif fractions is None:
        raise ImpastoError(file.label, "no plan here says in how many fractions (--fractions does)", "give fractions")
    image = _drawn_on(read.frame_of_reference_uid, (), references) or ""
    name = free_name("dose", read.dose.label, case.of_kind(EntryKind.DOSE))
    entry = CaseEntry(name, EntryKind.DOSE, "RTDOSE", read.comment or file.label, image, read.notes)
    native.write_dose(read.dose, case.path(entry))
    return case.with_entry(entry)


def _drawn_on(frame: str | None, series: Iterable[str], references: dict[str, dicom.SeriesReference]) -> str | None:
    """Name the image that an object refers to: its series, else the first in its frame, CT before others."""
    wanted = set(series)
    for name, reference in references.items():
        if reference.series_instance_uid in wanted:
            return name
    in_frame = [name for name, reference in references.items() if frame and reference.frame_of_reference_uid == frame]
    in_frame.sort(key=lambda name: references[name].modality != "CT")
    return in_frame[0] if in_frame else None
