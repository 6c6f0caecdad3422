"""Finding series and objects among files of any name, place and state."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file

from impasto.core import ImpastoError
from impasto.files.dicom import read_series, scan


def test_a_real_patient(reference_data):
    shares = []
    with scan(reference_data("pet_ct_mr_sts_001"), lambda work, share: shares.append((work, share))) as found:
        assert sorted((s.reference.modality, len(s.frames)) for s in found.series) == [
            ("CT", 59),
            ("MR", 59),
            ("PT", 59),
        ]
        assert len(found.structure_sets) == 3
        frames = {s.reference.frame_of_reference_uid for s in found.series}
        assert {o.reference.frame_of_reference_uid for o in found.structure_sets} <= frames
        assert sorted(skipped.path.suffix for skipped in found.skipped) == [".gz"] * 6
        assert {skipped.reason for skipped in found.skipped} == {"is not a DICOM file"}
    assert shares[-1] == ("reading headers", 1.0)
    assert [share for _, share in shares] == sorted(share for _, share in shares)


def test_rt_objects_are_listed_apart(reference_data):
    with scan(reference_data("rt_dicom_breast")) as found:
        assert [len(kind) for kind in (found.series, found.structure_sets, found.doses, found.plans)] == [1, 1, 1, 1]
        assert found.skipped == ()
        assert found.plans[0].path.name == "rtplan.dcm"
        assert found.doses[0].reference.frame_of_reference_uid == found.series[0].reference.frame_of_reference_uid


def test_zip_in_a_zip_in_a_folder_is_unpacked_and_cleaned_up(series_of_files, tmp_path):
    paths = series_of_files()
    inner, source = tmp_path / "inner.zip", tmp_path / "source" / "deep"
    source.mkdir(parents=True)
    with zipfile.ZipFile(inner, "w") as archive:
        for path in paths[:3]:
            archive.write(path, f"../../same name\\{path.name}")
        archive.writestr("note.txt", "hello")
    # no suffix, and Windows path separators inside
    with zipfile.ZipFile(source / "STUDY", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(inner, "inner")
    for path in paths[3:]:
        shutil.copy(path, source / path.name)
    before = set(Path(tempfile.gettempdir()).glob("impasto-*"))
    with scan(tmp_path / "source") as found:
        (series,) = found.series
        assert read_series(series).image.grid.shape == (7, 6, 5)
        assert [s.path for s in found.skipped] == [source / "STUDY" / "inner" / "note.txt"]
        assert set(Path(tempfile.gettempdir()).glob("impasto-*")) - before
    assert set(Path(tempfile.gettempdir()).glob("impasto-*")) == before


def test_damaged_and_encrypted_zips_are_listed(series_of_files, tmp_path):
    paths = series_of_files()
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as archive:
        for path in paths:
            archive.write(path, path.name)
    content = whole.read_bytes()
    folder = tmp_path / "zips"
    folder.mkdir()
    (folder / "cut.zip").write_bytes(content[: len(content) // 2])
    # bit 0 of the flags says that a member is encrypted
    encrypted = bytearray(content)
    encrypted[6] |= 1
    encrypted[content.index(b"PK\x01\x02") + 8] |= 1
    (folder / "encrypted.zip").write_bytes(encrypted)
    with scan(folder) as found:
        assert found.series == ()
        reasons = {s.path.name: s.reason for s in found.skipped}
    assert set(reasons) == {"cut.zip", "encrypted.zip"}
    assert all(reason.startswith("cannot be unpacked") for reason in reasons.values())
    assert "encrypted" in reasons["encrypted.zip"]


def test_zip_that_needs_more_than_the_disk_has(series_of_files, tmp_path, monkeypatch):
    archive = tmp_path / "source.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.write(series_of_files()[0], "a")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
    with scan(archive) as found:
        assert "only 0.0 GB are free" in found.skipped[0].reason


@pytest.mark.parametrize("keep", [0, 100, 140, 200, 600, -300, -1])
def test_truncated_files_are_skipped_and_listed(series_of_files, keep):
    paths = series_of_files()
    paths[2].write_bytes(paths[2].read_bytes()[:keep])
    with scan(paths[0].parent) as found:
        assert [skipped.path for skipped in found.skipped] == [paths[2]]
        assert [len(series.frames) for series in found.series] == [4]


def test_copies_are_listed_and_other_contents_kept(series_of_files, edit):
    paths = series_of_files()
    shutil.copy(paths[0], paths[0].with_name("exact"))
    shutil.copy(paths[1], paths[1].with_name("edited"))
    edit([paths[1].with_name("edited")], PatientComments="changed")
    with scan(paths[0].parent) as found:
        assert [(s.path.name, s.reason) for s in found.skipped] == [("exact", f"is a copy of {paths[0]}")]
        assert len(found.series[0].frames) == 6


def test_file_without_preamble_and_meta_information(series_of_files):
    paths = series_of_files("CT")
    dataset = pydicom.dcmread(paths[0])
    for path, implicit in ((paths[0], True), (paths[1], False)):
        dataset = pydicom.dcmread(path)
        bare = pydicom.Dataset()
        bare.update(dataset)
        with path.open("wb") as stream:
            pydicom.dcmwrite(stream, bare, implicit_vr=implicit, little_endian=True, enforce_file_format=False)
        assert path.read_bytes()[128:132] != b"DICM"
    with scan(paths[0].parent) as found:
        assert found.skipped == ()
        expected = np.random.default_rng(1).integers(0, 3000, (7, 6, 5))
        np.testing.assert_array_equal(read_series(found.series[0]).image.data, expected)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("MR_truncated.dcm", "is cut short: its pixels are not all there"),
        ("reportsi.dcm", "Basic Text SR Storage objects are not read"),
        ("test1.json", "is not a DICOM file"),
        ("JPEG2000.dcm", "Secondary Capture Image Storage objects are not read"),
        ("DICOMDIR", "Media Storage Directory Storage objects are not read"),
    ],
)
def test_pydicoms_own_test_files(name, reason):
    path = Path(get_testdata_file(name, download=False))
    with scan(path) as found:
        assert [(skipped.path, skipped.reason) for skipped in found.skipped] == [(path, reason)]


def test_all_of_pydicoms_test_files_are_survived():
    folder = Path(get_testdata_file("MR_small.dcm", download=False)).parent
    with scan(folder) as found:
        files = sum(1 for path in folder.rglob("*") if path.is_file())
        objects = found.structure_sets + found.doses + found.plans + found.segmentations
        used = {path for series in found.series for path in series.paths} | {o.path for o in objects}
        assert len(used) + len(found.skipped) == files
        assert all(skipped.reason for skipped in found.skipped)


def test_image_without_a_place_in_the_patient(series_of_files, edit):
    paths = series_of_files()
    edit(paths[:1], ImagePositionPatient=None)
    with scan(paths[0].parent) as found:
        assert [s.reason for s in found.skipped] == [
            "does not give its position in the patient, so its pixels have no place"
        ]


def test_empty_folder_and_absent_folder(tmp_path):
    with scan(tmp_path) as found:
        assert found.series == found.skipped == ()
    with pytest.raises(ImpastoError, match="is not there"), scan(tmp_path / "absent"):
        pass


def test_gzipped_files_are_not_taken_for_zip(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"x"))
    with scan(tmp_path) as found:
        assert found.skipped[0].reason == "is not a DICOM file"


def test_thousand_files_in_seconds(series_of_files):
    paths = series_of_files(shape=(8, 8, 500))
    start = time.process_time()
    with scan(paths[0].parent) as found:
        assert len(found.series[0].frames) == 500
    # an order of magnitude above what it takes, so that only a change in kind trips it
    assert time.process_time() - start < 10.0
