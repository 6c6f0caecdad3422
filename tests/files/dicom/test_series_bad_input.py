"""Series that cannot be read: one clear error each, naming what is wrong and where."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import JPEGLossless, generate_uid

from impasto.core import ImpastoError
from impasto.files.dicom import read_series_folder


def fails(path: Path, *words: str) -> None:
    """Reading raises one error that says all the words and a remedy."""
    with pytest.raises(ImpastoError) as caught:
        read_series_folder(path)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.remedy


def move(path: Path, offset_mm: tuple[float, float, float]) -> None:
    dataset = pydicom.dcmread(path)
    dataset.ImagePositionPatient = list(np.add(dataset.ImagePositionPatient, offset_mm))
    dataset.save_as(path)


def test_missing_slice_is_named_by_its_neighbours(series_of_files):
    paths = series_of_files()
    paths[2].unlink()
    fails(paths[0].parent, "1 slice missing", "between 33.00 and 39.00 mm")


def test_two_slices_left_of_a_series_with_a_hole(series_of_files):
    paths = series_of_files(shape=(4, 4, 9))
    for n in (2, 3, 6):
        paths[n].unlink()
    fails(paths[0].parent, "3 slices missing", "33.00 and 42.00", "45.00 and 51.00")


def test_doubled_slice_is_named_with_its_files(series_of_files, edit):
    paths = series_of_files()
    copy = paths[0].parent / "again"
    shutil.copy(paths[3], copy)
    edit([copy], SOPInstanceUID=generate_uid())
    fails(paths[0].parent, "39.00 mm is there 2 times", "again", paths[3].name)


def test_whole_series_doubled_under_new_identifiers(series_of_files, edit):
    paths = series_of_files()
    for path in paths:
        copy = path.with_name(f"copy of {path.name}")
        shutil.copy(path, copy)
        edit([copy], SOPInstanceUID=generate_uid())
    fails(paths[0].parent, "is there 2 times", "4 more are doubled")


def test_uneven_slices_are_named_by_position(series_of_files):
    paths = series_of_files(shape=(4, 4, 8))
    move(paths[5], (0.0, 0.0, 0.5))
    fails(
        paths[0].parent, "unevenly spaced", "3.50 mm between 42.00 and 45.50 mm", "2.50 mm between 45.50 and 48.00 mm"
    )


def test_positions_rounded_to_a_hundredth_are_even_enough(series_of_files):
    paths = series_of_files(shape=(4, 4, 8))
    for n, path in enumerate(paths):
        move(path, (0.0, 0.0, 0.01 * (n % 2)))
    assert read_series_folder(paths[0].parent).image.grid.shape == (4, 4, 8)


def test_tilted_gantry_is_named_with_its_angle(series_of_files):
    paths = series_of_files()
    for n, path in enumerate(paths):
        move(path, (0.0, n * 3.0 * np.tan(np.radians(12.0)), 0.0))
    fails(paths[0].parent, "sheared by 12.0 degrees", "gantry")


def test_one_slice_beside_the_others(series_of_files):
    paths = series_of_files()
    move(paths[2], (4.0, 0.0, 0.0))
    fails(paths[0].parent, "slice at 36.00 mm lies 4.00 mm beside")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"PixelSpacing": [2.0, 1.6]}, ["pixel spacings differ", "1.5 x 2 mm", "1.6 x 2 mm", "CT_00003"]),
        ({"PixelSpacing": [2.0, 0.0]}, ["pixel spacing is not positive"]),
        ({"RescaleSlope": None}, ["no rescale slope", "CT_00003", "CT numbers"]),
        ({"RescaleSlope": "0"}, ["no scale"]),
        ({"RescaleType": "Z_EFF"}, ["Z_EFF", "not Hounsfield"]),
        ({"PhotometricInterpretation": "PALETTE COLOR"}, ["PALETTE COLOR"]),
        ({"PhotometricInterpretation": "RGB", "SamplesPerPixel": 3}, ["cut short"]),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, ["2 image series", "orientation"]),
        ({"PatientID": "someone else"}, ["2 image series", "patient P1", "patient someone else"]),
        ({"Rows": 5}, ["2 image series", "shape 7 x 5"]),
    ],
)
def test_one_odd_slice(series_of_files, edit, changes, words):
    paths = series_of_files()
    edit([paths[2]], **changes)
    if words == ["cut short"]:
        paths[0].parent.joinpath("alone").mkdir()
        paths[2].rename(paths[0].parent / "alone" / "rgb")
        fails(paths[0].parent / "alone", *words)
    else:
        fails(paths[0].parent, *words)


@pytest.mark.parametrize(("orientation"), [[1, 0, 0, 1, 0, 0], [1, 0, 0, 0, 0.5, 0]])
def test_orientation_that_is_none(series_of_files, edit, orientation):
    paths = series_of_files()
    edit(paths, ImageOrientationPatient=orientation)
    fails(paths[0].parent, "not two perpendicular unit vectors")


def test_single_slice_without_thickness(series_of_files, edit):
    paths = series_of_files(shape=(4, 4, 1))
    edit(paths, SliceThickness=None)
    fails(paths[0], "only slice has no thickness")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RescaleSlope": None}, ["no rescale slope", "activity"]),
        ({"Units": None}, ["units are not stated"]),
        ({"Units": "MLMINML"}, ["units are MLMINML"]),
        ({"Units": "GML", "SUVType": "NEW"}, ["units are GML/NEW"]),
    ],
)
def test_pet_without_meaning(series_of_files, pet_acquisition, edit, changes, words):
    paths = series_of_files("PT", acquisition=pet_acquisition)
    edit(paths, **changes)
    fails(paths[0].parent, *words)


def test_mr_shown_inverted_is_refused_ct_is_not(series_of_files, edit):
    mr, ct = series_of_files("MR", "mr"), series_of_files("CT", "ct")
    edit(mr + ct, PhotometricInterpretation="MONOCHROME1")
    fails(mr[0].parent, "MONOCHROME1")
    assert read_series_folder(ct[0].parent).image.quantity == "CT number"


@pytest.mark.parametrize("name", ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm"])
def test_compressed_pixels_equal_uncompressed_ones(name):
    compressed = read_series_folder(Path(get_testdata_file(name, download=False)))
    plain = read_series_folder(Path(get_testdata_file("MR_small.dcm", download=False)))
    np.testing.assert_array_equal(compressed.image.data, plain.image.data)


@pytest.mark.parametrize("name", ["MR_small_bigendian.dcm", "MR_small_implicit.dcm", "MR_small_padded.dcm"])
def test_other_encodings_read_alike(name):
    other = read_series_folder(Path(get_testdata_file(name, download=False)))
    plain = read_series_folder(Path(get_testdata_file("MR_small.dcm", download=False)))
    np.testing.assert_array_equal(other.image.data, plain.image.data)


def test_compression_without_decoder(series_of_files):
    paths = series_of_files()
    dataset = pydicom.dcmread(get_testdata_file("MR_small_RLE.dcm", download=False))
    # claims a compression for which no decoder of a free licence is in reach
    dataset.file_meta.TransferSyntaxUID = JPEGLossless
    dataset.save_as(paths[0].parent.parent / "lossless")
    fails(paths[0].parent.parent / "lossless", "JPEG Lossless", "no decoder")


def test_damaged_compressed_pixels(tmp_path):
    content = bytearray(Path(get_testdata_file("MR_small_jp2klossless.dcm", download=False)).read_bytes())
    begin = content.index(b"\xff\x4f\xff\x51")
    content[begin : begin + 60] = bytes(60)
    (tmp_path / "damaged").write_bytes(content)
    fails(tmp_path / "damaged", "cannot be decoded")


def test_truncated_file_is_a_missing_slice(series_of_files):
    paths = series_of_files()
    paths[2].write_bytes(paths[2].read_bytes()[:-20])
    fails(paths[0].parent, "1 slice missing")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x08\x00 is not enough"])
def test_nothing_to_read(tmp_path, content):
    (tmp_path / "note").write_bytes(content)
    fails(tmp_path, "holds no image series", "note is not a DICOM file")
    fails(tmp_path / "absent", "is not there")
