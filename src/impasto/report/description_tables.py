"""Table 1 and the table of adverse events, as rows of text and as tables of a page."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.outcome.description import CategoricalRow, ContinuousRow, ExactShare, NamedTest, percentage
from impasto.report.description_findings import AdverseEventFindings, DescriptionFindings, DescriptionRow
from impasto.report.survival_tables import p_text
from impasto.report.tables import Cell, Table, columns

__all__ = ["TextRow", "adverse_events_table", "characteristics_table", "share_text", "text_rows"]

_DASH = "\u2013"


@dataclass(frozen=True)
class TextRow:
    """One line of table 1.

    Parameters
    ----------
    variable, level : str
    cells : tuple of str
        One a group, then all patients.
    test : NamedTest, optional
        On the first line of a variable.
    """

    variable: str
    level: str
    cells: tuple[str, ...]
    test: NamedTest | None = None


def text_rows(found: DescriptionFindings) -> list[TextRow]:
    """Write every variable as its lines: a category or a summary each, then those missing, where there are any."""
    return [line for row in found.rows for line in _lines(row, found)]


def characteristics_table(found: DescriptionFindings) -> Table:
    """Make table 1."""
    rows, heads = [], list(zip(found.groups, found.sizes, strict=True))
    for line in text_rows(found):
        test = line.test
        p = Cell(_DASH) if test is None else Cell(p_text(test.p_value), detail=test.name)
        last = p if line.test is not None else Cell("")
        rows.append((Cell(line.variable), Cell(line.level), *map(Cell, line.cells), last))
    named = [(f"{name}, n = {size}", "") for name, size in heads]
    if len(heads) > 1:
        named.append((f"all, n = {sum(found.sizes)}", ""))
    note = (
        f"Counts with per cent of those not missing, rounded {found.half}; medians with quartiles. p-values are "
        "two-sided and not corrected for their number"
    )
    tests = dict.fromkeys(f"{line.test.name}: {line.test.how}" for line in text_rows(found) if line.test is not None)
    note += f" ({'; '.join(tests)})." if tests else "."
    return Table("Characteristics", columns(("Variable",), ("",), *named, ("p", "")), tuple(rows), note)


def adverse_events_table(found: DescriptionFindings) -> Table:
    """Count adverse events by worst grade, with exact limits of the shares."""
    rows: list[tuple[Cell, ...]] = []
    for one in found.events:
        for place, (name, graded) in enumerate(one.by_group.items()):
            head = [Cell(one.term, rows=len(one.by_group))] if place == 0 else []
            counts = [Cell(str(graded.at_grade[grade].count)) for grade in range(1, 6)]
            shares = [_share_cell(graded.at_least[grade], found) for grade in (1, found.severe_grade)]
            missing = Cell(str(graded.missing)) if graded.missing else Cell(_DASH)
            rows.append((*head, Cell(name), *counts, *shares, missing, _test_cell(one) if place == 0 else Cell("")))
    confidence = next(iter(found.events[0].by_group.values())).at_least[1].confidence
    heads = columns(
        ("Adverse event",), ("Group",), *((f"Grade {grade}", "") for grade in range(1, 6)), ("Any grade", "%"),
        (f"Grade \u2265 {found.severe_grade}", "%"), ("Not assessed", ""), ("p", ""),
    )  # fmt: skip
    note = (
        f"Worst grade of each patient (CTCAE). Shares of those assessed with exact {100 * confidence:g} % limits "
        f"(Clopper-Pearson), rounded {found.half}. p: Fisher's exact test of grade {found.severe_grade} or worse, "
        "two-sided, not corrected for the number of adverse events."
    )
    return Table("Adverse events", heads, tuple(rows), note)


def share_text(share: ExactShare, decimals: int) -> str:
    """Write the limits of a share in per cent."""
    return f"{100.0 * share.low:.{decimals}f} to {100.0 * share.high:.{decimals}f}"


def _share_cell(share: ExactShare, found: DescriptionFindings) -> Cell:
    said = percentage(share.count, share.of, found.decimals, found.half)
    return Cell(said, detail=f"{share.count}/{share.of}; {share_text(share, max(found.decimals, 1))}")


def _test_cell(one: AdverseEventFindings) -> Cell:
    return Cell(_DASH) if one.test is None else Cell(p_text(one.test.p_value))


def _lines(row: DescriptionRow, found: DescriptionFindings) -> list[TextRow]:
    parts = [row.by_group] if len(found.groups) < 2 else [row.by_group, row.overall]
    name, test = row.by_group.name, row.by_group.test
    if isinstance(row.by_group, CategoricalRow):
        kinds = [part for part in parts if isinstance(part, CategoricalRow)]
        columns_of = [part.cells(found.decimals, found.half) for part in kinds]
        lines = [
            (level, tuple(cell for part in columns_of for cell in part[place]))
            for place, level in enumerate(row.by_group.categories)
        ]
    else:
        measured = [part for part in parts if isinstance(part, ContinuousRow)]
        lines = _measured_lines(measured, row.decimals)
    missing = tuple(str(count) for part in parts for count in part.missing)
    if any(count != "0" for count in missing):
        lines.append(("missing", missing))
    return [
        TextRow(name if place == 0 else "", level, cells, test if place == 0 else None)
        for place, (level, cells) in enumerate(lines)
    ]


def _measured_lines(parts: list[ContinuousRow], decimals: int) -> list[tuple[str, tuple[str, ...]]]:
    def written(low: tuple[float, ...], middle: tuple[float, ...], high: tuple[float, ...]) -> tuple[str, ...]:
        return tuple(
            _DASH if a != a else f"{b:.{decimals}f} ({a:.{decimals}f} to {c:.{decimals}f})"
            for a, b, c in zip(low, middle, high, strict=True)
        )

    quartiles = tuple(x for one in parts for x in written(one.lower_quartiles, one.medians, one.upper_quartiles))
    ranges = tuple(
        _DASH if low != low else f"{low:.{decimals}f} to {high:.{decimals}f}"
        for one in parts
        for low, high in zip(one.minima, one.maxima, strict=True)
    )
    means = tuple(
        _DASH if mean != mean else f"{mean:.{decimals + 1}f} ({_deviation(deviation, decimals + 1)})"
        for one in parts
        for mean, deviation in zip(one.means, one.deviations, strict=True)
    )
    return [("median (quartiles)", quartiles), ("mean (SD)", means), ("range", ranges)]


def _deviation(value: float, decimals: int) -> str:
    return _DASH if value != value else f"{value:.{decimals}f}"
