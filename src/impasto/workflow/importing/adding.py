"""Adding a file to a case that is already there: spectra, a map or mask by others, LCModel's results."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core import Image, ImpastoError, Role, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.files import (
    UNKNOWN,
    Case,
    CaseEntry,
    EntryKind,
    VoxelOrder,
    dicom,
    is_spectra_file,
    lcmodel_maps,
    named_failures,
    native,
    nifti_stem,
    open_case,
    read_lcmodel_table,
    read_nifti,
    read_reference,
    read_sidecar,
    save_case,
)
from impasto.workflow.importing.entries import (
    checked_name,
    slug,
    with_dicom_diffusion,
    with_image,
    with_series,
    with_spectra,
    with_structures,
)
from impasto.workflow.importing.raw_spectra import DRIFT_LIMIT_HZ

__all__ = ["AddedKind", "Addition", "add_files"]

_NIFTI = (".nii", ".nii.gz")


class AddedKind(StrEnum):
    """What a file is added as."""

    SPECTRA = "spectra"
    IMAGE = "image"
    MASK = "mask"
    LCMODEL = "lcmodel"


@dataclass(frozen=True)
class Addition:
    """What is said about files that are added; what is empty is found out, or not needed.

    Parameters
    ----------
    name : str
        Of the entry, by default made of the file's; of LCModel's maps the beginning, ``lcmodel`` by default.
    kind : AddedKind, optional
        Without it spectra and LCModel's CSV are recognised; other files are images, or masks when a structure is named.
    quantity, unit : str
        What an image measures, in UCUM; by default what a JSON file beside it says. For LCModel the unit alone.
    water : Path, optional
        Reference without water suppression.
    echo_time_s : float, optional
        For spectra that do not state it.
    drift_limit_hz : float
        How far drifts between transients of spectra are searched; 0 averages them as they are.
    structure : str
        Name of the structure that a mask shows, by default the entry's.
    role : Role
        Of that structure.
    label : int, optional
        Which value of the mask, when it has others than 0 and 1.
    on : str
        The image a mask was drawn on (by default one with the same grid), or the spectra that LCModel fitted (by
        default the case's only ones).
    order : VoxelOrder
        How LCModel's rows and columns lie on the grid.
    first_slice : int
        Slice of the first of LCModel's files, from 1; further files are the slices after it. 0 when the grid has
        just as many slices as there are files.
    only : tuple of str
        LCModel's metabolites to take; all when empty.
    """

    name: str = ""
    kind: AddedKind | None = None
    quantity: str = ""
    unit: str = ""
    water: Path | None = None
    echo_time_s: float | None = None
    drift_limit_hz: float = DRIFT_LIMIT_HZ
    structure: str = ""
    role: Role = Role.OTHER
    label: int | None = None
    on: str = ""
    order: VoxelOrder = field(default_factory=VoxelOrder)
    first_slice: int = 0
    only: tuple[str, ...] = ()


def add_files(case_folder: Path, files: Sequence[Path], addition: Addition) -> tuple[Case, tuple[CaseEntry, ...]]:
    """Add what files hold to a case; an error leaves the case as it was.

    Parameters
    ----------
    case_folder : Path
    files : sequence of Path
        One file, or a folder of one DICOM series; several for a DICOM series of spectra, or LCModel's slices.
    addition : Addition

    Returns
    -------
    case : Case
        As it is now.
    entries : tuple of CaseEntry
        What was added.

    Raises
    ------
    ImpastoError
        When the case or a file is not there or damaged, the name is taken, or something needed is not said.
    """
    case = open_case(case_folder)
    for file in files:
        if not file.exists():
            raise ImpastoError(str(file), "is not there", "check the path")
    kind = addition.kind or _recognised(files[0], addition)
    if len(files) > 1 and kind in (AddedKind.IMAGE, AddedKind.MASK):
        raise ImpastoError(str(files[1]), f"only one file can be added as {kind}", "add them one by one")
    with tempfile.TemporaryDirectory(prefix=".adding-", dir=case.folder) as beside:
        extended = _ADDERS[kind](replace(case, folder=Path(beside)), case, files, addition)
        entries = tuple(entry for entry in extended.entries if entry not in case.entries)
        extended = _moved_in(extended, case.folder, entries)
    return extended, entries


def _recognised(file: Path, addition: Addition) -> AddedKind:
    if file.suffix.lower() == ".csv":
        return AddedKind.LCMODEL
    if file.is_file() and is_spectra_file(file):
        return AddedKind.SPECTRA
    return AddedKind.MASK if addition.structure or addition.role is not Role.OTHER else AddedKind.IMAGE


def _moved_in(extended: Case, folder: Path, entries: Sequence[CaseEntry]) -> Case:
    """Move the new entries' files from the folder they were written to into the case, then name them in it."""
    case = replace(extended, folder=folder)
    moved: list[Path] = []
    with named_failures(folder):
        for entry in entries:
            for left_behind in case.files(entry):
                left_behind.unlink()
            for file in extended.files(entry):
                place = folder / file.relative_to(extended.folder)
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(file, place)
                moved.append(place)
    try:
        save_case(case)
    except ImpastoError:
        for place in moved:
            place.unlink(missing_ok=True)
        raise
    return case


def _add_spectra(scratch: Case, case: Case, files: Sequence[Path], addition: Addition) -> Case:
    stem = nifti_stem(files[0]) if files[0].name.lower().endswith(_NIFTI) else files[0].stem
    name = checked_name(case, EntryKind.SPECTRA, addition.name or slug(stem))
    return with_spectra(scratch, name, files, addition.water, addition.echo_time_s, addition.drift_limit_hz)


def _add_image(scratch: Case, case: Case, files: Sequence[Path], addition: Addition) -> Case:
    file = files[0]
    stem = nifti_stem(file) if file.name.lower().endswith(_NIFTI) else file.stem
    name = checked_name(case, EntryKind.IMAGE, addition.name or slug(stem))
    if not file.name.lower().endswith(_NIFTI):
        return _add_dicom_image(scratch, case, name, file, addition)
    said = read_sidecar(file)
    quantity, unit = addition.quantity or said.quantity, addition.unit or said.unit
    if UNKNOWN in (quantity, unit):
        raise ImpastoError(str(file), "nothing says what its values are", "give --quantity and --unit")
    image = read_nifti(file, quantity, unit, said.times_s, missing_allowed=True)
    missing = int(np.count_nonzero(np.isnan(image.data)))
    notes = (f"{missing} voxels have no value",) if missing else ()
    return with_image(
        scratch, CaseEntry(name, EntryKind.IMAGE, said.modality, file.name, notes=notes), image, said.acquisition
    )


def _add_dicom_image(scratch: Case, case: Case, name: str, source: Path, addition: Addition) -> Case:
    with dicom.scan(source) as found:
        if len(found.series) != 1:
            held = "; ".join(series.label for series in found.series) or "no image series"
            raise ImpastoError(str(source), f"holds {held}", "give a NIfTI file or the files of one DICOM series")
        if found.series[0].is_diffusion:
            return with_dicom_diffusion(scratch, checked_name(case, EntryKind.DIFFUSION, name), found.series[0])
        series = dicom.read_series(found.series[0])
    image = series.image
    image = replace(image, quantity=addition.quantity or image.quantity, unit=addition.unit or image.unit)
    label = found.series[0].label
    entry = CaseEntry(name, EntryKind.IMAGE, series.reference.modality, label, notes=series.notes)
    return with_series(scratch, entry, replace(series, image=image))


def _add_mask(scratch: Case, case: Case, files: Sequence[Path], addition: Addition) -> Case:
    file = files[0]
    if not file.name.lower().endswith(_NIFTI):
        raise ImpastoError(str(file), "is no NIfTI mask", "give .nii.gz; RTSTRUCT and SEG enter with impasto import")
    name = checked_name(case, EntryKind.STRUCTURES, addition.name or slug(nifti_stem(file)))
    mask = read_nifti(file, "occupancy", "1")
    structure = Structure.from_mask(
        addition.structure or name, addition.role, _chosen(mask.data, addition.label, file), mask.grid
    )
    if structure.is_empty:
        raise ImpastoError(str(file), "marks no voxel", "choose another mask or label")
    drawn_on = _image_below(case, mask, addition.on)
    frame = None
    if drawn_on is not None and case.dicom_path(drawn_on).exists():
        frame = read_reference(case, drawn_on).frame_of_reference_uid
    on = "" if drawn_on is None else drawn_on.name
    entry = CaseEntry(name, EntryKind.STRUCTURES, "SEG", file.name, on)
    return with_structures(scratch, entry, StructureSet((structure,), frame))


def _chosen(values: NDArray[Any], label: int | None, file: Path) -> FloatArray:
    """Shares of one label, or the mask's own shares when it is one of 0 to 1."""
    if values.ndim != 3:
        raise ImpastoError(str(file), f"has {values.ndim} axes", "give a mask of three")
    if label is not None:
        marked: FloatArray = (values == label).astype(np.float64)
        return marked
    low, high = float(values.min()), float(values.max())
    if low < 0.0 or high > 1.0:
        present = np.unique(values)
        held = "labels " + ", ".join(f"{v:g}" for v in present) if len(present) <= 8 else f"{low:g} to {high:g}"
        raise ImpastoError(str(file), f"holds {held}, not shares of 0 to 1", "choose one with --label")
    return values.astype(np.float64)


def _image_below(case: Case, mask: Image, name: str) -> CaseEntry | None:
    """Return the named image, else the first on the same grid; None when there is none."""
    if name:
        return case.entry(EntryKind.IMAGE, name)
    images = case.of_kind(EntryKind.IMAGE)
    return next((entry for entry in images if native.read_image(case.path(entry)).grid.matches(mask.grid, 0.05)), None)


def _add_lcmodel(scratch: Case, case: Case, files: Sequence[Path], addition: Addition) -> Case:
    spectra = _fitted_spectra(case, addition.on)
    grid = native.read_spectra(case.path(spectra)).grid
    slices = grid.shape[addition.order.slice_axis]
    if addition.first_slice == 0 and slices != len(files):
        problem = f"has {slices} slices, and {len(files)} of LCModel's files are given"
        raise ImpastoError(spectra.name, problem, "give one file per slice, or say which slice is the first (--slice)")
    tables = {number: read_lcmodel_table(file) for number, file in enumerate(files, addition.first_slice or 1)}
    unit = addition.unit or "[arb'U]"
    maps = lcmodel_maps(tables, grid, unit, addition.order, addition.only)
    note = (
        f"LCModel's columns run along {addition.order.columns}, its rows along {addition.order.rows} of {spectra.name}"
    )
    for metabolite, image in maps.items():
        name = checked_name(scratch, EntryKind.IMAGE, f"{addition.name or 'lcmodel'}-{slug(metabolite)}")
        scratch = with_image(scratch, CaseEntry(name, EntryKind.IMAGE, "MR", files[0].name, notes=(note,)), image)
    return scratch


def _fitted_spectra(case: Case, name: str) -> CaseEntry:
    found = case.of_kind(EntryKind.SPECTRA)
    if name or not found:
        return case.entry(EntryKind.SPECTRA, name)
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        raise ImpastoError(str(case.folder), f"has several spectra: {names}", "say which LCModel fitted (--on)")
    return found[0]


_ADDERS = {
    AddedKind.SPECTRA: _add_spectra,
    AddedKind.IMAGE: _add_image,
    AddedKind.MASK: _add_mask,
    AddedKind.LCMODEL: _add_lcmodel,
}
