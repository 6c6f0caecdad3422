"""Tables of a report of maps: values in structures, and every setting."""

from __future__ import annotations

import math
from collections.abc import Sequence

from impasto.report.map_findings import MapFindings, RegionValues, Spread, StepSettings
from impasto.report.tables import Cell, Column, Table, columns, number
from impasto.report.units import printed_unit

__all__ = ["region_tables", "rounded", "settings_in_pairs"]

_MOST_MAPS = 9
"""In one table."""

_ALL_BUT = 0.95
"""Of a structure's voxels: where fewer have a value to trust, the table says how many."""

_NOTE = (
    "Median, and below it the 5th and 95th percentile of the voxels that lie at least half inside. Voxels with no "
    "value, or one that should not be believed, are left out; where they are more than 5 %, the share left follows."
)


def region_tables(found: MapFindings) -> tuple[Table, ...]:
    """Write the median and the spread of every map in every structure, at most nine maps to a table."""
    if not found.regions:
        return ()
    names = list(found.units)
    pages = -(-len(names) // _MOST_MAPS)
    size = -(-len(names) // pages)
    parts = [names[start : start + size] for start in range(0, len(names), size)]
    made = [_region_table(found, part) for part in parts]
    return (*made[:-1], Table(made[-1].caption, made[-1].columns, made[-1].rows, _NOTE))


def settings_in_pairs(steps: Sequence[StepSettings]) -> tuple[Table, ...]:
    """List every setting of each step, two to a row."""
    head = columns(["Setting"], ["Value"], ["Setting"], ["Value"])
    tables = []
    for step in steps:
        half = -(-len(step.settings) // 2)
        cells = [(Cell(one.name), Cell(one.value)) for one in step.settings]
        cells += [(Cell(""), Cell(""))] * (2 * half - len(cells))
        rows = tuple((*left, *right) for left, right in zip(cells[:half], cells[half:], strict=True))
        tables.append(Table(f"Settings of {step.step}", head, rows))
    return tuple(tables)


def rounded(value: float, leading: float) -> str:
    """Write a value with two digits of `leading`, the finer of what stands beside it; a dash where there is none.

    Examples
    --------
    >>> rounded(0.12345, 0.0871), rounded(57.31, 57.31), rounded(-1234.0, 1234.0), rounded(float("nan"), 1.0)
    ('0.123', '57', '\u22121234', '\u2013')
    """
    if not math.isfinite(value):
        return "\u2013"
    digits = 1 - math.floor(math.log10(abs(leading))) if leading else 2
    written = f"{value:.{min(max(digits, 0), 5)}f}"
    return written.replace("-", "\u2212" if float(written) else "")


def _region_table(found: MapFindings, names: Sequence[str]) -> Table:
    heads = [Column(name, printed_unit(found.units[name])) for name in names]
    rows = tuple(
        (Cell(row.structure), number(row.voxels, 0), *(_spread_cell(row, row.values[name]) for name in names))
        for row in found.regions
    )
    head = (Column("Structure", is_number=False), Column("Voxels"), *heads)
    return Table("Values in structures", head, rows)


def _spread_cell(row: RegionValues, spread: Spread) -> Cell:
    if not spread.voxels:
        return Cell("\u2013")
    # a median that happens to be next to nothing needs no more digits than the spread does
    leading = max(abs(spread.median), 0.1 * (spread.high - spread.low))
    median, low, high = (rounded(value, leading) for value in (spread.median, spread.low, spread.high))
    share = spread.voxels / row.voxels
    left = "" if share >= _ALL_BUT else f"{max(100.0 * share, 1.0):.0f} %"
    return Cell(median, detail="\n".join(part for part in (f"[{low}, {high}]", left) if part))
