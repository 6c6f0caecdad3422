"""Cases and writing beside: an error or a full disk leaves what was there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from impasto.core import Grid, Image, ImpastoError
from impasto.files import (
    Case,
    CaseEntry,
    EntryKind,
    content_hash,
    create_case,
    native,
    open_case,
    replacing_file,
    replacing_folder,
    save_case,
)


def test_a_manifest_reads_back(tmp_path: Path) -> None:
    case = create_case(tmp_path / "case", "subject é", simulated=True)
    case = case.with_entry(CaseEntry("ct", EntryKind.IMAGE, "CT", "CT head", notes=("a note",)))
    case = case.with_entry(CaseEntry("structures-ct", EntryKind.STRUCTURES, "RTSTRUCT", "drawn", "ct"))
    save_case(case)
    assert open_case(tmp_path / "case") == case


def test_an_entry_that_is_not_there_lists_those_that_are(tmp_path: Path) -> None:
    case = Case(tmp_path, "s").with_entry(CaseEntry("ct", EntryKind.IMAGE, "CT"))
    with pytest.raises(ImpastoError, match="no images entry 'pet'; choose one of: ct"):
        case.entry(EntryKind.IMAGE, "pet")


def test_a_folder_that_is_no_case_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="impasto import"):
        open_case(tmp_path)
    (tmp_path / "case.toml").write_text("format = 9\nsubject = 'x'\n")
    with pytest.raises(ImpastoError, match=r"case\.toml: format"):
        open_case(tmp_path)
    (tmp_path / "case.toml").write_text("format = [")
    with pytest.raises(ImpastoError, match="is not TOML"):
        open_case(tmp_path)


def test_a_case_is_not_begun_in_a_used_folder(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(ImpastoError, match="not empty"):
        create_case(tmp_path, "s")


def test_an_error_while_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(RuntimeError), replacing_file(path) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_while_writing_leaves_the_old_folder(tmp_path: Path) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    with pytest.raises(RuntimeError), replacing_folder(folder) as fresh:
        (fresh / "new.txt").write_text("half")
        raise RuntimeError
    assert [p.name for p in folder.iterdir()] == ["old.txt"]
    with replacing_folder(folder) as fresh:
        (fresh / "new.txt").write_text("whole")
    assert [p.name for p in folder.iterdir()] == ["new.txt"]
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_that_cannot_take_its_place_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "old.txt").write_text("old")
    replace = os.replace

    def fail_once(source: Path, target: Path) -> None:
        if Path(source).name == "new":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        replace(source, target)

    monkeypatch.setattr("os.replace", fail_once)
    with pytest.raises(ImpastoError, match="nothing was changed"), replacing_folder(folder) as fresh:
        (fresh / "new.txt").write_text("whole")
    assert [p.name for p in folder.iterdir()] == ["old.txt"]


def test_an_image_entry_lists_all_its_files_whatever_its_name(tmp_path: Path) -> None:
    case = Case(tmp_path, "s")
    entry = CaseEntry("map [1]", EntryKind.IMAGE)
    values = np.ones((2, 2, 2), dtype=np.float32)
    case.path(entry).parent.mkdir()
    native.write_image(
        Image(values, Grid.centred((2, 2, 2), (1, 1, 1)), "Ktrans", "1/min", standard_error=values), case.path(entry)
    )
    names = [path.name for path in case.files(entry)]
    assert names == ["map [1].json", "map [1].nii.gz", "map [1].standard-error.nii.gz"]


def test_a_full_disk_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ImpastoError, match=r"a\.txt: writing failed \(No space left on device\); nothing was changed"):
        with replacing_file(path):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert path.read_text() == "old"


def test_a_folder_without_permission_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    with pytest.raises(ImpastoError, match="cannot be written"), replacing_file(tmp_path / "a.txt") as beside:
        beside.write_text("x")


def test_hashes_follow_content_and_names(tmp_path: Path) -> None:
    image = Image(np.zeros((2, 2, 2)), Grid.centred((2, 2, 2), (1, 1, 1)), "signal", "1")
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        native.write_image(image, tmp_path / name / "map")
    assert content_hash(tmp_path / "first") == content_hash(tmp_path / "second")
    (tmp_path / "second" / "map.json").rename(tmp_path / "second" / "other.json")
    assert content_hash(tmp_path / "first") != content_hash(tmp_path / "second")
