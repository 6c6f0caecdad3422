"""Spectra from a file of any format that is read, with the water reference that belongs to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from impasto.core.errors import ImpastoError
from impasto.core.spectra import RawSpectra, Spectra
from impasto.files.nifti_mrs import is_nifti_mrs, is_simulated, read_nifti_mrs
from impasto.files.vendor_spectra import is_vendor_spectra, read_vendor_spectra

__all__ = [
    "SpectraFile",
    "combined_spectra",
    "is_spectra_file",
    "is_water_by_name",
    "read_spectra",
    "read_spectra_file",
    "water_beside",
]

_SAME_PLACE_MM = 0.5
_WATER_WORDS = {"water", "wref", "ref", "ecc", "quant"}
_UNPLACED_MM = 5000.0


@dataclass(frozen=True, eq=False)
class SpectraFile:
    """What a file of spectra holds, coils and transients not combined.

    Parameters
    ----------
    signal : RawSpectra
    water : RawSpectra or None
    simulated : bool
        Whether it is marked as generated, not measured.
    notes : tuple of str
        What was observed on reading.
    """

    signal: RawSpectra
    water: RawSpectra | None
    simulated: bool
    notes: tuple[str, ...]


def is_spectra_file(path: Path) -> bool:
    """Whether a file holds spectra in a format that is read."""
    if path.name.lower().endswith((".nii", ".nii.gz")):
        return is_nifti_mrs(path)
    return is_vendor_spectra(path)


def water_beside(path: Path) -> Path | None:
    """Return the water reference of a file, by its name.

    To ``NAME.nii.gz`` belongs ``NAME.water.nii.gz`` (impasto) or ``NAME_ref.nii.gz`` (spec2nii), to
    ``metab_NAME.nii.gz`` also ``wref_NAME.nii.gz`` (FSL-MRS), to ``NAME_act.sdat`` ``NAME_ref.sdat`` (Philips).
    """
    lower = path.name.lower()
    if lower.endswith((".nii", ".nii.gz")):
        stem, suffix = re.fullmatch(r"(.*?)(\.nii(?:\.gz)?)", path.name, re.IGNORECASE).groups()  # type: ignore[union-attr]
        wanted = [f"{stem}.water{suffix}", f"{stem}_ref{suffix}", stem.replace("metab", "wref") + suffix]
    elif path.suffix.lower() in (".sdat", ".spar") and path.stem.lower().endswith("_act"):
        reference = "_REF" if path.stem.endswith("_ACT") else "_ref"
        wanted = [f"{path.stem[:-4]}{reference}{path.suffix}"]
    else:
        return None
    beside = (path.with_name(name) for name in wanted if name != path.name)
    return next((found for found in beside if found.is_file()), None)


def is_water_by_name(path: Path) -> bool:
    """Whether a file of spectra is called as references without water suppression are."""
    return not _WATER_WORDS.isdisjoint(re.split(r"[^a-z]+", path.name.lower()))


def read_spectra_file(
    paths: Sequence[Path], water: Path | None = None, echo_time_s: float | None = None
) -> SpectraFile:
    """Read spectra of any format that is read.

    Parameters
    ----------
    paths : sequence of Path
        One file of NIfTI-MRS or a scanner's format; several only for a DICOM series.
    water : Path, optional
        File with the signal without water suppression; without it, one that belongs to the first by its name is taken
        and noted.
    echo_time_s : float, optional
        For NIfTI-MRS files that do not state it.

    Returns
    -------
    SpectraFile

    Raises
    ------
    ImpastoError
        When a file is not there, damaged or of no known format.
    """
    path = paths[0]
    if not path.is_file():
        raise ImpastoError(str(path), "is not there", "check the path")
    signal, reference, simulated, notes = _read(paths, echo_time_s)
    named = water or (water_beside(path) if reference is None else None)
    if named is not None:
        reference = _read([named], echo_time_s)[0]
        notes = (*notes, f"water reference: {named.name}")
    if float(signal.grid.spacing_mm.max()) > _UNPLACED_MM:
        notes = (*notes, "the file does not say where the voxel lies")
    return SpectraFile(signal, reference, simulated, notes)


def read_spectra(path: Path, water: Path | None = None, echo_time_s: float | None = None) -> Spectra:
    """Read combined spectra of any format that is read, see :func:`read_spectra_file` and :func:`combined_spectra`."""
    found = read_spectra_file([path], water, echo_time_s)
    return combined_spectra(found.signal, found.water, str(path))


def combined_spectra(signal: RawSpectra, water: RawSpectra | None, name: str) -> Spectra:
    """Return spectra whose coils and transients are already combined.

    Parameters
    ----------
    signal, water : RawSpectra
        With coil and transient axes of length one. Of a longer water signal the end is left off.
    name : str
        What errors call them.

    Raises
    ------
    ImpastoError
        When single coils or transients are left, or the water reference lies elsewhere, is sampled otherwise or is
        shorter.
    """
    return Spectra(
        _single(signal, name),
        signal.grid,
        signal.dwell_s,
        signal.frequency_mhz,
        signal.echo_time_s,
        signal.nucleus,
        None if water is None else _matched_water(signal, water, f"{name} (water reference)"),
        signal.repetition_time_s,
    )


def _read(
    paths: Sequence[Path], echo_time_s: float | None
) -> tuple[RawSpectra, RawSpectra | None, bool, tuple[str, ...]]:
    path = paths[0]
    if path.name.lower().endswith((".nii", ".nii.gz")):
        return read_nifti_mrs(path, echo_time_s), None, is_simulated(path), ()
    found = read_vendor_spectra(paths)
    return found.signal, found.water, False, found.notes


def _single(raw: RawSpectra, name: str) -> NDArray[np.complexfloating]:
    coils, transients = raw.fid.shape[4:]
    if coils > 1 or transients > 1:
        problem = f"holds single signals ({coils} x coil, {transients} x transient), not combined"
        raise ImpastoError(name, problem, "combine them first, or give the scanner's combined export")
    return raw.fid[..., 0, 0]


def _matched_water(signal: RawSpectra, water: RawSpectra, name: str) -> NDArray[np.complexfloating]:
    if not signal.grid.matches(water.grid, _SAME_PLACE_MM):
        raise ImpastoError(name, "lies elsewhere than the spectra", "give the reference of the same voxels")
    if abs(water.dwell_s / signal.dwell_s - 1.0) > 1e-3:
        problem = f"is sampled every {water.dwell_s:g} s, the spectra every {signal.dwell_s:g} s"
        raise ImpastoError(name, problem, "give the reference of the same acquisition")
    points = signal.fid.shape[3]
    if water.fid.shape[3] < points:
        problem = f"has {water.fid.shape[3]} points, the spectra {points}"
        raise ImpastoError(name, problem, "give the reference of the same acquisition")
    return _single(water, name)[..., :points]
