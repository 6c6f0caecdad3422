"""Segmentations written by highdicom become structures in the right place."""

from __future__ import annotations

from pathlib import Path

import highdicom
import numpy as np
import pydicom
import pytest
from highdicom.sr import CodedConcept
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from impasto.core import ImpastoError, Role
from impasto.files.dicom import read_segmentation, read_series_folder, scan

ANATOMY = CodedConcept("123037004", "SCT", "Anatomical Structure")
LESION = CodedConcept("49755003", "SCT", "Morphologically Abnormal Structure")
BRAIN = CodedConcept("12738006", "SCT", "Brain")
NEOPLASM = CodedConcept("108369006", "SCT", "Neoplasm")


def describe(number: int, label: str, category: CodedConcept, kind: CodedConcept, **more: object):
    return highdicom.seg.SegmentDescription(
        segment_number=number,
        segment_label=label,
        segmented_property_category=category,
        segmented_property_type=kind,
        algorithm_type=highdicom.seg.SegmentAlgorithmTypeValues.MANUAL,
        **more,
    )


def write(path: Path, source: list[pydicom.Dataset], array: np.ndarray, kind: str, segments: list, **more) -> Path:
    segmentation = highdicom.seg.Segmentation(
        source_images=source,
        pixel_array=array,
        segmentation_type=kind,
        segment_descriptions=segments,
        series_instance_uid=generate_uid(),
        series_number=1,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="test",
        manufacturer_model_name="test",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **more,
    )
    segmentation.save_as(path)
    return path


@pytest.fixture(params=["axial", "sagittal"])
def sources(request, series_of_files, edit) -> list[pydicom.Dataset]:
    """The slices of a small CT, lowest first along the normal."""
    paths = series_of_files("CT", shape=(7, 6, 8))
    if request.param == "sagittal":
        for n, path in enumerate(paths):
            edit([path], ImageOrientationPatient=[0, 1, 0, 0, 0, -1], ImagePositionPatient=[20.0 - 3.0 * n, -30, 50])
    edit(paths, StudyID="1", PatientPosition="HFS")
    return [pydicom.dcmread(path) for path in paths]


def test_binary_segments_overlap_and_leave_slices_out(sources, tmp_path):
    array = np.zeros((8, 6, 7, 2), np.uint8)
    array[2:5, 1:4, 2:6, 0] = 1
    array[3:6, 2:5, 3:7, 1] = 1
    colour = highdicom.color.CIELabColor.from_rgb(255, 0, 0)
    segments = [
        describe(1, "GTV", LESION, NEOPLASM, display_color=colour),
        describe(2, "Brain", ANATOMY, BRAIN),
    ]
    path = write(tmp_path / "seg.dcm", sources, array, "BINARY", segments)
    found = read_segmentation(path)
    series = read_series_folder(Path(sources[0].filename).parent)
    assert found.names == ["GTV", "Brain"]
    assert [structure.role for structure in found] == [Role.GTV, Role.ORGAN]
    np.testing.assert_allclose(found["GTV"].colour, (255, 0, 0), atol=2)
    assert found.frame_of_reference_uid == series.reference.frame_of_reference_uid
    for n, structure in enumerate(found):
        # the same voxels as the image's own, by world position, whatever range of slices the file kept
        occupancy = structure.occupancy(series.image.grid)
        np.testing.assert_allclose(occupancy, array[..., n].transpose(2, 1, 0), atol=1e-5)
        assert structure.volume_ml() == pytest.approx(array[..., n].sum() * series.image.grid.voxel_volume_ml)


def test_fractional_segments_keep_their_shares(sources, tmp_path):
    array = np.round(np.random.default_rng(0).random((8, 6, 7)).astype(np.float32) * 200) / 200
    path = write(
        tmp_path / "seg.dcm",
        sources,
        array,
        "FRACTIONAL",
        [describe(1, "PTV boost", LESION, NEOPLASM)],
        fractional_type="OCCUPANCY",
        max_fractional_value=200,
    )
    structure = read_segmentation(path)["PTV boost"]
    grid = read_series_folder(Path(sources[0].filename).parent).image.grid
    assert structure.role is Role.PTV
    assert structure.mask.grid.matches(grid)
    np.testing.assert_allclose(structure.mask.data, array.transpose(2, 1, 0), atol=1e-6)


def test_segments_of_one_label_are_numbered(sources, tmp_path):
    array = np.ones((8, 6, 7, 2), np.uint8)
    segments = [describe(1, "node", LESION, NEOPLASM), describe(2, "node", LESION, NEOPLASM)]
    path = write(tmp_path / "seg.dcm", sources, array, "BINARY", segments)
    assert read_segmentation(path).names == ["node 1", "node 2"]


def test_label_map(sources, tmp_path):
    array = np.zeros((8, 6, 7), np.uint8)
    array[1:4, 1:3, 2:4], array[5:7, 3:5, 4:6] = 1, 2
    segments = [describe(1, "CTV", LESION, NEOPLASM), describe(2, "Brain", ANATOMY, BRAIN)]
    path = write(tmp_path / "seg.dcm", sources, array, "LABELMAP", segments)
    found = read_segmentation(path)
    grid = read_series_folder(Path(sources[0].filename).parent).image.grid
    for n, structure in enumerate(found, start=1):
        np.testing.assert_allclose(structure.occupancy(grid), (array == n).transpose(2, 1, 0), atol=1e-5)
    with scan(tmp_path) as everything:
        assert [segmentation.path.name for segmentation in everything.segmentations] == ["seg.dcm"]


def test_what_is_no_segmentation(series_of_files, tmp_path):
    (tmp_path / "note").write_text("hello")
    for path in (series_of_files()[0], tmp_path / "note", tmp_path / "absent"):
        with pytest.raises(ImpastoError, match=path.name):
            read_segmentation(path)


def test_truncated_segmentation(sources, tmp_path):
    array = np.ones((8, 6, 7), np.uint8)
    path = write(tmp_path / "seg.dcm", sources, array, "BINARY", [describe(1, "GTV", LESION, NEOPLASM)])
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ImpastoError, match="seg.dcm"):
        read_segmentation(path)
