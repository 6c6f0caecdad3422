"""The sections of a report, in reading order: pictures first, then charts, tables, and how it all came about."""

from __future__ import annotations

from impasto.core import DoseKind
from impasto.report.content import ReportContent
from impasto.report.figures.delivered import delivered_figure
from impasto.report.figures.dose_volume import dose_volume_figure
from impasto.report.figures.functional import functional_figure
from impasto.report.figures.orthogonal import orthogonal_figure, summary_figure
from impasto.report.figures.painting_function import painting_figure, target_voxels
from impasto.report.figures.plan_comparison import comparison_figure
from impasto.report.figures.quality_volume import quality_volume_figure
from impasto.report.findings import dose_histograms
from impasto.report.outcome_tables import (
    goals_table,
    indices_table,
    limits_table,
    organs_table,
    quality_table,
    targets_table,
)
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.planes import CONVENTION
from impasto.report.radiosurgery_tables import radiosurgery_tables
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.scene import Scene
from impasto.report.shot_tables import shot_tables
from impasto.report.spectroscopy_section import spectroscopy_section
from impasto.report.target_findings import TargetFindings
from impasto.report.target_sections import target_section
from impasto.report.theme import StructureColour, structure_colours, target_colours
from impasto.report.units import dose_name, position_text

__all__ = ["report_sections", "summary_block"]


def summary_block(content: ReportContent, scene: Scene) -> FigureBlock:
    """Make the first picture: the first plan's dose, transverse."""
    plan = content.painted
    name = dose_name(plan.dose.kind, plan.dose.alpha_beta_gy)
    caption = f"{plan.name}: {name} on the planning {content.images.base_name}, transverse slice. {_window(content)}"
    return figure_block(
        summary_figure(scene, plan.dose),
        caption,
        f"Transverse {content.images.base_name} slice with the dose of {plan.name}.",
    )


def report_sections(content: ReportContent, scene: Scene) -> tuple[Section, ...]:
    """Build every section that the content has data for."""
    made = (
        _dose(content, scene),
        _comparison(content, scene),
        _delivery(content, scene),
        _biology(content, scene),
        *(target_section(found, _target_colours(found, content)) for found in content.targets),
        spectroscopy_section(content.spectroscopy),
        _radiosurgery(content),
        _histograms(content),
        _tables(content),
        _record(content),
    )
    return tuple(section for section in made if section)


def _target_colours(found: TargetFindings, content: ReportContent) -> dict[str, StructureColour]:
    """Keep the colours that targets have in the pictures of dose; others get what is left."""
    drawn = structure_colours(content.images.structures, content.display.structures)
    return target_colours(found.structures.names) | {n: c for n, c in drawn.items() if n in found.structures.names}


def _dose(content: ReportContent, scene: Scene) -> Section:
    plan = content.painted
    caption = (
        f"{plan.name}: dose in bands between the labelled levels; {_where(content)}. {_window(content)} {CONVENTION}"
    )
    base = content.images.base_name
    words = f"Transverse, coronal and sagittal {base} slices with the dose of {plan.name} and outlined structures."
    return Section("dose", "Dose", figures=(figure_block(orthogonal_figure(scene, plan.dose), caption, words),))


def _comparison(content: ReportContent, scene: Scene) -> Section | None:
    other = content.compared
    if other is None:
        return None
    names = (content.painted.name, other.name)
    caption = (
        f"The same transverse slice, window and colour scale for both plans. Right: {names[0]} minus {names[1]}; "
        f"red receives more from {names[0]}, blue less; clear where both agree."
    )
    words = f"Transverse dose of {names[0]} and {names[1]} side by side, and their difference."
    figure = comparison_figure(scene, (content.painted.dose, other.dose), names)
    return Section("comparison", f"{names[0]} against {names[1]}", figures=(figure_block(figure, caption, words),))


def _delivery(content: ReportContent, scene: Scene) -> Section | None:
    plan = content.painted
    if plan.dose.kind is not DoseKind.PHYSICAL or content.radiosurgery:
        return (
            None  # prescriptions are physical; in radiosurgery the dose is far beyond them: a ratio would mean nothing
        )
    caption = (
        "Left: the dose that each voxel of the target is prescribed. Middle: the dose that it is given; outside the "
        "target fainter. Right: their ratio Q; blue is too little, red too much."
    )
    words = f"Prescribed dose, dose of {plan.name} and their ratio inside the target on a transverse slice."
    figure = delivered_figure(scene, content.images.prescribed, plan.dose, plan.name)
    return Section("delivery", "Prescription against delivery", figures=(figure_block(figure, caption, words),))


def _biology(content: ReportContent, scene: Scene) -> Section | None:
    functional = content.images.functional
    if functional is None:
        return None
    caption = f"{functional.quantity} over the planning {content.images.base_name}, {_where(content)}. {CONVENTION}"
    words = f"{functional.quantity} in green over transverse, coronal and sagittal {content.images.base_name} slices."
    slices = functional_figure(scene, functional, content.display.functional_limits)
    figures = [figure_block(slices, caption, words)]
    if content.painted.dose.kind is DoseKind.PHYSICAL:
        plans = [plan.name for plan in content.plans]
        voxels = target_voxels(functional, content.images.prescribed, [plan.dose for plan in content.plans])
        caption = f"Every voxel of the target: its {functional.quantity} against the dose prescribed and given."
        words = f"Chart of dose against {functional.quantity} for the target's voxels."
        figures.append(figure_block(painting_figure(voxels, functional, plans), caption, words))
    return Section("biology", "Biology and dose", figures=tuple(figures))


def _radiosurgery(content: ReportContent) -> Section | None:
    tables = (*radiosurgery_tables(content.radiosurgery), *shot_tables(content))
    return Section("radiosurgery", "Radiosurgery", tables=tables) if tables else None


def _histograms(content: ReportContent) -> Section:
    plans = [plan.name for plan in content.plans]
    colours = structure_colours(content.images.structures, content.display.structures)
    histograms = [dose_histograms(plan) for plan in content.plans]
    lines = f"{plans[0]} solid, {plans[1]} dashed. " if len(plans) > 1 else ""
    figures = [
        figure_block(
            dose_volume_figure(histograms, plans, colours, content.prescription.limits),
            f"Cumulative dose-volume histograms. {lines}Colours as in the slices. A triangle marks a limit: the curve "
            "should pass to its left.",
            "Chart of volume against dose for each structure.",
        )
    ]
    quality = [{histogram.structure: histogram for histogram in plan.evaluation.quality} for plan in content.plans]
    if any(quality) and not content.radiosurgery:
        caption = (
            "Quality-volume histograms: how much of a target receives at least a share Q of its prescribed dose. "
            "QF is the mean of |Q \u2212 1|; 0 is exactly as prescribed."
        )
        figure = quality_volume_figure(quality, plans, colours)
        figures.append(figure_block(figure, caption, f"Chart of volume against Q for {', '.join(quality[0])}."))
    return Section("histograms", "Histograms", figures=tuple(figures))


def _tables(content: ReportContent) -> Section:
    # how even the dose is in a target says nothing about radiosurgery, whose conformity stands in its own section
    even = () if content.radiosurgery else (quality_table, indices_table)
    makers = (goals_table, limits_table, targets_table, *even, organs_table)
    tables = (make(content) for make in makers)
    return Section("tables", "Tables", _not_evaluated(content), tables=tuple(table for table in tables if table.rows))


def _not_evaluated(content: ReportContent) -> str:
    """Say which structures are missing from the tables, or are there only in part."""
    sentences = []
    for plan in content.plans:
        missing = [f"{name} ({reason})" for name, reason in plan.evaluation.not_evaluated.items()]
        if missing:
            sentences.append(f"Not evaluated in {plan.name}: {'; '.join(missing)}.")
        for histogram in plan.evaluation.histograms:
            outside = 100.0 * (1.0 - histogram.evaluated_volume_ml / histogram.total_volume_ml)
            if outside > 1.0:
                sentences.append(f"{outside:.0f} % of {histogram.structure} lies outside the dose grid of {plan.name}.")
    return " ".join(sentences)


def _record(content: ReportContent) -> Section | None:
    tables = tuple(
        table for table in (settings_table(content.settings), provenance_table(content.provenance)) if table.rows
    )
    return Section("provenance", "Settings and provenance", tables=tables) if tables else None


def _where(content: ReportContent) -> str:
    return f"slices through {position_text(content.display.focus_mm)} (to the patient's left, back and head)"


def _window(content: ReportContent) -> str:
    display, name = content.display, content.images.base_name
    unit = " HU" if name == "CT" else ""
    return f"{name} window: level {display.level_hu:.4g}{unit}, width {display.width_hu:.4g}{unit}."
