"""Sorting what lies beside a folder's DICOM images into a case: spectra of any format, and NIfTI."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from impasto.core import ImpastoError
from impasto.files import (
    UNKNOWN,
    Case,
    CaseEntry,
    EntryKind,
    dicom,
    gradient_files,
    is_nifti_mrs,
    is_p_file,
    is_spectra_file,
    is_water_by_name,
    nifti_stem,
    read_diffusion_nifti,
    read_nifti,
    read_sidecar,
    spectroscopy_series,
    water_beside,
)
from impasto.workflow.importing.entries import free_name, slug, with_diffusion, with_image, with_spectra

__all__ = ["import_beside_dicom"]

_NIFTI = (".nii", ".nii.gz")
_UNKNOWN_NOTE = "nothing says what its values are: quantity and unit are unknown"


def import_beside_dicom(skipped: Iterable[dicom.Skipped], case: Case) -> tuple[Case, list[tuple[str, str]]]:
    """Read spectra and NIfTI images among the files that a scan for DICOM images passed over.

    A NIfTI image takes its quantity, unit, times and sequence from a JSON file of the same name beside it; with `.bval`
    and `.bvec` beside it, it is a diffusion-weighted series.

    Parameters
    ----------
    skipped : iterable of Skipped
        While the scan is open.
    case : Case
        Its folder exists.

    Returns
    -------
    case : Case
        With the new entries; the manifest is not written.
    skipped : list of (str, str)
        What was not used, and why.
    """
    skipped = list(skipped)
    reasons = {one.path: one.reason for one in skipped}
    with tempfile.TemporaryDirectory(prefix="impasto-") as staging:
        files = _staged(skipped, Path(staging))
        for names, paths in _grouped(files):
            try:
                case, used = _with_file(case, paths)
            except ImpastoError as error:
                reasons[names[0]] = f"{error.problem}; {error.remedy}"
            else:
                for path in [*names, *(names[0].with_name(name) for name in used)]:
                    reasons.pop(path, None)
    return case, [(str(path), reason) for path, reason in reasons.items()]


def _staged(skipped: Iterable[dicom.Skipped], staging: Path) -> dict[Path, Path]:
    """Give every file under the name that the user knows it by: files out of a zip lie under numbers."""
    files, folders = {}, dict[Path, Path]()
    for one in skipped:
        if one.file is None:
            continue
        files[one.path] = one.file
        if one.file.name != one.path.name:
            folder = folders.setdefault(one.path.parent, staging / str(len(folders)))
            folder.mkdir(exist_ok=True)
            files[one.path] = Path(shutil.copy(one.file, folder / one.path.name))
    return files


def _grouped(files: Mapping[Path, Path]) -> list[tuple[list[Path], list[Path]]]:
    """Sort files into what makes one entry each, as (names, files); references and sidecars belong to others."""
    series: dict[str, tuple[list[Path], list[Path]]] = {}
    single: list[tuple[list[Path], list[Path]]] = []
    references = {water_beside(path) for path in files.values() if water_beside(path) and is_spectra_file(path)}
    for name, path in files.items():
        if path in references or name.suffix.lower() == ".spar":
            continue
        if name.name.lower().endswith(_NIFTI) or name.suffix.lower() in (".rda", ".sdat") or is_p_file(name):
            single.append(([name], [path]))
            continue
        uid = spectroscopy_series(path)
        if uid is not None:
            group = series.setdefault(uid, ([], []))
            group[0].append(name)
            group[1].append(path)
    return [*series.values(), *single]


def _with_file(case: Case, paths: list[Path]) -> tuple[Case, list[str]]:
    """Add one entry, and name the other files beside the first that went into it."""
    path = paths[0]
    if not path.name.lower().endswith(_NIFTI) or is_nifti_mrs(path):
        if is_water_by_name(path):
            problem = "is by its name a water reference, of none of the spectra here"
            raise ImpastoError(path.name, problem, "give it with them (impasto add --water)")
        stem = nifti_stem(path) if path.name.lower().endswith(_NIFTI) else path.stem
        name = free_name(slug(stem) or "spectra", "", case.of_kind(EntryKind.SPECTRA))
        case = with_spectra(case, name, paths)
        water = water_beside(path)
        used = [path, *([water] if water else [])]
        pairs = [one.with_suffix(suffix).name for one in used for suffix in (".spar", ".SPAR")]
        sidecars = [nifti_stem(one) + ".json" for one in used]
        return case, [*(one.name for one in used), *pairs, *sidecars]
    return _with_nifti(case, path)


def _with_nifti(case: Case, path: Path) -> tuple[Case, list[str]]:
    """Add an image, or a diffusion-weighted series, and name the files beside it that say what it is."""
    said, gradients = read_sidecar(path), gradient_files(path)
    beside = [*([said.path.name] if said.path else []), *(file.name for file in gradients or ())]
    kind = EntryKind.IMAGE if gradients is None else EntryKind.DIFFUSION
    name = free_name(slug(nifti_stem(path)) or "image", "", case.of_kind(kind))
    if gradients is not None:
        entry = CaseEntry(name, kind, said.modality or "MR", path.name)
        return with_diffusion(case, entry, read_diffusion_nifti(path)), beside
    image = read_nifti(path, said.quantity, said.unit, said.times_s)
    notes = [_UNKNOWN_NOTE] if said.quantity == UNKNOWN else []
    lone = [path.with_name(nifti_stem(path) + suffix) for suffix in (".bval", ".bvec")]
    for file in lone:
        if file.is_file():
            notes.append(
                f"{file.name} is half a gradient table: without the other half this is an image like any other"
            )
            beside.append(file.name)
    entry = CaseEntry(name, kind, said.modality, path.name, notes=tuple(notes))
    return with_image(case, entry, image, said.acquisition), beside
