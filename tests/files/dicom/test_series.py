"""Reading series: against NIfTI of the same patient, and whatever comes back from the writer."""

from __future__ import annotations

import random
from datetime import datetime

import nibabel as nib
import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from impasto.core import Grid, Image, ImpastoError
from impasto.files.dicom import Stamp, new_reference, read_series, read_series_folder, scan, write_series

HU = "[hnsf'U]"


@pytest.mark.parametrize(
    ("modality", "quantity", "unit"),
    [("CT", "CT number", HU), ("PET", "SUV body weight", "g/mL"), ("MR_T1", "signal", "1")],
)
def test_real_series_agree_with_nifti_made_by_others(reference_data, modality, quantity, unit):
    patient = reference_data("pet_ct_mr_sts_001")
    series = read_series_folder(patient / "dicom" / "STS_001" / modality / "image")
    nifti = nib.load(patient / "nifti" / "STS_001" / f"{modality}_image.nii.gz")
    lps_from_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    # the NIfTI headers hold float32
    np.testing.assert_allclose(series.image.grid.affine, lps_from_ras @ nifti.affine, atol=1e-4)
    truth = np.asarray(nifti.dataobj)
    np.testing.assert_allclose(series.image.data, truth, rtol=1e-6, atol=1e-6 * truth.max())
    assert series.image.data.dtype == np.float32
    assert series.image.data.flags.c_contiguous
    assert (series.image.quantity, series.image.unit) == (quantity, unit)
    assert series.reference.patient_id == "STS_001"
    assert (series.acquisition is not None) == (modality == "PET")


def test_instances_stand_in_order_of_slices(reference_data):
    folder = reference_data("pet_ct_mr_sts_001") / "dicom" / "STS_001" / "CT" / "image"
    series = read_series_folder(folder)
    heights = {
        header.SOPInstanceUID: float(header.ImagePositionPatient[2])
        for header in (
            pydicom.dcmread(path, specific_tags=["ImagePositionPatient", "SOPInstanceUID"]) for path in folder.iterdir()
        )
    }
    along_k = [heights[instance] for instance in series.reference.sop_instance_uids]
    np.testing.assert_allclose(
        along_k, series.image.grid.world_from_index([[0, 0, k] for k in range(59)])[:, 2], atol=1e-6
    )


def test_one_slice_takes_its_thickness(reference_data):
    series = read_series_folder(reference_data("rt_dicom_breast") / "ct.0.dcm")
    assert series.image.grid.shape == (512, 512, 1)
    np.testing.assert_allclose(series.image.grid.spacing_mm, [1.074219, 1.074219, 3.0])
    np.testing.assert_allclose(series.image.grid.origin_mm, [-275.0, -524.0, 168.5593])


@settings(max_examples=25, deadline=None)
@given(
    rotation=st.tuples(*[st.floats(-np.pi, np.pi)] * 3),
    spacing=st.tuples(*[st.floats(0.3, 8.0)] * 3),
    origin=st.tuples(*[st.floats(-900.0, 900.0)] * 3),
    shape=st.tuples(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6)),
    mirrored=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_any_orientation_and_any_file_names_come_back(
    tmp_path_factory, rotation, spacing, origin, shape, mirrored, seed
):
    axes = Rotation.from_euler("xyz", rotation).as_matrix() * spacing
    affine = np.eye(4)
    affine[:3, :3] = axes * [1.0, 1.0, -1.0 if mirrored else 1.0]
    affine[:3, 3] = origin
    grid = Grid(shape, affine)
    values = np.random.default_rng(seed).integers(-1024, 3072, shape).astype(np.int16)
    folder = tmp_path_factory.mktemp("oriented") / "series"
    written = write_series(Image(values, grid, "CT number", HU), new_reference("CT", "P", "A^B"), folder)
    names = [f"{n}" for n in range(shape[2])]
    random.Random(seed).shuffle(names)
    for path, name in zip(sorted(folder.iterdir()), names, strict=True):
        path.rename(folder / name)
    series = read_series_folder(folder)
    # left-handed axes are read back right-handed: the same voxels, counted along k the other way
    flip = slice(None, None, -1 if mirrored and shape[2] > 1 else 1)
    np.testing.assert_array_equal(series.image.data, values[:, :, flip])
    assert np.linalg.det(series.image.grid.direction) > 0.0
    corners = np.array([[0, 0, 0], [shape[0] - 1, 0, 0], [0, shape[1] - 1, 0], [0, 0, shape[2] - 1]])
    expected = grid.world_from_index(corners)
    if mirrored and shape[2] > 1:
        expected = grid.world_from_index(corners * [1, 1, -1] + [0, 0, shape[2] - 1])
    np.testing.assert_allclose(series.image.grid.world_from_index(corners), expected, atol=1e-6)
    assert series.reference.sop_instance_uids == written.sop_instance_uids[flip]


def test_pet_slopes_differ_per_slice(tmp_path, pet_acquisition):
    grid = Grid.centred((9, 8, 6), (4.0, 4.0, 3.0))
    values = np.random.default_rng(3).random(grid.shape) * 10.0 ** np.arange(6)
    image = Image(values, grid, "activity concentration", "Bq/mL")
    write_series(image, new_reference("PT", "P", "A^B"), tmp_path / "pet", pet_acquisition)
    slopes = {float(pydicom.dcmread(path).RescaleSlope) for path in (tmp_path / "pet").iterdir()}
    series = read_series_folder(tmp_path / "pet")
    assert len(slopes) == 6
    half_step = 0.5001 * values.max(axis=(0, 1)) / 32767 * 1.00001
    assert np.all(np.abs(series.image.data - values).max(axis=(0, 1)) <= half_step + 1e-6 * values.max(axis=(0, 1)))
    assert (series.image.quantity, series.image.unit) == ("activity concentration", "Bq/mL")
    assert series.acquisition == pet_acquisition


@pytest.mark.parametrize(
    ("units", "suv_type", "quantity", "unit"),
    [
        ("CNTS", None, "counts", "{counts}"),
        ("GML", None, "SUV body weight", "g/mL"),
        ("GML", "LBM", "SUV lean body mass", "g/mL"),
        ("CM2ML", None, "SUV body surface area", "cm2/mL"),
    ],
)
def test_pet_units_name_the_quantity(series_of_files, edit, pet_acquisition, units, suv_type, quantity, unit):
    paths = series_of_files("PT", acquisition=pet_acquisition)
    edit(paths, Units=units, SUVType=suv_type)
    image = read_series_folder(paths[0].parent).image
    assert (image.quantity, image.unit) == (quantity, unit)


def test_mr_needs_no_rescale_and_obeys_one(series_of_files, edit):
    paths = series_of_files("MR")
    plain = read_series_folder(paths[0].parent).image.data
    assert "RescaleSlope" not in pydicom.dcmread(paths[0])
    edit(paths[:1], RescaleSlope="2", RescaleIntercept="-7")
    scaled = read_series_folder(paths[0].parent).image.data
    np.testing.assert_array_equal(scaled[:, :, 0], 2.0 * plain[:, :, 0] - 7.0)
    np.testing.assert_array_equal(scaled[:, :, 1:], plain[:, :, 1:])


def test_bits_above_the_stored_ones_are_cleared(series_of_files):
    paths = series_of_files("CT")
    plain = read_series_folder(paths[0].parent).image.data
    dataset = pydicom.dcmread(paths[2])
    stored = dataset.pixel_array
    dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 12, 11, 0
    dataset.PixelData = (stored.astype("<u2") | 0x7000).tobytes()
    dataset.save_as(paths[2])
    np.testing.assert_array_equal(read_series_folder(paths[0].parent).image.data, plain)


def test_a_second_stack_in_the_same_series_is_split_off_with_the_reason(series_of_files):
    paths = series_of_files("CT")
    scout = pydicom.dcmread(paths[0])
    scout.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    scout.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    scout.SOPInstanceUID = scout.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    scout.save_as(paths[0].parent / "scout")
    with scan(paths[0].parent) as found:
        assert sorted(len(series.frames) for series in found.series) == [1, 5]
        reasons = {len(series.frames): series.split_by for series in found.series}
        assert "LOCALIZER" in reasons[1]
        assert "orientation" in reasons[1]
        notes = read_series(next(s for s in found.series if len(s.frames) == 5)).notes
        assert any("AXIAL" in note for note in notes)
    with pytest.raises(ImpastoError, match="holds 2 image series, not one"):
        read_series_folder(paths[0].parent)


def test_two_echoes_are_two_stacks(series_of_files, edit):
    first = series_of_files("MR", "first")
    second = series_of_files("MR", "second")
    uid = pydicom.dcmread(first[0]).SeriesInstanceUID
    names = ("StudyInstanceUID", "FrameOfReferenceUID")
    shared = {name: pydicom.dcmread(first[0])[name].value for name in names}
    edit(first, EchoTime="10", EchoNumbers=1)
    edit(second, EchoTime="80", EchoNumbers=2, SeriesInstanceUID=uid, **shared)
    with scan(first[0].parent.parent) as found:
        splits = [series.split_by for series in found.series]
    assert splits == ["echo number 1, echo time in ms 10.00", "echo number 2, echo time in ms 80.00"]


def test_files_are_the_same_every_time_and_labelled(tmp_path, assert_valid_dicom):
    image = Image(np.zeros((4, 3, 2), np.int16), Grid.centred((4, 3, 2), (1.0, 1.0, 1.0)), "CT number", HU)
    stamp = Stamp(datetime(2026, 1, 1), ("case",))
    for name in ("a", "b"):
        write_series(image, new_reference("CT", "P", "A^B", ("case",)), tmp_path / name, stamp=stamp)
    for one, other in zip(sorted((tmp_path / "a").iterdir()), sorted((tmp_path / "b").iterdir()), strict=True):
        assert one.read_bytes() == other.read_bytes()
        assert_valid_dicom(one)
        dataset = pydicom.dcmread(one)
        assert "RESEARCH USE ONLY" in dataset.SeriesDescription
        assert "RESEARCH USE ONLY" in dataset.ImageComments
    stamped = pydicom.dcmread(tmp_path / "a" / "CT_00001.dcm")
    assert stamped.SOPInstanceUID != pydicom.dcmread(tmp_path / "a" / "CT_00002.dcm").SOPInstanceUID


def test_every_modality_passes_dciodvfy(series_of_files, pet_acquisition, assert_valid_dicom):
    paths = series_of_files("CT", "ct") + series_of_files("PT", "pt", acquisition=pet_acquisition)
    paths += series_of_files("MR", "mr", times_s=np.array([0.0, 2.5]))
    for path in paths[::3]:
        assert_valid_dicom(path)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"modality": "PT"}, "must come together"),
        ({"modality": "US"}, "cannot write modality"),
        ({"unit": "Gy"}, "unit is 'Gy'"),
        ({"value": np.nan}, "not finite"),
        ({"shear": 0.1}, "not perpendicular"),
        ({"occupied": True}, "is not empty"),
    ],
)
def test_what_cannot_be_written_is_one_error(tmp_path, change, problem):
    affine = np.eye(4)
    affine[0, 2] = change.get("shear", 0.0)
    values = np.full((3, 3, 3), change.get("value", 1.0))
    image = Image(values, Grid((3, 3, 3), affine), "CT number", change.get("unit", HU))
    if change.get("occupied"):
        (tmp_path / "precious").write_text("kept")
    with pytest.raises(ImpastoError, match=problem):
        write_series(image, new_reference(change.get("modality", "CT"), "P", "A^B"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == (["precious"] if change.get("occupied") else [])
