"""Spectra as NIfTI-MRS, a water reference beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from impasto.core.errors import ImpastoError
from impasto.core.spectra import Spectra
from impasto.files.nifti_mrs import read_nifti_mrs, write_nifti_mrs
from impasto.files.spectra_file import combined_spectra

__all__ = ["read_spectra", "write_spectra"]


def write_spectra(spectra: Spectra, stem: Path, simulated: bool = False) -> None:
    """Write ``STEM.nii.gz``, and ``STEM.water.nii.gz`` where there is a water reference."""
    water = _beside(stem, ".water.nii.gz")
    if spectra.water is None:
        water.unlink(missing_ok=True)
    else:
        write_nifti_mrs(replace(spectra, fid=spectra.water, water=None), water, simulated)
    write_nifti_mrs(spectra, _beside(stem, ".nii.gz"), simulated)


def read_spectra(stem: Path) -> Spectra:
    """Read what :func:`write_spectra` wrote.

    Raises
    ------
    ImpastoError
        When a file is missing or damaged.
    """
    path, water = _beside(stem, ".nii.gz"), _beside(stem, ".water.nii.gz")
    if not path.exists():
        raise ImpastoError(str(path), "is missing", "restore it, or add the spectra again")
    return combined_spectra(read_nifti_mrs(path), read_nifti_mrs(water) if water.exists() else None, str(path))


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
