"""Lesions of a case: found, edited, given by others, segmented by an ONNX network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.target.lesion_head import GRID, LesionHead, dice, lesion_head
from typer.testing import CliRunner

from impasto.cli.main import application
from impasto.core import Image, ImpastoError
from impasto.files import Case, CaseEntry, EntryKind, create_case, native, open_case, open_onnx, save_case, write_nifti
from impasto.target.lesions import LesionPart
from impasto.workflow import LesionRequest, find_case_lesions
from impasto.workflow.importing.entries import with_image
from impasto.workflow.lesions.images import choose_lesion_images

P = LesionPart
NOTHING_SAID = LesionRequest(images={})


@pytest.fixture(scope="module")
def head() -> LesionHead:
    return lesion_head()


@pytest.fixture
def case(head: LesionHead, tmp_path: Path) -> Case:
    case = create_case(tmp_path / "case", "test", simulated=True)
    case.folder.mkdir()
    for name in ("t1", "t1c", "t2", "flair"):
        case = with_image(case, CaseEntry(name, EntryKind.IMAGE, "MR"), getattr(head.images, name))
    save_case(case)
    return case


def labels_of(path: Path) -> Image:
    return native.read_image(path.with_name("image"))


def test_found_edited_and_run_again(case: Case, head: LesionHead, tmp_path: Path) -> None:
    first = find_case_lesions(case, NOTHING_SAID)
    found = labels_of(first.labels)
    assert dice(found.data == P.ENHANCING, head.truth == P.ENHANCING) > 0.93
    assert [row["name"] for row in first.volumes] == ["CEL", "T2L", "NEL", "Necrosis", "NAB"]
    assert first.diameters_mm["CEL"]["in_axial_slice"] == pytest.approx(31.0, abs=4.0)
    assert any("skull-stripped" in note for note in first.notes)
    kept = native.read_structures(first.case.path(first.case.entry(EntryKind.STRUCTURES, "lesions")))
    assert "CEL" in kept

    edited = np.array(found.data)
    i, j, k = np.argwhere(edited == P.ENHANCING)[0]
    edited[i, j, k], edited[2, 2, 2] = 0, P.CAVITY
    file = tmp_path / "edited.nii.gz"
    write_nifti(found.with_data(edited), file)
    second = find_case_lesions(open_case(case.folder), replace(NOTHING_SAID, edited=file))
    assert np.array_equal(labels_of(second.labels).data, edited)

    settings = {"lesions.lesion.least_enhancement": 0.4}
    third = labels_of(find_case_lesions(open_case(case.folder), NOTHING_SAID, settings).labels).data
    assert third[2, 2, 2] == P.CAVITY
    assert third[i, j, k] != P.ENHANCING
    anew = find_case_lesions(open_case(case.folder), replace(NOTHING_SAID, anew=True))
    assert np.array_equal(labels_of(anew.labels).data, found.data)


def test_label_map_of_others(case: Case, head: LesionHead, tmp_path: Path) -> None:
    file = tmp_path / "seg.nii.gz"
    old = np.where(head.truth == P.ENHANCING, 4, head.truth).astype(np.uint8)
    write_nifti(Image(old, GRID, "label", "1"), file)
    made = find_case_lesions(case, replace(NOTHING_SAID, given=file))
    assert np.array_equal(labels_of(made.labels).data, head.truth)
    again = find_case_lesions(
        open_case(case.folder), replace(NOTHING_SAID, given=file, meaning={"4": "enhancing", "1": "cavity"})
    )
    assert np.array_equal(labels_of(again.labels).data == P.CAVITY, head.truth == P.NECROSIS)
    with pytest.raises(ImpastoError, match="no part of a lesion"):
        find_case_lesions(case, replace(NOTHING_SAID, given=file, meaning={"4": "bone"}))


def test_sequences_are_known_by_their_names(tmp_path: Path) -> None:
    case = create_case(tmp_path / "case", "test")
    case.folder.mkdir()
    small = Image(np.ones((2, 2, 2), np.float32), GRID.cropped((0, 0, 0), (2, 2, 2)), "MR", "1")
    for name in ("t1-mapping-10deg", "t2f", "t1n", "t1ce", "t2w", "adc"):
        case = with_image(case, CaseEntry(name, EntryKind.IMAGE, "MR"), small)
    chosen = {slot: entry.name for slot, entry in choose_lesion_images(case).items()}
    assert chosen == {"t1c": "t1ce", "flair": "t2f", "t1": "t1n", "t2": "t2w"}


def test_verb_prints_volumes_and_says_where_to_edit(case: Case) -> None:
    shown = CliRunner().invoke(application, ["lesions", str(case.folder), "--seed", "28,-10,4", "--json"])
    assert shown.exit_code == 0, shown.output
    assert '"CEL"' in shown.output
    assert "labels" in shown.output
    wrong = CliRunner().invoke(application, ["lesions", str(case.folder), "--box", "1,2,3"])
    assert wrong.exit_code == 2


def test_onnx_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="is not there"):
        open_onnx(tmp_path / "none.onnx")


def test_case_without_lesion_images_says_so(tmp_path: Path) -> None:
    case = create_case(tmp_path / "case", "test")
    with pytest.raises(ImpastoError, match="T1c or FLAIR"):
        find_case_lesions(case, NOTHING_SAID)


def test_onnx_network_segments(case: Case, tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="onnxruntime is an optional extra")
    file = tmp_path / "identity.onnx"
    file.write_bytes(_identity_network(4))
    settings = {"lesions.network_use.window": [64, 72, 56], "lesions.network_use.spacing_mm": 2.5}
    made = find_case_lesions(case, replace(NOTHING_SAID, network=file), settings)
    # each voxel is of the class whose channel has the largest z-score: T1, T1c, T2, FLAIR
    held = set(np.unique(labels_of(made.labels).data).tolist())
    assert held == {0, 1, 2, 3}


def _identity_network(channels: int) -> bytes:
    """Write an ONNX model with one Identity node: protocol buffer fields by number."""

    def field(number: int, content: bytes | int) -> bytes:
        if isinstance(content, int):
            return bytes([number << 3, content])
        return bytes([number << 3 | 2]) + _varint(len(content)) + content

    def tensor(name: bytes) -> bytes:
        sides = [field(1, 1), field(1, channels), field(2, b"i"), field(2, b"j"), field(2, b"k")]
        shape = b"".join(field(1, side) for side in sides)
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

    node = field(1, b"x") + field(2, b"y") + field(4, b"Identity")
    graph = field(1, node) + field(2, b"g") + field(11, tensor(b"x")) + field(12, tensor(b"y"))
    return field(1, 8) + field(8, field(1, b"") + field(2, 13)) + field(7, graph)


def _varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + _varint(value >> 7)
