"""Tables as clinics save them, and what is said of those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.workflow import read_patient_table

PLAIN = "patient,arm,age\nP1,60 Gy,50.5\nP2,72 Gy,61\nP3,72 Gy,\n"


@pytest.mark.parametrize(
    ("text", "encoding", "note"),
    [
        (PLAIN, "utf-8", ""),
        (PLAIN, "utf-8-sig", ""),
        (PLAIN.replace("\n", "\r\n"), "utf-8", ""),
        (PLAIN.replace(".", ",").replace(",", ";").replace("50;5", "50,5"), "cp1252", "semicolons"),
        (PLAIN.replace(",", "\t"), "utf-16", "UTF-16"),
        ("sep=;\n" + PLAIN.replace(",", ";").replace(".", ","), "utf-8", "Decimal commas"),
        (PLAIN.replace("\n", ",,\n"), "utf-8", ""),
        (PLAIN.replace("P1", "Müller"), "cp1252", "Windows-1252"),
        (PLAIN.replace("72 Gy,\n", "72 Gy,#N/A\n"), "utf-8", ""),
    ],
)
def test_one_table_however_it_was_saved(tmp_path: Path, text: str, encoding: str, note: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    table = read_patient_table(path)
    assert table.text("arm").tolist() == ["60 Gy", "72 Gy", "72 Gy"]
    np.testing.assert_array_equal(table.known_numbers("age"), [50.5, 61.0, np.nan])
    assert bool(table.notes) == bool(note)
    assert note in " ".join(table.notes)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it has no rows"),
        (b"arm,age\n", "it has no rows"),
        (b"PK\x03\x04\0", "workbook"),
        (b"a,b\n1\n", "row 2 has 1 cells, the header 2"),
        (b"a;b\n1,5;2\n\n2.5;3\n", "column 'a' has decimal commas and decimal points"),
        (b"a,a\n1,2\n", "two have the same"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(ImpastoError, match=said):
        read_patient_table(path)
    with pytest.raises(ImpastoError, match="no such file; check the path"):
        read_patient_table(tmp_path / "none.csv")


def test_columns_rows_and_identifiers_are_named(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Patient,arm,os\nP1,a,3\n\nP1,b,lost\n,b,1_000\n", encoding="utf-8")
    table = read_patient_table(path)
    with pytest.raises(ImpastoError, match="did you mean 'Patient'"):
        table.text("patients")
    with pytest.raises(ImpastoError, match="row 4, column 'os': 'lost' is no number"):
        table.numbers("os")
    with pytest.raises(ImpastoError, match="row 5, column 'os'"):
        table.of(np.array([True, False, True])).numbers("os")
    with pytest.raises(ImpastoError, match="row 5 has no Patient"):
        table.require_unique("Patient")
    with pytest.raises(ImpastoError, match=r"'P1' has 2 rows \(2, 4\)"):
        table.of(np.array([True, True, False])).require_unique("Patient")
