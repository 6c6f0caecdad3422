"""Read what a paper prints, from TOML or CSV, with every digit as it stands."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from impasto.core import ImpastoError
from impasto.outcome.coherence import (
    Item,
    Printed,
    PrintedChange,
    PrintedComparison,
    PrintedDerived,
    PrintedEstimate,
    PrintedFlow,
    PrintedPool,
    PrintedShare,
    PrintedSummary,
    PrintedTable,
    Rounding,
    parse_share,
)
from impasto.workflow.outcome.file_content import file_content

__all__ = ["PrintedTables", "paper_names", "read_paper", "read_printed_tables"]

_Cells = Mapping[str, "tuple[Printed, ...] | _Unread"]
_Given = dict[str, Any]
_ROUNDING = {"either": Rounding.EITHER, "half-up": Rounding.HALF_UP, "half-even": Rounding.HALF_EVEN,
             "cut": Rounding.DOWN}  # fmt: skip
_SIZE = re.compile(r"^(?P<group>.*?)\s*[(\[]\s*[nN]\s*=\s*(?P<size>\d+)\s*[)\]]$")


@dataclass(frozen=True)
class _Unread:
    """A column of rows that is no column of numbers, and why."""

    file: str
    cell: str


@dataclass(frozen=True)
class PrintedTables:
    """Lines of a paper.

    Parameters
    ----------
    title, source : str
    items : tuple of Item
    """

    title: str
    source: str
    items: tuple[Item, ...]


def read_printed_tables(path: Path) -> PrintedTables:
    """Read printed numbers from a ``.toml`` or ``.csv`` file (docs/coherence.md).

    Parameters
    ----------
    path : Path
        Files of rows that a TOML file names lie beside it.

    Raises
    ------
    ImpastoError
        When it cannot be read, or a line is not understood; names the line and what it may hold.
    """
    try:
        text = file_content(path).decode("utf-8-sig")
        if path.name.lower().endswith(".toml"):
            return _from_toml(path.name, path.parent, tomllib.loads(text, parse_float=str))
    except UnicodeDecodeError as error:
        raise ImpastoError(str(path), f"it is not UTF-8 ({error})", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        remedy = "quote numbers without a leading digit and those with a sign: p = '.54', p = '<0.001'"
        raise ImpastoError(str(path), f"is no TOML ({error})", remedy) from None
    return _from_csv(path.name, text)


def paper_names() -> list[str]:
    """Names of the papers whose tables come with impasto."""
    folder = resources.files("impasto") / "papers"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def read_paper(name: str) -> PrintedTables:
    """Read the printed numbers of one paper.

    Raises
    ------
    ImpastoError
        When no paper has this name.
    """
    known = paper_names()
    if name not in known:
        raise ImpastoError(name, "no paper has this name", f"choose one of: {', '.join(known)}")
    folder = resources.files("impasto") / "papers"
    text = (folder / f"{name}.toml").read_text(encoding="utf-8")
    return _from_toml(name, folder, tomllib.loads(text, parse_float=str))


def _from_toml(file: str, folder: Path | Traversable, document: _Given) -> PrintedTables:
    title, source = str(document.pop("title", file)), str(document.pop("source", ""))
    rows = document.pop("rows", [])
    cells: dict[str, tuple[Printed, ...] | _Unread] = {}
    for name in [rows] if isinstance(rows, str) else rows:
        cells |= _columns(folder / name)
    items: list[Item] = []
    for kind, lines in document.items():
        if kind not in _READERS or not isinstance(lines, list):
            remedy = f"write lines as {', '.join(f'[[{name}]]' for name in _READERS)}"
            raise ImpastoError(file, f"{kind!r} is no kind of line", remedy)
        for number, line in enumerate(lines, start=1):
            subject = f"{file}, {kind} {number} ({line.get('name', 'no name')})"
            items.append(_read(subject, kind, line, cells))
    return PrintedTables(title, source, tuple(items))


def _read(subject: str, kind: str, line: _Given, cells: _Cells) -> Item:
    try:
        return _READERS[kind](dict(line), cells)
    except ImpastoError as error:
        raise ImpastoError(f"{subject}: {error.subject}", error.problem, error.remedy) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ImpastoError(subject, f"is not understood ({error})", "see docs/coherence.md for its keys") from None


def _columns(path: Path | Traversable) -> dict[str, tuple[Printed, ...] | _Unread]:
    """Read the columns of a CSV file, of which those of text are kept only by name."""
    try:
        lines = [row for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))) if any(row)]
    except (OSError, UnicodeDecodeError) as error:
        raise ImpastoError(str(path), f"the rows do not read ({error})", "put the file beside the TOML") from None
    columns: dict[str, tuple[Printed, ...] | _Unread] = {}
    for place, head in enumerate(lines[0] if lines else []):
        texts = [line[place].strip() for line in lines[1:] if place < len(line) and line[place].strip()]
        try:
            columns[head.strip()] = tuple(Printed(text) for text in texts)
        except ImpastoError as error:
            columns[head.strip()] = _Unread(path.name, error.subject)
    return columns


def _values(given: object, cells: _Cells) -> tuple[Printed, ...]:
    """Take a list of numbers, or the column of rows that is named."""
    if isinstance(given, str):
        return _column(given, cells)
    if not isinstance(given, list):
        raise ImpastoError(str(given), "is no list of numbers", "write [1.2, 1.3] or the name of a column")
    return tuple(Printed(str(value)) for value in given)


def _column(name: str, cells: _Cells) -> tuple[Printed, ...]:
    found = cells.get(name)
    if isinstance(found, _Unread):
        remedy = "leave cells empty where nothing is printed"
        raise ImpastoError(name, f"this column of {found.file} has text among its numbers ({found.cell})", remedy)
    if found is None:
        if not cells:
            raise ImpastoError(
                name, "no column of this name, as no file of rows is named", 'name one at the top: rows = "FILE.csv"'
            )
        known = ", ".join(
            column if not isinstance(one, _Unread) else f"{column} (text)" for column, one in cells.items()
        )
        raise ImpastoError(name, "no column of the rows has this name", f"they have {known}")
    return found


def _strict(line: _Given, kind: type, more: tuple[str, ...] = ()) -> None:
    known = [field.name for field in fields(kind)] + list(more)
    unknown = sorted(set(line) - set(known))
    if unknown:
        raise ImpastoError(", ".join(unknown), "is no key of this line", f"use {', '.join(known)}")


def _printed(line: _Given, *names: str) -> _Given:
    """Make printed numbers of these keys, where given."""
    return {key: Printed(str(value)) if key in names else value for key, value in line.items()}


def _estimate(line: _Given, cells: _Cells) -> PrintedEstimate:
    if "interval" in line:
        line["low"], line["high"] = line.pop("interval")
    _strict(line, PrintedEstimate)
    if "confidence" in line:
        line["confidence"] = float(line["confidence"])
    return PrintedEstimate(**_printed(line, "value", "low", "high", "p"))


def _table(line: _Given, cells: _Cells) -> PrintedTable:
    _strict(line, PrintedTable)
    line["groups"] = tuple(str(group) for group in line["groups"])
    line["rows"] = {row: tuple(parse_share(str(cell)) for cell in given) for row, given in line["rows"].items()}
    for name in ("missing", "sizes"):
        if name in line:
            line[name] = tuple(int(number) for number in line[name])
    if "rounding" in line:
        line["rounding"] = _ROUNDING[line["rounding"]]
    return PrintedTable(**_printed(line, "p"))


def _summary(line: _Given, cells: _Cells) -> PrintedSummary:
    _strict(line, PrintedSummary)
    if "values" in line:
        line["values"] = _values(line["values"], cells)
    return PrintedSummary(**_printed(line, "mean", "sd", "median", "minimum", "maximum"))


def _pool(line: _Given, cells: _Cells) -> PrintedPool:
    _strict(line, PrintedPool)
    name = str(line["name"])
    parts = [{"name": f"{name}, group {place}", **part} for place, part in enumerate(line["parts"], start=1)]
    whole = _summary({"name": name, **line["whole"]}, cells)
    return PrintedPool(name, whole, tuple(_summary(part, cells) for part in parts))


def _comparison(line: _Given, cells: _Cells) -> PrintedComparison:
    _strict(line, PrintedComparison)
    name = str(line["name"])
    line["groups"] = tuple(
        _summary({**group, "name": f"{name}, {group.get('name', place)}"}, cells)
        for place, group in enumerate(line["groups"], start=1)
    )
    p = line.pop("p", [])
    line["p"] = tuple(Printed(str(one)) for one in (p if isinstance(p, list) else [p]))
    return PrintedComparison(**line)


def _change(line: _Given, cells: _Cells) -> PrintedChange:
    _strict(line, PrintedChange)
    for name in ("before", "after"):
        line[name] = _values(line[name], cells)
    return PrintedChange(**_printed(line, "r", "p", "percent", "percent_low", "percent_high"))


def _flow(line: _Given, cells: _Cells) -> PrintedFlow:
    _strict(line, PrintedFlow)
    return PrintedFlow(str(line["name"]), int(line["count"]), {key: int(part) for key, part in line["into"].items()})


def _derived(line: _Given, cells: _Cells) -> PrintedDerived:
    _strict(line, PrintedDerived)
    line["inputs"] = {key: Printed(str(number)) for key, number in line["inputs"].items()}
    line["rounded"], line["tolerance"] = tuple(line.get("rounded", ())), float(line.get("tolerance", 0.0))
    return PrintedDerived(**_printed(line, "printed"))


_READERS: dict[str, Callable[[_Given, _Cells], Item]] = {
    "estimate": _estimate,
    "table": _table,
    "summary": _summary,
    "pool": _pool,
    "comparison": _comparison,
    "change": _change,
    "flow": _flow,
    "derived": _derived,
}


def _from_csv(name: str, text: str) -> PrintedTables:
    lines = [
        [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)
    ]
    if len(lines) < 2 or len(set(lines[0])) < len(lines[0]):
        raise ImpastoError(name, "has no rows, or two columns of one name", "give a header and one line a row")
    head = lines[0]
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(head):
            problem = f"row {number} has {len(line)} cells, the header {len(head)}"
            raise ImpastoError(name, problem, "separate cells by commas, and quote text that has one")
    rows = [dict(zip(head, line, strict=True)) for line in lines[1:]]
    if "category" in head:
        return PrintedTables(name, "", tuple(_pasted_tables(name, head, rows)))
    return PrintedTables(name, "", tuple(_line(name, number, row) for number, row in enumerate(rows, start=2)))


def _line(name: str, number: int, row: dict[str, str]) -> Item:
    """Take one row, whose filled cells say what it is."""
    filled: _Given = {key: value for key, value in row.items() if value}
    for whole in ("n", "events"):
        if whole in filled:
            filled[whole] = int(filled[whole])
    subject = f"{name}, row {number} ({row.get('name', 'no name')})"
    if "value" in filled:
        return _read(subject, "estimate", filled, {})
    if "count" in filled:
        of = int(filled["of"]) if "of" in filled else None
        percent = Printed(filled["percent"]) if "percent" in filled else None
        return PrintedTable(row["name"], ("",), {"": (PrintedShare(int(filled["count"]), of, percent),)})
    if "n" in filled:
        filled["whole_numbers"] = filled.pop("whole_numbers", "no").lower() in ("yes", "true", "1")
        return _read(subject, "summary", filled, {})
    remedy = "fill value, low, high (an estimate), count, of, percent (a share) or n, mean, sd (a summary)"
    raise ImpastoError(subject, "is not understood", remedy)


def _pasted_tables(name: str, head: list[str], rows: list[dict[str, str]]) -> list[Item]:
    """Take a table of characteristics as it is printed: variable, category, one column a group, p, test."""
    columns = [column for column in head if column not in ("variable", "category", "p", "test", "rounding")]
    found = [_SIZE.match(column) for column in columns]
    groups = [match["group"] if match else column for match, column in zip(found, columns, strict=True)]
    sizes = [int(match["size"]) for match in found if match]
    tables: list[_Given] = []
    for row in rows:
        if row.get("variable") or not tables:
            tables.append({"name": row.get("variable", ""), "groups": groups, "rows": {}})
        line = tables[-1]
        cells = [row[column] or "0" for column in columns]
        if row["category"].lower() == "missing":
            line["missing"] = [parse_share(cell).count for cell in cells]
        else:
            line["rows"][row["category"]] = cells
        line |= {key: row[key] for key in ("p", "test", "rounding") if row.get(key)}
    for line in tables:
        if len(sizes) == len(columns):
            line["sizes"] = sizes
    return [_read(f"{name} ({line['name']})", "table", line, {}) for line in tables]
