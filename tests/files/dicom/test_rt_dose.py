"""RTDOSE both ways: geometry against the standard's own formula and SimpleITK, values to half a step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ImplicitVRLittleEndian

from impasto.core import Dose, DoseKind, Grid, Image, ImpastoError
from impasto.files.dicom.dose import DoseFile, read_dose
from impasto.files.dicom.dose_writer import DoseContent, write_dose
from impasto.files.dicom.plan import read_plan
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import Stamp
from impasto.files.dicom.stored_dvh import read_stored_dvhs
from impasto.files.dicom.structures import read_structures

SERIES = SeriesReference(
    modality="CT",
    patient_id="P1",
    patient_name="Müller^Jörg",
    study_instance_uid="1.2.3",
    series_instance_uid="1.2.3.4",
    frame_of_reference_uid="1.2.3.5",
    study_date="20260101",
    study_time="120000",
)
PLAN_UID = "1.2.3.99"


def rtdose(path: Path, **elements: Any) -> Path:
    """Build an RTDOSE of 3 frames, 4 rows and 5 columns with pydicom alone; elements set to None are left out."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.2"
    meta.MediaStorageSOPInstanceUID = "1.9"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.Modality = "RTDOSE"
    dataset.SOPInstanceUID = "1.9"
    defaults = {
        "FrameOfReferenceUID": "1.2.3.5",
        "ImagePositionPatient": [-10, -20, -30],
        "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
        "PixelSpacing": [2.0, 3.0],
        "NumberOfFrames": 3,
        "Rows": 4,
        "Columns": 5,
        "GridFrameOffsetVector": [0, 2.5, 5],
        "DoseUnits": "GY",
        "DoseType": "PHYSICAL",
        "DoseSummationType": "PLAN",
        "DoseGridScaling": "0.01",
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 16,
        "BitsStored": 16,
        "HighBit": 15,
        "PixelRepresentation": 0,
        "PixelData": np.arange(60, dtype="<u2").tobytes(),
    }
    for keyword, value in {**defaults, **elements}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def standard_position_mm(dataset: pydicom.Dataset, column: int, row: int, frame: int) -> NDArray[np.float64]:
    """Position of one pixel by PS3.3 equation C.7.6.2.1-1 and the frame offset of C.8.8.3.2, number by number."""
    s = [float(v) for v in dataset.ImagePositionPatient]
    o = [float(v) for v in dataset.ImageOrientationPatient]
    between_rows, between_columns = (float(v) for v in dataset.PixelSpacing)
    offsets = np.atleast_1d(np.array(dataset.GridFrameOffsetVector, dtype=float))
    offset = float(offsets[frame])
    if offsets[0] != 0:
        return np.array(
            [
                s[0] + o[0] * between_columns * column + o[3] * between_rows * row,
                s[1] + o[1] * between_columns * column + o[4] * between_rows * row,
                offset,
            ]
        )
    depth = (o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3])
    return np.array(
        [s[a] + o[a] * between_columns * column + o[3 + a] * between_rows * row + depth[a] * offset for a in range(3)]
    )


def assert_every_pixel_lies_where_the_standard_says(path: Path, file: DoseFile, count: int = 200) -> None:
    dataset = pydicom.dcmread(path, force=True)
    frames, rows, columns = int(dataset.NumberOfFrames), dataset.Rows, dataset.Columns
    kind = "<u2" if dataset.BitsAllocated == 16 else "<u4"
    stored = np.frombuffer(dataset.PixelData, kind)[: frames * rows * columns].reshape(frames, rows, columns)
    rng = np.random.default_rng(1)
    for _ in range(count):
        frame, row, column = (int(rng.integers(n)) for n in (frames, rows, columns))
        index = file.dose.grid.index_from_world(standard_position_mm(dataset, column, row, frame))
        nearest = np.rint(index).astype(int)
        assert np.max(np.abs(index - nearest)) < 1e-6
        expected = stored[frame, row, column] * float(dataset.DoseGridScaling)
        assert file.dose.gy[tuple(nearest)] == pytest.approx(expected, rel=1e-12)


def same_dose(found: Dose, expected: Dose, tolerance_gy: float) -> None:
    """Compare voxel by voxel in space, whichever way the indices run."""
    index = found.grid.index_from_world(expected.grid.voxel_centres_mm())
    nearest = np.rint(index).astype(int)
    assert np.max(np.abs(index - nearest)) < 1e-5
    assert np.max(np.abs(found.gy[tuple(np.moveaxis(nearest, -1, 0))] - expected.gy)) <= tolerance_gy


# --- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"GridFrameOffsetVector": [-30, -27.5, -25]},
        {"GridFrameOffsetVector": [0, -2.5, -5]},
        {"GridFrameOffsetVector": [-30, -32.5, -35]},
        {"ImageOrientationPatient": [-1, 0, 0, 0, 1, 0]},
        {"ImageOrientationPatient": [-1, 0, 0, 0, 1, 0], "GridFrameOffsetVector": [-30, -27.5, -25]},
        {"ImageOrientationPatient": [-1, 0, 0, 0, -1, 0], "GridFrameOffsetVector": [-30, -27.5, -25]},
        {"ImageOrientationPatient": [0, 1, 0, 0, 0, -1]},
        {"ImageOrientationPatient": [0, 0.6, 0.8, 1, 0, 0], "GridFrameOffsetVector": [0, -2.5, -5]},
        {"ImagePositionPatient": [-10, -20, 0], "ImageOrientationPatient": [-1, 0, 0, 0, 1, 0]},
    ],
)
def test_both_forms_of_frame_offsets_in_every_direction(tmp_path: Path, elements: dict[str, Any]) -> None:
    path = rtdose(tmp_path / "rd.dcm", **elements)
    file = read_dose(path, 10)
    assert np.linalg.det(file.dose.grid.affine[:3, :3]) > 0
    assert file.dose.grid.spacing_mm == pytest.approx([3.0, 2.0, 2.5])
    assert file.dose.fractions == 10
    assert file.notes == ()
    assert_every_pixel_lies_where_the_standard_says(path, file)


@pytest.mark.parametrize(
    "name", ["RD.TBB_feet_in_supine.dcm", "RD.TBC_feet_in_supine.dcm", "rtdose_non_square_pixels.dcm"]
)
def test_odd_orientations_and_pixels_of_real_files(reference_data: Callable[[str], Path], name: str) -> None:
    path = reference_data("rtdose_geometry") / name
    file = read_dose(path, 1)
    assert_every_pixel_lies_where_the_standard_says(path, file)


@pytest.mark.parametrize("name", ["RD.TBB_feet_in_supine.dcm", "RD.TBC_feet_in_supine.dcm"])
def test_feet_first_geometry_agrees_with_simpleitk(reference_data: Callable[[str], Path], name: str) -> None:
    sitk = pytest.importorskip("SimpleITK")
    path = reference_data("rtdose_geometry") / name
    image = sitk.ReadImage(str(path))
    dose = read_dose(path, 1).dose
    assert dose.grid.shape == image.GetSize()
    for index in np.random.default_rng(2).integers(0, dose.grid.shape, (50, 3)).tolist():
        point = image.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(dose.grid.world_from_index(index), point, atol=1e-9)
    scaling = float(pydicom.dcmread(path).DoseGridScaling)
    np.testing.assert_allclose(dose.gy, sitk.GetArrayFromImage(image).transpose(2, 1, 0) * scaling, rtol=1e-12)


def test_row_spacing_comes_first(reference_data: Callable[[str], Path]) -> None:
    """The system that wrote this file chose a box of whole tenths of a millimetre: swapped spacings do not give one."""
    grid = read_dose(reference_data("rtdose_geometry") / "rtdose_non_square_pixels.dcm", 1).dose.grid
    assert grid.spacing_mm * (np.array(grid.shape) - 1) == pytest.approx([76.6, 66.0, 77.5], abs=1e-6)


def test_reads_the_breast_plan_s_dose(reference_data: Callable[[str], Path]) -> None:
    root = reference_data("rt_dicom_breast")
    plan = read_plan(root / "rtplan.dcm")
    file = read_dose(root / "rtdose.dcm", plan.fractions())
    assert file.dose.fractions == 7
    assert file.dose.kind is DoseKind.PHYSICAL
    assert file.dose.grid.shape == (194, 129, 98)
    assert file.plan_uids == (plan.sop_instance_uid,)
    assert file.dose.gy.max() == pytest.approx(14.680764, abs=1e-6)
    assert_every_pixel_lies_where_the_standard_says(root / "rtdose.dcm", file)
    structures = read_structures(root / "rtss.dcm")
    assert file.structure_set_uids == (structures.reference.sop_instance_uid,)
    assert file.frame_of_reference_uid == structures.structures.frame_of_reference_uid


def test_reads_the_breast_plan_s_stored_histograms(reference_data: Callable[[str], Path]) -> None:
    root = reference_data("rt_dicom_breast")
    structures = read_structures(root / "rtss.dcm")
    name_of = {number: name for name, number in structures.reference.roi_numbers.items()}
    histograms = {name_of[dvh.roi_numbers[0]]: dvh for dvh in read_stored_dvhs(root / "rtdose.dcm")}
    assert list(histograms) == [
        "BODY", "Borders", "Breast", "Heart", "Lt Lung", "Nodes", "Scar", "Tumor Bed", "Tumor Bed Block"
    ]  # fmt: skip
    heart = histograms["Heart"]
    assert (heart.dose_unit, heart.volume_unit, heart.kind) == ("Gy", "mL", "CUMULATIVE")
    assert heart.total_volume == pytest.approx(437.46, abs=0.01)
    for name, dvh in histograms.items():
        assert np.all(np.diff(dvh.volume) <= 1e-10)
        assert np.all(np.diff(dvh.dose) > 0)
        assert dvh.mean is not None
        assert dvh.maximum is not None
        # this system writes minimum, maximum and mean in percent of the 14 Gy prescription although it declares gray
        last = np.flatnonzero(dvh.volume > 1e-6)[-1]
        assert dvh.dose[last] == pytest.approx(dvh.maximum * 0.14, abs=0.01)
        if name != "BODY":
            # its volumes stand at the middle of their 0.01 Gy bins, so read at the lower edge they give 0.005 Gy less;
            # of BODY much lies below the first middle and is missing from the histogram
            assert dvh.mean_of_bins() == pytest.approx(dvh.mean * 0.14 - 0.005, abs=0.0005)


def test_differential_histograms_become_cumulative(tmp_path: Path) -> None:
    path = rtdose(tmp_path / "rd.dcm")
    dataset = pydicom.dcmread(path)
    item = pydicom.Dataset()
    item.DVHType, item.DoseUnits, item.DVHVolumeUnits = "DIFFERENTIAL", "GY", "CM3"
    item.DVHDoseScaling = 2
    item.DVHData = [0.5, 1, 0.5, 3, 1, 4]
    dataset.DVHSequence = [item]
    dataset.save_as(path)
    (dvh,) = read_stored_dvhs(path)
    assert dvh.dose.tolist() == [0, 1, 2, 4]
    assert dvh.volume.tolist() == [8, 7, 4, 0]
    assert dvh.mean_of_bins() == pytest.approx((1 * 0.5 + 3 * 1.5 + 4 * 3) / 8)
    assert read_stored_dvhs(rtdose(tmp_path / "none.dcm")) == ()


def test_single_planes_need_a_thickness(tmp_path: Path) -> None:
    single = {
        "NumberOfFrames": None,
        "GridFrameOffsetVector": None,
        "PixelData": np.arange(20, dtype="<u2").tobytes(),
    }
    path = rtdose(tmp_path / "rd.dcm", **single)
    with pytest.raises(ImpastoError, match="single plane of unknown thickness; give plane_thickness_mm"):
        read_dose(path, 1)
    dose = read_dose(path, 1, plane_thickness_mm=4.0).dose
    assert dose.grid.shape == (5, 4, 1)
    assert dose.gy[:, :, 0].T.ravel() == pytest.approx(np.arange(20) / 100)
    stated = rtdose(tmp_path / "stated.dcm", **single, SliceThickness=2.5)
    assert read_dose(stated, 1).dose.grid.spacing_mm[2] == 2.5


def test_effective_dose_needs_its_alpha_beta(tmp_path: Path) -> None:
    path = rtdose(tmp_path / "rd.dcm", DoseType="EFFECTIVE", DoseComment="EQD2 alpha/beta 2 Gy")
    with pytest.raises(ImpastoError, match=r"EQD2 alpha/beta 2 Gy\); give alpha_beta_gy if it is EQD2"):
        read_dose(path, 30)
    dose = read_dose(path, 30, alpha_beta_gy=2.0).dose
    assert (dose.kind, dose.alpha_beta_gy) == (DoseKind.EQD2, 2.0)
    with pytest.raises(ImpastoError, match="holds physical dose, but alpha/beta was given"):
        read_dose(rtdose(tmp_path / "physical.dcm"), 30, alpha_beta_gy=2.0)


def test_dose_of_one_fraction_or_of_a_beam_is_not_taken_for_the_course(tmp_path: Path) -> None:
    path = rtdose(tmp_path / "session.dcm", DoseSummationType="FRACTION_SESSION")
    with pytest.raises(ImpastoError, match=r"one fraction \(FRACTION_SESSION\), not of 30; read it with fractions=1"):
        read_dose(path, 30)
    assert read_dose(path, 1).summation == "FRACTION_SESSION"
    beam = read_dose(rtdose(tmp_path / "beam.dcm", DoseSummationType="BEAM"), 30)
    assert beam.notes == ("dose summation is BEAM: it may be a part of the plan's dose",)


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"DoseUnits": "RELATIVE"}, "its dose is relative, not in Gy; export it as absolute dose"),
        ({"DoseUnits": None}, "its dose unit is not stated"),
        ({"DoseType": "ERROR"}, "holds a dose difference"),
        ({"GridFrameOffsetVector": [0, 2.5, 6]}, r"are 3 mm apart, but not from .*2.5"),
        ({"GridFrameOffsetVector": [0, 2.5]}, "gives 2 plane offsets for 3 planes"),
        ({"GridFrameOffsetVector": [7, 9.5, 12]}, "neither 0 nor the position's z of -30"),
        ({"GridFrameOffsetVector": [0, 0, 0]}, "has several planes at 0 mm"),
        (
            {"GridFrameOffsetVector": [-30, -27.5, -25], "ImageOrientationPatient": [0, 1, 0, 0, 0, 1]},
            "planes are not transverse",
        ),
        ({"ImagePositionPatient": None}, "states no usable image position"),
        ({"ImageOrientationPatient": [1, 0, 0, 0.5, 0.8, 0]}, "grid that is not rectangular"),
        ({"PixelSpacing": [0, 1]}, "grid that is not rectangular"),
        ({"PixelData": None}, "has no dose grid"),
        ({"DoseGridScaling": None}, "no usable dose grid scaling"),
        ({"DoseGridScaling": "0"}, "no usable dose grid scaling"),
        ({"PixelData": np.arange(40, dtype="<u2").tobytes()}, "damaged or cut short"),
        ({"PixelRepresentation": 1, "PixelData": np.full(60, -3, "<i2").tobytes()}, "doses down to -0.03 Gy"),
        ({"Modality": "CT"}, "its modality is CT; give an RTDOSE file"),
    ],
)
def test_bad_doses_are_named(tmp_path: Path, elements: dict[str, Any], message: str) -> None:
    path = rtdose(tmp_path / "rd.dcm", **elements)
    with pytest.raises(ImpastoError, match=message) as raised:
        read_dose(path, 30)
    assert raised.value.subject == str(path)


def test_uneven_planes_are_named_by_position(tmp_path: Path) -> None:
    values = np.zeros(20 * 6, dtype="<u2").tobytes()
    path = rtdose(tmp_path / "rd.dcm", NumberOfFrames=6, PixelData=values, GridFrameOffsetVector=[0, 2, 4, 9, 11, 13])
    with pytest.raises(ImpastoError, match=r"planes are 2 mm apart, but not from 4 to 9 mm; export"):
        read_dose(path, 30)


def test_another_frame_of_reference_is_refused(tmp_path: Path) -> None:
    read_dose(rtdose(tmp_path / "rd.dcm"), 30).require_frame_of(SERIES)
    other = read_dose(rtdose(tmp_path / "other.dcm", FrameOfReferenceUID="1.2.8"), 30)
    with pytest.raises(ImpastoError, match=r"another frame of reference \(1\.2\.8\) than the CT series"):
        other.require_frame_of(SERIES)
    silent = read_dose(rtdose(tmp_path / "silent.dcm", FrameOfReferenceUID=None), 30)
    with pytest.raises(ImpastoError, match="names no frame of reference"):
        silent.require_frame_of(SERIES)


# --- writing ---------------------------------------------------------------------------------------------------------


def oblique_grid(shape: tuple[int, int, int], seed: int) -> Grid:
    rng = np.random.default_rng(seed)
    affine = np.eye(4)
    affine[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] * rng.uniform(0.5, 5, 3)
    affine[:3, 3] = rng.uniform(-500, 500, 3)
    return Grid(shape, affine)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 7)),
    st.integers(0, 2**32 - 1),
    st.sampled_from([16, 32]),
    st.floats(1e-3, 1e4),
)
def test_any_dose_reads_back_within_half_a_step(
    tmp_path: Path, shape: tuple[int, int, int], seed: int, bits: int, top_gy: float
) -> None:
    grid = oblique_grid(shape, seed)
    values = np.random.default_rng(seed).random(shape) * top_gy
    dose = Dose(Image(values, grid, "dose", "Gy"), 30)
    path = tmp_path / "rd.dcm"
    write_dose(dose, SERIES, PLAN_UID, path, content=DoseContent.PLAN, bits=bits)
    file = read_dose(path, 30)
    scaling = float(pydicom.dcmread(path).DoseGridScaling)
    assert scaling <= values.max() / (2**bits - 1) * (1 + 1e-8)
    # rounding of the 53-bit arithmetic itself adds a little to half a step of 32 bits
    same_dose(file.dose, dose, scaling * (0.5 + 1e-5))
    if np.linalg.det(grid.affine[:3, :3]) > 0:
        assert file.dose.grid.matches(grid, tolerance_mm=1e-9)
    assert_every_pixel_lies_where_the_standard_says(path, file, count=20)


@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("content", DoseContent)
def test_written_doses_are_valid_and_say_what_they_are(
    tmp_path: Path, bits: int, content: DoseContent, assert_valid_dicom: Callable[[Path], None]
) -> None:
    values = np.random.default_rng(3).random((6, 5, 4)) * 70
    dose = Dose(Image(values, oblique_grid((6, 5, 4), 5), "dose", "Gy"), 30, label="painted")
    path = tmp_path / "rd.dcm"
    uid = write_dose(dose, SERIES, PLAN_UID, path, content=content, bits=bits)
    dataset = pydicom.dcmread(path)
    assert dataset.SOPInstanceUID == uid
    assert dataset.DoseComment == f"{content.value}, 30 fractions, RESEARCH USE ONLY"
    assert dataset.SeriesDescription == f"impasto {content.value}: painted - RESEARCH USE ONLY"
    assert (dataset.DoseSummationType, dataset.DoseType, dataset.DoseUnits) == ("PLAN", "PHYSICAL", "GY")
    assert dataset.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID == PLAN_UID
    assert dataset.pixel_array.max() >= 2**bits - 1 - 2**bits * 1e-8
    file = read_dose(path, 30)
    assert file.notes == ()
    assert file.plan_uids == (PLAN_UID,)
    file.require_frame_of(SERIES)
    assert_valid_dicom(path)


def test_equivalent_dose_states_its_alpha_beta(tmp_path: Path, assert_valid_dicom: Callable[[Path], None]) -> None:
    image = Image(np.full((3, 3, 3), 60.0), Grid.centred((3, 3, 3), (2, 2, 2)), "dose", "Gy")
    path = tmp_path / "rd.dcm"
    dose = Dose(image, 30, DoseKind.EQD2, 2.0)
    write_dose(dose, SERIES, PLAN_UID, path, content=DoseContent.PLAN)
    file = read_dose(path, 30, alpha_beta_gy=2.0)
    assert file.comment == "plan dose, EQD2 alpha/beta 2 Gy, 30 fractions, RESEARCH USE ONLY"
    assert file.dose.kind is DoseKind.EQD2
    same_dose(file.dose, dose, 1e-7)
    assert_valid_dicom(path)


def test_real_dose_survives_a_round_trip(reference_data: Callable[[str], Path], tmp_path: Path) -> None:
    dose = read_dose(reference_data("rt_dicom_breast") / "rtdose.dcm", 7).dose
    write_dose(dose, SERIES, PLAN_UID, tmp_path / "rd.dcm", content=DoseContent.PLAN)
    back = read_dose(tmp_path / "rd.dcm", 7).dose
    assert back.grid.matches(dose.grid, tolerance_mm=1e-9)
    assert np.max(np.abs(back.gy - dose.gy)) <= 14.7 / 2**32


def test_nothing_at_all_is_a_dose_too(tmp_path: Path) -> None:
    dose = Dose(Image(np.zeros((2, 3, 4)), Grid.centred((2, 3, 4), (2, 2, 2)), "dose", "Gy"), 1)
    write_dose(dose, SERIES, PLAN_UID, tmp_path / "rd.dcm", content=DoseContent.PLAN)
    assert not read_dose(tmp_path / "rd.dcm", 1).dose.gy.any()


def test_same_entropy_and_time_give_the_same_bytes(tmp_path: Path) -> None:
    dose = Dose(Image(np.ones((2, 3, 4)), Grid.centred((2, 3, 4), (2, 2, 2)), "dose", "Gy"), 1)
    stamp = Stamp(datetime(2026, 1, 2, 3, 4, 5), ("case 1", "dose"))
    for name in ("first.dcm", "second.dcm"):
        write_dose(dose, SERIES, PLAN_UID, tmp_path / name, content=DoseContent.BASE, stamp=stamp)
    assert (tmp_path / "first.dcm").read_bytes() == (tmp_path / "second.dcm").read_bytes()


@pytest.mark.parametrize(
    ("value", "bits", "message"),
    [
        (-1.0, 32, "doses run from -1 to 1 Gy"),
        (np.nan, 32, "doses run from nan"),
        (np.inf, 16, "to inf Gy"),
        (1.0, 8, "8 bits per voxel; choose 16 or 32"),
    ],
)
def test_what_cannot_be_written_is_named(tmp_path: Path, value: float, bits: int, message: str) -> None:
    values = np.ones((2, 3, 4))
    values[1, 1, 1] = value
    dose = Dose(Image(values, Grid.centred((2, 3, 4), (2, 2, 2)), "dose", "Gy"), 1, label="mine")
    with pytest.raises(ImpastoError, match=f"mine: .*{message}"):
        write_dose(dose, SERIES, PLAN_UID, tmp_path / "rd.dcm", content=DoseContent.PLAN, bits=bits)
    assert not (tmp_path / "rd.dcm").exists()


def test_skewed_grids_are_refused(tmp_path: Path) -> None:
    affine = np.eye(4)
    affine[0, 1] = 0.2
    dose = Dose(Image(np.ones((2, 3, 4)), Grid((2, 3, 4), affine), "dose", "Gy"), 1)
    with pytest.raises(ImpastoError, match="axes are not perpendicular; resample it"):
        write_dose(dose, SERIES, PLAN_UID, tmp_path / "rd.dcm", content=DoseContent.PLAN)
