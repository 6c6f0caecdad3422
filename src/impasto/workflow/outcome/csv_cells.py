"""Cells of a CSV file as spreadsheets save them: commas, semicolons or tabs, decimal commas, Excel's encodings."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from impasto.core import ImpastoError
from impasto.files import replacing_file
from impasto.workflow.outcome.file_content import file_content

__all__ = ["CsvCells", "read_csv_cells", "write_csv_rows"]

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_DECIMAL_POINT = re.compile(r"[+-]?\d*\.\d+(?:[eE][+-]?\d+)?")
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*")
"""Excel's own first line."""


@dataclass(frozen=True)
class CsvCells:
    """A header and the rows below it, each as long as the header.

    Parameters
    ----------
    header : tuple of str
    rows : tuple of tuple of str
        Decimal commas are points already.
    lines : tuple of int
        Of the file, for messages.
    notes : tuple of str
        How the file was read, where that is not plain CSV.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    notes: tuple[str, ...]


def read_csv_cells(path: Path) -> CsvCells:
    """Read a table with a header.

    The separator is the one of comma, semicolon and tab that gives every row as many cells as the header, and most of
    them. Decimal commas are read as points where cells are not separated by commas. Columns without name and content,
    which spreadsheets leave at the right, are dropped.

    Raises
    ------
    ImpastoError
        When it cannot be read, has no rows, rows differ in length, or columns are not named apart.
    """
    text, notes = _text(path)
    lines, separator = _lines(text)
    if len(lines) < 2:
        raise ImpastoError(str(path), "it has no rows", "give a header and rows below it")
    _check_widths(path, lines, separator)
    kept = [place for place in range(len(lines[0][1])) if any(cells[place] for _, cells in lines)]
    header = tuple(lines[0][1][place] for place in kept)
    if len(set(header)) < len(header) or not all(header):
        raise ImpastoError(str(path), "a column has no name, or two have the same", "give each a name of its own")
    rows = [tuple(cells[place] for place in kept) for _, cells in lines[1:]]
    if separator != ",":
        notes.append(f"{path.name} has its cells separated by {_SEPARATORS[separator]}.")
        rows, changed = _with_points(path, header, rows)
        if changed:
            notes.append(f"Decimal commas were read as points in {', '.join(changed)}.")
    return CsvCells(header, tuple(rows), tuple(line for line, _ in lines[1:]), tuple(notes))


def _text(path: Path) -> tuple[str, list[str]]:
    """Decode a file; what is not UTF-8 is taken for what Excel saves on Windows."""
    content = file_content(path)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace"), [f"{path.name} is UTF-16."]
    if b"\0" in content or content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise ImpastoError(str(path), "it is no text, a workbook perhaps", "save the sheet as CSV (UTF-8)")
    try:
        return content.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), [f"{path.name} is not UTF-8: read as Windows-1252."]


def _lines(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Cells of every line that has any, with its number, and the separator."""
    stated = _SEPARATOR_LINE.fullmatch(text.split("\n", 1)[0].strip())
    if stated is not None:
        lines = _split(text, stated[1])[1:]
        return lines, stated[1] if stated[1] in _SEPARATORS else ";"
    found = {separator: _split(text, separator) for separator in _SEPARATORS}
    fitting = [one for one, lines in found.items() if lines and len({len(cells) for _, cells in lines}) == 1]
    fitting = [one for one in fitting if len(found[one][0][1]) > 1]
    widest = fitting or [","]
    if not fitting and text.strip():
        first = text.strip().split("\n", 1)[0]
        widest = sorted(_SEPARATORS, key=first.count, reverse=True)
    separator = max(widest, key=lambda one: len(found[one][0][1])) if fitting else widest[0]
    return found[separator], separator


def _split(text: str, separator: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    return [(line, cells) for line, cells in rows if any(cells)]


def _check_widths(path: Path, lines: Sequence[tuple[int, list[str]]], separator: str) -> None:
    width = len(lines[0][1])
    for line, cells in lines[1:]:
        if len(cells) != width:
            problem = f"row {line} has {len(cells)} cells, the header {width}"
            remedy = f"separate cells by {_SEPARATORS[separator]}, and quote text that has one"
            raise ImpastoError(str(path), problem, remedy)


def _with_points(
    path: Path, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Turn decimal commas into points, column by column; a column with both is nobody's guess."""
    changed, columns = [], []
    for name, column in zip(header, zip(*rows, strict=True), strict=True):
        has_commas = any(_DECIMAL_COMMA.fullmatch(cell) for cell in column)
        if has_commas and any(_DECIMAL_POINT.fullmatch(cell) for cell in column):
            problem = f"column {name!r} has decimal commas and decimal points"
            raise ImpastoError(str(path), problem, "write all of its numbers in one way")
        if has_commas:
            changed.append(name)
            column = tuple(cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in column)
        columns.append(column)
    return list(zip(*columns, strict=True)), changed


def write_csv_rows(path: Path, rows: Iterable[Sequence[object]]) -> None:
    """Write rows as CSV in UTF-8, the header first; a failure leaves what was there.

    Raises
    ------
    ImpastoError
        When the file cannot be written.
    """
    with replacing_file(path) as beside, beside.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
