"""Import of a mixed folder: spectra of all formats and NIfTI images become entries, the rest is listed."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Spectra
from impasto.files import CaseEntry, EntryKind, dicom, native, write_nifti, write_nifti_mrs
from impasto.workflow import import_folder

GRID = Grid.centred((4, 4, 3), (5, 5, 6))


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """Give a folder of a DICOM series, MRSI with water, a described and an unknown NIfTI image, and a letter."""
    folder = tmp_path / "mixed"
    image = Image(np.arange(48.0).reshape(GRID.shape), GRID, "signal", "1")
    dicom.write_series(image, dicom.new_reference("MR", "P", "P", ("mixed",)), folder / "dicom")
    noise = np.random.default_rng(0).normal(size=(2, 2, 1, 16)) * (1 + 1j)
    spectra = Spectra(noise, Grid.centred((2, 2, 1), (10, 10, 10)), 8e-4, 127.7, 0.03)
    write_nifti_mrs(spectra, folder / "mrsi" / "Whole Brain.nii.gz", simulated=True)
    write_nifti_mrs(spectra, folder / "mrsi" / "Whole Brain.water.nii.gz", simulated=True)
    write_nifti(image, folder / "adc.nii.gz")
    (folder / "adc.json").write_text(json.dumps({"quantity": "ADC", "unit": "mm2/s", "Modality": "MR"}))
    write_nifti(image, folder / "map.nii.gz")
    (folder / "letter.txt").write_text("dear colleague")
    (folder / "broken.nii.gz").write_bytes(b"no NIfTI")
    return folder


def entries_of(entries: tuple[CaseEntry, ...]) -> set[tuple[EntryKind, str, str]]:
    return {(entry.kind, entry.name, entry.modality) for entry in entries}


EXPECTED = {
    (EntryKind.IMAGE, "mr", "MR"),
    (EntryKind.SPECTRA, "whole-brain", "MRS"),
    (EntryKind.IMAGE, "adc", "MR"),
    (EntryKind.IMAGE, "map", ""),
}


def test_everything_that_can_be_used_arrives(mixed: Path, tmp_path: Path) -> None:
    imported = import_folder(mixed, tmp_path / "case", "s")
    case = imported.case
    assert entries_of(case.entries) == EXPECTED
    assert {Path(name).name: reason.partition(" (")[0] for name, reason in imported.skipped} == {
        "letter.txt": "is not a DICOM file",
        "broken.nii.gz": "is not a readable NIfTI file",
    }
    assert case.simulated
    assert native.read_spectra(case.path(case.entry(EntryKind.SPECTRA, "whole-brain"))).water is not None
    adc = native.read_image(case.path(case.entry(EntryKind.IMAGE, "adc")))
    assert (adc.quantity, adc.unit) == ("ADC", "mm2/s")
    unknown = case.entry(EntryKind.IMAGE, "map")
    assert native.read_image(case.path(unknown)).quantity == "unknown"
    assert unknown.notes == ("nothing says what its values are: quantity and unit are unknown",)


def test_a_zip_gives_the_same_case(mixed: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "export"), "zip", mixed))
    imported = import_folder(archive, tmp_path / "case", "s")
    assert entries_of(imported.case.entries) == EXPECTED
    assert sorted(Path(name).name for name, _ in imported.skipped) == ["broken.nii.gz", "letter.txt"]


def test_a_folder_without_dicom_is_enough(mixed: Path, tmp_path: Path) -> None:
    shutil.rmtree(mixed / "dicom")
    imported = import_folder(mixed, tmp_path / "case", "s")
    assert (EntryKind.SPECTRA, "whole-brain", "MRS") in entries_of(imported.case.entries)


def test_a_map_with_holes_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "maps").mkdir()
    values = np.full(GRID.shape, np.nan, dtype=np.float32)
    write_nifti(Image(values, GRID, "", ""), tmp_path / "maps" / "map.nii.gz")
    with pytest.raises(ImpastoError, match="48 voxels are NaN or infinite"):
        import_folder(tmp_path / "maps", tmp_path / "case", "s")


def test_what_describes_a_file_is_no_stranger(mixed: Path, tmp_path: Path) -> None:
    volumes = Image(np.ones((*GRID.shape, 3)), GRID, "signal", "1", times_s=np.arange(3.0))
    for name in ("dwi", "half"):
        write_nifti(volumes, mixed / f"{name}.nii.gz")
        (mixed / f"{name}.bval").write_text("0 1000 1000\n")
        (mixed / f"{name}.json").write_text(json.dumps({"Modality": "MR", "times_s": [0, 1, 2]}))
    (mixed / "dwi.bvec").write_text("0 1 0\n0 0 1\n0 0 0\n")
    (mixed / "mrsi" / "Whole Brain.json").write_text(json.dumps({"EchoTime": 0.03}))
    imported = import_folder(mixed, tmp_path / "case", "s")
    assert sorted(Path(name).name for name, _ in imported.skipped) == ["broken.nii.gz", "letter.txt"]
    case = imported.case
    assert [entry.name for entry in case.of_kind(EntryKind.DIFFUSION)] == ["dwi"]
    (note,) = case.entry(EntryKind.IMAGE, "half").notes
    assert note.startswith("half.bval is half a gradient table")


def test_scanners_spectra_arrive_once_each(reference_data: Callable[[str], Path], tmp_path: Path) -> None:
    pytest.importorskip("spec2nii", reason="the extra 'spectra' is not installed")
    source = reference_data("mrs")
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for path in source.iterdir():
            archive.write(path, path.name)
    for number, place in enumerate((source, tmp_path / "export.zip")):
        imported = import_folder(place, tmp_path / f"case-{number}", "s")
        case = imported.case
        water = {e.name: native.read_spectra(case.path(e)).water is not None for e in case.of_kind(EntryKind.SPECTRA)}
        assert water == {
            "svs-30": False,
            "svs-30-2": False,
            "metab": False,
            "metab-raw": True,
            "sub-01-press-35-act": True,
            "sub-02-press-35-act": True,
        }
        skipped = {Path(name).name: reason for name, reason in imported.skipped}
        assert sorted(skipped) == ["ecc.nii.gz", "press_30ms_3T.basis", "quant_raw.nii.gz"]
        assert skipped["ecc.nii.gz"].startswith("is by its name a water reference")
