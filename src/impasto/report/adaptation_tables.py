"""Tables of an adapted course."""

from __future__ import annotations

from impasto.report.adaptation_findings import AdaptationFindings, PhaseFindings
from impasto.report.tables import Cell, Column, Table, columns, number

__all__ = ["control_table", "coverage_table", "dose_table", "drift_table", "phase_table", "rule_table"]


def phase_table(found: AdaptationFindings) -> Table:
    """List the days of imaging: what was given, what was hypoxic, whether a new plan was asked for."""
    rows = tuple(
        (
            Cell(f"fraction {phase.given}"),
            number(phase.fractions, 0),
            number(phase.tumour_ml, 1),
            number(phase.hypoxic_ml, 1),
            number(phase.hypoxia_dice, 2),
            _asked(phase),
            Cell(phase.registration or "–"),
        )
        for phase in found.phases
    )
    heads = columns(["Image at"], ["Fractions with its plan", ""], ["Tumour", "ml"], ["Hypoxic", "ml"],
                    ["Dice with the hypoxia before", ""], ["Re-planning"], ["Registration"])  # fmt: skip
    note = (
        "Dice compares the hypoxic volume with that of the image before, carried along with its tissue: 1 is the same "
        "place, 0 is elsewhere or gone."
    )
    return Table("Days of imaging", heads, rows, note)


def rule_table(found: AdaptationFindings) -> Table:
    """List every re-planning rule and what it reads on each day."""
    rows = []
    for phase in found.phases:
        for rule in phase.rules:
            verdict = Cell("✗ asks for a new plan" if rule.is_triggered else "✓ within", met=not rule.is_triggered)
            value, limit = number(rule.value, 2), number(rule.limit, 2)
            what = Cell(f"{rule.structure}: {rule.rule}")
            rows.append((Cell(f"fraction {phase.given}"), what, value, limit, Cell(_unit(rule.unit)), verdict))
    heads = columns(["Image at"], ["Rule"], ["Reads", ""], ["Limit", ""], ["Unit"], ["Verdict"])
    return Table("Re-planning rules", heads, tuple(rows), "D98 and mean dose: the plan in force on this day's anatomy.")


def drift_table(found: AdaptationFindings) -> Table:
    """List how structures have drifted since planning."""
    rows = tuple(
        (
            Cell(f"fraction {phase.given}"),
            Cell(drift.structure),
            number(drift.volume_before_ml, 1),
            number(drift.volume_ml, 1),
            number(100.0 * (drift.volume_ml / max(drift.volume_before_ml, 1e-9) - 1.0), 1),
            number(drift.dice, 2),
            number(drift.shift_mm, 1),
        )
        for phase in found.phases
        for drift in phase.drifts
    )
    heads = columns(["Image at"], ["Structure"], ["At planning", "ml"], ["Now", "ml"], ["Change", "%"], ["Dice", ""],
                    ["Shift", "mm"])  # fmt: skip
    return Table("Drift of anatomy", heads, rows, "In the room, as the beams see it: nothing is carried along.")


def dose_table(found: AdaptationFindings) -> Table:
    """Set both arms' doses beside each other."""
    first, second = found.arms
    other = {row.structure: row for row in found.doses[second]}
    rows = []
    for row in found.doses[first]:
        beside = other.get(row.structure)
        if beside is None:
            continue
        pairs = ((row.d98_gy, beside.d98_gy), (row.mean_gy, beside.mean_gy), (row.d2_gy, beside.d2_gy))
        cells = [number(value, 1) for pair in pairs for value in pair]
        rows.append((Cell(row.structure), *cells, number(row.without_dose_percent, 1)))
    heads = [Column("Structure", is_number=False)]
    heads += [Column(f"{figure} {arm}", "Gy") for figure in ("D98", "mean", "D2") for arm in found.arms]
    heads.append(Column("Without dose", "%"))
    note = "Physical dose of all fractions, summed on the image before treatment."
    return Table("Dose of the whole course", tuple(heads), tuple(rows), note)


def coverage_table(found: AdaptationFindings) -> Table:
    """List how much of what was hypoxic when got what its image asked for."""
    rows = tuple(
        (
            Cell(row.structure),
            number(row.volume_ml, 1),
            number(row.wanted_mean_eqd2_gy, 1),
            *(number(row.mean_eqd2_gy[arm], 1) for arm in found.arms),
            *(number(row.covered_percent[arm], 1) for arm in found.arms),
        )
        for row in found.coverage
    )
    heads = [Column("What was hypoxic", is_number=False), Column("Volume", "ml"), Column("Asked for, mean EQD2", "Gy")]
    heads += [Column(f"Given, {arm}", "Gy") for arm in found.arms] + [
        Column(f"Covered, {arm}", "%") for arm in found.arms
    ]
    note = f"Covered: at least {found.covered_percent:g} % of the EQD2 that this day's image asked for, voxel by voxel."
    return Table("Coverage of what was hypoxic when", tuple(heads), rows, note)


def control_table(found: AdaptationFindings) -> Table:
    """List modelled tumour control of both arms."""
    rows = tuple(
        (Cell(row.arm), number(row.tcp, 3), number(row.population_tcp, 3), Cell(f"{row.surviving:.2g}"))
        for row in found.control
    )
    heads = columns(["Course"], ["TCP", ""], ["TCP over patients", ""], ["Clonogens left", ""])
    return Table("Tumour control, modelled", heads, rows, found.control_model)


def _asked(phase: PhaseFindings) -> Cell:
    if not phase.rules:
        return Cell("–")
    return Cell("✗ asked for" if phase.is_triggered else "✓ not needed", met=not phase.is_triggered)


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit
