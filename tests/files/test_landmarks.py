"""Tables of landmarks: read by name, refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from impasto.core import ImpastoError
from impasto.files import read_landmarks

HEAD = "name,fixed_x,fixed_y,fixed_z,moving_x,moving_y,moving_z\n"


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "landmarks.csv"
    path.write_text(HEAD + "apex,1,2,3,4,5,6\nfalx,-1,0,0.5,7,8,9\n")
    fixed, moving = read_landmarks(path)
    assert fixed.tolist() == [[1, 2, 3], [-1, 0, 0.5]]
    assert moving.tolist() == [[4, 5, 6], [7, 8, 9]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,y,z\n1,2,3\n", "no column fixed_x"),
        (HEAD, "no rows"),
        (HEAD + "apex,1,2,3,4,5,\n", "empty cells"),
        (HEAD + "apex,1,2,three,4,5,6\n", "no number"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "landmarks.csv"
    path.write_text(text)
    with pytest.raises(ImpastoError, match=said):
        read_landmarks(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(ImpastoError, match="cannot be read"):
        read_landmarks(tmp_path / "none.csv")
