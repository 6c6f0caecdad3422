"""A table of patients from a CSV file: one row each, columns by name, missing values seen."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from impasto.core import ImpastoError
from impasto.core.arrays import BoolArray, FloatArray

__all__ = ["PatientTable", "read_patient_table"]

_MISSING = ("NA", "N/A", "NaN", "nan", "null", ".")


@dataclass(frozen=True, eq=False)
class PatientTable:
    """Columns of text as the file has them; empty where a value is missing.

    Parameters
    ----------
    source : str
        Name of the file, for messages.
    columns : dict of str to ndarray of str, shape (patient,)
    """

    source: str
    columns: dict[str, NDArray[np.str_]]

    @property
    def patients(self) -> int:
        """Number of rows."""
        return len(next(iter(self.columns.values())))

    def text(self, name: str) -> NDArray[np.str_]:
        """Values of a column as they stand.

        Raises
        ------
        ImpastoError
            When there is no such column.
        """
        if name not in self.columns:
            problem = f"there is no column {name!r}"
            raise ImpastoError(self.source, problem, f"name one of {', '.join(self.columns)}")
        return self.columns[name]

    def numbers(self, name: str) -> FloatArray:
        """Values of a column as numbers.

        Raises
        ------
        ImpastoError
            When one is not a number.
        """
        values = self.text(name)
        try:
            return values.astype(np.float64)
        except ValueError:
            row = next(place for place, value in enumerate(values) if not _is_number(value))
            problem = f"row {row + 2}, column {name!r}: {str(values[row])!r} is no number"
            raise ImpastoError(self.source, problem, "write numbers with a decimal point") from None

    def values(self, name: str) -> NDArray[Any]:
        """Return numbers where all are, else text: a covariate as it is meant."""
        texts = self.text(name)
        return texts.astype(np.float64) if all(_is_number(value) for value in texts) else texts

    def is_complete(self, names: list[str]) -> BoolArray:
        """Whether each row has a value in all of the columns, shape (patient,)."""
        known: BoolArray = np.all([self.text(name) != "" for name in names], axis=0)
        return known

    def of(self, chosen: BoolArray) -> PatientTable:
        """Return the chosen rows."""
        return PatientTable(self.source, {name: values[chosen] for name, values in self.columns.items()})


def read_patient_table(path: Path) -> PatientTable:
    """Read a CSV file with a header; empty cells, ``NA``, ``NaN``, ``null`` and ``.`` count as missing.

    Raises
    ------
    ImpastoError
        When it cannot be read or has no rows.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImpastoError(str(path), f"it does not read as CSV ({error})", "save the table as CSV, UTF-8") from None
    if len(rows) < 2:
        raise ImpastoError(str(path), "it has no rows", "give one row for each patient below the header")
    header = rows[0]
    if len(set(header)) < len(header) or not all(header):
        raise ImpastoError(str(path), "a column has no name, or two have the same", "give each a name of its own")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            problem = f"row {number} has {len(row)} cells, the header {len(header)}"
            raise ImpastoError(str(path), problem, "separate cells by commas, and quote text that has one")
    cells = [["" if cell in _MISSING else cell for cell in row] for row in rows[1:]]
    return PatientTable(path.name, {name: np.array([row[at] for row in cells]) for at, name in enumerate(header)})


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
