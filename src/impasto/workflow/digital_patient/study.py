"""Files of one simulated study: DICOM series in one frame of reference; NIfTI for what DICOM has no common home for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from impasto.core import Image, PetAcquisition, Spectra, StructureSet
from impasto.core.diffusion import DiffusionSeries
from impasto.files import dicom, native, write_diffusion

__all__ = ["Study", "write_maps"]


@dataclass(frozen=True)
class Study:
    """Where one study's files go, and under which identity.

    Parameters
    ----------
    folder : Path
        Exists.
    patient : str
        Identifier; also the seed of all unique identifiers, which are the same for the same patient.
    name : str
        Tells the studies of one patient apart, for example ``"fraction 7"``.
    """

    folder: Path
    patient: str
    name: str = ""

    def write_series(
        self, image: Image, modality: str, label: str, pet: PetAcquisition | None = None
    ) -> dicom.SeriesReference:
        """Write an image as a DICOM series and return its reference."""
        reference = dicom.new_reference(modality, self.patient, "Digital^Patient", (self.patient, self.name))
        series = dicom.new_reference(modality, self.patient, "Digital^Patient", (self.patient, self.name, label))
        reference = replace(
            reference,
            series_instance_uid=series.series_instance_uid,
            synthetic_data="YES",
            series_description=f"{label} (simulated)",
        )
        if modality == "MR":
            image = image.with_data(np.rint(np.clip(image.data, 0, 32767)).astype(np.int16))
        return dicom.write_series(image, reference, self.folder / label.replace(" ", "-"), pet)

    def write_structures(self, structures: StructureSet, drawn_on: dicom.SeriesReference, image: Image) -> None:
        """Write structures as RTSTRUCT on a series."""
        dicom.write_structures(structures, drawn_on, image.grid, self.folder / "structures.dcm")

    def write_spectra(self, spectra: Spectra, label: str) -> None:
        """Write spectra, and their water reference beside, as NIfTI-MRS."""
        native.write_spectra(spectra, self.folder / label, simulated=True)

    def write_time_series(self, image: Image, label: str) -> None:
        """Write a time series as NIfTI with its times in the sidecar."""
        native.write_image(image, self.folder / label)

    def write_diffusion(self, series: DiffusionSeries, label: str) -> None:
        """Write a diffusion series as NIfTI with its gradient table."""
        write_diffusion(series, self.folder / label)


def write_maps(maps: Mapping[str, Image], folder: Path) -> None:
    """Write truth maps as NIfTI, each with quantity and unit beside."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, image in maps.items():
        native.write_image(image, folder / name)
