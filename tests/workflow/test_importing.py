"""Import: the mixture is sorted, the rest is listed, and an error leaves no half case."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.files import Case, EntryKind, native, open_case
from impasto.workflow import import_folder, summarise_case


def test_images_structures_and_provenance_arrive(imported: Case) -> None:
    assert {(entry.kind, entry.name, entry.drawn_on) for entry in imported.entries} == {
        (EntryKind.IMAGE, "ct", ""),
        (EntryKind.IMAGE, "pet", ""),
        (EntryKind.STRUCTURES, "structures-ct", "ct"),
    }
    assert imported.simulated
    assert open_case(imported.folder) == imported


def test_a_zip_of_shuffled_names_with_other_files_gives_the_same_case(
    scans: Path, imported: Case, tmp_path: Path
) -> None:
    files = sorted(path for path in scans.rglob("*") if path.is_file())
    order = np.random.default_rng(0).permutation(len(files))
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name, place in enumerate(order):
            archive.write(files[place], f"a/b{name % 3}/IM{name}")
        archive.writestr("a/readme.txt", "not DICOM")
    again = import_folder(tmp_path / "export.zip", tmp_path / "case", "test subject")
    assert [name for name, _ in again.skipped] == [str(tmp_path / "export.zip" / "a/readme.txt")]
    for name in ("ct", "pet"):
        entry = again.case.entry(EntryKind.IMAGE, name)
        image = native.read_image(again.case.path(entry))
        first = native.read_image(imported.path(entry))
        np.testing.assert_array_equal(image.data, first.data)
        assert image.grid.matches(first.grid)


def test_a_truncated_slice_is_listed_and_its_gap_named(scans: Path, tmp_path: Path) -> None:
    shutil.copytree(scans, tmp_path / "scans")
    victim = sorted((tmp_path / "scans" / "CT").iterdir())[20]
    victim.write_bytes(victim.read_bytes()[:3000])
    with pytest.raises(ImpastoError, match=r"CT.*missing"):
        import_folder(tmp_path / "scans", tmp_path / "case", "s")
    assert not (tmp_path / "case").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["scans"]


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda folder: None, "is not there"),
        (lambda folder: folder.mkdir(), "holds nothing that can be imported"),
        (lambda folder: folder.write_text("text"), "holds nothing that can be imported"),
    ],
)
def test_what_is_no_source_is_refused(tmp_path: Path, make: Callable[[Path], object], problem: str) -> None:
    make(tmp_path / "source")
    with pytest.raises(ImpastoError, match=problem):
        import_folder(tmp_path / "source", tmp_path / "case", "s")
    assert not (tmp_path / "case").exists()


def test_structures_of_another_patient_are_left_out_and_said(scans: Path, tmp_path: Path) -> None:
    shutil.copytree(scans / "PT", tmp_path / "only" / "PT")
    shutil.copy(scans / "structures.dcm", tmp_path / "only")
    # the digital patient's PET shares the frame, so take one that does not
    import pydicom

    dataset = pydicom.dcmread(tmp_path / "only" / "structures.dcm")
    dataset.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = "1.2.3"
    for roi in dataset.StructureSetROISequence:
        roi.ReferencedFrameOfReferenceUID = "1.2.3"
    dataset.save_as(tmp_path / "only" / "structures.dcm")
    imported = import_folder(tmp_path / "only", tmp_path / "case", "s")
    assert [entry.name for entry in imported.case.entries] == ["pet"]
    assert any("frame of reference" in reason for _, reason in imported.skipped)


def test_the_summary_names_units_and_volumes(imported: Case) -> None:
    summary = summarise_case(imported)
    assert summary.images[0][:4] == ["ct", "CT", "CT number", "[hnsf'U]"]
    volumes = {row[0]: row[2] for row in summary.structures["structures-ct"]}
    assert 1000 < volumes["Brain"] < 1600


def test_the_sarcoma_patient_arrives_whole(reference_data: Callable[[str], Path], tmp_path: Path) -> None:
    imported = import_folder(reference_data("pet_ct_mr_sts_001") / "dicom", tmp_path / "case", "sts")
    names = {(entry.kind, entry.name): entry.drawn_on for entry in imported.case.entries}
    assert names[EntryKind.STRUCTURES, "structures-ct"] == "ct"
    assert names[EntryKind.STRUCTURES, "structures-pet"] == "pet"
    assert names[EntryKind.STRUCTURES, "structures-mr"] == "mr"
    assert imported.skipped == ()


def test_a_breast_plan_brings_its_fractions_to_the_dose(reference_data: Callable[[str], Path], tmp_path: Path) -> None:
    imported = import_folder(reference_data("rt_dicom_breast"), tmp_path / "case", "breast")
    doses = imported.case.of_kind(EntryKind.DOSE)
    assert len(doses) == 1
    plan = imported.case.of_kind(EntryKind.PLAN)
    assert len(plan) == 1
    fractions = native.read_dose(imported.case.path(doses[0])).fractions
    assert f'"fractions_planned": {fractions}' in (imported.case.path(plan[0]) / "summary.json").read_text()
