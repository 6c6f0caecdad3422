"""A table of patients from a CSV file: one row each, columns by name, missing values seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core import ImpastoError
from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.workflow.outcome.csv_cells import read_csv_cells

__all__ = ["PatientTable", "doubtful_identifiers", "read_patient_table", "require_unpaired"]

_MOST_GROUPS = 12

_IDENTIFIERS = ("patient", "patient_id", "patientid", "patient id", "id", "subject", "subject_id", "pid")

_MISSING = ("na", "n/a", "nan", "null", ".", "#n/a", "#nv", "#div/0!", "#value!", "#num!", "#ref!", "#wert!")
"""In lower case; the last ones are what spreadsheets write for a formula that failed."""


@dataclass(frozen=True, eq=False)
class PatientTable:
    """Columns of text as the file has them; empty where a value is missing.

    Parameters
    ----------
    source : str
        Name of the file, for messages.
    columns : dict of str to ndarray of str, shape (patient,)
    lines : ndarray of int, shape (patient,)
        Lines of the file, for messages.
    notes : tuple of str
        How the file was read, where that is not plain CSV.
    """

    source: str
    columns: dict[str, NDArray[np.str_]]
    lines: IntArray
    notes: tuple[str, ...] = field(default=())

    @property
    def patients(self) -> int:
        """Number of rows."""
        return len(self.lines)

    def text(self, name: str) -> NDArray[np.str_]:
        """Values of a column as they stand.

        Raises
        ------
        ImpastoError
            When there is no such column; names that are near it come first.
        """
        if name not in self.columns:
            problem = f"there is no column {name!r}"
            raise ImpastoError(self.source, problem, f"{self._meant(name)}name one of {', '.join(self.columns)}")
        return self.columns[name]

    def numbers(self, name: str) -> FloatArray:
        """Values of a column as numbers.

        Raises
        ------
        ImpastoError
            When one is not a finite number, or is missing.
        """
        values = self.text(name)
        for row, value in enumerate(values.tolist()):
            if not _is_number(value):
                said = "is empty" if not value else f"{value!r} is no number"
                problem = f"row {self.lines[row]}, column {name!r}: {said}"
                raise ImpastoError(self.source, problem, "write numbers with a decimal point, or leave the row out")
        return values.astype(np.float64)

    def known_numbers(self, name: str) -> FloatArray:
        """Values of a column as numbers, NaN where one is missing.

        Raises
        ------
        ImpastoError
            When one is neither empty nor a finite number.
        """
        known = self.text(name) != ""
        values = np.full(self.patients, np.nan)
        values[known] = self.of(known).numbers(name)
        return values

    def values(self, name: str) -> NDArray[Any]:
        """Return numbers where all are, else text: a covariate as it is meant."""
        texts = self.text(name)
        return texts.astype(np.float64) if self.is_numeric(name) else texts

    def is_numeric(self, name: str) -> bool:
        """Whether every value that is not missing is a number, and there is one."""
        known = [value for value in self.text(name).tolist() if value]
        return bool(known) and all(_is_number(value) for value in known)

    def is_mostly_numeric(self, name: str) -> bool:
        """Whether most values that are not missing are numbers: one that is not is a slip, then, and no category."""
        known = [value for value in self.text(name).tolist() if value]
        return sum(map(_is_number, known)) > 0.5 * len(known)

    def groups(self, name: str) -> list[str]:
        """Different values of a column of groups, sorted, as numbers where all are.

        Raises
        ------
        ImpastoError
            When nobody has one, or there are so many that the column cannot be meant.
        """
        found = sorted(set(self.text(name).tolist()) - {""})
        if not found:
            raise ImpastoError(self.source, f"nobody has a {name}", "fill the column, or name another")
        if len(found) > _MOST_GROUPS:
            problem = f"column {name!r} has {len(found)} different values ({', '.join(found[:3])}, ...)"
            raise ImpastoError(self.source, problem, f"name a column of groups, {_MOST_GROUPS} at most")
        return sorted(found, key=float) if all(_is_number(one) for one in found) else found

    def is_complete(self, names: list[str]) -> BoolArray:
        """Whether each row has a value in all of the columns, shape (patient,)."""
        known: BoolArray = np.all([self.text(name) != "" for name in names], axis=0)
        return known

    def require_unique(self, name: str) -> None:
        """Refuse a column of identifiers in which one occurs twice or is missing.

        Raises
        ------
        ImpastoError
        """
        texts = self.text(name)
        if (texts == "").any():
            problem = f"row {self.lines[int(np.argmax(texts == ''))]} has no {name}"
            raise ImpastoError(self.source, problem, "name every patient")
        name_of, count = Counter(texts.tolist()).most_common(1)[0]
        if count > 1:
            rows = ", ".join(str(line) for line in self.lines[texts == name_of])
            problem = f"{name} {name_of!r} has {count} rows ({rows})"
            raise ImpastoError(self.source, problem, "keep one row for each patient")

    def of(self, chosen: BoolArray) -> PatientTable:
        """Return the chosen rows."""
        columns = {name: values[chosen] for name, values in self.columns.items()}
        return PatientTable(self.source, columns, self.lines[chosen], self.notes)

    def _meant(self, name: str) -> str:
        """Ask for columns whose names are near, whatever their case."""
        lower = {column.casefold(): column for column in self.columns}
        near = get_close_matches(name.casefold(), lower, n=2, cutoff=0.6)
        return f"did you mean {' or '.join(repr(lower[one]) for one in near)}? " if near else ""


def read_patient_table(path: Path) -> PatientTable:
    """Read a CSV file with a header; empty cells, ``NA``, ``NaN``, ``null`` and ``.`` count as missing.

    Commas, semicolons and tabs separate; see :func:`~impasto.workflow.outcome.csv_cells.read_csv_cells`.

    Raises
    ------
    ImpastoError
        When it cannot be read or has no rows.
    """
    read = read_csv_cells(path)
    cells = [["" if cell.casefold() in _MISSING else cell for cell in row] for row in read.rows]
    columns = {name: np.array([row[at] for row in cells], dtype=np.str_) for at, name in enumerate(read.header)}
    return PatientTable(path.name, columns, np.array(read.lines, dtype=np.int64), read.notes)


def require_unpaired(table: PatientTable, by: str) -> None:
    """Refuse a table that names the same patients in several groups: tests of groups would ignore the pairs.

    Raises
    ------
    ImpastoError
    """
    groups = table.text(by)
    for name in table.columns:
        if name.casefold() not in _IDENTIFIERS or name == by:
            continue
        people = table.text(name)
        sets = [set(people[groups == group].tolist()) - {""} for group in table.groups(by)]
        shared = set[str]().union(*(one & other for place, one in enumerate(sets) for other in sets[:place]))
        if sets and 2 * len(shared) > len(set().union(*sets)):
            problem = f"{len(shared)} patients have rows in several groups of {by}: values are paired"
            raise ImpastoError(table.source, problem, "use impasto compare, or ask for unpaired tests: --unpaired")


def doubtful_identifiers(table: PatientTable, used: Sequence[str]) -> list[str]:
    """Note columns that look like identifiers, are not used otherwise, and name someone twice."""
    notes = []
    for name in table.columns:
        if name.casefold() not in _IDENTIFIERS or name in used:
            continue
        texts = [text for text in table.text(name).tolist() if text]
        repeated = [text for text, count in Counter(texts).items() if count > 1]
        if repeated:
            shown = ", ".join(repeated[:3]) + (" and others" if len(repeated) > 3 else "")
            notes.append(f"Column {name} has {shown} more than once: every row is taken for a patient of its own.")
    return notes


def _is_number(text: str) -> bool:
    try:
        # Python would take 1_000 too
        return "_" not in text and bool(np.isfinite(float(text)))
    except ValueError:
        return False
