"""The sections of a paired comparison: lines of patients, the measures, the tests in full."""

from __future__ import annotations

from impasto.report.figures.paired_lines import paired_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.paired_findings import PairedFindings
from impasto.report.paired_tables import comparison_table, paired_tests_table
from impasto.report.record_tables import provenance_table, settings_table

__all__ = ["paired_sections", "paired_summary"]


def paired_summary(found: PairedFindings) -> FigureBlock:
    """Make the first picture: a line a patient."""
    first, second = found.plans
    confidence = found.comparisons[0].shift.confidence
    caption = (
        f"{first} and {second} in the same patients, a line each; bars: medians. Below: differences, {second} minus "
        f"{first}, with the Hodges-Lehmann shift and its {100.0 * confidence:g} % limits, and p of Wilcoxon's "
        "signed-rank test; triangles: differences beyond the edge."
    )
    words = ", ".join(one.values.quantity for one in found.comparisons)
    return figure_block(paired_figure(found.comparisons), caption, f"Lines from {first} to {second}: {words}.")


def paired_sections(found: PairedFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    made = [Section("comparison", "Comparison", tables=(comparison_table(found), paired_tests_table(found)))]
    tables = tuple(t for t in (settings_table(found.settings), provenance_table(found.provenance)) if t.rows)
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tables))
    return tuple(made)
