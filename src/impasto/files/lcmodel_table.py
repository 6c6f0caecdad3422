"""Results of LCModel (Provencher 1993): the table of concentrations that it writes as CSV, one file per slice.

A line holds a voxel's row and column, counted from one, and for each metabolite ``NAA, NAA %SD, NAA/Cr+PCr``: its
concentration, the Cramer-Rao bound in per cent of it, and its ratio to a reference.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from impasto.core.arrays import FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image

__all__ = ["LCMODEL_SUMS", "LcmodelTable", "VoxelOrder", "lcmodel_maps", "read_lcmodel_table"]

LCMODEL_SUMS: Mapping[str, str] = {
    "NAA+NAAG": "tNAA",
    "GPC+PCh": "tCho",
    "PCh+GPC": "tCho",
    "Cr+PCr": "tCr",
    "PCr+Cr": "tCr",
    "Glu+Gln": "Glx",
    "Gln+Glu": "Glx",
}
"""LCModel's names of the sums that have one of their own here."""

_UNKNOWN_PERCENT = 999.0
"""What LCModel writes where it can give no bound."""

_AXES = {"i": 0, "j": 1, "k": 2}


@dataclass(frozen=True, eq=False)
class LcmodelTable:
    """One slice's results.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    rows, columns : ndarray of int, shape (voxel,)
        Counted from one.
    metabolites : tuple of str
        As LCModel writes them, for example ``NAA+NAAG``.
    concentrations : ndarray, shape (voxel, metabolite)
        In LCModel's unit: millimole per litre only where it was scaled to water.
    standard_errors : ndarray, shape (voxel, metabolite)
        Cramer-Rao bounds in the same unit; NaN where LCModel gives none (999 %).
    """

    name: str
    rows: IntArray
    columns: IntArray
    metabolites: tuple[str, ...]
    concentrations: FloatArray
    standard_errors: FloatArray


@dataclass(frozen=True)
class VoxelOrder:
    """How LCModel's rows and columns lie on a grid: that depends on who wrote its input.

    Parameters
    ----------
    columns : str
        Index axis along which the column number grows: ``i``, ``j`` or ``k``, with a minus when it falls.
    rows : str
        The same for the row number; slices lie along the third axis.

    Raises
    ------
    ImpastoError
        When one is no axis, or both are the same.
    """

    columns: str = "i"
    rows: str = "j"

    def __post_init__(self) -> None:
        for axis in (self.columns, self.rows):
            if not re.fullmatch(r"-?[ijk]", axis):
                raise ImpastoError("voxel order", f"{axis!r} is no axis", "give i, j or k, or one with a minus")
        if self.columns[-1] == self.rows[-1]:
            raise ImpastoError("voxel order", "rows and columns run along the same axis", "give two axes")

    @property
    def slice_axis(self) -> int:
        """Index axis across the slices."""
        return 3 - _AXES[self.columns[-1]] - _AXES[self.rows[-1]]

    def index(self, table: LcmodelTable, slice_number: int, shape: tuple[int, int, int]) -> IntArray:
        """Voxel index (i, j, k) of every line of a table, shape (voxel, 3); `slice_number` counts from one.

        Raises
        ------
        ImpastoError
            When a line lies outside the grid.
        """
        index = np.empty((len(table.rows), 3), dtype=np.int64)
        for numbers, axis in ((table.columns, self.columns), (table.rows, self.rows)):
            count = shape[_AXES[axis[-1]]]
            index[:, _AXES[axis[-1]]] = count - numbers if axis.startswith("-") else numbers - 1
        index[:, self.slice_axis] = slice_number - 1
        if (index < 0).any() or (index >= shape).any():
            size = f"rows up to {table.rows.max()}, columns up to {table.columns.max()}, slice {slice_number}"
            problem = f"has {size}, beyond a grid of {' x '.join(map(str, shape))}"
            raise ImpastoError(table.name, problem, "choose the spectra that were fitted, or other axes")
        return index


def read_lcmodel_table(path: Path) -> LcmodelTable:
    """Read the CSV file of one slice, or of a single voxel.

    Raises
    ------
    ImpastoError
        When the file is no such table, is cut short, or holds a voxel twice.
    """
    name = str(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            lines = [[cell.strip() for cell in line] for line in csv.reader(stream)]
    except FileNotFoundError:
        raise ImpastoError(name, "is not there", "check the path") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ImpastoError(name, f"cannot be read ({error})", "check or export it again") from None
    lines = [line for line in lines if any(line)]
    metabolites = _metabolites(lines[0] if lines else [], name)
    header = lines[0]
    # runs that were appended to one file repeat the header
    body = [line for line in lines[1:] if line != header]
    if not body:
        raise ImpastoError(name, "holds no voxel", "check LCModel's run")
    rows, columns = (np.array([_whole(line, at, name) for line in body]) for at in (0, 1))
    twice = len({*zip(rows.tolist(), columns.tolist(), strict=True)}) < len(body)
    if twice:
        raise ImpastoError(name, "holds a voxel twice", "give one file per slice")
    at = [header.index(metabolite) for metabolite in metabolites]
    concentrations = np.array([[_number(line, place, name) for place in at] for line in body])
    percent = np.array([[_number(line, place + 1, name) for place in at] for line in body])
    errors = np.where(percent >= _UNKNOWN_PERCENT, np.nan, 0.01 * percent * concentrations)
    return LcmodelTable(name, rows, columns, metabolites, concentrations, errors)


def lcmodel_maps(
    tables: Mapping[int, LcmodelTable],
    grid: Grid,
    unit: str,
    order: VoxelOrder | None = None,
    only: Sequence[str] = (),
) -> dict[str, Image]:
    """Lay LCModel's results on the grid of the spectra that were fitted.

    Parameters
    ----------
    tables : mapping of int to LcmodelTable
        By slice number, counted from one.
    grid : Grid
    unit : str
        UCUM unit of the concentrations.
    order : VoxelOrder, optional
        Columns along i and rows along j without it.
    only : sequence of str
        Metabolites to take, in LCModel's names or this project's; all when empty.

    Returns
    -------
    dict of str to Image
        By metabolite (``tNAA`` for ``NAA+NAAG``), with standard errors; NaN where LCModel has no result.

    Raises
    ------
    ImpastoError
        When the tables hold different metabolites, none that is wanted, or a voxel outside the grid.
    """
    order = order or VoxelOrder()
    first = next(iter(tables.values()))
    names = {metabolite: LCMODEL_SUMS.get(metabolite, metabolite) for metabolite in first.metabolites}
    wanted = [metabolite for metabolite, name in names.items() if not only or {metabolite, name} & set(only)]
    unknown = [name for name in only if name not in {*names, *names.values()}]
    if unknown:
        raise ImpastoError(first.name, f"has no {', '.join(unknown)}", f"choose from: {', '.join(names)}")
    values = {metabolite: np.full((2, *grid.shape), np.nan, dtype=np.float32) for metabolite in wanted}
    for slice_number, table in tables.items():
        if table.metabolites != first.metabolites:
            raise ImpastoError(table.name, f"holds other metabolites than {first.name}", "give files of one run")
        i, j, k = order.index(table, slice_number, grid.shape).T
        for metabolite, laid in values.items():
            at = table.metabolites.index(metabolite)
            laid[:, i, j, k] = table.concentrations[:, at], table.standard_errors[:, at]
    return {
        names[metabolite]: Image(laid[0], grid, names[metabolite], unit, standard_error=laid[1])
        for metabolite, laid in values.items()
    }


def _metabolites(header: list[str], name: str) -> tuple[str, ...]:
    found = tuple(header[at - 1] for at, cell in enumerate(header) if at >= 3 and cell == f"{header[at - 1]} %SD")
    if [cell.lower() for cell in header[:2]] != ["row", "col"] or not found:
        problem = "is no table of LCModel's (Row, Col, then NAA, NAA %SD, NAA/Cr+PCr and so on)"
        raise ImpastoError(name, problem, "give the .csv file that LCModel wrote (LCSV = 11)")
    return found


def _number(line: list[str], at: int, name: str) -> float:
    try:
        value = float(line[at])
    except (IndexError, ValueError):
        given = f"{line[at]!r} is no number" if at < len(line) else "it ends early"
        problem = f"in the line of row {line[0]}, column {line[1] if len(line) > 1 else '?'}: {given}"
        raise ImpastoError(name, problem, "check or export it again") from None
    return value


def _whole(line: list[str], at: int, name: str) -> int:
    value = _number(line, at, name)
    if value < 1 or value != int(value):
        raise ImpastoError(name, f"{line[at]!r} is no row or column number", "check or export it again")
    return int(value)
