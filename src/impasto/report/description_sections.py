"""The sections of a description: adverse events drawn, table 1, their table, how it came about."""

from __future__ import annotations

from impasto.report.description_findings import DescriptionFindings
from impasto.report.description_tables import adverse_events_table, characteristics_table
from impasto.report.figures.adverse_events import adverse_events_figure
from impasto.report.page import Section, figure_block
from impasto.report.record_tables import provenance_table, settings_table

__all__ = ["description_sections"]


def description_sections(found: DescriptionFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    made = []
    if found.rows:
        made.append(Section("characteristics", "Characteristics", tables=(characteristics_table(found),)))
    if found.events:
        caption = (
            f"Share of patients by worst CTCAE grade, the worst at the left; right: grade {found.severe_grade} or "
            "worse with exact (Clopper-Pearson) limits."
        )
        words = ", ".join(event.term for event in found.events)
        block = figure_block(adverse_events_figure(found), caption, f"Stacked bars of grades: {words}.")
        made.append(Section("adverse-events", "Adverse events", "", (block,), (adverse_events_table(found),)))
    tables = tuple(t for t in (settings_table(found.settings), provenance_table(found.provenance)) if t.rows)
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tables))
    return tuple(made)
