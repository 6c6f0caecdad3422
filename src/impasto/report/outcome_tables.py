"""Tables of what the plans give: goals, limits, targets, painting quality, indices, organs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from impasto.core import DoseKind, Role
from impasto.evaluate import DoseVolumeHistogram, GoalOutcome
from impasto.report.content import ReportContent
from impasto.report.findings import (
    achieved_text,
    dose_histograms,
    goal_text,
    limit_outcome,
    limit_text,
    target_indices_of,
    target_quality,
)
from impasto.report.tables import Cell, Column, Table, columns, number, swatched, verdict
from impasto.report.theme import structure_colours
from impasto.report.units import dose_name

__all__ = ["goals_table", "indices_table", "limits_table", "organs_table", "quality_table", "targets_table"]

_Figure = tuple[str, Callable[[DoseVolumeHistogram], float]]

_TARGET_FIGURES: tuple[_Figure, ...] = (
    ("Minimum", lambda h: h.minimum_gy),
    ("D98 %", lambda h: h.dose_at_volume_percent_gy(98.0)),
    ("D95 %", lambda h: h.dose_at_volume_percent_gy(95.0)),
    ("D50 %", lambda h: h.dose_at_volume_percent_gy(50.0)),
    ("D2 %", lambda h: h.dose_at_volume_percent_gy(2.0)),
    ("Mean", lambda h: h.mean_gy),
)
_ORGAN_FIGURES: tuple[_Figure, ...] = (
    ("Mean", lambda h: h.mean_gy),
    ("D50 %", lambda h: h.dose_at_volume_percent_gy(50.0)),
    ("D2 %", lambda h: h.dose_at_volume_percent_gy(2.0)),
    ("D0.03 ml", lambda h: h.dose_at_volume_ml_gy(0.03)),
    ("Maximum", lambda h: h.maximum_gy),
)


def goals_table(content: ReportContent) -> Table:
    """Say for every dose goal how much of its target each plan serves, and whether that is enough."""
    colours = structure_colours(content.images.structures, content.display.structures)
    rows = []
    for number_of_goal, goal in enumerate(content.prescription.goals):
        cells = [swatched(goal.structure, colours), Cell(goal_text(goal))]
        for plan in content.plans:
            outcomes = plan.evaluation.goals
            cells.append(_goal_cell(outcomes[number_of_goal]) if outcomes else Cell("not judged"))
        rows.append(tuple(cells))
    heads = (*columns(["Target"], ["Goal"]), *(Column(plan.name) for plan in content.plans))
    return Table("Goals of the prescription", heads, tuple(rows), _goal_rule(content))


def limits_table(content: ReportContent) -> Table:
    """Say for every limit of the prescription what each plan gives and whether it keeps the limit."""
    colours = structure_colours(content.images.structures, content.display.structures)
    rows = []
    for limit in content.prescription.limits:
        outcomes = [limit_outcome(plan, limit) for plan in content.plans]
        judged = (Cell("not evaluated") if o is None else verdict(o.is_met, achieved_text(o)) for o in outcomes)
        rows.append((swatched(limit.structure, colours), Cell(limit_text(limit)), *judged))
    heads = (*columns(["Structure"], ["Limit"]), *(Column(plan.name) for plan in content.plans))
    return Table("Limits of the prescription", heads, tuple(rows))


def indices_table(content: ReportContent) -> Table:
    """Give homogeneity, and conformity where one isodose is prescribed."""
    colours = structure_colours(content.images.structures, content.display.structures)
    rows: list[tuple[Cell, ...]] = []
    for target in dict.fromkeys(goal.structure for goal in content.prescription.goals):
        found = [(plan.name, target_indices_of(plan, target)) for plan in content.plans]
        known = [(name, indices) for name, indices in found if indices is not None]
        for name, indices in known:
            head = [swatched(target, colours, len(known))] if name == known[0][0] else []
            figures = (indices.coverage, indices.selectivity, indices.paddick_conformity_index, indices.gradient_index)
            isodose = number(indices.isodose_gy, 1)
            homogeneity = number(indices.homogeneity_index, 3)
            rows.append((*head, Cell(name), homogeneity, isodose, *(number(figure, 3) for figure in figures)))
    heads = columns(
        ["Target"], ["Plan"], ["Homogeneity index", "1"], ["Prescription isodose", "Gy"], ["Coverage", "1"],
        ["Selectivity", "1"], ["Paddick conformity", "1"], ["Gradient index", "1"],
    )  # fmt: skip
    note = (
        "Homogeneity index: (D2 % \u2212 D98 %) / D50 % (ICRU 83). The others refer to the prescription isodose and "
        "are left out where every voxel has its own dose."
    )
    return Table("Target indices", heads, tuple(rows), note)


def targets_table(content: ReportContent) -> Table:
    """Give the dose figures of every evaluated target."""
    note = "D98 % is the dose that 98 % of the volume receives at least: near-minimum; D2 % near-maximum (ICRU 83)."
    return _dose_table(content, "Targets", True, _TARGET_FIGURES, note)


def organs_table(content: ReportContent) -> Table:
    """Give the dose figures of every evaluated organ."""
    note = "Volumes are those inside the dose grid. D0.03 ml is the lowest dose to the hottest 0.03 ml."
    return _dose_table(content, "Organs", False, _ORGAN_FIGURES, note)


def quality_table(content: ReportContent) -> Table:
    """Give the quality factor of every target and the shares of it that are painted truly."""
    colours = structure_colours(content.images.structures, content.display.structures)
    rows: list[tuple[Cell, ...]] = []
    for target in dict.fromkeys(goal.structure for goal in content.prescription.goals):
        found = [(plan.name, target_quality(plan, target)) for plan in content.plans]
        known = [(name, histogram) for name, histogram in found if histogram is not None]
        for name, histogram in known:
            head = [swatched(target, colours, len(known))] if name == known[0][0] else []
            shares = (histogram.volume_percent_at(0.95), histogram.volume_percent_within(0.05))
            too_much = histogram.volume_percent_at(1.05)
            factor = number(histogram.quality_factor, 4)
            rows.append((*head, Cell(name), factor, *(number(share, 1) for share in (*shares, too_much))))
    heads = columns(
        ["Target"], ["Plan"], ["QF", "1"], ["Volume with Q \u2265 0.95", "%"], ["0.95 \u2264 Q < 1.05", "%"],
        ["Q \u2265 1.05", "%"],
    )  # fmt: skip
    note = "Q is delivered over prescribed dose in each voxel; QF = mean |Q \u2212 1| (Vanderstraeten 2006)."
    return Table("Painting quality", heads, tuple(rows), note)


def _goal_cell(outcome: GoalOutcome) -> Cell:
    exceeded = outcome.exceeded_percent
    over = "" if exceeded is None else f", {exceeded:.1f} % above"
    return verdict(outcome.is_met, f"{outcome.reached_percent:.1f} % reached{over}")


def _goal_rule(content: ReportContent) -> str:
    settings = content.painted.evaluation.settings
    tolerance, volume = settings.goal_dose_tolerance_percent, settings.goal_volume_percent
    return (
        f"Reached: share of the target that receives its dose less {tolerance:g} %; above: more than its upper dose "
        f"plus {tolerance:g} %. Met: at least {volume:g} % reached and at most {100.0 - volume:g} % above."
    )


def _dose_table(
    content: ReportContent, caption: str, is_target: bool, figures: Sequence[_Figure], note: str
) -> Table:  # fmt: skip
    structures = content.images.structures
    colours = structure_colours(structures, content.display.structures)
    found = {plan.name: dose_histograms(plan) for plan in content.plans}
    rows = []
    for name in structures.names:
        role = structures[name].role
        if role is Role.EXTERNAL or role.is_target is not is_target:
            continue
        evaluated = [plan.name for plan in content.plans if name in found[plan.name]]
        for plan in evaluated:
            histogram = found[plan][name]
            head = [swatched(name, colours, len(evaluated))] if plan == evaluated[0] else []
            volume = number(histogram.evaluated_volume_ml, 1)
            rows.append((*head, Cell(plan), volume, *(number(value(histogram), 1) for _, value in figures)))
    heads = columns([caption.removesuffix("s")], ["Plan"], ["Volume", "ml"], *((name, "Gy") for name, _ in figures))
    dose = content.painted.dose
    if dose.kind is not DoseKind.PHYSICAL:
        note = f"All doses are {dose_name(dose.kind, dose.alpha_beta_gy)}. {note}"
    return Table(caption, heads, tuple(rows), note)
