"""Enhanced multi-frame objects: made by highdicom from classic ones, and by hand for what it does not make."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from highdicom.legacy import (
    LegacyConvertedEnhancedCTImage,
    LegacyConvertedEnhancedMRImage,
    LegacyConvertedEnhancedPETImage,
)
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage, EnhancedPETImageStorage, generate_uid

from impasto.core import ImpastoError
from impasto.files.dicom import read_diffusion_series, read_series, read_series_folder, scan

CONVERTERS = {
    "CT": LegacyConvertedEnhancedCTImage,
    "MR": LegacyConvertedEnhancedMRImage,
    "PT": LegacyConvertedEnhancedPETImage,
}


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_converted_series_equals_the_classic_one(series_of_files, pet_acquisition, tmp_path, modality):
    paths = series_of_files(modality, acquisition=pet_acquisition if modality == "PT" else None)
    classic = read_series_folder(paths[0].parent)
    headers = [pydicom.dcmread(paths[n]) for n in (3, 0, 4, 1, 2)]
    for header in headers:
        header.StudyID, header.PatientPosition = "1", "HFS"
    converted = CONVERTERS[modality](headers, generate_uid(), 1, generate_uid(), 1)
    converted.save_as(tmp_path / "enhanced")
    series = read_series_folder(tmp_path / "enhanced")
    np.testing.assert_array_equal(series.image.data, classic.image.data)
    assert series.image.grid.matches(classic.image.grid, 1e-6)
    assert (series.image.quantity, series.image.unit) == (classic.image.quantity, classic.image.unit)
    assert series.acquisition == classic.acquisition
    assert set(series.reference.sop_instance_uids) == {converted.SOPInstanceUID}
    positions = [
        float(group.PlanePositionSequence[0].ImagePositionPatient[2])
        for group in converted.PerFrameFunctionalGroupsSequence
    ]
    np.testing.assert_allclose([positions[n - 1] for n in series.reference.frame_numbers], sorted(positions))


def group(**sequences: dict[str, object]) -> Dataset:
    """A functional group of one-item sequences."""
    result = Dataset()
    for name, values in sequences.items():
        item = Dataset()
        for keyword, value in values.items():
            setattr(item, keyword, value)
        setattr(result, name, [item])
    return result


def enhanced(path: Path, frames: np.ndarray, groups: list[Dataset], shared: Dataset, **values: object) -> Path:
    """Write a multi-frame file by hand; `frames` has shape (frame, row, column)."""
    dataset = pydicom.dcmread(pydicom.data.get_testdata_file("MR_small.dcm", download=False))
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "EchoTime"):
        del dataset[keyword]
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = EnhancedMRImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape
    dataset.PixelData = frames.astype("<i2").tobytes()
    dataset.SharedFunctionalGroupsSequence = [shared]
    dataset.PerFrameFunctionalGroupsSequence = groups
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


SHARED = {
    "PlaneOrientationSequence": {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
    "PixelMeasuresSequence": {"PixelSpacing": [2.0, 1.5], "SliceThickness": 4.0},
}


def test_dynamic_sagittal_mr_in_one_file_per_time(tmp_path):
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 1000, (3, 4, 6, 5))  # time, slice, row, column
    slopes = 1.0 + np.arange(12).reshape(3, 4)
    # sagittal, rows to posterior, columns to inferior: the normal runs to the right, so k ascends as x falls
    for t in range(3):
        groups = [
            group(
                PlanePositionSequence={"ImagePositionPatient": [20.0 + 4.0 * k, -30.0, 50.0]},
                FrameContentSequence={
                    "TemporalPositionIndex": t + 1,
                    "FrameAcquisitionDateTime": f"2024010110000{2 * t}.5",
                    "StackID": "1",
                },
                PixelValueTransformationSequence={"RescaleSlope": slopes[t, k], "RescaleIntercept": -3.0},
            )
            for k in range(4)
        ]
        enhanced(tmp_path / f"{3 - t}", frames[t], groups, group(**SHARED))
    series = read_series_folder(tmp_path)
    expected = (frames * slopes[:, :, None, None] - 3.0).transpose(3, 2, 1, 0)[:, :, ::-1]
    np.testing.assert_allclose(series.image.data, expected)
    np.testing.assert_allclose(series.image.times_s, [0.0, 2.0, 4.0])
    np.testing.assert_allclose(
        series.image.grid.affine,
        [[0, 0, -4.0, 32.0], [1.5, 0, 0, -30.0], [0, -2.0, 0, 50.0], [0, 0, 0, 1]],
        atol=1e-12,
    )
    assert series.reference.frame_numbers == (4, 3, 2, 1)


def test_echoes_within_one_file_are_split(tmp_path):
    frames = np.random.default_rng(0).integers(0, 1000, (6, 6, 5))
    groups = [
        group(
            PlanePositionSequence={"ImagePositionPatient": [20.0 - 4.0 * (n // 2), -30.0, 50.0]},
            MREchoSequence={"EffectiveEchoTime": (10.0, 80.0)[n % 2]},
            RealWorldValueMappingSequence={"RealWorldValueSlope": 5.0},
        )
        for n in range(6)
    ]
    path = enhanced(tmp_path / "file", frames, groups, group(**SHARED))
    with scan(path) as found:
        assert [s.split_by for s in found.series] == ["echo time in ms 10.00", "echo time in ms 80.00"]
        late = read_series(found.series[1])
    np.testing.assert_array_equal(late.image.data, frames[1::2].transpose(2, 1, 0))
    assert late.reference.frame_numbers == (2, 4, 6)
    assert any("real-world value mapping is present and not applied" in note for note in late.notes)


def test_diffusion_weightings_stay_together(tmp_path):
    frames = np.random.default_rng(0).integers(0, 1000, (6, 6, 5))
    groups = [
        group(
            PlanePositionSequence={"ImagePositionPatient": [20.0 - 4.0 * (n % 2), -30.0, 50.0]},
            MRDiffusionSequence={"DiffusionBValue": (0.0, 500.0, 1000.0)[n // 2]},
        )
        for n in range(6)
    ]
    path = enhanced(tmp_path / "file", frames, groups, group(**SHARED))
    with scan(path) as found:
        assert [(s.split_by, s.is_diffusion) for s in found.series] == [("", True)]
        read = read_diffusion_series(found.series[0])
    np.testing.assert_array_equal(read.series.gradients.b_values_s_per_mm2, [0.0, 500.0, 1000.0])
    np.testing.assert_array_equal(read.series.gradients.directions, 0.0)
    np.testing.assert_array_equal(read.series.image.data, frames.reshape(3, 2, 6, 5).transpose(3, 2, 1, 0))
    assert read.reference.frame_numbers == (1, 2)


def test_enhanced_pet_states_units_dose_and_decay_in_its_own_way(tmp_path):
    mapping = {"MeasurementUnitsCodeSequence": [Dataset()]}
    mapping["MeasurementUnitsCodeSequence"][0].CodeValue = "Bq/ml"
    groups = [
        group(
            PlanePositionSequence={"ImagePositionPatient": [20.0 - 4.0 * n, -30.0, 50.0]},
            FrameContentSequence={"FrameAcquisitionDateTime": f"2024010110{5 - n:02d}00"},
            PixelValueTransformationSequence={"RescaleSlope": 2.0 + n, "RescaleIntercept": 0.0},
        )
        for n in range(3)
    ]
    drug = Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = 312.5, 6586.2
    drug.RadiopharmaceuticalStartDateTime = "20240101090000+0100"
    frames = np.ones((3, 6, 5))
    path = enhanced(
        tmp_path / "file",
        frames,
        groups,
        group(**SHARED, RealWorldValueMappingSequence=mapping),
        SOPClassUID=EnhancedPETImageStorage,
        Modality="PT",
        DecayCorrected="YES",
        AttenuationCorrected="YES",
        ScatterCorrected="NO",
        DecayCorrectionDateTime="20240101095959",
        RadiopharmaceuticalInformationSequence=[drug],
    )
    series = read_series_folder(path)
    assert (series.image.quantity, series.image.unit) == ("activity concentration", "Bq/mL")
    np.testing.assert_array_equal(series.image.data[0, 0], [2.0, 3.0, 4.0])
    acquisition = series.acquisition
    assert acquisition.units == "BQML"
    assert acquisition.corrections == ("ATTN", "DECY")
    assert acquisition.decay_correction == "START"
    assert acquisition.series.isoformat() == "2024-01-01T09:59:59"
    assert acquisition.acquisition.isoformat() == "2024-01-01T10:03:00"
    assert acquisition.injection.isoformat() == "2024-01-01T09:00:00"
    assert acquisition.injected_dose_bq == pytest.approx(312.5e6)


def test_frames_in_one_place_are_named(tmp_path):
    groups = [group(PlanePositionSequence={"ImagePositionPatient": [20.0, -30.0, 50.0]}) for _ in range(2)]
    enhanced(tmp_path / "file", np.ones((2, 6, 5)), groups, group(**SHARED))
    with pytest.raises(ImpastoError, match=r"is there 2 times \(file, file frame 2\)"):
        read_series_folder(tmp_path)


def test_highdicom_agrees_on_the_geometry(series_of_files):
    paths = series_of_files("CT", shape=(7, 6, 5))
    volume = highdicom.get_volume_from_series([pydicom.dcmread(path) for path in paths])
    grid = read_series_folder(paths[0].parent).image.grid
    index = np.array([[6, 5, 4], [1, 0, 3]])
    in_volume = volume.affine[:3, :3] @ index[:, ::-1].T + volume.affine[:3, 3:]
    data = volume.array
    assert data.shape in ((5, 6, 7),)
    first = volume.affine[2, 3]
    expected = grid.world_from_index(index if first < 36.0 else np.column_stack([index[:, :2], 4 - index[:, 2]]))
    np.testing.assert_allclose(in_volume.T, expected)
