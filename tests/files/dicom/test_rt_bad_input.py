"""Damaged and foreign files: one error that names the file and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest

from impasto.core import Dose, DoseGoal, Grid, Image, ImpastoError, Prescription, Structure, StructureSet
from impasto.files.dicom.dose import read_dose
from impasto.files.dicom.dose_writer import DoseContent, write_dose
from impasto.files.dicom.plan import read_plan
from impasto.files.dicom.plan_writer import write_plan
from impasto.files.dicom.reference import SeriesReference
from impasto.files.dicom.stored_dvh import read_stored_dvhs
from impasto.files.dicom.structure_writer import write_structures
from impasto.files.dicom.structures import read_structures

GRID = Grid.centred((8, 8, 6), (2, 2, 3))
SERIES = SeriesReference(
    modality="CT",
    study_instance_uid="1.2.3",
    series_instance_uid="1.2.3.4",
    frame_of_reference_uid="1.2.3.5",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
    sop_instance_uids=tuple(f"1.2.3.4.{k + 1}" for k in range(6)),
    series_description="planning CT",
)
SQUARE = np.array([[-4, -4, 1.5], [4, -4, 1.5], [4, 4, 1.5], [-4, 4, 1.5]])

READERS: dict[str, Callable[[Path], object]] = {
    "RTSTRUCT": read_structures,
    "RTDOSE": lambda path: read_dose(path, 30),
    "RTDOSE histograms": read_stored_dvhs,
    "RTPLAN": read_plan,
}


def structure_set(*contours: np.ndarray, name: str = "PTV") -> StructureSet:
    return StructureSet((Structure(name, contours=contours),), "1.2.3.5")


def written(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.dcm"
    if kind == "RTSTRUCT":
        write_structures(structure_set(SQUARE, SQUARE + np.array([0, 0, 3])), SERIES, GRID, path)
    elif kind == "RTPLAN":
        write_plan(Prescription("uniform", 30, (DoseGoal("PTV", 60.0),)), SERIES, path)
    else:
        values = np.random.default_rng(1).random(GRID.shape)
        write_dose(Dose(Image(values, GRID, "dose", "Gy"), 30), SERIES, "1.2.9", path, content=DoseContent.PLAN)
    return path


def failure(reader: Callable[[Path], object], path: Path) -> ImpastoError | None:
    try:
        reader(path)
    except ImpastoError as error:
        return error
    return None


@pytest.mark.parametrize("kind", READERS)
def test_wrong_modality_missing_file_and_plain_text(tmp_path: Path, kind: str) -> None:
    modality = kind.split()[0]
    other = "RTPLAN" if modality != "RTPLAN" else "RTDOSE"
    path = written(tmp_path, other)
    with pytest.raises(ImpastoError, match=f"{other}.dcm: its modality is {other}; give an {modality} file"):
        READERS[kind](path)
    with pytest.raises(ImpastoError, match="nowhere.dcm: cannot be read .*; check the path"):
        READERS[kind](tmp_path / "nowhere.dcm")
    with pytest.raises(ImpastoError, match="cannot be read"):
        READERS[kind](tmp_path)
    for content in (b"", b"Not a DICOM file, only words. " * 30, bytes(range(256)) * 8):
        (tmp_path / "plain.dcm").write_bytes(content)
        with pytest.raises(ImpastoError, match=r"plain\.dcm: "):
            READERS[kind](tmp_path / "plain.dcm")


@pytest.mark.parametrize("kind", ["RTSTRUCT", "RTDOSE", "RTPLAN"])
def test_truncation_anywhere_is_an_error_or_loses_nothing(tmp_path: Path, kind: str) -> None:
    path = written(tmp_path, kind)
    whole = path.read_bytes()
    last = list(pydicom.dcmread(path).keys())[-1]
    cut = tmp_path / "cut.dcm"
    lengths = sorted({*range(0, len(whole), max(1, len(whole) // 150)), *range(len(whole) - 40, len(whole))})
    for length in lengths:
        cut.write_bytes(whole[:length])
        error = failure(READERS[kind], cut)
        if error is not None:
            assert error.subject.startswith(str(cut))
            continue
        # a cut between two elements leaves a file that is well formed: only elements nobody needs may be gone
        remaining = pydicom.dcmread(cut)
        assert last not in remaining
        assert kind != "RTDOSE"


def test_coordinates_that_are_no_numbers_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, "RTSTRUCT")
    whole = path.read_bytes()
    for broken, problem in (
        (b"nan\\-4\\1", "has coordinates that are not finite numbers"),
        (b"inf\\-4\\1", "has coordinates that are not finite numbers"),
        (b"a,b\\-4\\1", "holds something that is not a number"),
        (b"4\\-4", "are not x, y, z triples"),
    ):
        # the second point of the first contour, "4\-4\1.5", keeps its length
        path.write_bytes(whole.replace(b"\\4\\-4\\1.5", b"\\" + broken.ljust(8, b" "), 1))
        with pytest.raises(ImpastoError, match=problem) as raised:
            read_structures(path)
        assert raised.value.subject == f"{path}: contour 1 of 'PTV'"


def test_structures_of_another_frame_are_refused(tmp_path: Path) -> None:
    file = read_structures(written(tmp_path, "RTSTRUCT"))
    file.require_frame_of(SERIES)
    other = SeriesReference(modality="MR", frame_of_reference_uid="1.2.8", series_instance_uid="1.2.8.1")
    with pytest.raises(ImpastoError, match=r"another frame of reference \(1\.2\.3\.5\) than the MR series") as raised:
        file.require_frame_of(other)
    assert "register the two" in raised.value.remedy
    with pytest.raises(ImpastoError, match="another frame of reference"):
        write_structures(file.structures, other, GRID, tmp_path / "other.dcm")
    assert not (tmp_path / "other.dcm").exists()


def test_a_structure_set_without_frame_is_accepted_only_for_its_own_series(tmp_path: Path) -> None:
    path = written(tmp_path, "RTSTRUCT")
    dataset = pydicom.dcmread(path)
    del dataset.FrameOfReferenceUID
    del dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID
    del dataset.StructureSetROISequence[0].ReferencedFrameOfReferenceUID
    dataset.save_as(path)
    file = read_structures(path)
    assert "no frame of reference is named" in file.notes
    file.require_frame_of(SERIES)
    with pytest.raises(ImpastoError, match="names no frame of reference"):
        file.require_frame_of(SeriesReference(modality="CT", series_instance_uid="1.2.8.1"))


@pytest.mark.parametrize(
    ("structures", "problem"),
    [
        (structure_set(SQUARE, np.full((3, 3), np.nan)), "PTV: contour 2 has coordinates that are not finite"),
        (structure_set(SQUARE, name="n" * 65), "this structure name has 65 characters; DICOM allows 64"),
        (structure_set(SQUARE, name="a\\b"), "backslash or control character"),
        (structure_set(SQUARE, name="a\nb"), "backslash or control character"),
    ],
)
def test_structures_that_cannot_be_written_are_named(tmp_path: Path, structures: StructureSet, problem: str) -> None:
    path = tmp_path / "rs.dcm"
    with pytest.raises(ImpastoError, match=problem):
        write_structures(structures, SERIES, GRID, path)
    assert not path.exists()


def test_a_grid_that_is_not_the_series_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="series planning CT: has 6 slices, its image 9"):
        write_structures(structure_set(SQUARE), SERIES, Grid.centred((8, 8, 9), (2, 2, 2)), tmp_path / "rs.dcm")


def test_a_failed_write_leaves_the_former_file(tmp_path: Path) -> None:
    path = written(tmp_path, "RTSTRUCT")
    before = path.read_bytes()
    with pytest.raises(ImpastoError):
        write_structures(structure_set(np.full((3, 3), np.inf)), SERIES, GRID, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["RTSTRUCT.dcm"]
