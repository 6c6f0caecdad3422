"""RTSTRUCT both ways: against files built by hand, against reference data, and round trips."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from impasto.core import Grid, ImpastoError, Role, Structure, StructureSet
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.rt_header import Stamp, decimal_string
from impasto.files.dicom.self_crossing import crosses_itself
from impasto.files.dicom.structure_writer import write_structures
from impasto.files.dicom.structures import read_structures

FRAME = "1.2.3.5"
GRID = Grid.axis_aligned((40, 40, 10), (1.0, 1.0, 3.0), (-20.0, -20.0, -15.0))
SERIES = SeriesReference(
    modality="CT",
    patient_id="P1",
    patient_name="Müller^Jörg",
    study_instance_uid="1.2.3",
    series_instance_uid="1.2.3.4",
    frame_of_reference_uid=FRAME,
    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    sop_instance_uids=tuple(f"1.2.3.4.{k + 1}" for k in range(10)),
    study_date="20260101",
    study_time="120000",
    study_id="1",
    series_description="planning CT",
)
Contour = list[tuple[float, float, float]]


def square(side: float, z: float, x: float = 0.0, y: float = 0.0) -> Contour:
    h = side / 2
    return [(x - h, y - h, z), (x + h, y - h, z), (x + h, y + h, z), (x - h, y + h, z)]


def region(
    number: int, name: str | bytes, contours: list[Contour], kind: str = "CLOSED_PLANAR", frame: str = FRAME
) -> tuple[Dataset, Dataset]:
    roi = Dataset()
    roi.ROINumber = number
    roi.ReferencedFrameOfReferenceUID = frame
    roi.add_new("ROIName", "LO", name)
    item = Dataset()
    item.ReferencedROINumber = number
    item.ROIDisplayColor = [10, 20, 30]
    item.ContourSequence = []
    for contour in contours:
        one = Dataset()
        one.ContourGeometricType = kind
        one.NumberOfContourPoints = len(contour)
        one.ContourData = [f"{v:.6g}" for point in contour for v in point]
        item.ContourSequence.append(one)
    return roi, item


def rtstruct(
    path: Path,
    regions: list[tuple[Dataset, Dataset]],
    roles: dict[int, str] | None = None,
    charset: str | None = "ISO_IR 192",
) -> Path:
    """Build an RTSTRUCT with pydicom alone."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.3"
    meta.MediaStorageSOPInstanceUID = "1.9"
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    if charset is not None:
        dataset.SpecificCharacterSet = charset
    dataset.Modality = "RTSTRUCT"
    dataset.SOPInstanceUID = "1.9"
    dataset.StructureSetLabel = "by hand"
    dataset.StructureSetROISequence = [roi for roi, _ in regions]
    dataset.ROIContourSequence = [item for _, item in regions]
    if roles is not None:
        observations = []
        for number, role in roles.items():
            one = Dataset()
            one.ObservationNumber = one.ReferencedROINumber = number
            one.RTROIInterpretedType = role
            observations.append(one)
        dataset.RTROIObservationsSequence = observations
    dataset.save_as(path, enforce_file_format=True)
    return path


def assert_same(found: StructureSet, expected: StructureSet, tolerance_mm: float = 0.0) -> None:
    assert found.names == expected.names
    for a, b in zip(found, expected, strict=True):
        assert (a.role, a.colour, len(a.contours)) == (b.role, b.colour, len(b.contours))
        for p, q in zip(a.contours, b.contours, strict=True):
            assert p.shape == q.shape
            assert np.max(np.abs(p - q)) <= tolerance_mm


# --- reading ---------------------------------------------------------------------------------------------------------


def test_holes_islands_and_keyholes_have_their_area(tmp_path: Path) -> None:
    keyhole = [(-10, -10, 0), (10, -10, 0), (10, 10, 0), (-10, 10, 0), (-10, 0, 0)]
    keyhole += [(-4, 0, 0), (-4, 4, 0), (4, 4, 0), (4, -4, 0), (-4, -4, 0), (-4, 0, 0), (-10, 0, 0)]
    islands = [square(4, 0, x=-8), square(6, 0, x=8)]
    file = read_structures(
        rtstruct(
            tmp_path / "rs.dcm",
            [
                region(1, "hole", [square(20, 0), square(8, 0)]),
                region(2, "xor", [square(20, 0), square(8, 0)], "CLOSEDPLANAR_XOR"),
                region(3, "keyhole", [keyhole]),
                region(4, "islands", islands),
                region(5, "island in hole", [square(20, 0), square(8, 0), square(2, 0)]),
            ],
            roles={1: "PTV", 2: "ORGAN", 3: "GTV", 4: "", 5: "BOLUS"},
        ),
        slice_spacing_mm=5.0,
    )
    volumes = [structure.volume_ml() for structure in file.structures]
    assert volumes == pytest.approx([336 * 5 / 1000, 336 * 5 / 1000, 336 * 5 / 1000, 52 * 5 / 1000, 340 * 5 / 1000])
    assert [s.role for s in file.structures] == [Role.PTV, Role.ORGAN, Role.GTV, Role.OTHER, Role.OTHER]
    assert file.notes == ("island in hole: interpreted type BOLUS is read as OTHER",)
    assert file.structures["hole"].colour == (10, 20, 30)
    assert file.structures.frame_of_reference_uid == FRAME
    np.testing.assert_array_equal(file.structures["hole"].contours[0], square(20, 0))


def test_contours_between_image_planes_and_oblique_planes_keep_their_volume(tmp_path: Path) -> None:
    between = [square(10, z) for z in (-4.5, -1.5, 1.5, 4.5)]
    angle = np.radians(30)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    oblique = [[tuple(turn @ point) for point in contour] for contour in between]
    file = read_structures(
        rtstruct(tmp_path / "rs.dcm", [region(1, "between", between), region(2, "oblique", oblique)], roles={})
    )
    assert file.notes == ()
    for structure in file.structures:
        assert structure.volume_ml() == pytest.approx(1.2, rel=1e-5)
    between_voxels = file.structures["between"].occupancy(GRID).sum() * GRID.voxel_volume_ml
    assert between_voxels == pytest.approx(1.2, rel=1e-9)


def test_empty_regions_stay_and_points_and_lines_are_passed_over_with_a_note(tmp_path: Path) -> None:
    no_contours = region(1, "empty", [])
    del no_contours[1].ContourSequence
    line = region(3, "line", [square(10, 0), square(10, 3)], "OPEN_PLANAR")
    no_item = region(4, "not drawn", [])[0]
    path = rtstruct(
        tmp_path / "rs.dcm",
        [no_contours, region(2, "isocentre", [[(1, 2, 3)]], "POINT"), line, region(5, "two points", [[(0, 0, 0)] * 2])],
        roles={},
    )
    dataset = pydicom.dcmread(path)
    dataset.StructureSetROISequence.append(no_item)
    dataset.ROIContourSequence.append(region(9, "stray", [])[1])
    dataset.save_as(path)
    file = read_structures(path)
    assert file.structures.names == ["empty", "isocentre", "line", "two points", "not drawn"]
    assert all(structure.is_empty for structure in file.structures)
    assert file.notes == (
        "isocentre: 1 POINT passed over",
        "line: 2 OPEN_PLANAR passed over",
        "two points: contour 1 passed over, its 2 points enclose nothing",
        "contours of ROI number 9 passed over: no region has it",
    )


def test_names_are_unique_and_never_empty(tmp_path: Path) -> None:
    regions = [region(n, name, []) for n, name in enumerate(["PTV", "PTV", "", "PTV (2)", "PTV"], start=1)]
    file = read_structures(rtstruct(tmp_path / "rs.dcm", regions))
    assert file.structures.names == ["PTV", "PTV (2)", "ROI 3", "PTV (2) (2)", "PTV (3)"]
    assert file.reference.roi_numbers == {"PTV": 1, "PTV (2)": 2, "ROI 3": 3, "PTV (2) (2)": 4, "PTV (3)": 5}
    assert "no ROI observations: every role is OTHER" in file.notes
    assert len(file.notes) == 5


@pytest.mark.parametrize(
    ("charset", "stored", "expected", "noted"),
    [
        ("ISO_IR 192", "Rückenmark 腫瘍".encode(), "Rückenmark 腫瘍", False),
        ("ISO_IR 100", "Rückenmark".encode("latin-1"), "Rückenmark", False),
        ("ISO_IR 144", "опухоль".encode("iso8859_5"), "опухоль", False),
        ("\\ISO 2022 IR 87", b"GTV \x1b$B<pag\x1b(B", "GTV 腫瘍", False),
        (None, "Rückenmark".encode(), "Rückenmark", True),
        ("ISO_IR 192", "Rückenmark".encode("latin-1"), "Rückenmark", True),
        ("NO SUCH SET", "Rückenmark".encode(), "Rückenmark", True),
    ],
)
def test_names_in_any_alphabet(tmp_path: Path, charset: str | None, stored: bytes, expected: str, noted: bool) -> None:
    path = rtstruct(tmp_path / "rs.dcm", [region(1, "#" * (len(stored) + len(stored) % 2), [])], roles={}, charset=None)
    padded = stored + b" " * (len(stored) % 2)
    content = path.read_bytes().replace(b"#" * len(padded), padded)
    if charset is not None:
        value = charset.encode() + b" " * (len(charset) % 2)
        element = b"\x08\x00\x05\x00" + len(value).to_bytes(4, "little") + value
        at = content.index(b"\x08\x00\x18\x00")
        content = content[:at] + element + content[at:]
    path.write_bytes(content)
    file = read_structures(path)
    assert file.structures.names == [expected]
    assert (file.notes != ()) == noted


def test_self_crossing_contours_are_legal_and_noted(tmp_path: Path) -> None:
    bow_tie = [(-10, -10, 0), (10, 10, 0), (10, -10, 0), (-10, 10, 0)]
    crossed = region(1, "crossed", [square(4, -3), bow_tie, square(4, 3)])
    tilted = region(2, "bent", [[(0, 0, 0), (10, 0, 0), (10, 10, 5), (0, 10, 0)]])
    file = read_structures(rtstruct(tmp_path / "rs.dcm", [crossed, tilted], roles={}))
    assert file.notes == (
        "crossed: 1 contours cross themselves (first: 2); the even-odd rule decides what is inside",
        "bent: its contours are unusable: they are not planar and parallel",
    )
    assert file.structures["crossed"].stack.areas_mm2() == pytest.approx([16, 200, 16])


@given(st.integers(3, 30), st.integers(0, 2**32 - 1))
def test_star_shaped_polygons_do_not_cross_themselves(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    angles = 2 * np.pi * (np.arange(count) + rng.uniform(0, 0.9, count)) / count
    frame = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    radii = rng.uniform(5, 20, count)
    polygon = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]) @ frame[:2]
    assert not crosses_itself(polygon)
    if count >= 4:
        # exchanging two neighbours of a convex polygon makes the edges beside them cross
        convex = np.column_stack([np.cos(angles), np.sin(angles)])
        convex[[1, 2]] = convex[[2, 1]]
        assert crosses_itself(convex @ frame[:2])


def test_regions_in_several_frames_need_a_choice(tmp_path: Path) -> None:
    path = rtstruct(
        tmp_path / "rs.dcm", [region(1, "here", [square(4, 0)]), region(2, "there", [], frame="1.2.9")], roles={}
    )
    with pytest.raises(ImpastoError, match=r"2 frames of reference; choose one of: 1\.2\.3\.5, 1\.2\.9"):
        read_structures(path)
    file = read_structures(path, frame_of_reference_uid="1.2.9")
    assert file.structures.names == ["there"]
    assert file.notes[0] == "here: passed over, it lies in another frame of reference (1.2.3.5)"
    with pytest.raises(ImpastoError, match=r"no frame of reference 1\.7"):
        read_structures(path, frame_of_reference_uid="1.7")


def test_reads_the_breast_plan_s_regions(reference_data: Callable[[str], Path]) -> None:
    file = read_structures(reference_data("rt_dicom_breast") / "rtss.dcm")
    assert file.notes == ()
    assert file.label == "CT_1"
    counts = {structure.name: len(structure.contours) for structure in file.structures}
    assert counts["BODY"] == 141
    assert counts["Areola"] == 0
    assert counts["Lt Lung"] == 165
    assert file.structures["Breast"].role is Role.GTV
    assert file.structures["Tumor Bed"].colour == (255, 0, 0)
    assert file.reference.roi_numbers["Tumor Bed Block"] == 10


@pytest.mark.parametrize(("modality", "least_dice"), [("CT", 1.0), ("MR_T1", 1.0), ("PET", 0.995)])
def test_masks_agree_with_those_made_by_others(
    reference_data: Callable[[str], Path], modality: str, least_dice: float
) -> None:
    """The supplied masks take voxels whose centre is inside; on PET's 4.7 mm pixels that differs at the border."""
    root = reference_data("pet_ct_mr_sts_001")
    structure = read_structures(root / f"dicom/STS_001/{modality}/mask/RS.dcm").structures.structures[0]
    nifti = nibabel.load(root / f"nifti/STS_001/{modality}_mask.nii.gz")
    expected = np.asarray(nifti.dataobj) > 0
    grid = Grid(expected.shape, np.diag([-1.0, -1.0, 1.0, 1.0]) @ nifti.affine)
    occupancy = structure.occupancy(grid)
    found = occupancy >= 0.5
    dice = 2 * np.sum(found & expected) / (np.sum(found) + np.sum(expected))
    assert dice >= least_dice
    assert occupancy.sum() * grid.voxel_volume_ml == pytest.approx(structure.volume_ml(), rel=1e-6)
    if modality == "PET":
        differing = found != expected
        assert occupancy[differing].min() > 0.3
        assert occupancy[differing].max() < 0.61
        assert dice == pytest.approx(0.9958, abs=2e-4)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_explicit_transfer_syntaxes_give_the_same(tmp_path: Path, syntax: UID) -> None:
    angles = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    circle = [(float(x), float(y), 0.0) for x, y in zip(50 * np.cos(angles), 50 * np.sin(angles), strict=True)]
    path = rtstruct(tmp_path / "rs.dcm", [region(1, "a", [square(4, 0)]), region(2, "b", [circle])], roles={1: "PTV"})
    implicit = read_structures(path)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = syntax
    with warnings.catch_warnings():
        # the circle is too long for an explicit decimal string: pydicom says that it writes it as unknown
        warnings.simplefilter("ignore")
        dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=True)
    assert_same(read_structures(path).structures, implicit.structures)


# --- writing ---------------------------------------------------------------------------------------------------------


def test_written_file_is_valid_says_what_it_is_and_refers_to_the_image(
    tmp_path: Path, assert_valid_dicom: Callable[[Path], None]
) -> None:
    filled = np.zeros(GRID.shape, dtype=bool)
    filled[10:20, 12:22, 3:6] = True
    contoured = Structure("drawn", Role.GTV, tuple(np.array(square(5, z)) for z in (-15.0, -13.5)), colour=(1, 2, 3))
    structures = StructureSet(
        (Structure.from_mask("PTV λ", Role.PTV, filled, GRID), contoured, Structure("empty", Role.ORGAN)), FRAME
    )
    path = tmp_path / "out" / "rs.dcm"
    reference = write_structures(structures, SERIES, GRID, path, descriptions={"drawn": "by hand"})
    assert reference.roi_numbers == {"PTV λ": 1, "drawn": 2, "empty": 3}
    dataset = pydicom.dcmread(path)
    assert dataset.SOPInstanceUID == reference.sop_instance_uid
    assert dataset.PatientName == "Müller^Jörg"
    assert dataset.StudyInstanceUID == "1.2.3"
    assert dataset.FrameOfReferenceUID == FRAME
    assert dataset.ApprovalStatus == "UNAPPROVED"
    assert "RESEARCH USE ONLY" in dataset.SeriesDescription
    assert "RESEARCH USE ONLY" in dataset.StructureSetDescription
    series = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == "1.2.3.4"
    assert [item.ReferencedSOPInstanceUID for item in series.ContourImageSequence] == list(SERIES.sop_instance_uids)
    assert [item.get("ROIGenerationAlgorithm") for item in dataset.StructureSetROISequence] == ["AUTOMATIC", "", ""]
    assert dataset.StructureSetROISequence[1].ROIDescription == "by hand"
    for contour in dataset.ROIContourSequence[0].ContourSequence:
        k = round((float(contour.ContourData[2]) + 15.0) / 3.0)
        assert contour.ContourImageSequence[0].ReferencedSOPInstanceUID == f"1.2.3.4.{k + 1}"
    on_slice, between = dataset.ROIContourSequence[1].ContourSequence
    assert on_slice.ContourImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.4.1"
    assert "ContourImageSequence" not in between
    assert "ContourSequence" not in dataset.ROIContourSequence[2]
    file = read_structures(path)
    assert file.structures["PTV λ"].volume_ml() == pytest.approx((100 - 0.5) * 3 * 3 / 1000)
    file.require_frame_of(SERIES)
    assert_valid_dicom(path)


def test_an_image_that_never_was_dicom_and_one_of_many_frames_can_be_referred_to(
    tmp_path: Path, assert_valid_dicom: Callable[[Path], None]
) -> None:
    structures = StructureSet((Structure("a", contours=(np.array(square(5, -12)),)),))
    fields = {"modality": "MR", "study_instance_uid": "1.2.3", "series_instance_uid": "1.2.3.4"}
    plain = SeriesReference(**fields, frame_of_reference_uid=FRAME)
    write_structures(structures, plain, GRID, tmp_path / "plain.dcm")
    assert_valid_dicom(tmp_path / "plain.dcm")
    enhanced = SeriesReference(
        **fields,
        frame_of_reference_uid=FRAME,
        sop_class_uid="1.2.840.10008.5.1.4.1.1.4.1",
        sop_instance_uids=("1.2.3.4.1",) * 10,
        frame_numbers=tuple(range(10, 0, -1)),
    )
    write_structures(structures, enhanced, GRID, tmp_path / "enhanced.dcm")
    assert_valid_dicom(tmp_path / "enhanced.dcm")
    dataset = pydicom.dcmread(tmp_path / "enhanced.dcm")
    item = dataset.ROIContourSequence[0].ContourSequence[0].ContourImageSequence[0]
    assert (item.ReferencedSOPInstanceUID, item.ReferencedFrameNumber) == ("1.2.3.4.1", 9)
    series = dataset.ReferencedFrameOfReferenceSequence[0].RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert len(series.ContourImageSequence) == 1


def test_same_entropy_and_time_give_the_same_bytes(tmp_path: Path) -> None:
    structures = StructureSet((Structure("a", contours=(np.array(square(5, 0)),)),))
    stamp = Stamp(datetime(2026, 1, 2, 3, 4, 5), ("case 1", "structures"))
    for name in ("first.dcm", "second.dcm"):
        write_structures(structures, SERIES, GRID, tmp_path / name, stamp=stamp)
    write_structures(structures, SERIES, GRID, tmp_path / "random.dcm")
    first = (tmp_path / "first.dcm").read_bytes()
    assert first == (tmp_path / "second.dcm").read_bytes()
    assert first != (tmp_path / "random.dcm").read_bytes()


@pytest.mark.parametrize("modality", ["CT", "PET", "MR_T1"])
def test_clinical_contours_read_back_identical(
    reference_data: Callable[[str], Path], tmp_path: Path, modality: str, assert_valid_dicom: Callable[[Path], None]
) -> None:
    root = reference_data("pet_ct_mr_sts_001") / "dicom/STS_001" / modality
    file = read_structures(root / "mask/RS.dcm")
    slices = sorted(
        (pydicom.dcmread(p, stop_before_pixels=True) for p in (root / "image").iterdir()),
        key=lambda s: float(s.ImagePositionPatient[2]),
    )
    first = slices[0]
    affine = np.diag([*map(float, first.PixelSpacing[::-1]), 3.27, 1.0])
    affine[:3, 3] = [float(v) for v in first.ImagePositionPatient]
    affine[2, 2] = (float(slices[-1].ImagePositionPatient[2]) - affine[2, 3]) / (len(slices) - 1)
    reference = SeriesReference(
        modality=first.Modality,
        patient_id=first.PatientID,
        study_instance_uid=first.StudyInstanceUID,
        series_instance_uid=first.SeriesInstanceUID,
        frame_of_reference_uid=first.FrameOfReferenceUID,
        sop_class_uid=first.SOPClassUID,
        sop_instance_uids=tuple(s.SOPInstanceUID for s in slices),
    )
    file.require_frame_of(reference)
    grid = Grid((first.Columns, first.Rows, len(slices)), affine)
    write_structures(file.structures, reference, grid, tmp_path / "rs.dcm")
    assert_same(read_structures(tmp_path / "rs.dcm").structures, file.structures)
    assert_valid_dicom(tmp_path / "rs.dcm")
    heights = {s.SOPInstanceUID: float(s.ImagePositionPatient[2]) for s in slices}
    for contour in pydicom.dcmread(tmp_path / "rs.dcm").ROIContourSequence[0].ContourSequence:
        instance = contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        assert heights[instance] == pytest.approx(float(contour.ContourData[2]), abs=0.01)


coordinate = st.floats(-9999, 9999, allow_nan=False, width=64)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.lists(st.tuples(coordinate, coordinate, coordinate), min_size=3, max_size=12), max_size=5),
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="\\"), min_size=1, max_size=64),
)
def test_any_contours_read_back_within_a_tenth_of_a_nanometre(
    tmp_path: Path, contours: list[Contour], name: str
) -> None:
    written = StructureSet((Structure(name, Role.CAVITY, tuple(np.array(c) for c in contours), colour=(0, 255, 7)),))
    write_structures(written, SERIES, GRID, tmp_path / "rs.dcm")
    assert_same(read_structures(tmp_path / "rs.dcm").structures, written, tolerance_mm=1e-10)


@given(st.floats(-1e300, 1e300))
def test_decimal_strings_fit_and_keep_the_value(value: float) -> None:
    text = decimal_string(value)
    assert len(text) <= 16
    assert float(text) == pytest.approx(value, rel=1e-7, abs=5e-324)
    if 1e-4 <= abs(value) <= 1e4:
        assert abs(float(text) - value) <= 1e-10


def test_contours_longer_than_an_explicit_length_survive(tmp_path: Path) -> None:
    """A decimal string of more than 65 534 bytes is where explicit transfer syntaxes give up."""
    angles = np.linspace(0, 2 * np.pi, 4_000, endpoint=False)
    circle = np.column_stack([50 * np.cos(angles), 50 * np.sin(angles), np.zeros_like(angles)])
    written = StructureSet((Structure("fine", contours=(circle,), plane_spacing_mm=1.0),))
    write_structures(written, SERIES, GRID, tmp_path / "rs.dcm")
    assert (tmp_path / "rs.dcm").stat().st_size > 100_000
    assert_same(read_structures(tmp_path / "rs.dcm").structures, written, tolerance_mm=1e-10)
