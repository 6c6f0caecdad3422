"""Fixtures for DICOM tests."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest

from impasto.core import Grid, Image, PetAcquisition
from impasto.files.dicom import Stamp, new_reference, write_series


@pytest.fixture(scope="session")
def assert_valid_dicom(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Check a file with dciodvfy of dicom3tools: no errors. Skips where the tool is not installed."""
    tool = shutil.which("dciodvfy")
    folder = tmp_path_factory.mktemp("validation")

    def check(path: Path) -> None:
        if tool is None:
            pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
        dataset = pydicom.dcmread(path)
        if dataset.get("BitsAllocated") == 32:
            # dciodvfy aborts on 32-bit pixels: let it see the same header with 16-bit ones
            dataset.BitsAllocated = dataset.BitsStored = 16
            dataset.HighBit = 15
            count = dataset.Rows * dataset.Columns * int(dataset.get("NumberOfFrames", 1))
            dataset.PixelData = np.zeros(count, dtype="<u2").tobytes()
            path = folder / path.name
            dataset.save_as(path)
        found = subprocess.run([tool, "-new", str(path)], capture_output=True, text=True, check=False)
        report = f"{found.stderr}\n{found.stdout}"
        assert found.returncode == 0, report
        assert "Error" not in report, report

    return check


@pytest.fixture
def series_of_files(tmp_path: Path) -> Callable[..., list[Path]]:
    """Write a small random image as a DICOM series and return its files, lowest slice first."""

    def write(
        modality: str = "CT",
        folder: str = "series",
        shape: tuple[int, int, int] = (7, 6, 5),
        times_s: np.ndarray | None = None,
        acquisition: PetAcquisition | None = None,
    ) -> list[Path]:
        grid = Grid.axis_aligned(shape, (1.5, 2.0, 3.0), (10.0, -20.0, 30.0))
        size = shape if times_s is None else (*shape, len(times_s))
        values = np.random.default_rng(1).integers(0, 3000, size).astype(np.float32)
        quantity, unit = {
            "CT": ("CT number", "[hnsf'U]"),
            "MR": ("signal", "1"),
            "PT": ("activity concentration", "Bq/mL"),
        }[modality]
        image = Image(values, grid, quantity, unit, times_s)
        reference = new_reference(modality, "P1", "Test^Person", ("series of files", folder))
        write_series(image, reference, tmp_path / folder, acquisition, Stamp(datetime(2026, 1, 2, 3, 4, 5), ("test",)))
        return sorted((tmp_path / folder).iterdir())

    return write


@pytest.fixture
def pet_acquisition() -> PetAcquisition:
    """Facts of a made-up FDG scan: injected at 09:00, scanned from 10:00."""
    return PetAcquisition(
        units="BQML",
        corrections=("ATTN", "DECY", "SCAT", "DTIM", "RAN", "NORM", "DCAL"),
        decay_correction="START",
        weight_kg=74.5,
        height_m=1.74,
        sex="F",
        injected_dose_bq=312.5e6,
        half_life_s=6586.2,
        injection=datetime(2026, 1, 2, 9, 0, 0),
        series=datetime(2026, 1, 2, 10, 0, 0),
        acquisition=datetime(2026, 1, 2, 10, 0, 0, 500000),
        frame_reference_time_s=89.5,
        frame_duration_s=180.0,
        ge_scan=datetime(2026, 1, 2, 9, 59, 59),
        philips_suv_factor=0.000551,
        philips_activity_factor=1.234567,
        radiopharmaceutical="FDG",
    )


@pytest.fixture(scope="session")
def edit() -> Callable[..., None]:
    """Set elements of DICOM files by keyword; None deletes one."""

    def change(paths: list[Path], **values: object) -> None:
        for path in paths:
            dataset = pydicom.dcmread(path)
            for keyword, value in values.items():
                if value is None:
                    dataset.pop(keyword, None)
                else:
                    setattr(dataset, keyword, value)
            dataset.save_as(path)

    return change
