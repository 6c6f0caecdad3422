"""The sections of a report of registrations: one each, then how it all came about."""

from __future__ import annotations

from collections.abc import Sequence

from impasto.report.figures.alignment import (
    absence_figure,
    alignment_planes,
    checkerboard_figure,
    edge_figure,
    error_figure,
)
from impasto.report.map_tables import settings_in_pairs
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.planes import Plane
from impasto.report.record_tables import provenance_table
from impasto.report.registration_findings import RegistrationFindings, RegistrationReportContent
from impasto.report.tables import Cell, Column, Table, columns, number, verdict

__all__ = ["registration_sections", "verdict_table"]

_SQUARES = "Squares of 25 mm in turn: {fixed} (grey) and {moving} (tinted), {when}. Lines must run on across borders."
_EDGES = "Edges of {moving}, registered, over {fixed}."
_EXPECTED_ERROR = (
    "Where {moving} is expected to lie off, in mm: spread over registrations without parts of the image (jackknife). "
    "It does not see errors that all parts share."
)
_FORWARD_BACKWARD_ERROR = (
    "How far points of {fixed} miss themselves, in mm, when brought to {moving} and back by the two registrations."
)
_ABSENT = "Striped: places of {fixed} that have no counterpart in {moving}. What is brought there means nothing."


def verdict_table(findings: Sequence[RegistrationFindings]) -> Table:
    """Sum up all registrations: method, verdict, and what the verdict rests on."""
    rows = []
    for one in findings:
        judged = one.quality.verdict
        failures = "; ".join(judged.failures)
        accepted = "accepted by name" if one.is_accepted else ""
        rows.append(
            (
                Cell(one.title, detail=one.method),
                Cell("\u2713 passed" if judged.is_passed else "\u2717 failed", met=judged.is_passed, detail=accepted),
                Cell(failures or f"by {judged.evidence}"),
            )
        )
    note = "Limits after AAPM task group 132 (Brock 2017); each registration below lists them."
    return Table("Verdicts", columns(["Registration"], ["Verdict"], ["Why"]), tuple(rows), note)


def registration_sections(content: RegistrationReportContent) -> tuple[Section, ...]:
    """Build a section for each registration, and one of settings and provenance."""
    made = [_section(one) for one in content.findings]
    tables = [*settings_in_pairs(content.settings), provenance_table(content.provenance)]
    tables = [table for table in tables if table.rows]
    if tables:
        made.append(Section("provenance", "Settings and provenance", tables=tuple(tables)))
    return tuple(made)


def _section(found: RegistrationFindings) -> Section:
    tables = [_figures_table(found)]
    if found.quality.structures:
        tables.append(_structures_table(found))
    figures = tuple(_figures(found, alignment_planes(found.fixed)))
    return Section(f"step-{found.step}", found.title, " ".join(found.notes), figures, tuple(tables))


def _figures(found: RegistrationFindings, planes: Sequence[Plane]) -> list[FigureBlock]:
    names = {"fixed": found.fixed_name, "moving": found.moving_name}
    pictures = [
        (checkerboard_figure(found.fixed, found.started, planes), _SQUARES.format(**names, when="before registration")),
        (checkerboard_figure(found.fixed, found.moved, planes), _SQUARES.format(**names, when="after registration")),
        (edge_figure(found.fixed, found.moved, planes), _EDGES.format(**names)),
    ]
    if found.error is not None:
        caption = _EXPECTED_ERROR if found.is_affine else _FORWARD_BACKWARD_ERROR
        pictures.append((error_figure(found.fixed, found.error, planes), caption.format(**names)))
    if found.absent is not None:
        pictures.append((absence_figure(found.fixed, found.absent, planes), _ABSENT.format(**names)))
    return [figure_block(figure, caption, f"Three cuts. {caption}") for figure, caption in pictures]


def _figures_table(found: RegistrationFindings) -> Table:
    quality = found.quality
    rows = [
        *_error_rows(found),
        _row("Mutual information before", quality.mutual_information_before, "nat", digits=3),
        _row("Mutual information after", quality.mutual_information_after, "nat", digits=3),
        _row("Jacobian determinant, least", quality.jacobian_min, "", digits=3),
        _row("Jacobian determinant, largest", quality.jacobian_max, "", digits=3),
        _row("Folded voxels", 100.0 * quality.folded_share, "%", limit=0.0),
        _row("Fixed image reached by the moving one", 100.0 * quality.overlap_share, "%", digits=0),
    ]
    heads = (Column("Figure", is_number=False), Column("Value"), Column("Unit", is_number=False), Column("Limit"))
    return Table("How well", heads, tuple(rows))


def _error_rows(found: RegistrationFindings) -> list[tuple[Cell, ...]]:
    """Write landmark errors where there are landmarks, else what stands for them; limits where they judge."""
    quality, limits = found.quality, found.quality.verdict.limits
    linear_mm = limits.linear_share_of_voxel * quality.largest_voxel_mm
    mean_mm = linear_mm if found.is_affine else limits.deformable_mean_mm
    if quality.landmark_errors_mm:
        largest_mm = None if found.is_affine else limits.deformable_max_mm
        return [
            _row("Landmark error, mean", quality.landmark_mean_mm, "mm", mean_mm),
            _row("Landmark error, largest", quality.landmark_max_mm, "mm", largest_mm),
            _row("Forward-backward error, mean", quality.forward_backward_mean_mm, "mm"),
            _row("Forward-backward error, largest", quality.forward_backward_max_mm, "mm"),
        ]
    if found.is_affine:
        return [
            _row("Forward-backward error, mean", quality.forward_backward_mean_mm, "mm"),
            _row("Forward-backward error, largest", quality.forward_backward_max_mm, "mm", linear_mm),
        ]
    largest = quality.forward_backward_p99_mm
    return [
        _row("Forward-backward error, mean", quality.forward_backward_mean_mm, "mm", mean_mm),
        _row("Forward-backward error, 99th percentile", largest, "mm", limits.deformable_max_mm),
    ]


def _row(name: str, value: float | None, unit: str, limit: float | None = None, digits: int = 2) -> tuple[Cell, ...]:
    written = number(value, digits)
    if value is None or limit is None:
        return Cell(name), written, Cell(unit), Cell("")
    return Cell(name), verdict(value <= limit, written.text), Cell(unit), Cell(f"\u2264 {limit:.2f}")


def _structures_table(found: RegistrationFindings) -> Table:
    limits = found.quality.verdict.limits
    rows = tuple(
        (
            Cell(one.name),
            verdict(one.dice >= limits.least_dice, number(one.dice, 3).text),
            verdict(
                one.mean_surface_distance_mm <= limits.surface_distance_mm, number(one.mean_surface_distance_mm, 1).text
            ),
        )
        for one in found.quality.structures
    )
    heads = (Column("Structure", is_number=False), Column("Dice"), Column("Mean distance of surfaces", "mm"))
    return Table("Structures drawn in both frames", heads, rows)
