"""The sections of a report of an in-silico trial."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from impasto.outcome.design import Share
from impasto.report.figures.trial_worlds import hazard_ratio_figure, power_figure, worlds_figure
from impasto.report.page import FigureBlock, Section, figure_block
from impasto.report.record_tables import provenance_table, settings_table
from impasto.report.tables import Cell, Table, columns, number, verdict
from impasto.report.trial_findings import TrialFindings, WorldFindings

__all__ = ["trial_sections", "trial_summary"]

_WANTED_POWER = 0.8


def trial_summary(found: TrialFindings) -> FigureBlock:
    """Make the first picture: hazard ratios as assumed."""
    published = found.published
    shares = "; ".join(
        f"{name}: {100.0 * design.at_most_published:.0f} % of trials at or below {published.hazard_ratio:.2f}, "
        f"{100.0 * design.within_published:.0f} % within {published.lower:.2f} to {published.upper:.2f}"
        for name, design in found.assumed.designs.items()
    )
    caption = (
        f"Hazard ratios of overall survival in {found.replicates} simulated trials under the assumptions below "
        f"(Cox regression stratified by surgery and MGMT). {shares}."
    )
    return figure_block(hazard_ratio_figure(found), caption, "Histogram of hazard ratios with the published one.")


def trial_sections(found: TrialFindings) -> tuple[Section, ...]:
    """Build every section, in reading order."""
    made = [_worlds(found), _power(found), _control(found), _assumed(found)]
    return tuple(section for section in made if section is not None)


def _worlds(found: TrialFindings) -> Section:
    designs = list(found.assumed.designs)
    figures = tuple(
        figure_block(
            worlds_figure(found, design),
            f"Worlds that differ from the assumptions as named, {design}. Vertical lines: published hazard ratio "
            "(solid) and the planned one (dashed). Green: power of 80 % or more.",
            f"Forest of hazard ratios in simulated worlds, {design}.",
        )
        for design in designs
    )
    named = [world for world in found.worlds if world.kind != "grid"]
    text = f"{found.about} Growth is fitted to the control arm anew in each world, so that worlds differ in the boost."
    tables = (_world_table(found, named), _futility_table(found, named))
    return Section("worlds", "What would have made the boost work", text, figures, tables)


def _power(found: TrialFindings) -> Section | None:
    grid = [world for world in found.worlds if world.kind == "grid"]
    if not grid:
        return None
    figures = tuple(
        figure_block(
            power_figure(found, design),
            f"Power for benefit, {design}, over the sensitivity of MRSI; spread: standard deviation of ln \u03b1 "
            "between patients. Bars: exact 95 % Monte Carlo limits. Dashed: 80 %; dotted: 2.5 %, no effect.",
            f"Curves of power over sensitivity of MRSI, {design}.",
        )
        for design in found.assumed.designs
    )
    table = _world_table(found, grid, "Radiosensitivity, its spread, and MRSI")
    return Section("power", "Power by radiosensitivity and MRSI", _left_out(found), figures, (table,))


def _control(found: TrialFindings) -> Section:
    rows = tuple(
        (Cell(row.name), number(row.published, 2), number(row.simulated, 2), Cell(row.unit),
         Cell(row.role))
        for row in found.calibration
    )  # fmt: skip
    heads = columns(["Figure"], ["Published", ""], ["Simulated", ""], ["Unit"], ["Role"])
    table = Table("Simulated against published, as assumed", heads, rows)
    return Section("calibration", "Calibration", tables=(table, _named(settings_table(found.fitted), "Fitted growth")))


def _assumed(found: TrialFindings) -> Section:
    limits = tuple((Cell(name), Cell(text)) for name, text in found.boundaries.items())
    return Section(
        "provenance", "Assumptions and provenance",
        tables=(_named(settings_table(found.assumptions), "Assumptions"),
                Table("Boundaries", columns(["Design"], ["Boundaries"]), limits), provenance_table(found.provenance)),
    )  # fmt: skip


def _world_table(found: TrialFindings, worlds: Sequence[WorldFindings], caption: str = "Named worlds") -> Table:
    designs = list(found.assumed.designs)
    rows = []
    for world in worlds:
        for place, design in enumerate(designs):
            one = world.designs[design]
            low, middle, high = np.nanpercentile(one.hazard_ratio, [2.5, 50.0, 97.5])
            head = [Cell(world.name, rows=len(designs))] if place == 0 else []
            power = verdict(one.for_benefit.value >= _WANTED_POWER, _share(one.for_benefit))
            months = f"{one.survival[0]:.1f} / {one.survival[1]:.1f}"
            rows.append((
                *head, Cell(design), Cell(f"{middle:.2f} ({low:.2f} to {high:.2f})"), power,
                Cell(_share(one.for_harm)), number(100.0 * one.at_most_published, 0),
                number(100.0 * one.within_published, 0), number(one.progression_hazard_ratio, 2), Cell(months),
                number(world.doubling_days, 0),
            ))  # fmt: skip
    ratio = f"{found.published.hazard_ratio:.2f}"
    heads = columns(
        ["World"], ["Design"], ["HR, median (95 % of trials)"], ["Power for benefit (limits)"], ["For harm (limits)"],
        [f"Trials with HR \u2264 {ratio}", "%"], ["Trials in published CI", "%"], ["HR of progression", ""],
        ["Median survival, control / boost, months"], ["Doubling time", "d"],
    )  # fmt: skip
    note = (
        "Power counts trials that cross a Lan-DeMets O'Brien-Fleming boundary at either look; met is 80 % or more. "
        "Limits: exact 95 % (Clopper and Pearson 1934), of the simulation only."
    )
    return Table(caption, heads, tuple(rows), note)


def _futility_table(found: TrialFindings, worlds: Sequence[WorldFindings]) -> Table:
    """Say what a rule of futility at the first look would have done; no trial follows it."""
    rows = []
    for world in worlds:
        for place, (design, one) in enumerate(world.designs.items()):
            head = [Cell(world.name, rows=len(world.designs))] if place == 0 else []
            rows.append((*head, Cell(design), Cell(_share(one.futile)), Cell(_share(one.futile_with_benefit))))
    heads = columns(["World"], ["Design"], ["Would have stopped (limits)"], ["Benefit lost by it (limits)"])
    note = (
        f"Boundary of futility at the first look by a type II error of {100.0 * (1.0 - _WANTED_POWER):.0f} %, spent as "
        "Lan-DeMets O'Brien-Fleming does. It does not bind: every trial goes on, and power above is without it."
    )
    return Table("Futility at the first look", heads, tuple(rows), note)


def _share(share: Share) -> str:
    low, high = share.limits
    return f"{100.0 * share.value:.1f} % ({100.0 * low:.1f} to {100.0 * high:.1f})"


def _left_out(found: TrialFindings) -> str:
    if not found.impossible:
        return ""
    reasons = "; ".join(f"{name} ({why})" for name, why in found.impossible.items())
    return f"Left out, since they contradict the control arm: {reasons}."


def _named(table: Table, caption: str) -> Table:
    return Table(caption, table.columns, table.rows, table.note)
