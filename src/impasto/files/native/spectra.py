"""Spectra as NIfTI-MRS, a water reference beside them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from impasto.core.errors import ImpastoError
from impasto.core.spectra import RawSpectra, Spectra
from impasto.files.nifti_mrs import read_nifti_mrs, write_nifti_mrs

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
        When a file is missing or damaged, or signals of single coils or transients are in it.
    """
    path, water = _beside(stem, ".nii.gz"), _beside(stem, ".water.nii.gz")
    if not path.exists():
        raise ImpastoError(str(path), "is missing", "restore it, or add the spectra again")
    raw = read_nifti_mrs(path)
    reference = _combined(read_nifti_mrs(water), water) if water.exists() else None
    return Spectra(
        _combined(raw, path),
        raw.grid,
        raw.dwell_s,
        raw.frequency_mhz,
        raw.echo_time_s,
        raw.nucleus,
        reference,
        raw.repetition_time_s,
    )


def _combined(raw: RawSpectra, path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.complexfloating]]:
    if raw.fid.shape[4:] != (1, 1):
        raise ImpastoError(str(path), "holds single coils or transients", "combine them, then add the spectra again")
    return raw.fid[..., 0, 0]


def _beside(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
