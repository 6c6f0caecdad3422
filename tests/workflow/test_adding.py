"""Adding to a case: spectra, maps, masks and LCModel's results come in, and an error leaves the case as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError, Role, Spectra
from impasto.files import (
    Case,
    EntryKind,
    VoxelOrder,
    content_hash,
    create_case,
    dicom,
    native,
    open_case,
    read_reference,
    save_case,
    write_nifti,
    write_nifti_mrs,
)
from impasto.workflow import AddedKind, Addition, add_files, import_folder, summarise_case

GRID = Grid.centred((3, 2, 1), (10, 10, 15), (5, 6, 7))
SAID = Addition(quantity="Cho/NAA", unit="1")


def spectra(points: int = 32) -> Spectra:
    noise = np.random.default_rng(0).normal(size=(2, *GRID.shape, points))
    return Spectra((noise[0] + 1j * noise[1]).astype(np.complex64), GRID, 8e-4, 127.7, 0.03)


@pytest.fixture
def case(tmp_path: Path) -> Case:
    """Give an empty case; nothing else lies in its parent folder."""
    (tmp_path / "parent").mkdir()
    case = create_case(tmp_path / "parent" / "case", "subject")
    save_case(case)
    return case


@pytest.fixture
def mrsi(tmp_path: Path) -> Path:
    write_nifti_mrs(spectra(), tmp_path / "MRSI TE30.nii.gz")
    return tmp_path / "MRSI TE30.nii.gz"


def write_slice(path: Path) -> Path:
    lines = [f" {row}, {column}, {10 * row + column}.0, 5, 1.5" for row in (1, 2) for column in (1, 2, 3)]
    path.write_text("\n".join(["Row, Col, NAA+NAAG, NAA+NAAG %SD, NAA+NAAG/Cr+PCr", *lines]))
    return path


def test_spectra_come_in_with_their_water(case: Case, mrsi: Path, tmp_path: Path) -> None:
    water = replace(spectra(40), fid=100 * spectra(40).fid)
    write_nifti_mrs(water, tmp_path / "reference.nii.gz", simulated=True)
    after, (entry,) = add_files(case.folder, [mrsi], Addition(water=tmp_path / "reference.nii.gz"))
    assert (entry.kind, entry.name, entry.modality, entry.source) == (
        EntryKind.SPECTRA,
        "mrsi-te30",
        "MRS",
        "MRSI TE30.nii.gz",
    )
    assert open_case(case.folder) == after
    again = native.read_spectra(after.path(entry))
    np.testing.assert_array_equal(again.fid, spectra().fid)
    np.testing.assert_array_equal(again.water, water.fid[..., :32])
    row = summarise_case(after).spectra[0]
    assert row == ["mrsi-te30", "3 x 2 x 1", "10 x 10 x 15", 32, 1250, "1H 127.70", 30.0, "yes"]


def test_simulated_spectra_mark_the_case(case: Case, tmp_path: Path) -> None:
    write_nifti_mrs(spectra(), tmp_path / "a.nii.gz", simulated=True)
    after, (entry,) = add_files(case.folder, [tmp_path / "a.nii.gz"], Addition())
    assert after.simulated
    assert "simulated, not measured" in entry.notes


def test_what_the_scanner_says_of_the_patient_stays_out(
    case: Case, reference_data: Callable[[str], Path], tmp_path: Path
) -> None:
    after, (entry,) = add_files(case.folder, [reference_data("mrs") / "metab.nii.gz"], Addition())
    header = nibabel.load(after.files(entry)[0]).header.extensions[0].get_content()
    assert b"F7T_2019" not in header
    assert b"1981" not in header


def test_a_map_comes_in_with_its_holes(case: Case, tmp_path: Path) -> None:
    values = np.array(np.arange(6).reshape(GRID.shape), dtype=np.float32)
    values[0] = np.nan
    write_nifti(Image(values, GRID, "", ""), tmp_path / "cho_naa.nii.gz")
    after, (entry,) = add_files(case.folder, [tmp_path / "cho_naa.nii.gz"], SAID)
    image = native.read_image(after.path(entry))
    assert (entry.name, image.quantity, image.unit, image.grid.matches(GRID)) == ("cho-naa", "Cho/NAA", "1", True)
    np.testing.assert_array_equal(image.data, values)
    assert entry.notes == ("2 voxels have no value",)
    assert summarise_case(after).images[0][-1] == "2 to 5, 2 without a value"


def test_a_map_says_what_it_is_in_a_file_beside_it(case: Case, tmp_path: Path) -> None:
    write_nifti(Image(np.zeros(GRID.shape), GRID, "", ""), tmp_path / "cbv.nii.gz")
    with pytest.raises(ImpastoError, match="nothing says what its values are; give --quantity and --unit"):
        add_files(case.folder, [tmp_path / "cbv.nii.gz"], Addition())
    (tmp_path / "cbv.json").write_text('{"quantity": "rCBV", "unit": "mL/(100.g)", "Modality": "MR"}')
    after, (entry,) = add_files(case.folder, [tmp_path / "cbv.nii.gz"], Addition(name="cbv"))
    image = native.read_image(after.path(entry))
    assert (entry.modality, image.quantity, image.unit) == ("MR", "rCBV", "mL/(100.g)")


def test_a_dicom_map_keeps_its_identity(case: Case, tmp_path: Path) -> None:
    image = Image(np.arange(64.0).reshape(4, 4, 4), Grid.centred((4, 4, 4), (2, 2, 3)), "signal", "1")
    written = dicom.write_series(image, dicom.new_reference("MR", "P", "P", ("map",)), tmp_path / "series")
    after, (entry,) = add_files(case.folder, [tmp_path / "series"], replace(SAID, name="cho-naa"))
    assert native.read_image(after.path(entry)).quantity == "Cho/NAA"
    assert read_reference(after, entry).series_instance_uid == written.series_instance_uid
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImpastoError, match="holds no image series"):
        add_files(case.folder, [tmp_path / "empty"], SAID)


def test_a_mask_becomes_a_structure_on_the_image_below(case: Case, tmp_path: Path) -> None:
    image = Image(np.zeros((4, 5, 6)), Grid.centred((4, 5, 6), (1, 2, 3)), "signal", "1")
    dicom.write_series(image, dicom.new_reference("MR", "P", "P", ("mask",)), tmp_path / "scans")
    case = import_folder(tmp_path / "scans", tmp_path / "imported", "s").case
    labels = np.zeros(image.grid.shape, dtype=np.uint8)
    labels[1:3, 1:3, 2], labels[0, 0, 0] = 4, 1
    write_nifti(image.with_data(labels), tmp_path / "seg.nii.gz")
    enhancing = Addition(structure="enhancing", role=Role.GTV)
    with pytest.raises(ImpastoError, match="holds labels 0, 1, 4, not shares of 0 to 1; choose one with --label"):
        add_files(case.folder, [tmp_path / "seg.nii.gz"], enhancing)
    after, (entry,) = add_files(case.folder, [tmp_path / "seg.nii.gz"], replace(enhancing, label=4))
    structures = native.read_structures(after.path(entry))
    structure = structures["enhancing"]
    assert (entry.kind, entry.drawn_on, structure.role) == (EntryKind.STRUCTURES, "mr", Role.GTV)
    assert structure.volume_ml() == pytest.approx(4 * 6e-3)
    reference = read_reference(after, after.entry(EntryKind.IMAGE, "mr"))
    assert structures.frame_of_reference_uid == reference.frame_of_reference_uid
    with pytest.raises(ImpastoError, match="marks no voxel"):
        add_files(case.folder, [tmp_path / "seg.nii.gz"], replace(enhancing, label=2, name="other"))


def test_lcmodels_maps_lie_on_the_spectra_that_were_fitted(case: Case, mrsi: Path, tmp_path: Path) -> None:
    add_files(case.folder, [mrsi], Addition())
    after, (entry,) = add_files(case.folder, [write_slice(tmp_path / "sl1.csv")], Addition(unit="mmol/L"))
    image = native.read_image(after.path(entry))
    assert (entry.name, image.quantity, image.unit) == ("lcmodel-tnaa", "tNAA", "mmol/L")
    assert image.grid.matches(GRID)
    np.testing.assert_allclose(image.data[:, :, 0], [[11, 21], [12, 22], [13, 23]])
    np.testing.assert_allclose(image.standard_error, 0.05 * image.data, rtol=1e-6)
    assert entry.notes == ("LCModel's columns run along i, its rows along j of mrsi-te30",)
    turned = Addition(name="turned", order=VoxelOrder("-i", "-j"))
    after, (entry,) = add_files(case.folder, [tmp_path / "sl1.csv"], turned)
    assert native.read_image(after.path(entry)).data[0, 0, 0] == 23


def test_lcmodels_slices_must_be_told_apart(case: Case, mrsi: Path, tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="has no spectra entry"):
        add_files(case.folder, [write_slice(tmp_path / "sl1.csv")], Addition())
    add_files(case.folder, [mrsi], Addition())
    with pytest.raises(ImpastoError, match="has 1 slices, and 2 of LCModel's files are given"):
        add_files(case.folder, [tmp_path / "sl1.csv", write_slice(tmp_path / "sl2.csv")], Addition())
    add_files(case.folder, [mrsi], Addition(name="again"))
    with pytest.raises(ImpastoError, match=r"several spectra: mrsi-te30, again; say which LCModel fitted \(--on\)"):
        add_files(case.folder, [tmp_path / "sl1.csv"], Addition())
    add_files(case.folder, [tmp_path / "sl1.csv"], Addition(on="again", first_slice=1))


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        (Addition(name="taken"), "already has spectra of this name; choose another"),
        (Addition(name="../up"), "is no name for an entry"),
        (Addition(kind=AddedKind.IMAGE, quantity="signal", unit="1"), "holds complex samples"),
        (Addition(kind=AddedKind.LCMODEL), "cannot be read"),
        (Addition(kind=AddedKind.MASK), "holds complex samples"),
        (Addition(water=Path("absent.nii.gz")), "not a readable NIfTI"),
    ],
)
def test_an_error_leaves_the_case_as_it_was(case: Case, mrsi: Path, addition: Addition, problem: str) -> None:
    add_files(case.folder, [mrsi], Addition(name="taken"))
    before, files = content_hash(case.folder), sorted(case.folder.rglob("*"))
    with pytest.raises(ImpastoError, match=problem):
        add_files(case.folder, [mrsi], addition)
    assert content_hash(case.folder) == before
    assert sorted(case.folder.rglob("*")) == files


def test_a_manifest_that_cannot_be_written_leaves_no_files(
    case: Case, mrsi: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Case) -> None:
        raise ImpastoError("case.toml", "writing failed", "free some space")

    monkeypatch.setattr("impasto.workflow.importing.adding.save_case", fail)
    with pytest.raises(ImpastoError, match="writing failed"):
        add_files(case.folder, [mrsi], Addition())
    assert [path.name for path in case.folder.rglob("*") if path.is_file()] == ["case.toml"]


def test_files_left_by_an_interrupted_write_do_not_join_an_entry(case: Case, mrsi: Path) -> None:
    left = case.folder / "spectra" / "mrsi-te30.water.nii.gz"
    left.parent.mkdir()
    shutil.copy(mrsi, left)
    after, (entry,) = add_files(case.folder, [mrsi], Addition())
    assert native.read_spectra(after.path(entry)).water is None
