"""Tables as plain data: columns with units, cells with text, and whether a limit is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impasto.report.theme import StructureColour

__all__ = ["Cell", "Column", "Table", "number"]


@dataclass(frozen=True)
class Column:
    """Head of a column."""

    name: str
    unit: str = ""
    is_number: bool = True


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
    colour : str
        Of a swatch before the text; none when empty.
    met : bool, optional
        Whether a limit is met, for cells that judge.
    rows : int
        How many rows the cell stands for; only the first of them holds it.
    detail : str
        Written small below the text.
    """

    text: str
    colour: str = ""
    met: bool | None = None
    rows: int = 1
    detail: str = ""


@dataclass(frozen=True)
class Table:
    """A caption, columns, rows, and a note below.

    A row has as many cells as there are columns, or one less where the first cell of a row above spans it.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


def number(value: float | None, digits: int) -> Cell:
    """Write a number; a dash where there is none (None or NaN)."""
    if value is None or value != value:
        return Cell("\u2013")
    return Cell(f"{value:.{digits}f}".replace("-", "\u2212"))


def swatched(name: str, colours: Mapping[str, StructureColour], rows: int = 1) -> Cell:
    """Write a structure's name behind a swatch of its colour, when it is drawn."""
    return Cell(name, colours[name].on_paper if name in colours else "", rows=rows)


def verdict(is_met: bool | None, value: str) -> Cell:
    """Write a value and, with a symbol and a word, whether it keeps its limit."""
    if is_met is None:
        return Cell(value)
    return Cell(f"{value}  \u2713 met" if is_met else f"{value}  \u2717 not met", met=is_met)


def columns(*heads: Sequence[str]) -> tuple[Column, ...]:
    """Build columns of numbers from (name, unit) pairs; a single name makes a column of text."""
    return tuple(Column(head[0], is_number=False) if len(head) == 1 else Column(head[0], head[1]) for head in heads)
