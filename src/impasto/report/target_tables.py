"""Tables of a report of targets: volumes, conditions, and other ways to the same target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from impasto.report.tables import Cell, Column, Table, columns, number, swatched, verdict
from impasto.report.theme import StructureColour
from impasto.target import Check, Compared, VolumeInterval

__all__ = ["checks_table", "comparison_table", "volumes_table"]


def volumes_table(volumes: Sequence[VolumeInterval], colours: Mapping[str, StructureColour]) -> Table:
    """List the volume of each target, its interval where one is known, and its rule."""
    levels = {one.level for one in volumes if one.level is not None}
    share = f" ({100.0 * levels.pop():g} %)" if len(levels) == 1 else ""
    has_interval = any(one.low_ml is not None for one in volumes)
    rows = tuple(
        (
            swatched(one.name, colours),
            number(one.volume_ml, 1),
            *([_interval(one)] if has_interval else []),
            Cell(one.rule),
        )
        for one in volumes
    )
    interval = (Column(f"Interval{share}", "ml"),) if has_interval else ()
    heads = (Column("Target", is_number=False), Column("Volume", "ml"), *interval, Column("Rule", is_number=False))
    note = "Interval: what the errors of the maps leave open; see the probabilities." if has_interval else ""
    return Table("Volumes", heads, rows, note)


def checks_table(checks: Sequence[Check]) -> Table:
    """List each condition, the value found, its limit, and where it comes from."""
    rows = tuple(
        (
            Cell(one.what),
            verdict(one.is_met, _with_unit(number(one.value, 1).text, one.unit)),
            Cell(_with_unit(one.limit.replace("<=", "\u2264").replace(">=", "\u2265"), one.unit)),
            Cell(one.source),
        )
        for one in checks
    )
    return Table("Conditions", columns(["Condition"], ["Found"], ["Limit"], ["Source"]), rows)


def comparison_table(rows: Sequence[Compared]) -> Table:
    """Put several ways to one target beside each other."""
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    heads = (
        Column("Method", is_number=False),
        *(_column(name, [row.values.get(name) for row in rows]) for name in names),
        Column("Source", is_number=False),
    )
    cells = tuple(
        (
            Cell(f"{row.method} (chosen)" if row.is_chosen else row.method),
            *(_value(row.values.get(name)) for name in names),
            Cell(row.source),
        )
        for row in rows
    )
    return Table("Methods compared", heads, cells)


def _column(name: str, values: Sequence[float | str | None]) -> Column:
    """Take the unit out of ``"Volume [ml]"``."""
    words, _, unit = name.partition(" [")
    return Column(words, unit.rstrip("]"), is_number=not any(isinstance(value, str) for value in values))


def _value(value: float | str | None) -> Cell:
    if isinstance(value, str):
        return Cell(value)
    return number(value, 2 if value is not None and abs(value) < 10.0 else 1)


def _interval(one: VolumeInterval) -> Cell:
    if one.low_ml is None or one.high_ml is None:
        return Cell("\u2013")
    return Cell(f"{one.low_ml:.1f} to {one.high_ml:.1f}")


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit not in ("", "1") else text
