"""The sections of a report of targets: one a step, the maps they come from, then how it all came about."""

from __future__ import annotations

from collections.abc import Mapping

from impasto.report.figures.targets import target_cuts_figure, target_slices_figure
from impasto.report.map_blocks import listed, map_blocks
from impasto.report.map_sections import map_step_sections
from impasto.report.map_tables import settings_in_pairs
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.planes import CONVENTION
from impasto.report.record_tables import provenance_table
from impasto.report.tables import Table
from impasto.report.target_content import TargetReportContent
from impasto.report.target_findings import TargetFindings
from impasto.report.target_tables import checks_table, comparison_table, volumes_table
from impasto.report.theme import StructureColour, target_colours

__all__ = ["target_section", "target_sections", "targets_summary"]

_PROBABILITY = "How probable it is that a voxel belongs to the target; clear where it is not at all."


def targets_summary(content: TargetReportContent) -> FigureBlock:
    """Make the first picture: the last step's targets on three cuts."""
    found = content.findings[-1]
    name, image = next(iter(found.images.items()))
    shown = listed(found.structures.names)
    caption = f"{shown} on {name}. {CONVENTION}"
    figure = target_cuts_figure(image, found.structures, target_colours(found.structures.names))
    return figure_block(figure, caption, f"Transverse, coronal and sagittal cut of {name} with {shown} outlined.")


def target_sections(content: TargetReportContent) -> tuple[Section, ...]:
    """Build a section for each step, those of the maps, and one of settings and provenance."""
    made = [target_section(found, target_colours(found.structures.names)) for found in content.findings]
    made += map_step_sections(content.maps)
    tables = [*settings_in_pairs(content.settings), provenance_table(content.provenance)]
    tables = [table for table in tables if table.rows]
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tuple(tables)))
    return tuple(made)


def target_section(found: TargetFindings, colours: Mapping[str, StructureColour]) -> Section:
    """Show the targets of one step: pictures, probabilities, volumes, conditions, other methods."""
    shown, images = listed(found.structures.names), listed(list(found.images))
    caption = f"{shown} on {images}, transverse, without and with outlines."
    slices = target_slices_figure(found.images, found.structures, colours)
    figures = [figure_block(slices, caption, f"Transverse slices of {images} with {shown} outlined.")]
    if found.probabilities is not None:
        figures += map_blocks(found.probabilities, _PROBABILITY)
    if found.values is not None:
        figures += map_blocks(found.values, "Striped: no value.")
    return Section(f"step-{found.step}", found.title, "\n".join(found.notes), tuple(figures), _tables(found, colours))


def _tables(found: TargetFindings, colours: Mapping[str, StructureColour]) -> tuple[Table, ...]:
    tables = (
        volumes_table(found.volumes, colours),
        checks_table(found.checks),
        comparison_table(found.comparison),
    )
    return tuple(table for table in tables if table.rows)
