"""The sections of a report of maps: one a step, then how it all came about."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.figures.maps_over_anatomy import overview_figure
from impasto.report.figures.shown_slices import common_slices_mm
from impasto.report.map_blocks import listed, map_blocks
from impasto.report.map_findings import MapFindings, MapReportContent
from impasto.report.map_tables import region_tables, settings_in_pairs
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.planes import CONVENTION
from impasto.report.record_tables import provenance_table
from impasto.report.spectroscopy_section import coverage_table, spectrum_blocks

__all__ = ["map_sections", "map_step_sections", "overview_block"]

_STRIPES = "Striped: no value, or one that should not be believed."
_MOST_ROWS = 6


def overview_block(content: MapReportContent) -> FigureBlock | None:
    """Make the first picture: the most telling map of each step on one slice; None where there are not two maps."""
    chosen = [
        (one.maps, one.telling) for one in content.findings if one.maps is not None and one.telling in one.maps.maps
    ]
    if len(chosen) < 2:
        return None
    slices = common_slices_mm([found for found, _ in chosen])[0]
    names = listed([name for _, name in chosen])
    transverse = CONVENTION.split(";")[0].replace("transverse and coronal pictures", "the picture")
    caption = f"{names} on one transverse slice. {_STRIPES} {transverse}."
    return figure_block(
        overview_figure(chosen, slices[(len(slices) - 1) // 2]), caption, f"One transverse slice with maps of {names}."
    )


def map_sections(content: MapReportContent) -> tuple[Section, ...]:
    """Build a section for each step, and one of settings and provenance."""
    made = map_step_sections(content.findings)
    tables = [*settings_in_pairs(content.settings), provenance_table(content.provenance)]
    tables = [table for table in tables if table.rows]
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tuple(tables)))
    return tuple(made)


def map_step_sections(findings: Sequence[MapFindings]) -> list[Section]:
    """Build a section for each step, all on the same slices where they reach them."""
    drawn = [one.maps for one in findings if one.maps is not None]
    slices = iter(common_slices_mm(drawn))
    return [_section(one, next(slices) if one.maps is not None else ()) for one in findings]


def _section(found: MapFindings, slices_mm: Sequence[float]) -> Section:
    figures = [] if found.maps is None else map_blocks(found.maps, _STRIPES, slices_mm, _MOST_ROWS)
    figures += spectrum_blocks(found.spectra)
    tables = [*region_tables(found)]
    if found.coverage:
        tables.append(coverage_table(found.coverage))
    return Section(f"step-{found.step}", found.title, " ".join(found.notes), tuple(figures), tuple(tables))
