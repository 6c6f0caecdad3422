"""The sections of the report of an adapted course."""

from __future__ import annotations

from impasto.report.adaptation_findings import AdaptationFindings, PhaseFindings
from impasto.report.adaptation_tables import (
    control_table,
    coverage_table,
    dose_table,
    drift_table,
    phase_table,
    rule_table,
)
from impasto.report.figures.dose_volume import dose_volume_figure
from impasto.report.figures.maps_over_anatomy import maps_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.record_tables import provenance_table

__all__ = ["adaptation_sections", "adaptation_summary"]


def adaptation_summary(found: AdaptationFindings) -> FigureBlock:
    """Make the first picture: both arms' dose and their difference on the image before treatment."""
    caption = (
        f"Dose of the whole course on the CT before treatment: {found.arms[0]}, {found.arms[1]}, and the first minus "
        "the second. Outlined: the tumour and what was hypoxic on each day. Voxels without a dose are left clear."
    )
    words = "Transverse CT slices with the summed dose of both courses and their difference."
    return figure_block(maps_figure(found.summed, has_anatomy=False), caption, words)


def adaptation_sections(found: AdaptationFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    results = Section("results", "Adaptive against not adaptive", tables=(coverage_table(found), control_table(found)))
    sums = " ".join(found.sums.values())
    histograms = figure_block(
        dose_volume_figure([found.histograms[arm] for arm in found.arms], found.arms, found.colours),
        f"Cumulative dose-volume histograms of the whole course. {found.arms[0]} solid, {found.arms[1]} dashed.",
        "Chart of volume against dose for each structure in both courses.",
    )
    doses = Section("doses", "Dose of the whole course", sums, figures=(histograms,), tables=(dose_table(found),))
    days = Section("days", "Days of imaging", tables=(phase_table(found), rule_table(found), drift_table(found)))
    record = Section("provenance", "Provenance", tables=(provenance_table(found.provenance),))
    return (results, doses, days, *(_day(phase) for phase in found.phases), record)


def _day(phase: PhaseFindings) -> Section:
    caption = (
        f"Uptake and the dose that it asks for over the whole course, on the CT of fraction {phase.given}. Outlined: "
        f"tumour, and what reaches {phase.threshold:.2f} {phase.unit}."
    )
    words = f"Transverse slices of uptake and prescribed dose at fraction {phase.given}."
    return Section(
        f"fraction-{phase.given}", f"Image at fraction {phase.given}",
        figures=(figure_block(maps_figure(phase.maps, has_anatomy=False), caption, words),),
    )  # fmt: skip
