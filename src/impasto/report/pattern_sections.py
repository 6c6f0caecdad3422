"""The sections of a report of patterns of failure: pictures, shares, the table, how it came about."""

from __future__ import annotations

from impasto.report.figures.failure_shares import band_name, failure_shares_figure
from impasto.report.figures.recurrence_slices import recurrence_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.pattern_findings import PatternFindings
from impasto.report.planes import CONVENTION
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.tables import Cell, Table, columns, number

__all__ = ["pattern_sections", "pattern_summary", "shown_recurrences"]

_MOST_PICTURES = 6


def pattern_summary(found: PatternFindings) -> FigureBlock:
    """Make the first picture: shares of every recurrence."""
    lesion = f"; right: by distance from {found.lesion}" if found.bands else ""
    caption = (
        f"Each recurrence: share of its volume inside {found.isodose_gy:g} Gy of {found.dose}, dashed lines bound the "
        f"patterns{lesion}."
    )
    words = ", ".join(f"{one.name}: {one.pattern}" for one in found.recurrences)
    return figure_block(failure_shares_figure(found), caption, f"Bars of shares. {words}.")


def pattern_sections(found: PatternFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    said = f"Relapse: {found.relapse.value}."
    pictures = []
    for name in shown_recurrences(found):
        caption = f"{name} over the dose of {found.dose}, cut through its middle. {CONVENTION}"
        words = f"Three cuts through {name} with isodose lines."
        pictures.append(figure_block(recurrence_figure(found, name), caption, words))
    left = len(found.recurrences) - len(pictures)
    text = f"The largest {len(pictures)} are shown." if left else ""
    made = [
        Section("patterns", "Patterns of failure", said, tables=(_table(found),)),
        Section("pictures", "Pictures", text, tuple(pictures)),
    ]
    tables = tuple(t for t in (settings_table(found.settings), provenance_table(found.provenance)) if t.rows)
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tables))
    return tuple(made)


def shown_recurrences(found: PatternFindings) -> list[str]:
    """Name the recurrences that have a picture: the largest, in the order of the table."""
    largest = sorted(found.recurrences, key=lambda one: one.volume_ml, reverse=True)[:_MOST_PICTURES]
    return [one.name for one in found.recurrences if one in largest]


def _table(found: PatternFindings) -> Table:
    rows = tuple(
        (
            Cell(one.name),
            number(one.volume_ml, 2),
            number(100.0 * one.covered_share, 1),
            Cell(one.pattern.value),
            *(number(100.0 * band.share, 1) for band in found.bands.get(one.name, ())),
        )
        for one in found.recurrences
    )
    bands = [(band_name(band), "%") for row in list(found.bands.values())[:1] for band in row]
    heads = columns(["Recurrence"], ["Volume", "ml"], [f"Inside {found.isodose_gy:g} Gy", "%"], ["Pattern"], *bands)
    bounds = found.bounds
    note = (
        f"Central from {100.0 * bounds.central:g} % of the volume inside the isodose, in-field above "
        f"{100.0 * bounds.in_field:g} %, marginal from {100.0 * bounds.marginal:g} %, else distant (Lee 1999)."
    )
    note += f" Distances from the surface of {found.lesion}." if found.bands else ""
    return Table(
        f"{100.0 * found.isodose_gy / found.prescribed_gy:g} % of {found.prescribed_gy:g} Gy", heads, rows, note
    )
