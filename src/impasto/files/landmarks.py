"""Pairs of landmarks in a table: the same places in two frames."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError

__all__ = ["read_landmarks"]

_COLUMNS = ("fixed_x", "fixed_y", "fixed_z", "moving_x", "moving_y", "moving_z")


def read_landmarks(path: Path) -> tuple[FloatArray, FloatArray]:
    """Read a CSV table with the columns fixed_x, fixed_y, fixed_z, moving_x, moving_y and moving_z, LPS mm.

    Further columns, such as a name, are passed over.

    Returns
    -------
    fixed, moving : ndarray, shape (landmark, 3)

    Raises
    ------
    ImpastoError
        When the file cannot be read, a column is missing, a cell is no number, or there are no rows.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ImpastoError(str(path), f"has no column {missing[0]}", f"name columns {', '.join(_COLUMNS)}")
            rows = [[float(row[name] or "nan") for name in _COLUMNS] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImpastoError(str(path), f"cannot be read ({error})", "give a CSV table") from None
    except ValueError as error:
        raise ImpastoError(str(path), f"a cell is no number ({error})", "write coordinates in mm") from None
    values = np.array(rows, dtype=np.float64).reshape(-1, 6)
    if not len(values) or not np.isfinite(values).all():
        raise ImpastoError(str(path), "has no rows, or empty cells", "give six coordinates a landmark")
    return values[:, :3], values[:, 3:]
