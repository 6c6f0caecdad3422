"""The table of evil input: each case is one clear error that names the thing, and leaves the case as it was."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

from impasto.core import Dose, Grid, Image, ImpastoError, Role, Structure
from impasto.evaluate import dose_volume_histogram
from impasto.files import Case, content_hash, dicom, open_case, read_nifti
from impasto.workflow import Protocol, export_case, import_folder, run_protocol

Spoil = Callable[[Path], None]


def edited(pattern: str, edit: Callable[[Dataset], None], only_first: bool = False) -> Spoil:
    """Change the header of the files that fit a pattern."""

    def spoil(folder: Path) -> None:
        for path in sorted(folder.glob(pattern))[: 1 if only_first else None]:
            dataset = pydicom.dcmread(path)
            edit(dataset)
            dataset.save_as(path)

    return spoil


def _without_rescale(dataset: Dataset) -> None:
    del dataset.RescaleSlope


def _without_dose(dataset: Dataset) -> None:
    del dataset.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose


def _without_weight(dataset: Dataset) -> None:
    del dataset.PatientWeight


def _without_attenuation_correction(dataset: Dataset) -> None:
    dataset.CorrectedImage = ["DECY"]


def _in_counts(dataset: Dataset) -> None:
    dataset.Units = "CNTS"


def _doubled(folder: Path) -> None:
    first = sorted((folder / "CT").iterdir())[0]
    dataset = pydicom.dcmread(first)
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    dataset.save_as(folder / "CT" / "copy.dcm")


def _missing(folder: Path) -> None:
    sorted((folder / "CT").iterdir())[20].unlink()


def _uneven(dataset: Dataset) -> None:
    dataset.ImagePositionPatient[2] = float(dataset.ImagePositionPatient[2]) - 1.7


def _nan_contour(dataset: Dataset) -> None:
    dataset.ROIContourSequence[0].ContourSequence[0].ContourData[0] = "nan"


def _cut_short(folder: Path) -> None:
    path = folder / "structures.dcm"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(edited("CT/*", _without_rescale), "rescale", id="CT without rescale"),
        pytest.param(_doubled, "CT", id="doubled slice"),
        pytest.param(_missing, "missing", id="missing slice"),
        pytest.param(edited("CT/*", _uneven, only_first=True), "CT", id="uneven slice"),
    ],
)
def test_import_refuses_and_leaves_no_case(scans: Path, tmp_path: Path, spoil: Spoil, problem: str) -> None:
    shutil.copytree(scans, tmp_path / "scans")
    spoil(tmp_path / "scans")
    with pytest.raises(ImpastoError, match=problem):
        import_folder(tmp_path / "scans", tmp_path / "case", "s")
    assert [path.name for path in tmp_path.iterdir()] == ["scans"]


@pytest.mark.parametrize(
    ("spoil", "listed"),
    [
        pytest.param(_cut_short, "structures.dcm", id="truncated RTSTRUCT"),
        pytest.param(edited("structures.dcm", _nan_contour), "structures.dcm", id="contour with NaN"),
        pytest.param(lambda folder: (folder / "notes.txt").write_text("x"), "notes.txt", id="no DICOM"),
        pytest.param(lambda folder: (folder / "empty.dcm").touch(), "empty.dcm", id="empty file"),
    ],
)
def test_import_lists_what_it_passes_over(scans: Path, tmp_path: Path, spoil: Spoil, listed: str) -> None:
    shutil.copytree(scans, tmp_path / "scans")
    spoil(tmp_path / "scans")
    imported = import_folder(tmp_path / "scans", tmp_path / "case", "s")
    assert [Path(name).name for name, _ in imported.skipped] == [listed]
    assert {entry.name for entry in imported.case.entries} >= {"ct", "pet"}


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(edited("PT/*", _without_dose), r"Radionuclide Total Dose \(0018,1074\)", id="PET without dose"),
        pytest.param(edited("PT/*", _without_weight), r"Patient's Weight \(0010,1030\)", id="PET without weight"),
        pytest.param(edited("PT/*", _without_attenuation_correction), "lacks ATTN", id="PET not corrected"),
        pytest.param(edited("PT/*", _in_counts), "what a count means", id="PET in counts"),
    ],
)
def test_uptake_names_the_attribute_it_lacks(
    scans: Path, protocol: Protocol, tmp_path: Path, spoil: Spoil, problem: str
) -> None:
    shutil.copytree(scans, tmp_path / "scans")
    spoil(tmp_path / "scans")
    case = import_folder(tmp_path / "scans", tmp_path / "case", "s").case
    with pytest.raises(ImpastoError, match=problem):
        run_protocol(case, protocol)
    assert not (case.results_folder(protocol.name) / "uptake").exists()
    assert open_case(case.folder) == case


def _write_nifti(path: Path, values: np.ndarray, affine: np.ndarray) -> None:
    nibabel.save(nibabel.Nifti1Image(values, affine), path)


@pytest.mark.parametrize(
    ("values", "affine", "problem"),
    [
        pytest.param(np.full((3, 3, 3), np.nan), np.eye(4), "NaN or infinite", id="NaN in NIfTI"),
        pytest.param(np.zeros((3, 3)), np.eye(4), "2 axes", id="2D NIfTI"),
        pytest.param(np.zeros((3, 3, 3, 2, 2)), np.eye(4), "5 axes", id="5D NIfTI"),
    ],
)
def test_nifti_is_refused(tmp_path: Path, values: np.ndarray, affine: np.ndarray, problem: str) -> None:
    _write_nifti(tmp_path / "map.nii.gz", values, affine)
    with pytest.raises(ImpastoError, match=problem) as raised:
        read_nifti(tmp_path / "map.nii.gz", "signal", "1")
    assert "map.nii.gz" in raised.value.subject


def test_a_singular_affine_is_refused() -> None:
    with pytest.raises(ImpastoError, match="singular"):
        Grid((3, 3, 3), np.diag([1.0, 0.0, 1.0, 1.0]))


def test_four_axes_where_three_are_needed_are_refused(imported: Case) -> None:
    from impasto.prescribe import LinearPainting, PrescriptionSettings, by_numbers

    grid = Grid.centred((4, 4, 4), (5, 5, 5))
    series = Image(np.zeros((4, 4, 4, 2)), grid, "signal", "1", np.array([0.0, 1.0]))
    target = Structure.from_mask("GTV", Role.GTV, np.ones(grid.shape), grid)
    with pytest.raises(ImpastoError, match="time axis"):
        by_numbers(series, LinearPainting(0, 1, 60, 70), target, target, grid, PrescriptionSettings("p", 30))


def test_a_structure_outside_the_dose_grid_is_named() -> None:
    grid = Grid.centred((4, 4, 4), (5, 5, 5))
    far = Grid.centred((4, 4, 4), (5, 5, 5), (500, 0, 0))
    dose = Dose(Image(np.ones(grid.shape), grid, "dose", "Gy"), 30)
    with pytest.raises(ImpastoError, match="Spleen"):
        dose_volume_histogram(dose, Structure.from_mask("Spleen", Role.ORGAN, np.ones(far.shape), far))


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        pytest.param({"prescription.maximum_gy": 65.0}, "above the maximum of 65 Gy", id="above the stated maximum"),
        pytest.param({"prescription.fractions": 0}, "0 fractions", id="no fractions"),
        pytest.param({"prescription.response.intensity_low": 9.0}, "not below", id="falling intensities"),
        pytest.param({"painted.dose_grid_mm": -3.0}, "dose_grid_mm", id="negative voxels"),
        pytest.param({"painted.gantry_deg": []}, "gantry_deg|beam", id="no beams"),
        pytest.param({"painted.bixel_width_mm": 0.0}, "bixel_width_mm|bixel", id="no bixel width"),
    ],
)
def test_a_refused_setting_leaves_the_results_before_it(
    case: Case, protocol: Protocol, settings: dict[str, object], problem: str
) -> None:
    entries = {path: content_hash(path) for path in (case.folder / "images", case.folder / "structures")}
    with pytest.raises(ImpastoError, match=problem):
        run_protocol(case, protocol.with_settings(settings))
    assert {path: content_hash(path) for path in entries} == entries
    assert not list(case.folder.rglob(".writing-*"))


def test_an_empty_target_is_named(case: Case, protocol: Protocol) -> None:
    manifest = case.folder / "structures" / "structures-ct" / "structures.json"
    text = manifest.read_text()
    start = text.index('"contours_mm"', text.index('"GTV"'))
    stop = text.index('"plane_spacing_mm"', start) if '"plane_spacing_mm"' in text[start:] else text.index("}", start)
    manifest.write_text(text[:start] + '"contours_mm": [],\n' + text[stop:])
    with pytest.raises(ImpastoError, match="GTV"):
        run_protocol(case, protocol)


def test_a_self_crossing_contour_is_read_with_a_note(scans: Path, tmp_path: Path) -> None:
    shutil.copytree(scans, tmp_path / "scans")

    def cross(dataset: Dataset) -> None:
        contour = dataset.ROIContourSequence[1].ContourSequence[0]
        points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
        points[[0, len(points) // 2]] = points[[len(points) // 2, 0]]
        contour.ContourData = [f"{value:.4f}" for value in points.ravel()]

    edited("structures.dcm", cross)(tmp_path / "scans")
    read = dicom.read_structures(tmp_path / "scans" / "structures.dcm")
    assert any("GTV" in note and "cross" in note for note in read.notes)


def test_a_full_disk_while_a_step_writes_is_one_error(
    case: Case, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("impasto.workflow.engine.write_artefact", full)
    with pytest.raises(ImpastoError, match="No space left on device"):
        run_protocol(case, protocol)
    assert not (case.results_folder(protocol.name) / "uptake").exists()


@pytest.mark.skipif(
    os.name == "nt" or os.getuid() == 0, reason="root may write anywhere; Windows has other permissions"
)
def test_a_read_only_folder_is_one_error(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(ImpastoError, match="cannot be written"):
        import_folder(scans, tmp_path / "locked" / "case", "s")


def test_nothing_is_exported_before_a_run(case: Case, tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="no protocol was run"):
        export_case(case, tmp_path / "out")
    assert not (tmp_path / "out").exists()
