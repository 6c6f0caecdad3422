"""Writing a digital patient's scans and truth: one identity for all series, everything marked as simulated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from impasto.core import Grid, Image, Spectra, Structure, StructureSet
from impasto.core.arrays import FloatArray
from impasto.core.contours import contoured
from impasto.core.diffusion import DiffusionSeries
from impasto.core.pet_acquisition import PetAcquisition
from impasto.files import dicom, write_gradient_table, write_nifti, write_nifti_mrs

__all__ = ["ScanWriter", "Study", "write_json"]

_MARK = {"simulated": True, "use": "research only: a digital patient, not a person"}
_STORED_BITS = 11
_CONTOUR_TOLERANCE_MM = 0.1


@dataclass(frozen=True)
class Study:
    """Whose scans they are and when they were taken.

    Parameters
    ----------
    patient_id : str
        Decides all identifiers, so that the same patient is the same files.
    description : str
    taken : datetime
    """

    patient_id: str
    description: str
    taken: datetime

    def reference(self, modality: str, description: str) -> dicom.SeriesReference:
        """Identity of one series; those of one study share study and frame of reference."""
        words = (self.patient_id, self.description)
        shared = dicom.new_reference(modality, self.patient_id, "Digital^Patient", words)
        return replace(
            shared,
            series_instance_uid=dicom.new_uid(*words, "series", description),
            series_description=f"{description} (simulated)",
            study_description=f"{self.description} (simulated)",
            study_date=f"{self.taken:%Y%m%d}",
            study_time=f"{self.taken:%H%M%S}",
            patient_position="HFS",
            synthetic_data="YES",
        )

    def stamp(self, description: str) -> dicom.Stamp:
        """When a series was written, and what its instances' identifiers follow from."""
        return dicom.Stamp(self.taken, (self.patient_id, self.description, description))


class ScanWriter(AbstractContextManager["ScanWriter"]):
    """Writes files while the next scan is simulated; leaving the block waits for them and raises what failed.

    Parameters
    ----------
    folder : Path
        Exists.
    study : Study
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder = folder
        self.study = study
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._pending: list[Future[Any]] = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is being written."""
        self._pool.shutdown(wait=True, cancel_futures=error is not None)
        if error is None:
            for future in self._pending:
                future.result()

    def series(self, image: Image, modality: str, name: str, acquisition: PetAcquisition | None = None) -> None:
        """Write an image as a folder of DICOM files called `name`."""
        self._later(self._write_series, image, modality, name, acquisition)

    def series_with_structures(self, image: Image, modality: str, name: str, structures: StructureSet) -> None:
        """Write an image as DICOM, and an RTSTRUCT drawn on it."""
        self._later(self._write_drawn, image, modality, name, structures)

    def image(self, image: Image, name: str, details: Mapping[str, Any] | None = None) -> None:
        """Write an image as compressed NIfTI with a JSON file of its quantity, unit, times and further `details`."""
        self._later(self._write_image, image, name, ".nii.gz", details or {})

    def scan(self, image: Image, name: str, details: Mapping[str, Any]) -> None:
        """Write a scan as NIfTI, plain since noise does not compress, with a JSON file as well."""
        self._later(self._write_image, image, name, ".nii", details)

    def diffusion(self, series: DiffusionSeries, name: str, details: Mapping[str, Any]) -> None:
        """Write diffusion images as NIfTI, JSON and gradient table."""
        self._later(self._write_diffusion, series, name, details)

    def spectra(self, spectra: Spectra, name: str) -> None:
        """Write spectra, and their water reference beside them, as plain NIfTI-MRS."""
        self._later(self._write_spectra, spectra, name)

    def _later(self, write: Callable[..., object], *arguments: object) -> None:
        self._pending.append(self._pool.submit(write, *arguments))

    def _write_series(
        self, image: Image, modality: str, name: str, acquisition: PetAcquisition | None
    ) -> dicom.SeriesReference:
        reference = self.study.reference(modality, name)
        return dicom.write_series(image, reference, self._path(name), acquisition, self.study.stamp(name))

    def _write_drawn(self, image: Image, modality: str, name: str, structures: StructureSet) -> None:
        written = self._write_series(image, modality, name, None)
        stamp = self.study.stamp("structures")
        drawn = StructureSet(tuple(_drawn(structure) for structure in structures))
        dicom.write_structures(drawn, written, image.grid, self._path("structures.dcm"), stamp=stamp)

    def _write_image(self, image: Image, name: str, suffix: str, details: Mapping[str, Any]) -> None:
        write_nifti(image.with_data(_storable(image.data)), self._path(name + suffix))
        times = {} if image.times_s is None else {"times_s": [float(t) for t in image.times_s]}
        sidecar = {"quantity": image.quantity, "unit": image.unit, **times, **details}
        write_json(sidecar, self._path(f"{name}.json"))

    def _write_diffusion(self, series: DiffusionSeries, name: str, details: Mapping[str, Any]) -> None:
        self._write_image(series.image, name, ".nii", details)
        grid: Grid = series.image.grid
        write_gradient_table(series.gradients, grid, self._path(f"{name}.bval"), self._path(f"{name}.bvec"))

    def _write_spectra(self, spectra: Spectra, name: str) -> None:
        write_nifti_mrs(spectra, self._path(f"{name}.nii"), simulated=True)
        if spectra.water is not None:
            water = replace(spectra, fid=spectra.water, water=None)
            write_nifti_mrs(water, self._path(f"{name}.water.nii"), simulated=True)

    def _path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path


def write_json(content: Mapping[str, Any], path: Path) -> None:
    """Write plain data as JSON, marked as simulated."""
    path.write_text(
        json.dumps({**content, **_MARK}, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8"
    )


def _drawn(structure: Structure) -> Structure:
    """Draw contours as clinics have them: without vertices that lie on the line between their neighbours."""
    drawn = contoured(structure)
    return replace(drawn, contours=tuple(_thinned(contour) for contour in drawn.contours))


def _thinned(contour: FloatArray) -> FloatArray:
    """Leave out every other vertex where it is less than a tenth of a millimetre off, three times."""
    for _ in range(3):
        if len(contour) < 8:
            break
        before, after = np.roll(contour, 1, axis=0), np.roll(contour, -1, axis=0)
        chord = after - before
        off = np.linalg.norm(np.cross(chord, contour - before), axis=1)
        straight = off < _CONTOUR_TOLERANCE_MM * np.maximum(np.linalg.norm(chord, axis=1), 1e-9)
        straight[::2] = False
        contour = contour[~straight]
    return np.round(contour, 3)


def _storable(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Keep about four digits of floating numbers: the rest only resists compression."""
    if values.dtype.kind != "f":
        return values
    # rounding the bits of the mantissa to nearest, the carry into the exponent included
    dropped = 23 - _STORED_BITS
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32) + np.uint32(1 << (dropped - 1))
    bits &= np.uint32(0xFFFFFFFF ^ ((1 << dropped) - 1))
    return bits.view(np.float32)
