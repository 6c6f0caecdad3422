"""A small digital patient, imported from DICOM once, and a protocol coarse enough for a test."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from impasto.core import Grid
from impasto.files import Case, dicom, open_case
from impasto.phantom import FET, amino_acid_uptake, ct_scan, glioma_anatomy, pet_scan
from impasto.workflow import Protocol, import_folder, load_protocol

CT_GRID = Grid.axis_aligned((50, 58, 44), (4, 4, 5), (-98, -118, -112))
PET_GRID = Grid.axis_aligned((40, 46, 44), (5, 5, 5), (-98, -118, -112))

COARSE = {"gantry_deg": [0, 60, 120, 200], "bixel_width_mm": 5.0, "dose_grid_mm": 4.0, "maximum_iterations": 60}


@pytest.fixture(scope="session")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of DICOM files of the coarse digital head."""
    folder = tmp_path_factory.mktemp("scans")
    anatomy = glioma_anatomy(CT_GRID, 0)
    ct, (pet, acquisition) = ct_scan(anatomy, 0), pet_scan(amino_acid_uptake(anatomy), FET, PET_GRID, 0)
    written = {}
    for modality, image, header in (("CT", ct, None), ("PT", pet, acquisition)):
        identity = replace(dicom.new_reference(modality, "TEST", "Test^Patient", ("test",)), synthetic_data="YES")
        written[modality] = dicom.write_series(image, identity, folder / modality, header)
    dicom.write_structures(anatomy.structures, written["CT"], ct.grid, folder / "structures.dcm")
    return folder


@pytest.fixture(scope="session")
def imported(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """Give the case of those scans; tests that change it use `case`."""
    return import_folder(scans, tmp_path_factory.mktemp("cases") / "case", "test subject").case


@pytest.fixture
def case(imported: Case, tmp_path: Path) -> Case:
    """Give a copy of the case that a test may change."""
    shutil.copytree(imported.folder, tmp_path / "case")
    return open_case(tmp_path / "case")


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    """Give painting by numbers with few, wide bixels."""
    coarse = {f"{step}.{key}": value for step in ("painted", "uniform") for key, value in COARSE.items()}
    return load_protocol("pet-painting").with_settings(coarse)
