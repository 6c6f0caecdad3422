"""A digital patient as a clinic would hand it over: DICOM CT, PET and structures. All simulated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from impasto.core import Grid, ImpastoError, Progress, silent
from impasto.files import dicom, replacing_folder
from impasto.phantom import ct_scan, head_anatomy, pet_scan

__all__ = ["write_digital_patient"]

_CT_GRID = Grid.axis_aligned((124, 132, 86), (1.6, 1.8, 2.5), (-98.4, -120.0, -112.5))
_PET_GRID = Grid.axis_aligned((64, 68, 66), (3.2, 3.6, 3.27), (-100.8, -120.6, -111.0))


def write_digital_patient(folder: Path, seed: int = 0, progress: Progress = silent) -> int:
    """Write CT, PET and RTSTRUCT of the digital head.

    Parameters
    ----------
    folder : Path
        New or empty.
    seed : int
    progress : Progress

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    ImpastoError
        When the folder holds something or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ImpastoError(str(folder), "exists and is not empty", "choose a new folder")
    progress("digital patient", 0.0)
    anatomy = head_anatomy(_CT_GRID, seed)
    ct = ct_scan(anatomy, seed)
    pet, acquisition = pet_scan(anatomy, _PET_GRID, seed)
    progress("digital patient", 0.6)
    identity = {modality: _identity(modality, seed) for modality in ("CT", "PT")}
    with replacing_folder(folder) as fresh:
        written = dicom.write_series(ct, identity["CT"], fresh / "CT")
        dicom.write_series(pet, identity["PT"], fresh / "PET", acquisition)
        dicom.write_structures(anatomy.structures, written, ct.grid, fresh / "structures.dcm")
        count = sum(1 for path in fresh.rglob("*") if path.is_file())
    progress("digital patient", 1.0)
    return count


def _identity(modality: str, seed: int) -> dicom.SeriesReference:
    """One study and frame of reference for all of a seed's series, marked as synthetic data."""
    reference = dicom.new_reference(modality, f"DIGITAL-{seed}", "Digital^Patient", (f"digital head {seed}",))
    return replace(reference, synthetic_data="YES", series_description="digital patient (simulated)")
